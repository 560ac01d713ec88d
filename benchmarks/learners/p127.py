import numpy as np
from numpy.random import default_rng

rng = default_rng(4)


class Dense:
    def __init__(self, inputs, outputs):
        self.w = np.full((inputs, outputs), 0.01)
        self.b = np.zeros((1, outputs))

    def forward(self, x, training):
        self.x = x
        return np.dot(x, self.w) + self.b

    def backward(self, dout, lr):
        dx = np.dot(dout, self.w.T)
        self.w -= lr * np.dot(self.x.T, dout)
        self.b -= lr * np.sum(dout, axis=0, keepdims=True)
        return dx


class ReLU:
    def forward(self, x, training):
        self.x = x
        return np.maximum(0, x)

    def backward(self, dout, lr):
        dx = dout.copy()
        dx[dout <= 0] = 0
        return dx


class Dropout:
    def __init__(self, rate):
        self.keep = 1 - rate

    def forward(self, x, training):
        if not training:
            return x
        self.mask = (rng.random(x.shape) < self.keep) / self.keep
        return x * self.mask

    def backward(self, dout, lr):
        return dout * self.mask


class SoftmaxCrossEntropy:
    def forward(self, x, y):
        x = x - x.max(axis=1, keepdims=True)
        e = np.exp(x)
        self.p = e / e.sum(axis=1, keepdims=True)
        self.y = y
        return -np.mean(np.log(self.p[np.arange(len(y)), y] + 1e-12))

    def backward(self):
        g = self.p.copy()
        g[np.arange(len(self.y)), self.y] -= 1
        return g / len(self.y)


def run(layers, x, training=True):
    for layer in layers:
        x = layer.forward(x, training)
    return x


data = np.load("digits.npz")
x_train = data["images"].reshape(-1, 28 * 28).astype(np.float64) / 255
y_train = data["labels"].astype(int)
x_test = data["test_images"].reshape(-1, 28 * 28).astype(np.float64) / 255
y_test = data["test_labels"].astype(int)

layers = [Dense(784, 64), ReLU(), Dropout(0.5), Dense(64, 32), ReLU(), Dense(32, 10)]
criterion = SoftmaxCrossEntropy()

for epoch in range(30):
    order = rng.permutation(len(x_train))
    losses = []
    for i in range(0, len(order), 32):
        batch = order[i:i + 32]
        scores = run(layers, x_train[batch])
        losses.append(criterion.forward(scores, y_train[batch]))
        grad = criterion.backward()
        for layer in layers[::-1]:
            grad = layer.backward(grad, 0.1)
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d} loss {np.mean(losses):.4f}")

scores = run(layers, x_test)
accuracy = (scores.argmax(axis=1) == y_test).mean()
print(f"test accuracy: {100 * accuracy:.2f} %")
