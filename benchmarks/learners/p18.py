import random
import numpy as np

np.random.seed(13)
random.seed(13)

def sig(z):
    return 1.0 / (1.0 + np.exp(-z))

def dsig(a):
    return a * (1 - a)

class Net:
    def __init__(self, sizes):
        self.sizes = sizes
        self.B = [np.random.randn(n, 1) for n in sizes[1:]]
        self.W = [np.random.randn(n, m) / np.sqrt(m) for m, n in zip(sizes[:-1], sizes[1:])]

    def out(self, a):
        for W, B in zip(self.W, self.B):
            a = sig(np.dot(W, a) + B)
        return a

    def train(self, data, epochs, mb_size, eta, test):
        for ep in range(epochs):
            random.shuffle(data)
            for i in range(0, len(data), mb_size):
                self.mini_batch(data[i:i + mb_size], eta)
            print("Epoch %d: %d / %d" % (ep, self.hits(test), len(test)))

    def mini_batch(self, mb, eta):
        sB = [np.zeros_like(b) for b in self.B]
        sW = [np.zeros_like(w) for w in self.W]
        for x, y in mb:
            dB, dW = self.backprop(x, y)
            for l in range(len(sB)):
                sB[l] += dB[l]
                sW[l] += dW[l]
        k = eta
        self.W = [w - k * s for w, s in zip(self.W, sW)]
        self.B = [b - k * s for b, s in zip(self.B, sB)]

    def backprop(self, x, y):
        # forward, remember everything
        a = x
        A = [x]
        Z = []
        for W, B in zip(self.W, self.B):
            z = np.dot(W, a) + B
            Z.append(z)
            a = sig(z)
            A.append(a)
        dB = [0] * len(self.B)
        dW = [0] * len(self.W)
        # output layer
        delta = (A[-1] - y) * dsig(Z[-1])
        dB[-1] = delta
        dW[-1] = np.dot(delta, A[-2].T)
        # and back through the rest
        for l in range(2, len(self.sizes)):
            delta = np.dot(self.W[-l + 1].T, delta) * dsig(Z[-l])
            dB[-l] = delta
            dW[-l] = np.dot(delta, A[-l - 1].T)
        return dB, dW

    def hits(self, test):
        return sum(int(np.argmax(self.out(x)) == y) for x, y in test)

def column(k):
    v = np.zeros((10, 1))
    v[k] = 1.0
    return v

D = np.load("digits.npz")
train = [(im.reshape(784, 1) / 255.0, column(l)) for im, l in zip(D["images"], D["labels"])]
test = [(im.reshape(784, 1) / 255.0, l) for im, l in zip(D["test_images"], D["test_labels"])]

net = Net([784, 30, 10])
net.train(train, 12, 10, 3.0, test)
print("result:", net.hits(test) / len(test))
