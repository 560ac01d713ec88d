import numpy as np

np.random.seed(64)

N = 80
xs = np.linspace(-3, 3, N, dtype=np.float32)[:, np.newaxis]
ts = np.sin(xs) + 0.05 * np.random.randn(N, 1).astype(np.float32)

Win = np.random.randn(1, 20).astype(np.float32)
bin_ = np.random.randn(1, 20).astype(np.float32)
Wout = (0.1 * np.random.randn(20, 1)).astype(np.float32)
bout = np.zeros((1, 1), np.float32)
speed = np.float32(0.02)


def sigmoid(q):
    return 1 / (1 + np.exp(-q))


def forward(x):
    hidden = sigmoid(x @ Win + bin_)
    return hidden, hidden @ Wout + bout


def backward(x, hidden, y, t):
    global Win, bin_, Wout, bout
    dy = (y - t) / N
    dWout = hidden.T @ dy
    dbout = dy.sum(axis=0, keepdims=True)
    dhidden = dy @ Wout.T * hidden * (1 - hidden)
    Win -= speed * (x.T @ dhidden)
    bin_ -= speed * dhidden.sum(axis=0, keepdims=True)
    Wout -= speed * dWout
    bout -= speed * dbout


history = []
for e in range(30000):
    hidden, y = forward(xs)
    history.append(float(np.mean((y - ts) ** 2)))
    backward(xs, hidden, y, ts)
    if e % 3000 == 0:
        print("epoch {:5d} loss {:.5f}".format(e, history[-1]))

_, y = forward(xs)
print("mean squared distance to the true sine:", float(np.mean((y - np.sin(xs)) ** 2)))
