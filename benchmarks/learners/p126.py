import numpy as np


class MoonNet(object):
    """784... no, 2 -> 16 -> 1 network with leaky relu and a sigmoid at the end"""

    def __init__(self, hidden=16, lr=0.3, n_iter=4000, verbose=True):
        self.hidden = hidden
        self.lr = lr
        self.n_iter = n_iter
        self.verbose = verbose

    def _init(self, n_features):
        self.W1_ = np.random.randn(n_features, self.hidden) * np.sqrt(2.0 / n_features)
        self.b1_ = np.zeros(self.hidden)
        self.W2_ = np.random.randn(self.hidden) * np.sqrt(2.0 / self.hidden)
        self.b2_ = 0.0

    def _forward(self, X):
        Z = X.dot(self.W1_) + self.b1_
        H = np.where(Z > 0, Z, 0.01 * Z)
        out = H.dot(self.W2_) + self.b2_
        return Z, H, 1.0 / (1.0 + np.exp(-np.clip(out, -60, 60)))

    def fit(self, X, y):
        n = X.shape[0]
        self._init(X.shape[1])
        self.cost_ = []
        for it in range(self.n_iter):
            Z, H, p = self._forward(X)
            err = p - y
            gW2 = H.T.dot(err) / n
            gb2 = err.mean()
            dH = np.outer(err, self.W2_)
            dZ = dH * np.where(Z < 0, 1.0, 0.01)
            gW1 = X.T.dot(dZ) / n
            gb1 = dZ.mean(axis=0)
            self.W2_ -= self.lr * gW2
            self.b2_ -= self.lr * gb2
            self.W1_ -= self.lr * gW1
            self.b1_ -= self.lr * gb1
            self.cost_.append(-np.mean(y * np.log(p + 1e-10) + (1 - y) * np.log(1 - p + 1e-10)))
            if self.verbose and it % 500 == 0:
                print("iter %d  cost %.4f" % (it, self.cost_[-1]))
        return self

    def predict(self, X):
        return (self._forward(X)[2] >= 0.5).astype(int)

    def score(self, X, y):
        return np.mean(self.predict(X) == y)


def make_moons(n, noise):
    half = n // 2
    a = np.pi * np.random.rand(half)
    b = np.pi * np.random.rand(half)
    upper = np.c_[np.cos(a), np.sin(a)]
    lower = np.c_[1 - np.cos(b), 0.5 - np.sin(b)]
    X = np.r_[upper, lower] + noise * np.random.randn(n, 2)
    y = np.r_[np.zeros(half), np.ones(half)].astype(int)
    return X, y


def train_test_split(X, y, test_size=0.5):
    n_test = int(len(X) * test_size)
    X_train, X_test = X[:-n_test], X[-n_test:]
    y_train, y_test = y[:-n_test], y[-n_test:]
    return X_train, X_test, y_train, y_test


if __name__ == "__main__":
    np.random.seed(12)
    X, y = make_moons(1000, 0.12)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    net = MoonNet().fit(X_train, y_train)
    print("train accuracy", net.score(X_train, y_train))
    print("test accuracy", net.score(X_test, y_test))
