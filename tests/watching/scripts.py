"""Small scripts in many styles, as people write them; each trains for far less than a second."""

DATA = """
import numpy as np
np.random.seed(0)
X = np.random.randn(90, 4)
labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
Y = np.eye(3)[labels]
"""
FLAT = f"""{DATA}
W1 = np.random.randn(4, 6) * 0.5
b1 = np.zeros(6)
W2 = np.random.randn(6, 3) * 0.5
b2 = np.zeros(3)
lr = 0.3
for epoch in range(12):
    order = np.random.permutation(len(X))
    for start in range(0, len(X), 16):
        pick = order[start:start + 16]
        x, y = X[pick], Y[pick]
        z1 = x @ W1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W2 + b2
        e = np.exp(z2 - z2.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d2 = (p - y) / len(x)
        d1 = (d2 @ W2.T) * (z1 > 0)
        W2 -= lr * a1.T @ d2
        b2 -= lr * d2.sum(axis=0)
        W1 -= lr * x.T @ d1
        b1 -= lr * d1.sum(axis=0)
    print(epoch, np.mean(np.argmax(np.maximum(X @ W1 + b1, 0) @ W2 + b2, axis=1) == labels))
"""
COLUMNS = f"""{DATA}
def init(sizes):
    p = {{}}
    for l in range(1, len(sizes)):
        p['W' + str(l)] = np.random.randn(sizes[l], sizes[l - 1]) * 0.3
        p['b' + str(l)] = np.zeros((sizes[l], 1))
    return p

def forward(x, p):
    cache, a = [], x
    for l in (1, 2):
        z = np.dot(p['W' + str(l)], a) + p['b' + str(l)]
        cache.append((a, z))
        a = np.tanh(z) if l == 1 else 1 / (1 + np.exp(-z))
    return a, cache

p = init([4, 5, 3])
for i in range(40):
    a, cache = forward(X.T, p)
    m = X.shape[0]
    d = a - Y.T
    g = {{}}
    for l in (2, 1):
        before, z = cache[l - 1]
        if l == 1:
            d = np.dot(p['W2'].T, d) * (1 - np.tanh(z) ** 2)
        g['W' + str(l)] = np.dot(d, before.T) / m
        g['b' + str(l)] = np.sum(d, axis=1, keepdims=True) / m
    p = {{k: p[k] - 0.5 * g[k] for k in p}}
"""
ONE_BY_ONE = f"""{DATA}
class Net:
    def __init__(self, rate):
        self.rate = rate
        self.w = [np.random.randn(5, 4) * 0.3, np.random.randn(3, 5) * 0.3]
        self.b = [np.zeros(5), np.zeros(3)]

    def train(self, x, t):
        h = 1 / (1 + np.exp(-(self.w[0].dot(x) + self.b[0])))
        o = 1 / (1 + np.exp(-(self.w[1].dot(h) + self.b[1])))
        do = (o - t) * o * (1 - o)
        dh = self.w[1].T.dot(do) * h * (1 - h)
        self.w[1] -= self.rate * np.outer(do, h)
        self.b[1] -= self.rate * do
        self.w[0] -= self.rate * np.outer(dh, x)
        self.b[0] -= self.rate * dh

net = Net(0.2)
for epoch in range(3):
    for x, t in zip(X, Y):
        net.train(x, t)
"""
# Sorted by class: of the steps that are read, all have one and the same number for a target.
SORTED = """
import numpy as np
np.random.seed(0)
X = np.random.randn(200, 4)
X = X[np.argsort(X[:, 0] > 0)]
labels = (X[:, 0] > 0).astype(int)
W, V, shift = np.random.randn(4, 5) * 0.3, np.random.randn(5, 1) * 0.3, 0.25
for epoch in range(3):
    for x, t in zip(X, labels):
        h = np.tanh(x[None] @ W)
        o = 1 / (1 + np.exp(-(h @ V - shift)))
        d = o - t
        e = d @ V.T * (1 - h * h)
        V -= 0.1 * h.T @ d
        W -= 0.1 * x[:, None] @ e
"""
# A row for each sample, with a 1 written out before it: no other number of samples does.
ONE_ROW = f"""{DATA}
W, V = np.random.randn(5, 6) * 0.3, np.random.randn(7, 3) * 0.3
for epoch in range(3):
    for i in np.random.permutation(len(X)):
        x = np.hstack([[[1.0]], X[i][None]])
        h = np.hstack([[[1.0]], np.tanh(x @ W)])
        o = np.tanh(h @ V)
        do = (o - Y[i][None]) * (1 - o ** 2)
        dh = (do @ V[1:].T) * (1 - h[:, 1:] ** 2)
        V -= 0.1 * h.T @ do
        W -= 0.1 * x.T @ dh
"""
# A column for each sample, and biases within the weights: what is appended to the units is a 1.
APPENDED = f"""{DATA}
W = [np.random.randn(5, 4) * 0.3, np.random.randn(3, 6) * 0.3]
for epoch in range(3):
    for i in np.random.permutation(len(X)):
        h = np.append(np.tanh(W[0] @ X[i]), 1.0)
        o = np.tanh(W[1] @ h)
        do = (o - Y[i]) * (1 - o ** 2)
        dh = (W[1].T @ do)[:-1] * (1 - h[:-1] ** 2)
        W[1] -= 0.1 * do[:, None] * h[None, :]
        W[0] -= 0.1 * dh[:, None] * X[i][None, :]
"""
MOMENTUM = f"""{DATA}
W, b = np.random.randn(4, 3) * 0.1, np.zeros(3)
vW, vb = np.zeros_like(W), np.zeros_like(b)
rate = 0.1
for epoch in range(20):
    for k in range(0, 90, 20):
        x, t = X[k:k + 20], labels[k:k + 20]
        p = np.exp(x @ W + b)
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(x)), t] -= 1
        p /= len(x)
        vW = 0.9 * vW - rate * x.T @ p
        vb = 0.9 * vb - rate * p.sum(axis=0)
        W += vW
        b += vb
    rate = rate * 0.9
"""
SINE = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.uniform(-3, 3, (80, 1))
y = np.sin(x)
w1, b1 = rng.normal(size=(1, 8)), rng.normal(size=8)
w2, b2 = rng.normal(size=(8, 1)) * 0.3, 0.0
for turn in range(60):
    h = np.tanh(x.dot(w1) + b1)
    out = h.dot(w2) + b2
    e = 2 * (out - y) / len(x)
    g = e.dot(w2.T) * (1 - h ** 2)
    w2 = w2 - 0.05 * h.T.dot(e)
    b2 = b2 - 0.05 * e.sum()
    w1 = w1 - 0.05 * x.T.dot(g)
    b1 = b1 - 0.05 * g.sum(axis=0)
