"""Small scripts that compute one number, one unit or one sample after the other."""

from tests.watching.scripts import DATA

# Layers as lists of dicts, each with a list of weights whose last one is the bias.
DICTS = """
from math import exp
from random import seed, random
seed(1)
rows = [[2.78, 2.55, 0], [1.47, 2.36, 0], [3.4, 4.4, 0], [1.39, 1.85, 0], [3.06, 3.01, 0],
        [7.63, 2.76, 1], [5.33, 2.09, 1], [6.92, 1.77, 1], [8.68, -0.24, 1], [7.67, 3.51, 1]]
net = [[{'weights': [random() for i in range(3)]} for j in range(4)],
       [{'weights': [random() for i in range(5)]} for j in range(2)]]

def forward(row):
    inputs = row
    for layer in net:
        new = []
        for unit in layer:
            total = unit['weights'][-1]
            for i in range(len(unit['weights']) - 1):
                total += unit['weights'][i] * inputs[i]
            unit['output'] = 1.0 / (1.0 + exp(-total))
            new.append(unit['output'])
        inputs = new
    return inputs

def backward(expected):
    for at in reversed(range(len(net))):
        for j, unit in enumerate(net[at]):
            if at == len(net) - 1:
                error = unit['output'] - expected[j]
            else:
                error = 0.0
                for other in net[at + 1]:
                    error += other['weights'][j] * other['delta']
            unit['delta'] = error * unit['output'] * (1.0 - unit['output'])

def update(row, rate):
    inputs = row[:-1]
    for layer in net:
        for unit in layer:
            for i in range(len(inputs)):
                unit['weights'][i] -= rate * unit['delta'] * inputs[i]
            unit['weights'][-1] -= rate * unit['delta']
        inputs = [unit['output'] for unit in layer]

for epoch in range(20):
    for row in rows:
        expected = [0, 0]
        expected[row[-1]] = 1
        forward(row)
        backward(expected)
        update(row, 0.5)
"""
# The gradients of a batch are summed, number by number; the last batch is smaller.
SUMS = """
import math, random
random.seed(1)
data = [([random.uniform(-1, 1), random.uniform(-1, 1)],) for n in range(30)]
data = [(x, 1 if x[0] * x[1] > 0 else 0) for x, in data]
w1 = [[random.gauss(0, 1) for i in range(2)] for j in range(3)]
b1 = [0.0] * 3
w2, b2 = [random.gauss(0, 1) for j in range(3)], 0.0
lr = 0.8
for epoch in range(8):
    random.shuffle(data)
    for start in range(0, len(data), 7):
        batch = data[start:start + 7]
        gw1 = [[0.0, 0.0] for j in range(3)]
        gb1, gw2, gb2 = [0.0] * 3, [0.0] * 3, 0.0
        for x, t in batch:
            h = [math.tanh(sum(w * xi for w, xi in zip(w1[j], x)) + b1[j]) for j in range(3)]
            o = 1 / (1 + math.exp(-(sum(w * hj for w, hj in zip(w2, h)) + b2)))
            d = o - t
            for j in range(3):
                gw2[j] += d * h[j]
                g = d * w2[j] * (1 - h[j] * h[j])
                for i in range(2):
                    gw1[j][i] += g * x[i]
                gb1[j] += g
            gb2 += d
        n = len(batch)
        for j in range(3):
            w2[j] -= lr * gw2[j] / n
            b1[j] -= lr * gb1[j] / n
            for i in range(2):
                w1[j][i] -= lr * gw1[j][i] / n
        b2 -= lr * gb2 / n
"""
# Units that are objects, each with a vector of its own.
UNITS = """
import numpy as np
rng = np.random.RandomState(3)

class Neuron:
    def __init__(self, n):
        self.w = rng.normal(0, 0.5, n)
        self.b = 0.0

    def out(self, x):
        self.x = x
        self.a = np.tanh(np.dot(self.w, x) + self.b)
        return self.a

    def learn(self, d, lr):
        g = d * (1 - self.a ** 2)
        back = g * self.w
        self.w = self.w - lr * g * self.x
        self.b = self.b - lr * g
        return back

hidden, last = [Neuron(3) for _ in range(4)], Neuron(4)
X = rng.uniform(-1, 1, (20, 3))
for epoch in range(6):
    for x, y in zip(X, np.tanh(X.sum(axis=1))):
        d = last.out(np.array([n.out(x) for n in hidden])) - y
        for n, back in zip(hidden, last.learn(d, 0.1)):
            n.learn(back, 0.1)
"""
# Rows of a matrix, places of vectors, and an array that is filled unit by unit.
ROWS = """
import numpy as np
np.random.seed(2)
X = np.random.rand(30, 3)
T = (X.sum(axis=1) > 1.5).astype(float)
W, b = np.random.randn(4, 3), np.zeros(4)
v, c = np.random.randn(4), 0.0
for epoch in range(6):
    for n in range(30):
        x, h = X[n], np.zeros(4)
        for j in range(4):
            h[j] = 1 / (1 + np.exp(-(np.dot(W[j], x) + b[j])))
        o = 1 / (1 + np.exp(-(np.dot(v, h) + c)))
        d = (o - T[n]) * o * (1 - o)
        for j in range(4):
            g = d * v[j] * h[j] * (1 - h[j])
            v[j] -= 0.5 * d * h[j]
            W[j] -= 0.5 * g * x
            b[j] -= 0.5 * g
        c -= 0.5 * d
"""
# Forward unit by unit, backward with whole arrays; sums instead of products, and a clipped error.
WHOLE = (
    ROWS[: ROWS.index("        d = ")].replace("np.dot(W[j], x)", "np.sum(W[j] * x)")
    + """
        d = max(-0.9, min(0.9, o - T[n])) * o * (1 - o)
        g = d * v * h * (1 - h)
        v = v - 0.5 * d * h
        W -= 0.5 * np.outer(g, x)
        b -= 0.5 * g
        c -= 0.5 * d
"""
)
# All samples at once, and hidden units one by one.
UNIT_BY_UNIT = """
import numpy as np
np.random.seed(0)
x = np.linspace(-3, 3, 20)
y = np.sin(x)
w1, b1, w2, b2 = np.random.randn(4), np.random.randn(4) * 0.1, np.random.randn(4) * 0.5, 0.0
h = [0] * 4
for epoch in range(25):
    out = b2
    for j in range(4):
        h[j] = np.tanh(w1[j] * x + b1[j])
        out = out + w2[j] * h[j]
    d = out - y
    for j in range(4):
        g = d * w2[j] * (1 - h[j] ** 2)
        w2[j] -= 0.2 * np.mean(d * h[j])
        w1[j] -= 0.2 * np.mean(g * x)
        b1[j] = b1[j] - 0.2 * np.mean(g)
    b2 -= 0.2 * np.mean(d)
"""
# One number enters, so a weight is a vector.
ONE_INPUT = """
import numpy as np
np.random.seed(2)
xs = np.linspace(-2, 2, 20)
w1, b1, w2, b2 = np.random.randn(6), np.zeros(6), np.random.randn(6) * 0.5, 0.0
for epoch in range(6):
    for x, y in zip(xs, np.sin(xs)):
        h = np.tanh(w1 * x + b1)
        e = np.sum(w2 * h) + b2 - y
        g = e * w2 * (1 - h ** 2)
        w2 -= 0.05 * e * h
        b2 -= 0.05 * e
        w1 -= 0.05 * g * x
        b1 -= 0.05 * g
"""
# Columns of one sample each, whose gradients are summed; sizes as in a well known online book.
BOOK = f"""{DATA}
import random
random.seed(0)

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

class Network:
    def __init__(self, sizes):
        self.layers = len(sizes)
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]

    def train(self, data, epochs, size, eta):
        for epoch in range(epochs):
            random.shuffle(data)
            for batch in [data[k:k + size] for k in range(0, len(data), size)]:
                self.step(batch, eta)
            print(sum(np.argmax(self.forward(x)) == np.argmax(y) for x, y in data))

    def forward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def step(self, batch, eta):
        sum_b = [np.zeros(b.shape) for b in self.biases]
        sum_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in batch:
            of_b, of_w = self.backward(x, y)
            sum_b = [s + one for s, one in zip(sum_b, of_b)]
            sum_w = [s + one for s, one in zip(sum_w, of_w)]
        self.weights = [w - (eta / len(batch)) * s for w, s in zip(self.weights, sum_w)]
        self.biases = [b - (eta / len(batch)) * s for b, s in zip(self.biases, sum_b)]

    def backward(self, x, y):
        of_b, of_w = [None] * 2, [None] * 2
        outs = [x]
        for w, b in zip(self.weights, self.biases):
            outs.append(sigmoid(np.dot(w, outs[-1]) + b))
        delta = outs[-1] - y
        for l in range(1, self.layers):
            if l > 1:
                delta = np.dot(self.weights[-l + 1].T, delta) * outs[-l] * (1 - outs[-l])
            of_b[-l], of_w[-l] = delta, np.dot(delta, outs[-l - 1].T)
        return of_b, of_w

data = [(x.reshape(4, 1), y.reshape(3, 1)) for x, y in zip(X, Y)]
Network([4, 5, 3]).train(data, 8, 16, 0.5)
"""
# The same with vectors, sums that are written into, and no division by the number of samples.
VECTORS = f"""{DATA}
W1, b1 = np.random.randn(6, 4) * 0.5, np.zeros(6)
W2, b2 = np.random.randn(3, 6) * 0.5, np.zeros(3)
for epoch in range(5):
    order = np.random.permutation(90)
    for start in range(0, 90, 16):
        gW1, gb1, gW2, gb2 = np.zeros((6, 4)), np.zeros(6), np.zeros((3, 6)), np.zeros(3)
        for i in order[start:start + 16]:
            x, t = X[i], Y[i]
            h = np.tanh(W1.dot(x) + b1)
            e = np.exp(W2.dot(h) + b2)
            d = e / e.sum() - t
            g = W2.T.dot(d) * (1 - h * h)
            gW2 += np.outer(d, h)
            gb2 += d
            gW1 += np.outer(g, x)
            gb1 += g
        W1 -= 0.03 * gW1
        b1 -= 0.03 * gb1
        W2 -= 0.03 * gW2
        b2 -= 0.03 * gb2
"""
# A single neuron.
SINGLE = """
import random
random.seed(0)
w, b = random.random(), 0.0
for i in range(50):
    for x, t in ((0.1, 0.2), (0.5, 0.9), (0.7, 1.5)):
        e = w * x + b - t
        w -= 0.1 * e * x
        b -= 0.1 * e
"""
# The slope of a relu is a number that the sign of its unit decides.
RELU = """
import random
random.seed(4)
xs = [[random.uniform(-1, 1) for i in range(2)] for n in range(40)]
ts = [1.0 if a * b > 0 else 0.0 for a, b in xs]
W = [[random.gauss(0, 1) for i in range(2)] for j in range(5)]
b, v, c = [0.1] * 5, [random.gauss(0, 0.5) for j in range(5)], 0.0
for epoch in range(6):
    for x, t in zip(xs, ts):
        zs = [sum(W[j][i] * x[i] for i in range(2)) + b[j] for j in range(5)]
        h = [max(0.0, z) for z in zs]
        d = sum(v[j] * h[j] for j in range(5)) + c - t
        for j in range(5):
            g = d * v[j] * (1.0 if zs[j] > 0 else 0.0)
            v[j] -= 0.05 * d * h[j]
            for i in range(2):
                W[j][i] -= 0.05 * g * x[i]
            b[j] -= 0.05 * g
        c -= 0.05 * d
"""
# A velocity for each weight, in lists beside them; a rate that is within the velocity.
MOMENTUM = (
    SUMS.replace("lr = 0.8", """lr, mu = 0.3, 0.9
vw1, vb1 = [[0.0, 0.0] for j in range(3)], [0.0] * 3
vw2, vb2 = [0.0] * 3, 0.0""")
    .replace("w2[j] -= lr * gw2[j] / n", """vw2[j] = mu * vw2[j] - lr * gw2[j] / n
            w2[j] += vw2[j]""")
    .replace("b1[j] -= lr * gb1[j] / n", """vb1[j] = mu * vb1[j] - lr * gb1[j] / n
            b1[j] += vb1[j]""")
    .replace("w1[j][i] -= lr * gw1[j][i] / n", """vw1[j][i] = mu * vw1[j][i] - lr * gw1[j][i] / n
                w1[j][i] += vw1[j][i]""")
    .replace("b2 -= lr * gb2 / n", """vb2 = mu * vb2 - lr * gb2 / n
        b2 += vb2""")
)  # fmt: skip
# Velocities as whole arrays, of weights that are taken row by row.
VELOCITIES = (
    WHOLE.replace("v, c = ", """vW, vb, vv, vc = np.zeros((4, 3)), np.zeros(4), np.zeros(4), 0.0
v, c = """, 1)
    .replace("v = v - 0.5 * d * h", "vv = 0.8 * vv - 0.1 * d * h\n        v = v + vv")
    .replace("W -= 0.5 * np.outer(g, x)", """vW *= 0.8
        vW -= 0.1 * np.outer(g, x)
        W += vW""")
    .replace("b -= 0.5 * g", "vb = 0.8 * vb - 0.1 * g\n        b += vb")
    .replace("c -= 0.5 * d", "vc = 0.8 * vc - 0.1 * d\n        c += vc")
)  # fmt: skip
# Sums over all samples that are never set back, two of which are one list.
SHARED = """
import math, random
random.seed(5)
rows = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
wa, wb, b, v = [[random.uniform(-1, 1) for i in range(3)] for k in range(4)]
c = 0.0
dwa = dwb = [0] * 3
db, dv, dc = [0] * 3, [0] * 3, 0
for epoch in range(60):
    for p, q, t in rows:
        h = [1 / (1 + math.exp(-(wa[i] * p + wb[i] * q + b[i]))) for i in range(3)]
        s = c
        for i in range(3):
            s += v[i] * h[i]
        o = 1 / (1 + math.exp(-s))
        d = (t - o) * o * (1 - o)
        for i in range(3):
            dh = d * v[i] * h[i] * (1 - h[i])
            dv[i] += d * h[i]
            dwa[i] += dh * p
            dwb[i] += dh * q
            db[i] += dh
        dc += d
    for i in range(3):
        v[i] += 0.01 * dv[i]
        wa[i] += 0.01 * dwa[i]
        wb[i] += 0.01 * dwb[i]
        b[i] += 0.01 * db[i]
    c += 0.01 * dc
"""
CARRIED = {
    "momentum": MOMENTUM,
    "velocities": VELOCITIES,
    "shared": SHARED,
}
NUMBERS = {
    "dicts": DICTS,
    "sums": SUMS,
    "units": UNITS,
    "rows": ROWS,
    "whole": WHOLE,
    "unit by unit": UNIT_BY_UNIT,
    "one input": ONE_INPUT,
    "book": BOOK,
    "vectors": VECTORS,
    "single": SINGLE,
    "relu": RELU,
}
