"""
Eight clouds on a ring, four classes (each class has two opposite clouds).
Batches come from a generator.
"""
import numpy as np

np.random.seed(77)


def clouds(n):
    which = np.random.randint(0, 8, n)
    angle = which * np.pi / 4
    xy = np.stack([np.cos(angle), np.sin(angle)], 1) * 3
    xy += np.random.normal(0, 0.45, (n, 2))
    return xy / 2, which % 4


def minibatches(x, y, size):
    order = np.random.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start:start + size]
        yield x[chosen], y[chosen]


def glorot(a, b):
    limit = np.sqrt(6 / (a + b))
    return np.random.uniform(-limit, limit, (a, b))


def softmax(s):
    s = np.exp(s - s.max(axis=1, keepdims=True))
    return s / s.sum(axis=1, keepdims=True)


def forward(net, x):
    x1 = np.maximum(x @ net[0] + net[1], 0)
    x2 = np.maximum(x1 @ net[2] + net[3], 0)
    s = x2 @ net[4] + net[5]
    return x1, x2, softmax(s)


def backward(net, x, y):
    x1, x2, p = forward(net, x)
    d3 = p.copy()
    d3[np.arange(len(y)), y] -= 1
    d3 /= len(y)
    d2 = d3 @ net[4].T * (x2 > 0)
    d1 = d2 @ net[2] * (x1 > 0)
    return [x.T @ d1, d1.sum(0), x1.T @ d2, d2.sum(0), x2.T @ d3, d3.sum(0)]


def test(net, x, y):
    return np.mean(np.argmax(forward(net, x)[-1], axis=1) == y)


x, y = clouds(400)
x_test, y_test = clouds(500)
net = [glorot(2, 20), np.zeros(20), glorot(20, 20), np.zeros(20), glorot(20, 4), np.zeros(4)]

lr = 0.05
batches = minibatches(x, y, 40)
for epoch in range(800):
    for xb, yb in batches:
        for w, g in zip(net, backward(net, xb, yb)):
            w -= lr * g
    lr *= 0.5
    if epoch % 100 == 0:
        print("epoch", epoch, "accuracy", test(net, x, y))

print("final test accuracy:", test(net, x_test, y_test))
