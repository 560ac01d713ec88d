import numpy as np
np.random.seed(31)

# leaf length (dm), leaf width (dm), weight (g), number of teeth / 100
def leaves(count):
    cols, kinds = [], []
    for i in range(count):
        k = np.random.randint(3)
        length = [0.6, 0.9, 1.4][k] + 0.12 * np.random.randn()
        width = [0.5, 0.3, 0.7][k] + 0.08 * np.random.randn()
        weight = 1.1 * length * width + 0.05 * np.random.randn()
        teeth = [0.2, 0.45, 0.3][k] + 0.06 * np.random.randn()
        cols.append([length, width, weight, teeth])
        kinds.append(k)
    return np.array(cols).T, np.array(kinds)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def feed(w1, b1, w2, b2, x):
    a1 = sigmoid(w1.dot(x) + b1)
    a2 = sigmoid(w2.dot(a1) + b2)
    return a1, a2


def update(w1, b1, w2, b2, x, t, lr):
    m = x.shape[1]
    a1, a2 = feed(w1, b1, w2, b2, x)
    # cross entropy for every output -> a2 - t
    d2 = a2 - t
    d1 = w2.T.dot(d2) * a1 * (1 - a1)
    w2 = w2 - lr / m * d2.dot(a1.T)
    b2 = b2 - lr / m * d2.sum(axis=1, keepdims=True)
    w1 = w1 - lr / m * d1.dot(x.T)
    b1 = b1 - lr / m * d1.sum(axis=1, keepdims=True)
    return w1, b1, w2, b2


def accuracy(w1, b1, w2, b2, x, kinds):
    _, a2 = feed(w1, b1, w2, b2, x)
    return np.mean(np.argmax(a2, axis=0) == kinds)


x, kinds = leaves(300)
xt, kt = leaves(150)
t = np.zeros((3, 300))
t[kinds, np.arange(300)] = 1

w1 = np.random.randn(10, 4)
b1 = np.random.randn(10, 1)
w2 = np.random.randn(3, 10)
b2 = np.random.randn(3, 1)
for epoch in range(5000):
    w1, b1, w2, b2 = update(w1, b1, w2, b2, x, t, 0.3)
    if epoch % 500 == 0:
        print("epoch", epoch, "acc", accuracy(w1, b1, w2, b2, x, kinds))
print("leaves recognised:", accuracy(w1, b1, w2, b2, xt, kt))