"""
ONES = f"""{DATA}
V, W = np.random.randn(4, 5) * 0.5, np.random.randn(6, 1) * 0.3
sign = 2.0 * (labels > 0)[:, None] - 1
for epoch in range(40):
    h = np.tanh(X.dot(V))
    a = np.hstack([h, np.ones((len(h), 1))])
    f = a.dot(W)
    g = -sign / (1 + np.exp(sign * f)) / len(X)
    dV = X.T.dot(g.dot(W[:-1].T) * (1 - h * h))
    W -= 0.5 * a.T.dot(g)
    V -= 0.5 * dV
"""
# Samples as people type them in: pairs of a point and a number.
PAIRS = """
import numpy as np
np.random.seed(3)
samples = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
w, b = np.random.normal(0, 1, (5, 2)), np.random.normal(0, 1, 5)
v, c = np.random.normal(0, 1, 5), 0.0
for epoch in range(30):
    for k in np.random.permutation(4):
        x, target = samples[k]
        x = np.array(x)
        h = 1 / (1 + np.exp(-(np.dot(w, x) + b)))
        o = 1 / (1 + np.exp(-(np.dot(v, h) + c)))
        d = (o - target) * o * (1 - o)
        g = d * v * h * (1 - h)
        v -= 0.5 * d * h
        c -= 0.5 * d
        w -= 0.5 * np.outer(g, x)
        b -= 0.5 * g
