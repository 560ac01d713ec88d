"""
Spirals, 3 arms.  Network = [(W, b), (W, b), ...]
Loss is the SVM one from CS231n:  sum over wrong classes of max(0, s_j - s_y + 1)
"""
import numpy as np

np.random.seed(14)
SLOPE = 0.05


def spirals(n, arms=3):
    arm = np.random.randint(0, arms, n)
    r = np.random.uniform(0.1, 1, n)
    phi = 5 * r + arm * 2 * np.pi / arms + np.random.normal(0, 0.12, n)
    return np.column_stack([r * np.sin(phi), r * np.cos(phi)]) * 2, arm


def init(sizes):
    net = []
    for n, m in zip(sizes, sizes[1:]):
        W = np.ones((n, m)) / n
        net.append((W, np.zeros(m)))
    return net


def forward(net, x):
    """returns all inputs of the layers and the scores at the end"""
    xs = [x]
    for i, (W, b) in enumerate(net):
        x = x @ W + b
        if i < len(net) - 1:
            x = np.where(x > 0, x, SLOPE * x)
        xs.append(x)
    return xs


def hinge(scores, y):
    rows = np.arange(len(y))
    margin = scores - scores[rows, y][:, None] + 1
    margin[rows, y] = 0
    loss = np.maximum(margin, 0).sum() / len(y)
    d = (margin > 0).astype(float)
    d[rows, y] = -1
    return loss, d / len(y)


def backward(net, xs, d):
    grads = []
    for i in range(len(net) - 1, -1, -1):
        W, b = net[i]
        grads.insert(0, (xs[i].T @ d, d.sum(axis=0)))
        d = d @ W.T
        if i > 0:
            # sign of the output = sign of the input, leaky relu
            d = d * np.where(xs[i] > 0, 1, SLOPE)
    return grads


def zeros_like(net):
    return [(np.zeros_like(W), np.zeros_like(b)) for W, b in net]


def rmsprop(net, grads, cache, lr, rho=0.9):
    for params, gs, cs in zip(net, grads, cache):
        for p, g, c in zip(params, gs, cs):
            c *= rho
            c += (1 - rho) * g * g
            p -= lr * g / (np.sqrt(c) + 1e-7)


x, y = spirals(600)
xt, yt = spirals(300)

net = init([2, 32, 32, 3])
cache = zeros_like(net)
lr = 0.004
for epoch in range(260):
    if epoch in (150, 220):
        lr *= 0.3
    total = 0
    for k in np.array_split(np.random.permutation(len(x)), 20):
        cache = zeros_like(net)
        xs = forward(net, x[k])
        loss, d = hinge(xs[-1], y[k])
        total += loss / 20
        grads = backward(net, xs, d)
        rmsprop(net, grads, cache, lr)
    if epoch % 40 == 0:
        right = forward(net, x)[-1].argmax(axis=1) == y
        print("%3d loss %.4f train %.3f" % (epoch, total, right.mean()))

right = forward(net, xt)[-1].argmax(axis=1) == yt
print("test:", right.mean())
