# Four clouds of points, 4 classes, but the network has only TWO outputs:
# the class is written as two bits (00, 01, 10, 11) and each output is one bit.
# Everything is functions and closures, I wanted to do it without classes.
import random
from functools import reduce

import numpy as np

random.seed(5)
np.random.seed(5)

CENTRES = [(-2, -2), (2, 2), (-2, 2), (2, -2)]
BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def clouds(n):
    pts, cls = [], []
    for _ in range(n):
        c = random.randrange(4)
        pts.append([random.gauss(m, 0.8) for m in CENTRES[c]])
        cls.append(c)
    return np.array(pts), np.array(cls)


def linear(n_in, n_out, decay=0.0):
    W = np.random.uniform(-1, 1, (n_in, n_out)) / n_in ** 0.5
    b = np.zeros(n_out)

    def forward(x):
        y = x @ W + b

        def backward(dy, lr):
            nonlocal W, b
            dx = dy @ W.T
            W = W - lr * (x.T @ dy + decay * np.sign(W))     # L1
            b = b - lr * dy.sum(axis=0)
            return dx

        return y, backward

    return forward


def activation(f, df):
    def forward(x):
        y = f(x)
        return y, lambda dy, lr: dy * df(x, y)
    return forward


tanh = activation(np.tanh, lambda x, y: 1 - y * y)
sigmoid = activation(lambda x: 1 / (1 + np.exp(-x)), lambda x, y: y * (1 - y))


def run(layers, x):
    """returns output and ONE function that does the whole backward pass"""
    backs = []
    for layer in layers:
        x, back = layer(x)
        backs.append(back)
    return x, lambda dy, lr: reduce(lambda g, back: back(g, lr), reversed(backs), dy)


def read(out):
    bits = (out > 0.5).astype(int)
    return bits[:, 0] * 2 + bits[:, 1]


layers = [linear(2, 10, decay=1e-4), tanh, linear(10, 10, decay=1e-4), tanh, linear(10, 2), sigmoid]

x_train, c_train = clouds(300)
x_test, c_test = clouds(200)
t_train = BITS[c_train]

step = 0
smooth = None
while True:
    pick = np.random.choice(len(x_train), 12)          # with replacement
    out, back = run(layers, x_train[pick])
    t = t_train[pick]
    cost = ((out - t) ** 2).mean()
    back(out - t, 0.1)
    smooth = cost if smooth is None else 0.99 * smooth + 0.01 * cost
    step += 1
    if step % 500 == 0:
        print(step, "cost %.4f" % smooth)
    if smooth < 0.01 or step >= 5000:
        break

print("stopped after", step, "steps")
guess = read(run(layers, x_test)[0])
for c in range(4):
    print("class", c, "bits", BITS[c], "points", (c_test == c).sum(), "found", ((guess == c) & (c_test == c)).sum())
print("test accuracy", np.mean(guess == c_test))