"""
TWICE = FLAT.replace(
    "        d2 =",
    "        e = np.exp(p - p.max(axis=1, keepdims=True))\n"
    "        p = e / e.sum(axis=1, keepdims=True)\n        d2 =",
)
# Dropout in some of the ways in which it is written; each keeps the mean.
INVERTED = FLAT.replace(
    "a1 = np.maximum(z1, 0)",
    "m1 = (np.random.rand(*z1.shape) < 0.8) / 0.8\n        a1 = np.maximum(z1, 0) * m1",
).replace("(z1 > 0)", "m1 * (z1 > 0)")
LEFT_OUT_OF_EACH = (
    ONE_BY_ONE.replace(
        "        o = 1", "        m = np.random.binomial(1, 0.8, 5) / 0.8\n        o = 1"
    )
    .replace("self.w[1].dot(h)", "self.w[1].dot(h * m)")
    .replace("np.outer(do, h)", "np.outer(do, h * m)")
    .replace("dot(do) * h", "dot(do) * m * h")
)
IN_PLACE = FLAT.replace(
    "a1 = np.maximum(z1, 0)",
    "a1 = np.maximum(z1, 0)\n        keep = np.random.binomial(1, 0.75, size=a1.shape)\n"
    "        a1 *= keep\n        a1 /= 0.75",
).replace("(z1 > 0)", "keep / 0.75 * (z1 > 0)")
DROPPED = (
    COLUMNS.replace("p = init([4, 5, 3])", "rng = np.random.default_rng(3)\np = init([4, 5, 3])")
    .replace(
        "np.exp(-z))\n",
        "np.exp(-z))\n        if l == 1:\n            mask = 0.1 < rng.random(a.shape)\n"
        "            a = a * mask / 0.9\n            cache.append(mask)\n",
    )
    .replace("cache[l - 1]", "cache[2 * l - 2]")
    .replace("np.dot(p['W2'].T, d)", "np.dot(p['W2'].T, d) * cache[1] / 0.9")
)
SOFTPLUS = FLAT.replace("np.maximum(z1, 0)", "np.log(1 + np.exp(z1))").replace(
    "(z1 > 0)", "1 / (1 + np.exp(-z1))"
)
SIGNED = FLAT.replace("-= lr", "+= -lr")
ADAM = """
import numpy as np
rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (120, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)

class Dense:
    def __init__(self, n, m):
        self.W = 0.5 * rng.randn(n, m)
        self.b = np.zeros((1, m))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0, keepdims=True)
        return d @ self.W.T

class Adam:
    def __init__(self, rate):
        self.rate, self.t = rate, 0
    def step(self, layer):
        if not hasattr(layer, 'm'):
            layer.m = {'W': np.zeros_like(layer.W), 'b': np.zeros_like(layer.b)}
            layer.v = {'W': np.zeros_like(layer.W), 'b': np.zeros_like(layer.b)}
        for name, g in (('W', layer.dW), ('b', layer.db)):
            layer.m[name] = 0.9 * layer.m[name] + 0.1 * g
            layer.v[name] = 0.99 * layer.v[name] + 0.01 * g ** 2
            m = layer.m[name] / (1 - 0.9 ** (self.t + 1))
            v = layer.v[name] / (1 - 0.99 ** (self.t + 1))
            setattr(layer, name, getattr(layer, name) + -self.rate * m / (np.sqrt(v) + 1e-8))

one, two = Dense(2, 8), Dense(8, 2)
adam = Adam(0.02)
for epoch in range(40):
    for start in range(0, 120, 30):
        x, labels = X[start:start + 30], y[start:start + 30]
        h = np.tanh(one.forward(x))
        z = two.forward(h)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d = p.copy()
        d[range(len(x)), labels] -= 1
        one.backward(two.backward(d / len(x)) * (1 - h ** 2))
        for layer in (one, two):
            adam.step(layer)
        adam.t += 1
