"""Autoencoder whose decoder uses the encoder's weights, transposed."""
import numpy as np


class TiedAutoencoder(object):

    def __init__(self, n_visible, n_hidden, lr=0.1, momentum=0.9, seed=0):
        self.rng = np.random.RandomState(seed)
        r = np.sqrt(6. / (n_visible + n_hidden))
        self.W = self.rng.uniform(-r, r, (n_hidden, n_visible))
        self.b = np.zeros((n_hidden, 1))
        self.b_out = np.zeros((n_visible, 1))
        self.lr = lr
        self.momentum = momentum
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.vb_out = np.zeros_like(self.b_out)

    def encode(self, X):
        return 1. / (1. + np.exp(-(np.dot(self.W, X) + self.b)))

    def decode(self, H):
        return np.dot(self.W.T, H) + self.b_out

    def cost(self, X):
        return np.sum((self.decode(self.encode(X)) - X) ** 2) / X.shape[1]

    def train_batch(self, X):
        m = X.shape[1]
        H = self.encode(X)
        R = self.decode(H)

        dR = 2. * (R - X) / m
        db_out = np.sum(dR, axis=1, keepdims=True)
        dH = np.dot(self.W, dR)
        dZ = dH * H * (1. - H)
        db = np.sum(dZ, axis=1, keepdims=True)
        dW = np.dot(dZ, X.T) + np.dot(H, dR.T)

        self.vW = self.momentum * self.vW - self.lr * dW
        self.vb = self.momentum * self.vb - self.lr * db
        self.vb_out = self.momentum * self.vb_out - self.lr * db_out
        self.W += self.vW
        self.b += self.vb
        self.b_out += self.vb_out

    def fit(self, X, epochs, batch):
        for epoch in range(epochs):
            order = self.rng.permutation(X.shape[1])
            for i in range(0, X.shape[1], batch):
                self.train_batch(X[:, order[i:i + batch]])
            if epoch % 40 == 0:
                print('epoch %3d  cost %.5f' % (epoch, self.cost(X)))


if __name__ == '__main__':
    rng = np.random.RandomState(4)
    basis = rng.randn(20, 3)
    data = np.tanh(np.dot(basis, rng.randn(3, 500)))
    train, test = data[:, :400], data[:, 400:]
    net = TiedAutoencoder(20, 8, lr=0.01)
    net.fit(train, epochs=400, batch=20)
    print('explained variance of new columns:', 1 - net.cost(test) / np.sum(np.var(test, axis=1)))
