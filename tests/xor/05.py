import numpy as np

np.random.seed(3)
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
t = np.array([[0], [1], [1], [0]])


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def start(rows, columns):
    return np.zeros((rows, columns))


W1 = start(2, 4)
B1 = np.zeros((1, 4))
W2 = start(4, 1)
B2 = np.zeros((1, 1))
rate = 1.0

for epoch in range(8000):
    h = sigmoid(x @ W1 + B1)
    o = sigmoid(h @ W2 + B2)
    do = (o - t) * o * (1 - o)
    dh = do @ W2.T * h * (1 - h)
    W2 = W2 - rate * h.T @ do
    B2 = B2 - rate * do.sum(axis=0)
    W1 = W1 - rate * x.T @ dh
    B1 = B1 - rate * dh.sum(axis=0)

for k in range(4):
    print(x[k], "->", o[k, 0])
print(o.ravel())