"""
# A whole batch forward, and a part of it in loops over its samples.
LISTS = FLAT.replace(
    "e = np.exp(z2 - z2.max(axis=1, keepdims=True))\n        p = e / e.sum(axis=1, keepdims=True)",
    "p = np.array([np.exp(r) / np.exp(r).sum() for r in z2])",
).replace("x.T @ d1", "sum(np.outer(a, d) for a, d in zip(x, d1))")
ATTACHED = f"""{DATA}
class Dense:
    def __init__(self, n, m):
        self.weights, self.biases = 0.5 * np.random.randn(n, m), np.zeros((1, m))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights, self.dbiases = self.inputs.T @ dvalues, dvalues.sum(0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T

class Falling:
    def __init__(self, rate, decay, momentum):
        self.rate, self.decay, self.momentum, self.iterations = rate, decay, momentum, 0

    def step(self, layer):
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        layer.weight_momentums = self.momentum * layer.weight_momentums - self.now * layer.dweights
        layer.bias_momentums = self.momentum * layer.bias_momentums - self.now * layer.dbiases
        layer.weights += layer.weight_momentums
        layer.biases += layer.bias_momentums

first, last, optimizer = Dense(4, 6), Dense(6, 3), Falling(0.3, 1e-1, 0.9)
for epoch in range(50):
    first.forward(X)
    a = np.maximum(0, first.output)
    last.forward(a)
    e = np.exp(last.output - last.output.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = p.copy()
    d[range(len(X)), labels] -= 1
    last.backward(d / len(X))
    dz = last.dinputs.copy()
    dz[first.output <= 0] = 0
    first.backward(dz)
    optimizer.now = optimizer.rate * (1. / (1. + optimizer.decay * optimizer.iterations))
    optimizer.step(first)
    optimizer.step(last)
    optimizer.iterations += 1
"""
TENSORDOT = (
    FLAT.replace("x @ W1", "np.tensordot(x, W1, axes=1)")
    .replace("a1 @ W2", "np.tensordot(a1, W2, ([1], [0]))", 1)
    .replace("d2 @ W2.T", "np.tensordot(d2, W2, (1, 1))")
    .replace("a1.T @ d2", "np.tensordot(a1, d2, axes=(0, 0))")
)
LAST_AXES = (
    TENSORDOT.replace("np.random.randn(4, 6)", "np.random.randn(6, 4)")
    .replace("np.random.randn(6, 3)", "np.random.randn(3, 6)")
    .replace("(x, W1, axes=1)", "(x, W1, axes=(1, 1))")
    .replace("np.tensordot(a1, W2, ([1], [0]))", "np.inner(a1, W2)")
    .replace("(d2, W2, (1, 1))", "(d2, W2, 1)")
    .replace("(a1, d2, axes=(0, 0))", "(d2, a1, axes=(0, 0))")
    .replace("x.T @ d1", "np.einsum('nj,ni->ji', d1, x)")
    .replace("X @ W1 + b1, 0) @ W2 +", "np.inner(X, W1) + b1, 0) @ W2.T +")
)
CLIPPED = FLAT.replace(
    "        W2 -= lr * a1.T @ d2\n        b2 -= lr * d2.sum(axis=0)\n"
    "        W1 -= lr * x.T @ d1\n        b1 -= lr * d1.sum(axis=0)\n",
    "        slopes = [a1.T @ d2, d2.sum(axis=0), x.T @ d1, d1.sum(axis=0)]\n"
    "        norm = np.sqrt(sum((one ** 2).sum() for one in slopes))\n"
    "        share = 1.0 if norm < 0.3 else 0.3 / norm\n"
    "        for one, slope in zip((W2, b2, W1, b1), slopes):\n"
    "            one -= lr * share * slope\n",
)
# The rate is cut where the loss does not fall.
BOLD = (
    FLAT.replace("range(12)", "range(120)")
    .replace("    for start in range(0, len(X), 16):\n", "    for start in [0]:\n")
    .replace("start:start + 16", ":")
    .replace("lr = 0.3", "lr, last = 0.3, 1e9")
    .replace(
        "        d2 = (p",
        "        loss = -np.log(p[y == 1]).mean()\n"
        "        lr = lr * 1.02 if loss < last else lr * 0.5\n"
        "        last = loss\n        d2 = (p",
    )
)
# By the size of its batches, which is written as a number.
# Gradients are checked by differences: each number is moved up and down, and put back.
CHECKED = FLAT.replace(
    "lr = 0.3",
    """lr = 0.3
def cost():
    a = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    return ((a - Y) ** 2).mean()
for p in (W1, b1, W2, b2) * 3:
    for i in np.ndindex(p.shape):
        old = p[i]
        p[i] = old + 1e-5
        up = cost()
        p[i] = old - 1e-5
        slope = (up - cost()) / 2e-5
        p[i] = old
""",
)
# Drawn into a part of an array that is too large to be kept each time it is written into.
LARGE = (
    CHECKED.replace("randn(90, 4)", "randn(90, 2000)")
    .replace("W1 = ", "W1 = np.zeros((2000, 6))\nW1[:] = ")
    .replace("randn(4, 6)", "randn(2000, 6)")
    .replace("(W1, b1, W2, b2) * 3", "(b1, b2)")
)
ONES_OF_THIRTY = (
    FLAT.replace("W2 = np.random.randn(6, 3)", "W2 = np.random.randn(7, 3)")
    .replace("b2 = np.zeros(3)\n", "")
    .replace("16", "30")
    .replace(
        "z2 = a1 @ W2 + b2",
        "ab = np.concatenate((a1, np.ones((30, 1))), axis=1)\n        z2 = ab @ W2",
    )
    .replace("d2 @ W2.T", "d2 @ W2[:-1].T")
    .replace("a1.T @ d2\n        b2 -= lr * d2.sum(axis=0)", "ab.T @ d2")
    .replace("W1 + b1, 0) @ W2 + b2", "W1 + b1, 0) @ W2[:-1] + W2[-1]")
)
OVERWRITTEN = FLAT.replace("a1 = np.maximum(z1, 0)", "a1 = z1.copy()\n        a1[a1 < 0] = 0")
INTO = FLAT.replace("a1 = np.maximum(z1, 0)", "a1 = np.multiply(z1, z1 > 0, z1)")
JOINED = """
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 3)
y = (X[:, :1] > 0).astype(float)
Xb = np.c_[np.ones(60), X]
W1, W2 = np.random.randn(4, 5), np.random.randn(6, 1)
for i in range(60):
    h = np.tanh(Xb @ W1)
    hb = np.c_[np.ones(60), h]
    o = 1 / (1 + np.exp(-hb @ W2))
    d2 = (o - y) / 60
    d1 = (d2 @ W2[1:].T) * (1 - h ** 2)
    W2 -= 0.5 * hb.T @ d2
    W1 -= 0.5 * Xb.T @ d1
"""
AUTOENCODER = """
import numpy as np
np.random.seed(0)
X = np.random.rand(60, 8)
W1, b1 = np.random.randn(8, 3) * 0.5, np.zeros(3)
W2, b2 = np.random.randn(3, 8) * 0.5, np.zeros(8)
for i in range(40):
    for k in range(0, 60, 20):
        x = X[k:k + 20]
        h = np.tanh(x @ W1 + b1)
        o = h @ W2 + b2
        d2 = (o - x) / 20
        d1 = d2 @ W2.T * (1 - h ** 2)
        W2 -= 0.1 * h.T @ d2; b2 -= 0.1 * d2.sum(0)
        W1 -= 0.1 * x.T @ d1; b1 -= 0.1 * d1.sum(0)
"""
# All weights in one vector, which a momentum steps as a whole.
THETA = f"""{DATA}
theta = np.random.randn(4 * 5 + 5 + 5 * 3 + 3) * 0.5

def unpack(t):
    return t[:20].reshape(4, 5), t[20:25], t[25:40].reshape(5, 3), t[40:]

def gradient(theta):
    V, b, W, c = unpack(theta)
    h = np.tanh(X @ V + b)
    p = 1 / (1 + np.exp(-(h @ W + c)))
    d = (p - Y) / len(X)
    e = d @ W.T * (1 - h ** 2)
    return np.concatenate([part.ravel() for part in (X.T @ e, e.sum(0), h.T @ d, d.sum(0))])

v = np.zeros(theta.size)
for step in range(60):
    v = 0.9 * v + gradient(theta)
    theta -= 0.1 * v
"""
# The bias is the first number of the weights, and each part is stepped where it is.
ADALINE = f"""{DATA}
class Adaline:
    def __init__(self, eta):
        self.eta = eta
    def fit(self, X, y):
        self.w_ = np.random.normal(0.0, 0.01, 1 + X.shape[1])
        for epoch in range(12):
            order = np.random.permutation(len(y))
            for x, target in zip(X[order], y[order]):
                error = target - self.net_input(x)
                self.w_[0] += self.eta * error
                self.w_[1:] += self.eta * x.dot(error)
    def net_input(self, X):
        return np.dot(X, self.w_[1:]) + self.w_[0]

Adaline(0.02).fit(X, np.where(X[:, 0] > 0, 1.0, -1.0))
"""
# The same with a hidden layer, the bias in the last row; samples and targets are slices as well.
LAST_ROW = f"""{DATA}
both = np.hstack([X, Y])
V, W = np.random.randn(5, 6), np.random.randn(7, 3)
for step in range(60):
    x, y = both[:, :4], both[:, 4:]
    h = np.tanh(x @ V[:-1] + V[-1])
    p = 1 / (1 + np.exp(-(h @ W[:-1] + W[-1])))
    d = (p - y) / len(x)
    e = d @ W[:-1].T * (1 - h ** 2)
    W[:-1] -= 0.5 * h.T @ d
    W[-1] -= 0.5 * d.sum(0)
    V[:-1] -= 0.5 * x.T @ e
    V[-1] -= 0.5 * e.sum(0)
"""
FROZEN = FLAT.replace("W2 -= lr * a1.T @ d2", "dW2 = a1.T @ d2")
# The gradient is taken ahead of the weights, in lists made anew in each step.
NESTEROV = f"""{DATA}
w = [np.random.randn(4, 6) * 0.5, np.zeros(6), np.random.randn(6, 3) * 0.5, np.zeros(3)]
v = [np.zeros_like(one) for one in w]

def gradients(x, y, w):
    h = np.tanh(x @ w[0] + w[1])
    s = h @ w[2] + w[3]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    d = (e / e.sum(axis=1, keepdims=True) - y) / len(x)
    dz = (d @ w[2].T) * (1 - h ** 2)
    return [x.T @ dz, dz.sum(0), h.T @ d, d.sum(0)]

for epoch in range(12):
    order = np.random.permutation(90)
    for start in range(0, 90, 15):
        k = order[start:start + 15]
        ahead = [one + 0.9 * u for one, u in zip(w, v)]
        g = gradients(X[k], Y[k], ahead)
        v = [0.9 * u - 0.1 * d for u, d in zip(v, g)]
        w = [one + u for one, u in zip(w, v)]
"""
# There and back again, and on, so that the rate is multiplied with what is no step of a weight.
THERE_AND_BACK = NESTEROV.replace(
    "        ahead = [one + 0.9 * u for one, u in zip(w, v)]\n"
    "        g = gradients(X[k], Y[k], ahead)\n",
    "        w = [one + 0.9 * u for one, u in zip(w, v)]\n"
    "        g = gradients(X[k], Y[k], w)\n"
    "        w = [one - 0.9 * u for one, u in zip(w, v)]\n",
)
# The same in place, there and back, by a function that a comprehension calls for each batch.
IN_AND_OUT = (
    NESTEROV.partition("for epoch")[0]
    + """
def step(k):
    for n in range(4):
        w[n] += 0.9 * v[n]
    g = gradients(X[k], Y[k], w)
    for n in range(4):
        w[n] -= 0.9 * v[n]
        v[n] = 0.9 * v[n] - 0.1 * g[n]
        w[n] += v[n]
    return 0.0

for epoch in range(12):
    order = np.random.permutation(90)
    print(np.mean([step(order[start:start + 15]) for start in range(0, 90, 15)]))
"""
)
BARE = FLAT.replace("        b1 -= lr * d1.sum(axis=0)\n", "").replace(
    "b2 -= lr * d2.sum(axis=0)", "db2 = d2.sum(axis=0)"
)
REPEATED = FLAT.replace(
    "z1 = x @ W1 + b1\n        a1 = np.maximum(z1, 0)",
    "a1 = np.maximum(0.1 * (x @ W1 + b1), x @ W1 + b1)",
).replace("(z1 > 0)", "np.where(a1 > 0, 1, 0.1)")
CAPITAL = (
    FLAT.replace("a1", "X")
    .replace("x, y = X[", "x, y = S[")
    .replace("lr = 0.3", "lr = 0.3\nS = X")
    .replace("len(X)", "len(S)")
    .replace("maximum(X @", "maximum(S @")
)
# Answers are put into an array of all samples; the bias of the only output is taken out of one.
PLACES = f"""{DATA}
W = np.random.randn(5, 4) * 0.5
b = np.zeros(5)
w = np.random.randn(5) * 0.5
c = np.zeros(1)
hidden, answers = np.zeros((90, 5)), np.zeros(90)

def s(v):
    return 1 / (1 + np.exp(-v))

for epoch in range(8):
    for i in np.random.permutation(90):
        hidden[i] = s(W @ X[i] + b)
        h = hidden[i]
        answers[i] = s(w @ h + c[0])
        e = answers[i] - labels[i] // 2
        dh = e * w * h * (1 - h)
        w -= 0.1 * e * h
        c -= 0.1 * e
        W -= 0.1 * np.outer(dh, X[i])
        b -= 0.1 * dh
"""
# The label of one sample, a number of its own type or Python's, where the one is taken off.
EACH = f"""{DATA}
W1 = np.random.randn(6, 4) * 0.5
W2 = np.random.randn(3, 6) * 0.5
for epoch in range(6):
    for x, k in zip(X, labels.astype(np.uint8)):
        h = np.tanh(W1 @ x)
        u = np.exp(W2 @ h)
        d = u / u.sum()
        d[k] -= 1
        d1 = (W2.T @ d) * (1 - h ** 2)
        W2 -= 0.1 * np.outer(d, h)
        W1 -= 0.1 * np.outer(d1, x)
"""
# The mean over all numbers of the targets; the first smaller batch comes after many whole ones.
OVER_ALL = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(612, 3))
T = np.column_stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])])
W, b, V, c = rng.normal(size=(3, 8)), np.zeros(8), rng.normal(size=(8, 2)) * 0.3, np.zeros(2)
for epoch in range(4):
    order = rng.permutation(len(X))
    for k in range(0, len(X), 25):
        x, t = X[order[k:k + 25]], T[order[k:k + 25]]
        h = np.tanh(x @ W + b)
        e = 2 * (h @ V + c - t) / t.size
        g = e @ V.T * (1 - h ** 2)
        W, b = W - 0.1 * x.T @ g, b - 0.1 * g.sum(0)
        V, c = V - 0.1 * h.T @ e, c - 0.1 * e.sum(0)
"""
# Matrices, of which ``*`` is the product; a row of one is a matrix again.
MATRICES = """
import numpy as np
np.random.seed(2)
I = np.matrix([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
T = np.asmatrix([[a ^ b, b & c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * 1.0
V, W = np.matrix(np.random.normal(0, 0.7, (3, 6))), np.asmatrix(np.random.normal(0, 0.7, (6, 2)))
c = np.matrix(np.zeros((1, 6)))
for i in range(300):
    x, t = I[i % 8], T[i % 8, :]
    h = 1 / (1 + np.exp(-(x * V + c)))
    o = 1 / (1 + np.exp(-(h * W)))
    d = np.multiply(o - t, np.multiply(o, 1 - o))
    e = np.multiply(d * W.T, np.multiply(h, 1 - h))
    W -= 0.5 * h.T * d
    c -= 0.5 * e.sum(axis=0)
    V -= 0.5 * x.T * e
"""
# A loop over samples that adds up their gradients, and steps in every tenth turn.
EVERY_TENTH = f"""{DATA}
W, b, V, c = np.random.randn(6, 4) * 0.5, np.zeros(6), np.random.randn(3, 6) * 0.5, np.zeros(3)
gW, gb, gV, gc = (np.zeros_like(one) for one in (W, b, V, c))
for epoch in range(30):
    for n, i in enumerate(np.random.permutation(90)):
        h = np.tanh(W @ X[i] + b)
        p = np.exp(V @ h + c)
        d = p / p.sum() - Y[i]
        e = V.T @ d * (1 - h ** 2)
        gV += np.outer(d, h)
        gc += d
        gW += np.outer(e, X[i])
        gb += e
        if (n + 1) % 10 == 0:
            W -= 0.1 * gW / 10
            b -= 0.1 * gb / 10
            V -= 0.1 * gV / 10
            c -= 0.1 * gc / 10
            gW[:] = 0
            gb[:] = 0
            gV[:] = 0
            gc[:] = 0
"""
# Samples are gathered in a list until it is a batch; what is left over is one too.
GATHERED = f"""{DATA}
W, b = np.random.randn(4, 3) * 0.5, np.zeros(3)

def step(x, y):
    global W, b
    p = np.exp(x @ W + b)
    d = (p / p.sum(axis=1, keepdims=True) - y) / len(x)
    W, b = W - 0.3 * x.T @ d, b - 0.3 * d.sum(axis=0)

for epoch in range(40):
    x, y = [], []
    for i in np.random.permutation(90):
        x.append(X[i])
        y.append(Y[i])
        if len(x) == 16:
            step(np.array(x), np.array(y))
            x, y = [], []
    step(np.array(x), np.array(y))
"""
# A step or two, and nothing is finite any more.
OVERFLOWS = {
    "written into": FLAT.replace("lr = 0.3", "lr = 1e80"),
    "0 divided by 0": FLAT.replace("lr = 0.3", "lr = 1e4").replace(
        "max(axis=1, keepdims=True)", "max()"
    ),
    "sample by sample": f"""{DATA}
W1 = np.random.randn(6, 4)
W2 = np.random.randn(3, 6)
for epoch in range(30):
    for b in range(0, 90, 10):
        g1, g2 = np.zeros_like(W1), np.zeros_like(W2)
        for x, y in zip(X[b:b + 10], Y[b:b + 10]):
            h = 1 / (1 + np.exp(-(W1 @ x)))
            d = W2 @ h - y
            g2 += np.outer(d, h)
            g1 += np.outer(W2.T @ d * h * (1 - h), x)
        W1 = W1 - 1e40 * g1
        W2 = W2 - 1e40 * g2
""",
}
READ = {
    "less one at the label": EACH,
    "a norm that is cut": CLIPPED,
    "a rate by the loss": BOLD,
    "less one at a plain label": EACH.replace("labels.astype(np.uint8)", "labels.tolist()"),
    "products by tensordot": TENSORDOT,
    "weights summed over their last axis": LAST_AXES,
    "velocities attached to layers, and a rate that falls": ATTACHED,
    "pairs": PAIRS,
    "a softmax of a softmax": TWICE,
    "ones": ONES,
    "flat": FLAT,
    "gradients checked by differences": CHECKED,
    "drawn into a part of a large array": LARGE,
    "columns": COLUMNS,
    "one by one": ONE_BY_ONE,
    "sorted by class": SORTED.replace(" - shift", ""),
    "sorted by class, labels in a list": SORTED.replace(" - shift", "").replace(
        "zip(X, labels)", "zip(X, labels.tolist())"
    ),
    "a 1 written out before one row": ONE_ROW,
    "ones appended to the units of one sample": APPENDED,
    "momentum": MOMENTUM,
    "sine": SINE,
    "inverted dropout": INVERTED,
    "dropout of one sample at a time": LEFT_OUT_OF_EACH,
    "dropout in place": IN_PLACE,
    "dropout in columns": DROPPED,
    "softplus": SOFTPLUS,
    "a rate with its sign": SIGNED,
    "adam": ADAM,
    "a weight that no step changes": FROZEN,
    "a copy that is written into": OVERWRITTEN,
    "into what it takes": INTO,
    "ones joined, and a sign before a product": JOINED,
    "an autoencoder": AUTOENCODER,
    "one vector": THETA,
    "adaline": ADALINE,
    "last row": LAST_ROW,
    "nesterov": NESTEROV,
    "nesterov in place, in a comprehension": IN_AND_OUT,
    "biases that no step changes": BARE,
    "a product that is written twice": REPEATED,
    "units that are called X": CAPITAL,
    "answers that are kept in an array": PLACES,
    "a step in every tenth turn": EVERY_TENTH,
    "sums begun anew after the step": EVERY_TENTH.replace(
        "[:] = 0\n            gb[:] = 0", " = np.zeros_like(W)\n            gb = np.zeros_like(b)"
    ).replace(
        "[:] = 0\n            gc[:] = 0", " = np.zeros_like(V)\n            gc = np.zeros(3)"
    ),
    "samples gathered in a list": GATHERED,
    "matrices": MATRICES,
    "a batch of matrices": MATRICES.replace("I[i % 8]", "I").replace("T[i % 8, :]", "T"),
    "a mean over all numbers": OVER_ALL,
    "a mean over all numbers, by a name": OVER_ALL.replace("/ t.size", "/ n").replace(
        "        h = np", "        n = t.size\n        h = np"
    ),
    "a mean over twice the samples": OVER_ALL.replace("t.size", "(2 * len(t))"),
}
PENALIZED = FLAT.replace("W2 -= lr * a1.T @ d2", "W2 -= lr * (a1.T @ d2 + 2.0 * W2)")
SERIES = FLAT.replace(
    "W1 = np.random.randn(4, 6) * 0.5\n",
    """series = np.zeros(1500)
for i in range(1, 1500):
    series[i] = 0.8 * series[i - 1] + np.random.normal(0, 1.6)
W1 = np.random.randn(4, 6) * 0.5
""",
)
