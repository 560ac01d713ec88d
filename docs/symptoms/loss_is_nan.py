import numpy as np

np.random.seed(0)

# the height of a curve
X = np.random.uniform(-2, 2, (100, 1))
y = np.sin(2 * X)

W1 = np.random.randn(1, 20)
b1 = np.zeros(20)
W2 = np.random.randn(20, 1) * 0.3
b2 = np.zeros(1)
learning_rate = 5.0

for epoch in range(1000):
    h = np.maximum(X @ W1 + b1, 0)
    out = h @ W2 + b2
    loss = np.mean((out - y) ** 2)

    d_out = 2 * (out - y) / len(X)
    d_h = (d_out @ W2.T) * (h > 0)
    W2 -= learning_rate * (h.T @ d_out)
    b2 -= learning_rate * d_out.sum(axis=0)
    W1 -= learning_rate * (X.T @ d_h)
    b1 -= learning_rate * d_h.sum(axis=0)

    if epoch % 50 == 0:
        print(f"epoch {epoch} loss {loss:.4f}")
