import numpy as np


class Dense:
    def __init__(self, n_in, n_out, lr):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        self.b = np.zeros(n_out)
        self.lr = lr

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        n = len(grad)
        dW = self.x.T @ grad / n
        db = grad.sum(axis=0) / n
        # every layer knows how to train itself
        assert dW.shape == self.W.shape
        assert db.shape == self.b.shape

        self.W -= self.lr * dW
        self.b -= self.lr * db
        return grad @ self.W.T


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad):
        return np.where(grad > 0, grad, 0)


class SoftmaxCrossEntropy:
    def forward(self, scores, y):
        scores = scores - scores.max(axis=1, keepdims=True)
        e = np.exp(scores)
        self.p = e / e.sum(axis=1, keepdims=True)
        self.y = y
        return -np.log(self.p[np.arange(len(y)), y] + 1e-12).mean()

    def backward(self):
        g = self.p.copy()
        g[np.arange(len(g)), self.y] -= 1
        return g / len(g)


class Sequential:
    def __init__(self, *layers):
        self.layers = layers
        self.loss = SoftmaxCrossEntropy()

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def fit(self, x, y, epochs):
        for ep in range(epochs):
            loss = self.loss.forward(self(x), y)
            g = self.loss.backward()
            for layer in reversed(self.layers):
                g = layer.backward(g)
            if ep % 250 == 0:
                print(ep, loss)


def spiral(per_class, classes=3):
    X, Y = [], []
    for c in range(classes):
        r = np.random.uniform(0.05, 1, per_class)
        th = 4.2 * c / 2 + 4 * r + np.random.randn(per_class) * 0.12
        X.append(np.c_[r * np.sin(th), r * np.cos(th)])
        Y.append(np.full(per_class, c))
    return np.concatenate(X), np.concatenate(Y)


np.random.seed(42)
X, Y = spiral(110)
X_test, Y_test = spiral(100)

lr = 0.3
model = Sequential(Dense(2, 40, lr), ReLU(), Dense(40, 20, lr), ReLU(), Dense(20, 3, lr))
model.fit(X, Y, 1500)

acc = (model(X_test).argmax(axis=1) == Y_test).mean()
print("accuracy on new points: %.2f%%" % (100 * acc))
