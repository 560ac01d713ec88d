import random
import math

#
# Points inside / outside a circle.
# Terminology: every neuron keeps its own bias, error and weights.
#

random.seed(0)


class Neuron:
    def __init__(self, n_inputs, activation):
        self.bias = 0.0
        self.weights = [random.uniform(-1, 1) / math.sqrt(n_inputs) for _ in range(n_inputs)]
        self.activation = activation
        self.delta = 0.0

    def calculate_output(self, inputs):
        self.inputs = inputs
        total = self.bias
        for w, x in zip(self.weights, inputs):
            total += w * x
        if self.activation == "tanh":
            self.output = math.tanh(total)
        elif self.activation == "sigmoid":
            self.output = 1 / (1 + math.exp(-total))
        return self.output

    def slope(self):
        if self.activation == "tanh":
            return 1 - self.output ** 2
        return self.output * (1 - self.output)

    def update(self, rate):
        for i in range(len(self.weights)):
            self.weights[i] -= rate * self.delta * self.inputs[i]
        self.bias -= rate * self.delta


class NeuronLayer:
    def __init__(self, n_neurons, n_inputs, activation):
        self.neurons = [Neuron(n_inputs, activation) for _ in range(n_neurons)]

    def feed_forward(self, inputs):
        return [n.calculate_output(inputs) for n in self.neurons]


class NeuralNetwork:
    def __init__(self, n_inputs, n_hidden, n_outputs, rate=0.5):
        self.rate = rate
        self.hidden = NeuronLayer(n_hidden, n_inputs, "tanh")
        self.out = NeuronLayer(n_outputs, n_hidden, "sigmoid")

    def feed_forward(self, inputs):
        return self.out.feed_forward(self.hidden.feed_forward(inputs))

    def train(self, inputs, targets):
        self.feed_forward(inputs)
        # 1. output neuron deltas
        for o, target in zip(self.out.neurons, targets):
            o.delta = (o.output - target) * o.slope()
        # 2. hidden neuron deltas
        for h, neuron in enumerate(self.hidden.neurons):
            error = 0
            for o in self.out.neurons:
                error += o.delta * o.weights[h]
            neuron.delta = error * neuron.slope()
        # 3. update everything
        for neuron in self.out.neurons + self.hidden.neurons:
            neuron.update(self.rate)

    def total_error(self, samples):
        total = 0
        for x, t in samples:
            for a, b in zip(self.feed_forward(x), t):
                total += 0.5 * (a - b) ** 2
        return total / len(samples)


def make_samples(n):
    samples = []
    while len(samples) < n:
        x, y = random.uniform(-1, 1), random.uniform(-1, 1)
        inside = x * x + y * y < 0.6
        # two outputs: [inside, outside]
        samples.append(([x, y], [1, 0] if inside else [0, 1]))
    return samples


train_set = make_samples(200)
test_set = make_samples(200)

nn = NeuralNetwork(2, 8, 2)
for i in range(40000):
    inputs, outputs = random.choice(train_set)
    nn.train(inputs, outputs)
    if i % 5000 == 0:
        print(i, round(nn.total_error(train_set), 6))

good = 0
for x, t in test_set:
    out = nn.feed_forward(x)
    # outside has a score below inside -> inside
    if (out[0] > out[1]) == (t[0] == 1):
        good += 1
print("test accuracy", good / len(test_set))
