"""
Week 2 exercise: fit a sine curve with a hand written network.
Everything global because the course sheet does it that way.
"""
import numpy as np

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

np.random.seed(12)

SLOPE = 0.1          # leaky part
HID = 40
DECAY = 1e-4
RATE = 0.05


def measure(n):
    """pretend we measured a sine with a cheap voltmeter"""
    x = np.random.uniform(-np.pi, np.pi, size=(n, 1))
    u = np.sin(x) + np.random.normal(0.0, 0.25, size=(n, 1))
    return x, u


x_tr, u_tr = measure(500)
x_te, u_te = measure(250)

W1 = np.random.randn(1, HID)
b1 = np.random.uniform(-2, 2, size=HID)
W2 = np.random.randn(HID, HID) * np.sqrt(2 / HID)
b2 = np.zeros(HID)
W3 = np.random.randn(HID, 1) * np.sqrt(1 / HID)
b3 = np.zeros(1)


def leaky(z):
    return np.maximum(z, SLOPE * z)


def dleaky(z):
    g = np.ones_like(z)
    g[z < 0] = SLOPE
    return g


def forward(x):
    global z1, h1, z2, h2
    z1 = x.dot(W1) / np.pi + b1
    h1 = leaky(z1)
    z2 = h1.dot(W2) + b2
    h2 = leaky(z2)
    return h2.dot(W3) + b3


def backward(x, err):
    global W1, b1, W2, b2, W3, b3
    n = len(x)
    g3 = err / n                      # from 1/2 * mean of squares
    g2 = g3.dot(W3.T) * dleaky(z2)
    g1 = g2.dot(W2.T) * dleaky(z1)
    shrink = 1 - RATE * DECAY
    W3 = shrink * W3 - RATE * h2.T.dot(g3)
    W2 = shrink * W2 - RATE * h1.T.dot(g2)
    W1 = shrink * W1 - RATE * (x / np.pi).T.dot(g1)
    b3 = b3 - RATE * g3.sum(0)
    b2 = b2 - RATE * g2.sum(0)
    b1 = b1 - RATE * g1.sum(0)


curve = []
for epoch in range(400):
    if epoch == 250:
        RATE = 0.01
    perm = np.random.permutation(len(x_tr))
    tot = 0
    for k in range(0, len(perm), 20):
        rows = perm[k:k + 20]
        out = forward(x_tr[rows])
        e = out - u_tr[rows]
        tot += (e ** 2).sum()
        backward(x_tr[rows], e)
    curve.append(tot / len(x_tr))
    if epoch % 50 == 0:
        print("%4d  train mse %.4f" % (epoch, curve[-1]))

if plt is not None:
    plt.plot(curve)
    plt.close()

final = np.mean((forward(x_te) - u_te) ** 2)
print("mse on new measurements: %.5f" % final)
