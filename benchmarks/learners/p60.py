"""n-bit parity with layer objects. tanh everywhere, classes are -1 and +1."""
import random
import numpy as np
from itertools import product

random.seed(11)
np.random.seed(11)


class Dense:
    def __init__(self, n_in, n_out):
        self.w = np.random.uniform(-1, 1, (n_out, n_in))
        self.b = np.random.uniform(-1, 1, (n_out, 1))

    def forward(self, x):
        self.x = x
        return np.dot(self.w, x) + self.b

    def backward(self, grad, lr):
        grad_in = np.dot(self.w.T, grad)
        self.w -= lr * np.dot(grad, self.x.T)
        self.b -= lr * grad
        return grad_in


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad, lr):
        return grad * (1 - self.y ** 2)


def mse(t, p):
    return np.mean((t - p) ** 2)


def mse_prime(t, p):
    return 2 * (p - t) / np.size(t)


N_BITS = 4
patterns = [np.array(bits).reshape(-1, 1) for bits in product([-1, 1], repeat=N_BITS)]


def parity(bits):
    ones = sum(1 for v in bits.ravel() if v > 0)
    return np.array([[ones % 2]])


samples = [(x, parity(x)) for x in patterns]

network = [Dense(N_BITS, 2), Tanh(), Dense(2, 1), Tanh()]


def predict(x):
    for layer in network:
        x = layer.forward(x)
    return x


EPOCHS = 1200
lr = 0.05
for epoch in range(EPOCHS):
    random.shuffle(samples)
    error = 0
    for x, t in samples:
        out = predict(x)
        error += mse(t, out)
        grad = mse_prime(t, out)
        for layer in reversed(network):
            grad = layer.backward(grad, lr)
    if (epoch + 1) % 200 == 0:
        print("%d/%d, error=%f" % (epoch + 1, EPOCHS, error / len(samples)))

ok = 0
for x in patterns:
    out = predict(x).item()
    answer = 1 if out > 0 else -1
    wanted = 1 if parity(x).item() == 1 else -1
    ok += answer == wanted
    print(x.ravel(), "out %+.3f" % out, "->", answer, "wanted", wanted)
print("correct:", ok / len(patterns))
