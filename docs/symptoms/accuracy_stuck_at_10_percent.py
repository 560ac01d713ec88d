import numpy as np

rng = np.random.default_rng(3)

# ten kinds of small pictures, 8 by 8, grey values from 0 to 255
kinds = rng.integers(0, 200, (10, 64))
labels = rng.integers(0, 10, 600)
images = kinds[labels] + rng.integers(0, 56, (600, 64))

X, X_test = images[:400], images[400:]
y, y_test = labels[:400], labels[400:]
Y = np.eye(10)[y]

W1 = rng.normal(0, np.sqrt(2 / 64), (64, 32))
b1 = np.zeros(32)
W2 = rng.normal(0, np.sqrt(2 / 32), (32, 10))
b2 = np.zeros(10)
rate = 0.1


def forward(x):
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, e / e.sum(axis=1, keepdims=True)


for epoch in range(15):
    order = rng.permutation(len(X))
    for start in range(0, len(X), 20):
        batch = order[start : start + 20]
        h, p = forward(X[batch])
        d2 = (p - Y[batch]) / len(batch)
        d1 = (d2 @ W2.T) * (h > 0)
        W2 -= rate * (h.T @ d2)
        b2 -= rate * d2.sum(axis=0)
        W1 -= rate * (X[batch].T @ d1)
        b1 -= rate * d1.sum(axis=0)
    answers = forward(X_test)[1].argmax(axis=1)
    print(f"epoch {epoch} test accuracy {np.mean(answers == y_test):.3f}")
