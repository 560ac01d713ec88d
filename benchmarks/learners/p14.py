import numpy as np
np.random.seed(8)

class MoonNN:
    """2 -> h -> 1, everything is (features, samples)"""

    def __init__(self, h, lr):
        self.lr = lr
        self.W1 = np.random.randn(h, 2)
        self.b1 = np.zeros((h, 1))
        self.W2 = np.random.randn(1, h) / np.sqrt(h)
        self.b2 = np.zeros((1, 1))

    def feed(self, X):
        self.A1 = np.tanh(self.W1 @ X + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.W2 @ self.A1 + self.b2)))
        return self.A2

    def back(self, X, Y):
        m = X.shape[1]
        E2 = Y - self.A2
        E1 = (self.W2.T @ E2) * (1 - self.A1 ** 2)
        self.W2 -= self.lr * (E2 @ self.A1.T) / m
        self.b2 -= self.lr * E2.mean(axis=1, keepdims=True)
        self.W1 -= self.lr * (E1 @ X.T) / m
        self.b1 -= self.lr * E1.mean(axis=1, keepdims=True)

    def train(self, X, Y, n_iter):
        log = []
        for i in range(n_iter):
            out = self.feed(X)
            out = np.clip(out, 1e-6, 1 - 1e-6)
            log.append(-np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out)))
            self.back(X, Y)
            if i % 200 == 0:
                print("iter", i, "cost", log[-1])
        return log

    def score(self, X, Y):
        return np.mean(np.round(self.feed(X)) == Y)


def moons(n):
    t = np.random.rand(n) * np.pi
    lab = np.random.randint(0, 2, n)
    x = np.where(lab == 0, np.cos(t), 1 - np.cos(t))
    y = np.where(lab == 0, np.sin(t), 0.5 - np.sin(t))
    P = np.stack([x, y]) + 0.12 * np.random.randn(2, n)
    return P, lab[None, :]


Xtr, Ytr = moons(400)
Xte, Yte = moons(200)
nn = MoonNN(10, 1.0)
log = nn.train(Xtr, Ytr, 2000)
print("score:", nn.score(Xte, Yte))
