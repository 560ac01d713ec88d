import numpy as np

rng = np.random.default_rng(0)

# inside or outside of a circle
X = rng.uniform(-1, 1, (100, 2))
y = (X[:, :1] ** 2 + X[:, 1:] ** 2 < 0.6) * 1.0

W1 = np.zeros((2, 16))
b1 = np.zeros((1, 16))
W2 = np.zeros((16, 1))
b2 = np.zeros((1, 1))
rate = 1.0

for epoch in range(300):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    d2 = (p - y) / len(X)
    d1 = (d2 @ W2.T) * (1 - h**2)
    W2 -= rate * (h.T @ d2)
    b2 -= rate * d2.sum(axis=0, keepdims=True)
    W1 -= rate * (X.T @ d1)
    b1 -= rate * d1.sum(axis=0, keepdims=True)

    if epoch % 15 == 0:
        print(f"epoch {epoch} loss {loss:.4f} accuracy {np.mean((p > 0.5) == y):.3f}")
