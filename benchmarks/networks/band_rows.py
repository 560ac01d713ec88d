"""Below, in or above a wavy band, one row vector at a time: leaky ReLU, sigmoids, squared error."""

import numpy as np

from diagnose.builders import from_object

EPOCHS = 12


def load():
    rng = np.random.RandomState(12)
    p = rng.uniform([0, -3], [6, 3], (750, 2))
    wave = p[:, 1] - np.sin(p[:, 0])
    where = (wave > -0.6).astype(int) + (wave > 0.6)
    return p[:500], where[:500], p[500:], where[500:]


def norm(p):
    return (p - np.array([3, 0])) / np.array([1.75, 1.75])


def wanted(where):
    t = np.zeros((len(where), 3))
    t[range(len(where)), where] = 1
    return t


class Brain(object):  # noqa: UP004
    def __init__(self):
        self.hidden = np.random.randn(2, 20) * np.sqrt(2 / 2)
        self.hidden_bias = np.zeros(20)
        self.output = np.random.randn(20, 3) * np.sqrt(1 / 20)
        self.output_bias = np.zeros(3)

    def think(self, x):
        self.x = x
        self.hidden_in = x @ self.hidden + self.hidden_bias
        self.hidden_out = np.maximum(self.hidden_in, 0.01 * self.hidden_in)
        self.output_in = self.hidden_out @ self.output + self.output_bias
        self.answer = 1 / (1 + np.exp(-self.output_in))
        return self.answer

    def blame(self, target):
        output_delta = (self.answer - target) * self.answer * (1 - self.answer)
        hidden_slope = np.ones_like(self.hidden_in)
        hidden_slope[self.hidden_in < 0] = 0.01
        hidden_delta = (self.output @ output_delta) * hidden_slope
        return (
            np.outer(self.x, hidden_delta),
            hidden_delta,
            np.outer(self.hidden_out, output_delta),
            output_delta,
        )


def improve(brain, gradients, speed):
    brain.hidden -= speed * gradients[0]
    brain.hidden_bias -= speed * gradients[1]
    brain.output -= speed * gradients[2]
    brain.output_bias -= speed * gradients[3]


def speed(epoch):
    return 0.2


def pick(where, epoch, seed):
    return np.random.RandomState([seed, epoch]).permutation(len(where))


def learn(seed, epochs=EPOCHS):
    p, where, _, _ = load()
    x = norm(p)
    np.random.seed(seed)
    brain = Brain()
    for epoch in range(epochs):
        for i in pick(where, epoch, seed):
            brain.think(x[i])
            improve(brain, brain.blame(wanted(where[i : i + 1])[0]), speed(epoch))
    return brain


def predict(brain, p):
    return np.array([brain.think(x) for x in norm(p)])


NETWORK = from_object(
    Brain,
    parameters="hidden hidden_bias output output_bias",
    layers=(
        "hidden hidden_bias hidden_in hidden_out leaky-relu",
        "output output_bias output_in answer sigmoid",
    ),
    forward="think",
    backward="blame",
    backward_takes="targets",
    vectors=True, layout="rows", loss="squared-error", classes=3, encode=wanted, prepare=norm,
    order=pick, learning_rate=speed, epochs=EPOCHS, data=load, train=learn,
)  # fmt: skip
