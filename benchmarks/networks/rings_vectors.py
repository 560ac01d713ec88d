"""Three rings, one point at a time as a plain vector: leaky ReLU, softmax, steps made in place."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 12


def load():
    rng = np.random.RandomState(6)
    ring = rng.randint(3, size=600)
    radius = 1 + 2 * ring + rng.normal(0, 0.25, 600)
    angle = rng.uniform(0, 2 * np.pi, 600)
    xy = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    return xy[:400], ring[:400], xy[400:], ring[400:]


def scale(xy):
    return xy / 3


def onehot(ring):
    return np.eye(3)[ring]


def setup():
    w1 = np.random.randn(16, 2) * np.sqrt(2 / 2)
    b1 = np.zeros(16)
    w2 = np.random.randn(3, 16) * np.sqrt(2 / 16)
    b2 = np.zeros(3)
    return w1, b1, w2, b2


def leaky(z):
    return np.where(z > 0, z, 0.1 * z)


def leaky_slope(z):
    return np.where(z > 0, 1.0, 0.1)


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def run(x, w1, b1, w2, b2):
    z1 = w1.dot(x) + b1
    h1 = leaky(z1)
    z2 = w2.dot(h1) + b2
    p = softmax(z2)
    return z1, h1, z2, p


def backprop(x, z1, h1, p, w2, t):
    d2 = p - t
    d1 = w2.T.dot(d2) * leaky_slope(z1)
    return np.outer(d1, x), d1, np.outer(d2, h1), d2


def descend(w1, b1, w2, b2, g_w1, g_b1, g_w2, g_b2, lr):
    w1 -= lr * g_w1
    b1 -= lr * g_b1
    w2 -= lr * g_w2
    b2 -= lr * g_b2


def rate(epoch):
    return 0.03


def draw_order(ring, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(ring))


def learn(seed, epochs=EPOCHS):
    xy, ring, _, _ = load()
    xs = scale(xy)
    np.random.seed(seed)
    net = setup()
    for epoch in range(epochs):
        for i in draw_order(ring, epoch, seed):
            z1, h1, _, p = run(xs[i], *net)
            t = onehot(ring[i : i + 1])[0]
            descend(*net, *backprop(xs[i], z1, h1, p, net[2], t), rate(epoch))
    return net


def predict(net, xy):
    return np.array([run(x, *net)[-1] for x in scale(xy)])


NETWORK = from_functions(
    parameters="w1 b1 w2 b2",
    init=setup,
    forward=run,
    trace="z1 h1 z2 p",
    backward=backprop,
    backward_takes="x z1 h1 p w2 targets",
    update=descend,
    update_takes="w1 b1 w2 b2 dw1 db1 dw2 db2 rate",
    layers=("w1 b1 z1 h1 leaky-relu 0.1", "w2 b2 z2 p softmax"),
    vectors=True, layout="columns", classes=3, encode=onehot, prepare=scale, order=draw_order,
    learning_rate=rate, epochs=EPOCHS, data=load, train=learn,
)  # fmt: skip
