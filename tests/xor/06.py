import numpy as np

np.random.seed(0)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([[0], [1], [1], [0]])
EPOCHS = 10000
LEARNING_RATE = 0.001


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def init():
    return {
        "W1": np.random.randn(2, 4), "b1": np.zeros((1, 4)),
        "W2": np.random.randn(4, 1), "b2": np.zeros((1, 1)),
    }


def forward(p, X):
    A1 = sigmoid(X @ p["W1"] + p["b1"])
    A2 = sigmoid(A1 @ p["W2"] + p["b2"])
    return A1, A2


def backward(p, X, Y, A1, A2):
    dZ2 = A2 - Y
    dZ1 = dZ2 @ p["W2"].T * A1 * (1 - A1)
    return {
        "W1": X.T @ dZ1, "b1": dZ1.sum(axis=0, keepdims=True),
        "W2": A1.T @ dZ2, "b2": dZ2.sum(axis=0, keepdims=True),
    }


p = init()
for _ in range(EPOCHS):
    A1, A2 = forward(p, X)
    grads = backward(p, X, Y, A1, A2)
    for name in p:
        p[name] -= LEARNING_RATE * grads[name]

print(forward(p, X)[1])
