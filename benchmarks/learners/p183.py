import numpy as np

rng = np.random.RandomState(10)


class Linear:
    """columns are samples"""

    def __init__(self, n_in, n_out, max_norm=None):
        self.W = rng.normal(0, 1 / np.sqrt(n_in), (n_out, n_in))
        self.b = np.zeros((n_out, 1))
        self.GW = np.full_like(self.W, 1e-4)
        self.Gb = np.full_like(self.b, 1e-4)
        self.max_norm = max_norm

    def forward(self, X, training):
        self.X = X
        return self.W.dot(X) + self.b

    def backward(self, D):
        self.dW = D.dot(self.X.T)
        self.db = D.sum(axis=1, keepdims=True)
        return self.W.T.dot(D)

    def adagrad(self, eta):
        self.GW += self.dW ** 2
        self.Gb += self.db ** 2
        self.W -= eta * self.dW / np.sqrt(self.GW)
        self.b -= eta * self.db / np.sqrt(self.Gb)
        if self.max_norm is not None:
            length = np.sqrt((self.W ** 2).sum(axis=1, keepdims=True))
            self.W *= np.minimum(1.0, self.max_norm / length)


class Dropout:
    def __init__(self, drop):
        self.keep = 1 - drop

    def forward(self, X, training):
        if not training:
            return X
        self.mask = rng.binomial(1, self.keep, X.shape) / self.keep
        return X * self.mask

    def backward(self, D):
        return D * self.mask

    def adagrad(self, eta):
        pass


class Elu:
    def forward(self, X, training):
        self.Y = np.where(X > 0, X, np.expm1(np.minimum(X, 0)))
        return self.Y

    def backward(self, D):
        return D * np.where(self.Y > 0, 1.0, self.Y + 1.0)

    def adagrad(self, eta):
        pass


def softmax_columns(Z):
    Z = np.exp(Z - Z.max(axis=0))
    return Z / Z.sum(axis=0)


pack = np.load("digits.npz")
X = pack["images"].reshape(1200, 784).T / 255.0
X_new = pack["test_images"].reshape(400, 784).T / 255.0
t = pack["labels"]
t_new = pack["test_labels"]

# 0.91 for the right digit, 0.01 for each of the others
T = np.full((10, 1200), 0.01)
T[t, np.arange(1200)] = 0.91

net = [Dropout(0.2), Linear(784, 80, max_norm=2.0), Elu(), Dropout(0.4), Linear(80, 10)]


def out(A, training=False):
    for layer in net:
        A = layer.forward(A, training)
    return softmax_columns(A)


for epoch in range(30):
    mix = rng.permutation(1200)
    hit = 0
    for s in range(0, 1200, 50):
        cols = mix[s:s + 50]
        P = out(X[:, cols], training=True)
        hit += np.sum(P.argmax(axis=0) == t[cols])
        D = (P - T[:, cols]) / 50
        for layer in reversed(net):
            D = layer.backward(D)
        for layer in net:
            layer.adagrad(0.01)
    if epoch % 5 == 0:
        print("epoch", epoch, "hits while training (with dropout)", hit / 1200)

print("hits on new digits", np.mean(out(X_new).argmax(axis=0) == t_new))
