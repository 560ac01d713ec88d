"""Fit y = sin(x) + trend with a 1-20-20-1 tanh net.
All weights live in ONE long vector theta so that a numerical gradient check is easy
and Adam is only three lines."""
import numpy as np

rs = np.random.RandomState(3)

SIZES = [1, 20, 20, 1]
SHAPES = []
for n_in, n_out in zip(SIZES[:-1], SIZES[1:]):
    SHAPES += [(n_in, n_out), (n_out,)]
N_PARAMS = sum(int(np.prod(s)) for s in SHAPES)


def unpack(theta):
    out, k = [], 0
    for s in SHAPES:
        n = int(np.prod(s))
        out.append(theta[k:k + n].reshape(s))
        k += n
    return out


def f(theta, x):
    W1, b1, W2, b2, W3, b3 = unpack(theta)
    z1 = x @ W1 + b1
    h1 = np.tanh(z1)
    z2 = h1 @ W2 + b2
    h2 = np.tanh(z2)
    return h2 @ W3 + b3, (z1, h1, z2, h2)


def loss(theta, x, y):
    return 0.5 * np.mean((f(theta, x)[0] - y) ** 2)


def grad(theta, x, y):
    W1, b1, W2, b2, W3, b3 = unpack(theta)
    out, (z1, h1, z2, h2) = f(theta, x)
    d3 = (out - y) / len(x)
    d2 = (d3 @ W3.T) * (1 - z2 ** 2)
    d1 = (d2 @ W2.T) * (1 - h1 ** 2)
    parts = [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)]
    return np.concatenate([p.ravel() for p in parts])


def gradient_check(theta, x, y, n=10, eps=1e-5):
    g = grad(theta, x, y)
    worst = 0
    for i in rs.choice(N_PARAMS, n, replace=False):
        e = np.zeros(N_PARAMS)
        e[i] = eps
        num = (loss(theta + e, x, y) - loss(theta - e, x, y)) / (2 * eps)
        worst = max(worst, abs(num - g[i]))
    return worst


# data: 250 points, x is the time of measurement in minutes
minutes = rs.uniform(0, 48 * 60, 250)
temp = 12 + 6 * np.sin(2 * np.pi * minutes / 1440) + 0.1 * minutes / 60 + rs.normal(0, 0.4, 250)
x = minutes[:, None]
y = temp[:, None]

train, test = slice(0, 200), slice(200, 250)
xm, xs = x[train].mean(), 1.0
ym, ys = y[train].mean(), y[train].std()
x = (x - xm) / xs
y = (y - ym) / ys

theta = []
for s in SHAPES:
    theta.append(rs.randn(*s).ravel() / np.sqrt(s[0]) if len(s) == 2 else np.zeros(s))
theta = np.concatenate(theta)
print("params:", N_PARAMS)
print("gradient check:", gradient_check(theta, x[train], y[train]))

m = np.zeros(N_PARAMS)
v = np.zeros(N_PARAMS)
alpha, beta1, beta2 = 0.01, 0.9, 0.999
for t in range(1, 1501):
    g = grad(theta, x[train], y[train])
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    theta = theta - alpha * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + 1e-8)
    if t % 300 == 0:
        print(t, loss(theta, x[train], y[train]))

pred = f(theta, x[test])[0]
r2 = 1 - np.sum((y[test] - pred) ** 2) / np.sum((y[test] - y[test].mean()) ** 2)
print("R2 test: %.4f" % r2)
