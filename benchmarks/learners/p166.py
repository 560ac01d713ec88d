import math
import random

#    aaa
#   f   b
#    ggg
#   e   c
#    ddd
#            a  b  c  d  e  f  g
SEGMENTS = [[1, 1, 1, 1, 1, 1, 0],
            [0, 1, 1, 0, 0, 0, 0],
            [1, 1, 0, 1, 1, 0, 1],
            [1, 1, 1, 1, 0, 0, 1],
            [0, 1, 1, 0, 0, 1, 1],
            [1, 0, 1, 1, 0, 1, 1],
            [1, 0, 1, 1, 1, 1, 1],
            [1, 1, 1, 0, 0, 0, 0],
            [1, 1, 1, 1, 1, 1, 1],
            [1, 1, 1, 1, 0, 1, 1]]

random.seed(5)


class Neuron:
    def __init__(self, n_inputs):
        # same results every time
        random.seed(5)
        self.weights = [random.uniform(-0.7, 0.7) for _ in range(n_inputs)]
        self.bias = random.uniform(-0.7, 0.7)
        self.inputs = None
        self.output = 0.0
        self.delta = 0.0

    def fire(self, inputs):
        self.inputs = inputs
        total = self.bias
        for w, x in zip(self.weights, inputs):
            total += w * x
        self.output = 1.0 / (1.0 + math.exp(-total))
        return self.output

    def learn(self, rate):
        for i, x in enumerate(self.inputs):
            self.weights[i] += rate * self.delta * x
        self.bias += rate * self.delta


class Layer:
    def __init__(self, n_inputs, n_neurons):
        self.neurons = [Neuron(n_inputs) for _ in range(n_neurons)]

    def fire(self, inputs):
        return [n.fire(inputs) for n in self.neurons]

    def learn(self, rate):
        for n in self.neurons:
            n.learn(rate)


class Network:
    def __init__(self, *sizes):
        self.layers = [Layer(a, b) for a, b in zip(sizes, sizes[1:])]

    def fire(self, inputs):
        for layer in self.layers:
            inputs = layer.fire(inputs)
        return inputs

    def teach(self, inputs, wanted, rate):
        outputs = self.fire(inputs)
        for n, t in zip(self.layers[-1].neurons, wanted):
            n.delta = (t - n.output) * n.output * (1 - n.output)
        for k in range(len(self.layers) - 2, -1, -1):
            behind = self.layers[k + 1].neurons
            for j, n in enumerate(self.layers[k].neurons):
                back = sum(m.delta * m.weights[j] for m in behind)
                n.delta = back * n.output * (1 - n.output)
        for layer in self.layers:
            layer.learn(rate)
        return sum((t - o) ** 2 for t, o in zip(wanted, outputs))

    def answer(self, inputs):
        out = self.fire(inputs)
        best = 0
        number = 0
        for i, o in enumerate(out, start=1):
            if o > best:
                best = o
                number = i
        return number


def noisy(segments):
    return [s + random.gauss(0, 0.15) for s in segments]


net = Network(7, 2, 10)
digits = list(range(10))
for epoch in range(4500):
    random.shuffle(digits)
    error = 0
    for d in digits:
        wanted = [0] * 10
        wanted[d] = 1
        error += net.teach(noisy(SEGMENTS[d]), wanted, 0.8)
    if epoch % 500 == 0:
        print("epoch", epoch, "error", round(error / 10, 4))

right = 0
for k in range(300):
    d = k % 10
    if net.answer(noisy(SEGMENTS[d])) == d:
        right += 1
print("right: %d of 300 = %.3f" % (right, right / 300))
