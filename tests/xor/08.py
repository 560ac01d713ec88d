import numpy as np

np.random.seed(2)

samples = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))


w1 = np.random.randn(4, 2)
b1 = np.zeros(4)
w2 = np.random.randn(4)
b2 = 0.0
lr = 0.5

for epoch in range(4000):
    for x, target in samples:
        x = np.array(x)
        h = sigmoid(w1 @ x + b1)
        o = sigmoid(w2 @ h + b2)

        delta_o = (target - o) * sigmoid_derivative(o)
        delta_h = delta_o * w2 * sigmoid_derivative(h)

        w2 += lr * delta_o * h
        b2 += lr * delta_o
        w1 += lr * np.outer(delta_h, x)
        b1 += lr * delta_h

for x, target in samples:
    h = sigmoid(w1 @ np.array(x) + b1)
    print(sigmoid(w2 @ h + b2))
