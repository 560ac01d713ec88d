import math
import random

random.seed(21)


class Neuron:
    def __init__(self, n_in, kind):
        self.w = [random.uniform(-1, 1) for _ in range(n_in)]
        self.bias = random.uniform(-1, 1)
        self.kind = kind
        self.clear()

    def clear(self):
        self.gw = [0.0] * len(self.w)
        self.gb = 0.0

    def fire(self, inputs):
        self.inputs = inputs
        s = self.bias
        for wi, xi in zip(self.w, inputs):
            s += wi * xi
        if self.kind == "tanh":
            self.value = math.tanh(s)
        else:
            self.value = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, s))))
        return self.value

    def collect(self, delta):
        for i, xi in enumerate(self.inputs):
            self.gw[i] += delta * xi
        self.gb += delta

    def apply(self, rate, l2, count):
        weights = list(self.w)
        for i in range(len(weights)):
            weights[i] -= rate * (self.gw[i] / count + l2 * weights[i])
        self.bias -= rate * self.gb / count
        self.clear()


def sample():
    """inner disc = 1, ring around = 0"""
    label = random.randint(0, 1)
    r = random.uniform(0, 0.8) if label else random.uniform(1.0, 1.8)
    phi = random.uniform(0, 2 * math.pi)
    return [r * math.cos(phi), r * math.sin(phi)], label


train_set = [sample() for _ in range(240)]
test_set = [sample() for _ in range(200)]

HIDDEN = 8
BATCH = 8
hidden = [Neuron(2, "tanh") for _ in range(HIDDEN)]
output = Neuron(HIDDEN, "sigmoid")


def ask(point):
    return output.fire([n.fire(point) for n in hidden])


rate = 0.8
for epoch in range(1, 151):
    for start in range(0, len(train_set), BATCH):
        batch = train_set[start:BATCH]
        for point, label in batch:
            delta = ask(point) - label
            output.collect(delta)
            for n, w_out in zip(hidden, output.w):
                n.collect(delta * (1 - n.value ** 2))
        for n in hidden + [output]:
            n.apply(rate, 0.0001, max(1, len(batch)))
    if epoch % 50 == 0:
        rate = rate / 2
    if epoch % 15 == 0:
        mistakes = sum((ask(p) > 0.5) != (y == 1) for p, y in train_set)
        print("epoch", epoch, "rate", rate, "mistakes in training", mistakes)

right = 0
for point, label in test_set:
    if (ask(point) > 0.5) == (label == 1):
        right += 1
print("test: %.1f" % (100.0 * right / len(test_set)))
