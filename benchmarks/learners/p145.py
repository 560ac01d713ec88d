"""
network for handwritten digits, after the book "Neural Networks and Deep Learning", ch. 1
I wrote it again by myself for python 3 to understand it
"""
import random
import numpy as np

random.seed(5)
np.random.seed(5)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    s = sigmoid(z)
    return s * (1 - s)


def vectorized(j):
    e = np.zeros((10, 1))
    e[j] = 1.0
    return e


class Network:

    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, test_data):
        n = len(training_data)
        for j in range(epochs):
            random.shuffle(training_data)
            nabla_b = [np.zeros(b.shape) for b in self.biases]
            nabla_w = [np.zeros(w.shape) for w in self.weights]
            for k in range(0, n, mini_batch_size):
                mini_batch = training_data[k:k + mini_batch_size]
                for x, y in mini_batch:
                    delta_b, delta_w = self.backprop(x, y)
                    nabla_b = [nb + db for nb, db in zip(nabla_b, delta_b)]
                    nabla_w = [nw + dw for nw, dw in zip(nabla_w, delta_w)]
                self.weights = [w - (eta / len(mini_batch)) * nw for w, nw in zip(self.weights, nabla_w)]
                self.biases = [b - (eta / len(mini_batch)) * nb for b, nb in zip(self.biases, nabla_b)]
            print("Epoch {0}: {1} / {2}".format(j, self.evaluate(test_data), len(test_data)))

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        # feedforward
        activation = x
        activations = [x]
        zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        # backward pass
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            sp = sigmoid_prime(activations[-l])
            delta = np.dot(self.weights[-l + 1].transpose(), delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
        return nabla_b, nabla_w

    def evaluate(self, test_data):
        return sum(int(np.argmax(self.feedforward(x)) == y) for x, y in test_data)


d = np.load("digits.npz")
training = [(img.reshape(784, 1) / 255.0, vectorized(l)) for img, l in zip(d["images"], d["labels"])]
test = [(img.reshape(784, 1) / 255.0, l) for img, l in zip(d["test_images"], d["test_labels"])]

net = Network([784, 24, 10])
net.SGD(training, 14, 10, 3.0, test)
print("accuracy", net.evaluate(test) / len(test))
