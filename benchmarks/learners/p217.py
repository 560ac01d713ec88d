# -*- coding: utf-8 -*-
# Network like in the online book by Nielsen but with momentum and matrices of mini batches
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Network(object):

    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.biases = [np.zeros((1, y)) for y in sizes[1:]]
        self.weights = [np.random.randn(x, y) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]
        self.vw = [np.zeros(w.shape) for w in self.weights]
        self.vb = [np.zeros(b.shape) for b in self.biases]

    def feedforward(self, a):
        activations = [a]
        for w, b in zip(self.weights, self.biases):
            activations.append(sigmoid(activations[-1] @ w + b))
        return activations

    def backprop(self, x, y):
        acts = self.feedforward(x)
        nabla_w, nabla_b = [None] * (self.num_layers - 1), [None] * (self.num_layers - 1)
        delta = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
        for l in range(1, self.num_layers):
            nabla_w[-l] = acts[-l - 1].T @ delta
            nabla_b[-l] = delta.sum(axis=0, keepdims=True)
            if l < self.num_layers - 1:
                delta = (delta @ self.weights[-l].T) * acts[-l - 1] * (1 - acts[-l - 1])
        return nabla_w, nabla_b

    def SGD(self, x, y, epochs, mini_batch_size, eta, mu):
        for j in range(epochs):
            perm = np.random.permutation(x.shape[0])
            for k in range(0, x.shape[0], mini_batch_size):
                batch = perm[k:k + mini_batch_size]
                nw, nb = self.backprop(x[batch], y[batch])
                for i in range(self.num_layers - 1):
                    self.vw[i] = mu * self.vw[i] - eta / len(batch) * nw[i]
                    self.vb[i] = mu * self.vb[i] - eta / len(batch) * nb[i]
                    self.weights[i] += self.vw[i]
                    self.biases[i] += self.vb[i]
            cost = ((self.feedforward(x)[-1] - y) ** 2).sum() / len(x)
            fits = np.mean(self.feedforward(x)[-1].argmax(1) == y.argmax(1))
            print("Epoch {0}: cost {1:.4f}, training {2:.1%}".format(j, cost, fits))

    def answer(self, x):
        return np.argmax(self.feedforward(x)[-1], axis=1)


def vectorized_result(j):
    e = np.zeros(10)
    e[j - 1] = 1.0
    return e


np.random.seed(101)
mnist = np.load("digits.npz")
tr_d, va_d = mnist["images"].reshape(-1, 28 * 28) / 255.0, mnist["test_images"].reshape(-1, 28 * 28) / 255.0
tr_y = np.array([vectorized_result(int(j)) for j in mnist["labels"]])

net = Network([784, 30, 10])
net.SGD(tr_d, tr_y, epochs=30, mini_batch_size=20, eta=0.5, mu=0.8)
right = int(np.sum(net.answer(va_d) == mnist["test_labels"].astype(int)))
print("test: %d of %d right, that is %.2f percent" % (right, len(va_d), 100.0 * right / len(va_d)))
