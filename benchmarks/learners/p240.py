# which penguin is it? (numbers drawn around the means that I found for each kind)
import numpy as np

np.random.seed(10)


class Scaler:
    def fit(self, X):
        self.mean = X.mean(axis=0)
        self.std = X.std(axis=0)
        return self

    def transform(self, X):
        return (X - self.mean) / self.std


class PenguinNet:
    def __init__(self, sizes, lr=0.2, momentum=0.9):
        self.W = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros(n) for n in sizes[1:]]
        self.vW = [np.zeros_like(w) for w in self.W]
        self.vb = [np.zeros_like(b) for b in self.b]
        self.lr = lr
        self.momentum = momentum

    def activations(self, X):
        acts = [X]
        for W, b in zip(self.W[:-1], self.b[:-1]):
            acts.append(np.tanh(acts[-1].dot(W) + b))
        z = acts[-1].dot(self.W[-1]) + self.b[-1]
        z = np.exp(z - z.max(axis=1)[:, None])
        acts.append(z / z.sum(axis=1)[:, None])
        return acts

    def fit(self, X, y, epochs):
        Y = np.eye(3)[y]
        for epoch in range(epochs):
            acts = self.activations(X)
            delta = (acts[-1] - Y) / len(X)
            for i in range(len(self.W) - 1, -1, -1):
                gW = acts[i].T.dot(delta)
                gb = delta.sum(axis=0)
                if i > 0:
                    delta = delta.dot(self.W[i].T) * (1 - acts[i] ** 2)
                self.vW[i] = self.momentum * self.vW[i] - self.lr * gW
                self.vb[i] = self.momentum * self.vb[i] - self.lr * gb
                self.W[i] += self.vW[i]
                self.b[i] += self.vb[i]
            if epoch % 300 == 0:
                print(epoch, "train accuracy", self.accuracy(X, y))

    def accuracy(self, X, y):
        return np.mean(self.activations(X)[-1].argmax(axis=1) == y)


#           bill length, bill depth, flipper, mass
MEANS = [[38.8, 18.3, 190.0, 3700.0],   # Adelie
         [48.8, 18.4, 195.8, 3733.0],   # Chinstrap
         [47.5, 15.0, 217.2, 5076.0]]   # Gentoo
SPREAD = [2.9, 1.1, 6.6, 430.0]

y = np.random.choice(3, 420, p=[0.38, 0.28, 0.34])
X = np.array([np.random.normal(MEANS[k], SPREAD) for k in y])
X_train, y_train = X[:270], y[:270]
X_test, y_test = X[270:], y[270:]

scaler = Scaler().fit(X_train)
X_train = scaler.transform(X_train)
scaler.transform(X_test)

net = PenguinNet([4, 10, 6, 3])
net.fit(X_train, y_train, 3000)
print("test accuracy:", net.accuracy(X_test, y_test))
