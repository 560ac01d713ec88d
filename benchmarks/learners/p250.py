# All weights in ONE vector theta, so that adam is three lines :)
import numpy as np

np.random.seed(99)

# ---- signal -------------------------------------------------------------
t = np.arange(1000)
sig = np.sin(t / 5.0) + 0.6 * np.sin(t / 2.1 + 1) + 0.4 * np.cos(t / 13.0)
sig = sig + 0.02 * np.random.randn(1000)

WIN = 12
X = np.array([sig[i:i + WIN] for i in range(1000 - WIN)])
y = np.array([sig[i + WIN] for i in range(1000 - WIN)])

# sigmoid output -> squeeze into 0.1 .. 0.9 with the training range
split = 750
low, high = sig[:split].min(), sig[:split].max()
squeeze = lambda v: 0.1 + 0.8 * (v - low) / (high - low)
unsqueeze = lambda v: (v - 0.1) / 0.8 * (high - low) + low
Xtr, Xte = squeeze(X[:split]) * 2 - 1, squeeze(X[split:]) * 2 - 1
ytr, yte = squeeze(y[:split]).reshape(-1, 1), y[split:]

# ---- parameters ---------------------------------------------------------
H1, H2 = 20, 20
shapes = [(WIN, H1), (1, H1), (H1, H2), (1, H2), (H2, 1), (1, 1)]
sizes = [a * b for a, b in shapes]
ends = np.cumsum(sizes)
theta = np.zeros(ends[-1])


def unpack(vec):
    """six views into the vector"""
    return [vec[e - n:e].reshape(s) for e, n, s in zip(ends, sizes, shapes)]


W1, b1, W2, b2, W3, b3 = unpack(theta)
for W in (W1, W2, W3):
    W[:] = np.random.randn(*W.shape) * np.sqrt(2.0 / sum(W.shape)) * 1.5


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def forward(x):
    h1 = sigmoid(x @ W1 + b1)
    h2 = sigmoid(h1 @ W2 + b2)
    out = sigmoid(h1 @ W3 + b3)
    return h1, h2, out


def gradient(x, target):
    h1, h2, out = forward(x)
    grad = np.zeros_like(theta)
    gW1, gb1, gW2, gb2, gW3, gb3 = unpack(grad)
    d3 = (out - target) / len(x)            # cross entropy + sigmoid
    gW3[:] = h2.T @ d3
    gb3[:] = d3.sum(0)
    d2 = d3 @ W3.T * h2 * (1 - h2)
    gW2[:] = h1.T @ d2
    gb2[:] = d2.sum(0)
    d1 = d2 @ W2.T * h1 * (1 - h1)
    gW1[:] = x.T @ d1
    gb1[:] = d1.sum(0)
    return grad


# ---- adam ---------------------------------------------------------------
m = np.zeros_like(theta)
v = np.zeros_like(theta)
n = 0
for epoch in range(280):
    perm = np.random.permutation(split)
    for i in range(0, split, 25):
        idx = perm[i:i + 25]
        g = gradient(Xtr[idx], ytr[idx])
        n += 1
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        theta -= 0.01 * (m / (1 - 0.9 ** n)) / (np.sqrt(v / (1 - 0.999 ** n)) + 1e-8)
    if epoch % 40 == 0:
        o = forward(Xtr)[2]
        print(epoch, "train rmse", np.sqrt(np.mean((unsqueeze(o) - unsqueeze(ytr)) ** 2)))

pred = unsqueeze(forward(Xte)[2]).ravel()
print("last 3:", pred[-3:], "real:", yte[-3:])
print("test rmse =", np.sqrt(np.mean((pred - yte) ** 2)))
