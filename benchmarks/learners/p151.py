import numpy as np

SEED = 7
np.random.seed(7)


def load(valid=200):
    with np.load("digits.npz") as f:
        x, y = f["images"].reshape(-1, 28 * 28), f["labels"]
        xt, yt = f["test_images"].reshape(-1, 28 * 28), f["test_labels"]
    x = x.astype(np.float64) / 255
    xt = xt.astype(np.float64) / 255
    mean = x.mean()
    std = x.std()
    x, xt = (x - mean) / std, (xt - mean) / std
    p = np.random.permutation(len(x))
    x, y = x[p], y[p]
    return x[valid:], y[valid:], x[:valid], y[:valid], xt, yt


class TwoLayerNet:
    def __init__(self, D, H, C, reg=1e-3):
        self.p = {
            "W1": np.random.randn(D, H) * np.sqrt(2.0 / D),
            "b1": np.zeros(H),
            "W2": np.random.randn(H, C) * np.sqrt(2.0 / H),
            "b2": np.zeros(C),
        }
        self.v = {k: np.zeros_like(w) for k, w in self.p.items()}
        self.reg = reg

    def scores(self, X):
        h = np.maximum(0, X.dot(self.p["W1"]) + self.p["b1"])
        return h, h.dot(self.p["W2"]) + self.p["b2"]

    def loss_and_grads(self, X, y):
        N = X.shape[0]
        h, s = self.scores(X)
        s = s - np.max(s, axis=1, keepdims=True)
        prob = np.exp(s)
        prob /= np.sum(prob, axis=1, keepdims=True)
        loss = -np.log(prob[np.arange(N), y] + 1e-12).mean()
        loss += 0.5 * self.reg * (np.sum(self.p["W1"] ** 2) + np.sum(self.p["W2"] ** 2))
        ds = prob
        ds[np.arange(N), y] -= 1
        ds /= N
        g = {}
        g["W2"] = h.T.dot(ds) + self.reg * self.p["W2"]
        g["b2"] = ds.sum(axis=0)
        dh = ds.dot(self.p["W2"].T)
        dh[h <= 0] = 0
        g["W1"] = X.T.dot(dh) + self.reg * self.p["W1"]
        g["b1"] = dh.sum(axis=0)
        return loss, g

    def train(self, X, y, Xv, yv, lr=0.01, mu=0.9, decay=0.95, epochs=25, bs=50):
        for ep in range(epochs):
            perm = np.random.permutation(len(X))
            total = 0.0
            for i in range(0, len(X), bs):
                b = perm[i:i + bs]
                loss, g = self.loss_and_grads(X[b], y[b])
                total += loss * len(b)
                for k in self.p:
                    self.v[k] = mu * self.v[k] - lr * g[k]
                    self.p[k] += self.v[k]
            lr *= decay
            if ep % 5 == 0:
                print("ep %d loss %.3f val acc %.3f" % (ep, total / len(X), self.accuracy(Xv, yv)))

    def predict(self, X):
        return self.scores(X)[1].argmax(axis=1)

    def accuracy(self, X, y):
        return (self.predict(X) == y).mean()


x, y, xv, yv, xt, yt = load()
net = TwoLayerNet(784, 50, 10)
net.train(x, y, xv, yv)

cm = np.zeros((10, 10), dtype=int)
for t, p in zip(yt, net.predict(xt)):
    cm[t, p] += 1
print("rows: true, columns: predicted")
print(cm)
for c in range(10):
    print("digit", c, "recall %.2f" % (cm[c, c] / cm[c].sum()))
print("test accuracy: %.4f" % net.accuracy(xt, yt))
