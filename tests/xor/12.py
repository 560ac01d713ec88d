import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(9)


def nonlin(x, deriv=False):
    if deriv:
        return nonlin(x) * (1 - nonlin(x))
    return 1 / (1 + np.exp(-x))


def train(epochs, lr):
    W1 = 2 * np.random.rand(2, 4) - 1
    b1 = np.zeros(4)
    W2 = 2 * np.random.rand(4, 1) - 1
    b2 = np.zeros(1)
    for _ in range(epochs):
        l1 = nonlin(X @ W1 + b1)
        l2 = nonlin(l1 @ W2 + b2)
        l2_delta = (y - l2) * nonlin(l2, deriv=True)
        l1_delta = l2_delta @ W2.T * nonlin(l1, deriv=True)
        W2 += lr * l1.T @ l2_delta
        b2 += lr * l2_delta.sum(axis=0)
        W1 += lr * X.T @ l1_delta
        b1 += lr * l1_delta.sum(axis=0)
    return W1, b1, W2, b2


W1, b1, W2, b2 = train(3000, 0.5)
answers = nonlin(nonlin(X @ W1 + b1) @ W2 + b2)
print((answers > 0.5).astype(int).ravel())
