import numpy as np


class MLP:
    def __init__(self, layers, lr=0.05, momentum=0.9, seed=0):
        self.rng = np.random.RandomState(0)
        self.lr = lr
        self.momentum = momentum
        self.w = []
        self.b = []
        for i in range(len(layers) - 1):
            self.w.append(self.rng.randn(layers[i], layers[i + 1]) / np.sqrt(layers[i]))
            self.b.append(np.zeros((1, layers[i + 1])))
        self.vw = [np.zeros_like(w) for w in self.w]
        self.vb = [np.zeros_like(b) for b in self.b]

    def forward(self, x):
        self.a = [x]
        for i, (w, b) in enumerate(zip(self.w, self.b)):
            z = self.a[-1].dot(w) + b
            if i == len(self.w) - 1:
                self.a.append(1.0 / (1.0 + np.exp(-z)))
            else:
                self.a.append(np.tanh(z))
        return self.a[-1]

    def backward(self, y):
        delta = (self.a[-1] - y) / len(y)
        for i in range(len(self.w) - 1, -1, -1):
            gw = self.a[i].T.dot(delta)
            gb = np.mean(delta)
            if i > 0:
                delta = delta.dot(self.w[i].T) * (1 - self.a[i])
            # momentum
            self.vw[i] = self.momentum * self.vw[i]
            self.vb[i] = self.momentum * self.vb[i]
            self.w[i] -= self.vw[i] + self.lr * gw
            self.b[i] -= self.vb[i] + self.lr * gb

    def fit(self, x, y, epochs=150, batch_size=32):
        for epoch in range(epochs):
            p = self.rng.permutation(len(x))
            x, y = x[p], y[p]
            for k in range(0, len(x), batch_size):
                self.forward(x[k:k + batch_size])
                self.backward(y[k:k + batch_size])
            if epoch % 25 == 0:
                o = self.forward(x)
                print("epoch", epoch, "loss", -np.mean(y * np.log(o + 1e-9) + (1 - y) * np.log(1 - o + 1e-9)))

    def predict(self, x):
        return (self.forward(x) > 0.5).astype(int)


def checkerboard(n, rng):
    x = rng.uniform(-1.5, 1.5, (n, 2))
    y = (np.floor(x[:, 0] + 0.5) + np.floor(x[:, 1] + 0.5)) % 2
    return x, y[:, None]


if __name__ == "__main__":
    rng = np.random.RandomState(99)
    x, y = checkerboard(900, rng)
    xt, yt = checkerboard(400, rng)
    net = MLP([2, 24, 24, 1])
    net.fit(x, y)
    pred = net.predict(xt)
    tp = np.sum((pred == 1) & (yt == 1))
    tn = np.sum((pred == 0) & (yt == 0))
    fp = np.sum((pred == 1) & (yt == 0))
    fn = np.sum((pred == 0) & (yt == 1))
    print("          pred 1  pred 0")
    print("true 1   %7d %7d" % (tp, fn))
    print("true 0   %7d %7d" % (fp, tn))
    print("acc: %.4f" % ((tp + tn) / len(yt)))
