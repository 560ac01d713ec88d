"""Parity of four bits with neurons as objects. Slow, but I wanted to see each step."""
from math import tanh
from random import gauss, shuffle
import random

random.seed(6)


class Neuron:
    def __init__(self, inputs):
        self.weights = [gauss(0, 0.8) for _ in range(inputs)]
        self.bias = gauss(0, 0.8)
        # changes of the step before, for the momentum
        self.changes = [0.0] * inputs
        self.bias_change = 0.0

    def fire(self, signals):
        self.signals = signals
        net = self.bias
        for w, s in zip(self.weights, signals):
            net += w * s
        self.value = tanh(net)
        return self.value

    def blame(self, error):
        self.delta = error * (1.0 - self.value ** 2)

    def adjust(self, rate, inertia):
        for k in range(len(self.weights)):
            self.changes[k] = inertia * self.changes[k] - rate * self.delta * self.signals[k]
            self.weights[k] += self.changes[k]
        self.bias_change = inertia * self.bias_change - rate * self.delta
        self.bias += self.bias_change


class Brain:
    def __init__(self, inputs, hidden):
        self.hidden = [Neuron(inputs) for _ in range(hidden)]
        self.top = Neuron(hidden)

    def think(self, bits):
        return self.top.fire([n.fire(bits) for n in self.hidden])

    def study(self, bits, wanted, rate, inertia):
        got = self.think(bits)
        self.top.blame(got - wanted)
        for k, n in enumerate(self.hidden):
            n.blame(self.top.delta * self.top.weights[k])
        self.top.adjust(rate, inertia)
        for n in self.hidden:
            n.adjust(rate, inertia)
        return (got - wanted) ** 2


cases = []
for number in range(16):
    bits = [(number >> k) & 1 for k in range(4)]
    # bits as -1 / +1, odd parity is +0.9, even is -0.9
    cases.append(([2 * b - 1 for b in bits], 0.9 if sum(bits) % 2 else -0.9))

brain = Brain(4, 12)
for lesson in range(2500):
    shuffle(cases)
    e = sum(brain.study(bits, wanted, 0.03, 0.5) for bits, wanted in cases)
    if lesson % 500 == 0:
        print("lesson", lesson, "error", e / 16)

off = 0
for bits, wanted in cases:
    answer = brain.think(bits)
    off += ((answer - wanted) / 2) ** 2
print("mean error at the end:", off / 16)
