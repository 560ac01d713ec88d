import numpy as np

rng = np.random.default_rng(1)

# four kinds of small pictures, 100 of each, one kind after the other
kinds = rng.uniform(-0.07, 0.07, (4, 16))
y = np.repeat([0, 1, 2, 3], 100)
X = kinds[y] + rng.normal(0, 0.05, (400, 16))
Y = np.eye(4)[y]

W1 = rng.normal(0, 0.2, (16, 12))
b1 = np.zeros(12)
W2 = rng.normal(0, 0.2, (12, 4))
b2 = np.zeros(4)
rate = 0.3


def forward(x):
    h = np.tanh(x @ W1 + b1)
    z = h @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, e / e.sum(axis=1, keepdims=True)


for epoch in range(12):
    for i in range(0, 400, 10):
        h, p = forward(X[i : i + 10])
        d2 = (p - Y[i : i + 10]) / 10
        d1 = (d2 @ W2.T) * (1 - h**2)
        W2 -= rate * (h.T @ d2)
        b2 -= rate * d2.sum(axis=0)
        W1 -= rate * (X[i : i + 10].T @ d1)
        b1 -= rate * d1.sum(axis=0)
    answers = forward(X)[1].argmax(axis=1)
    print(f"epoch {epoch} accuracy {np.mean(answers == y):.3f}")
print("answers of each class:", np.bincount(answers, minlength=4))
