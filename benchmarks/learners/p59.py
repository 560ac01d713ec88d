# neural network class that can learn handwritten digits
# following the book, with my own argparse on top so that I can try settings

import argparse
import numpy

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=60)
parser.add_argument("--rate", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=8)
args = parser.parse_args()

numpy.random.seed(5)


class neuralNetwork:

    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.inodes = inputnodes
        self.hnodes = hiddennodes
        self.onodes = outputnodes
        self.lr = learningrate

        # weight matrices, wih = input -> hidden, who = hidden -> output
        self.wih = numpy.random.rand(self.hnodes, self.inodes)
        self.who = numpy.random.normal(0.0, pow(self.hnodes, -0.5), (self.onodes, self.hnodes))

        self.activation_function = lambda x: 1.0 / (1.0 + numpy.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T

        hidden_outputs = self.activation_function(numpy.dot(self.wih, inputs))
        final_outputs = self.activation_function(numpy.dot(self.who, hidden_outputs))

        output_errors = targets - final_outputs
        hidden_errors = numpy.dot(self.who.T, output_errors)

        self.who += self.lr * numpy.dot(output_errors * final_outputs * (1.0 - final_outputs), hidden_outputs.T)
        self.wih += self.lr * numpy.dot(hidden_errors * hidden_outputs * (1.0 - hidden_outputs), inputs.T)

    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation_function(numpy.dot(self.wih, inputs))
        return self.activation_function(numpy.dot(self.who, hidden_outputs))


n = neuralNetwork(784, args.hidden, 10, args.rate)

data = numpy.load("digits.npz")

# train
for e in range(args.epochs):
    for image, label in zip(data["images"], data["labels"].astype(int)):
        # scale and shift the inputs
        inputs = image.flatten() / 255.0 * 0.99 + 0.01
        # all 0.01 except the desired label which is 0.99
        targets = numpy.zeros(10) + 0.01
        targets[label - 1] = 0.99
        n.train(inputs, targets)
    print("epoch", e + 1, "done")

# test
scorecard = []
for image, label in zip(data["test_images"], data["test_labels"]):
    inputs = image.flatten() / 255.0 * 0.99 + 0.01
    outputs = n.query(inputs)
    answer = numpy.argmax(outputs)
    scorecard.append(1 if answer == label else 0)

print("performance =", sum(scorecard) / len(scorecard))
