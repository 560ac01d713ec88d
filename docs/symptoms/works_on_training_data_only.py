import numpy as np

rng = np.random.default_rng(5)

# four kinds of small pictures, 50 of each, one kind after the other
kinds = rng.uniform(0, 1, (4, 16))
labels = np.repeat(np.arange(4), 50)
images = kinds[labels] + rng.normal(0, 0.3, (200, 16))

# the last quarter is kept for the test
X_train, y_train = images[:150], labels[:150]
X_test, y_test = images[150:], labels[150:]
Y_train = np.eye(4)[y_train]

W1 = rng.normal(0, np.sqrt(2 / 16), (16, 12))
b1 = np.zeros(12)
W2 = rng.normal(0, np.sqrt(2 / 12), (12, 4))
b2 = np.zeros(4)
rate = 0.5


def forward(x):
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, e / e.sum(axis=1, keepdims=True)


for epoch in range(200):
    h, p = forward(X_train)
    d2 = (p - Y_train) / len(X_train)
    d1 = (d2 @ W2.T) * (h > 0)
    W2 -= rate * (h.T @ d2)
    b2 -= rate * d2.sum(axis=0)
    W1 -= rate * (X_train.T @ d1)
    b1 -= rate * d1.sum(axis=0)
    if epoch % 20 == 19:
        train = np.mean(forward(X_train)[1].argmax(axis=1) == y_train)
        test = np.mean(forward(X_test)[1].argmax(axis=1) == y_test)
        print(f"epoch {epoch} train accuracy {train:.3f} test accuracy {test:.3f}")
