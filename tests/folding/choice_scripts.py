"""Small scripts of single numbers, with branches that choose between two of them."""

from tests.folding.number_scripts import RELU, SUMS

# A relu and its slope as branches on single numbers, in the forms in which people write them.
HIDDEN = "        h = [max(0.0, z) for z in zs]\n"
SLOPED = """            g = d * v[j] * (1.0 if zs[j] > 0 else 0.0)
            v[j] -= 0.05 * d * h[j]
            for i in range(2):
                W[j][i] -= 0.05 * g * x[i]
            b[j] -= 0.05 * g
"""
BLOCK = """            if zs[j] > 0:
                g = d * v[j]
                for i in range(2):
                    W[j][i] -= 0.05 * g * x[i]
                b[j] = b[j] - 0.05 * g
            v[j] -= 0.05 * d * h[j]
"""
APPENDED = """        h = []
        for z in zs:
            if z > 0:
                h.append(z)
            else:
                h.append(0)
"""
FUNCTION = "def relu(z):\n    if z > 0:\n        return z\n    return 0\n\nfor epoch"
BRANCHES = {
    "an expression": RELU.replace("max(0.0, z)", "z if z > 0 else 0.0"),
    "a whole 0": RELU.replace("max(0.0, z)", "max(0, z)"),
    "a function": RELU.replace("max(0.0, z)", "relu(z)").replace("for epoch", FUNCTION),
    "appended": RELU.replace(HIDDEN, APPENDED),
    "a block": RELU.replace(SLOPED, BLOCK),
    "of a batch": SUMS.replace("math.tanh(sum(w * xi for w, xi in zip(w1[j], x)) + b1[j])",
                               "relu(sum(w * xi for w, xi in zip(w1[j], x)) + b1[j])")
    .replace("""                g = d * w2[j] * (1 - h[j] * h[j])
                for i in range(2):
                    gw1[j][i] += g * x[i]
                gb1[j] += g
""", """                if h[j] > 0:
                    g = d * w2[j]
                    for i in range(2):
                        gw1[j][i] += g * x[i]
                    gb1[j] += g
""")
    .replace("for epoch", FUNCTION),
}  # fmt: skip
# A softmax whose error is its probabilities less 1 at the label.
MARKED = """
import math, random
random.seed(6)
data = [([random.gauss(n % 3, 0.5), random.gauss(-(n % 3), 0.5)], n % 3) for n in range(30)]
W = [[random.gauss(0, 0.5) for i in range(2)] for k in range(3)]
b = [0.0] * 3
for epoch in range(6):
    for x, label in data:
        zs = [sum(w * xi for w, xi in zip(W[k], x)) + b[k] for k in range(3)]
        e = [math.exp(z - max(zs)) for z in zs]
        d = [one / sum(e) for one in e]
        d[label] -= 1
        for k in range(3):
            for i in range(2):
                W[k][i] -= 0.1 * d[k] * x[i]
            b[k] -= 0.1 * d[k]
"""
# One of four samples is drawn for each step, and now and then all are looked at.
DRAWN = """
import math, random
random.seed(3)
data = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 1)]
w, b = [random.uniform(-1, 1) for i in range(2)], 0.0
def out(x):
    return 1 / (1 + math.exp(-(sum(a * c for a, c in zip(w, x)) + b)))
for step in range(600):
    x, t = random.choice(data)
    d = out(x) - t
    for i in range(2):
        w[i] -= 0.5 * d * x[i]
    b -= 0.5 * d
    if step % 100 == 0:
        error = 0
        for x, t in data:
            error += (out(x) - t) ** 2
        print(error)
"""
# Steps that are made for some answers only.
MARGIN = """
import random
random.seed(2)
data = [([random.gauss(y, 0.7), random.gauss(y, 0.7)], y) for y in [1, -1] * 20]
w, b = [0.0, 0.0], 0.0
for epoch in range(10):
    for x, y in data:
        s = b
        for i in range(2):
            s += w[i] * x[i]
        if y * s < 1:
            for i in range(2):
                w[i] += 0.05 * y * x[i]
            b += 0.05 * y
"""
PERCEPTRON = MARGIN.replace("        if y * s < 1:\n", """        error = y - (1 if s >= 0 else -1)
        if True:
""").replace("0.05 * y", "0.05 * error")  # fmt: skip
# A whole batch as lists of lists, with functions that multiply these.
LISTS = """
import random
random.seed(8)
def times(A, B):
    return [[sum(a * b for a, b in zip(row, column)) for column in zip(*B)] for row in A]
def turned(A):
    return [list(column) for column in zip(*A)]
X = [[random.uniform(-1, 1) for i in range(2)] for n in range(8)]
T = [[a * b] for a, b in X]
W = [[random.gauss(0, 1)] for i in range(2)]
for epoch in range(60):
    D = [[(o - t) / 8 for o, t in zip(out, want)] for out, want in zip(times(X, W), T)]
    W = [[w - 0.1 * g for w, g in zip(ws, gs)] for ws, gs in zip(W, times(turned(X), D))]
"""
