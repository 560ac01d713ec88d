import numpy as np

np.random.seed(11)

KEEP = 0.4


class DropNet:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_in, n_hid) * np.sqrt(2.0 / n_in)
        self.b1 = np.zeros(n_hid)
        self.W2 = np.random.randn(n_hid, n_out) * np.sqrt(2.0 / n_hid)
        self.b2 = np.zeros(n_out)

    def forward(self, X, train=True):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        if train:
            # inverted dropout
            self.mask = (np.random.rand(*self.a1.shape) < KEEP) / KEEP
            self.a1 = self.a1 * self.mask
        z2 = self.a1 @ self.W2 + self.b2
        z2 -= z2.max(axis=1, keepdims=True)
        e = np.exp(z2)
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, probs, y, lr):
        n = len(y)
        d2 = probs.copy()
        d2[np.arange(n), y] -= 1
        d2 /= n
        d1 = d2 @ self.W2.T
        d1 = d1 * (self.z1 > 0)
        self.W2 -= lr * self.a1.T @ d2
        self.b2 -= lr * d2.sum(axis=0)
        self.W1 -= lr * self.X.T @ d1
        self.b1 -= lr * d1.sum(axis=0)

    def predict(self, X):
        return self.forward(X)

    def weights(self):
        return [w.copy() for w in (self.W1, self.b1, self.W2, self.b2)]


def nll(probs, y):
    return -np.log(probs[np.arange(len(y)), y] + 1e-12).mean()


f = np.load("digits.npz")
X = f["images"].reshape(len(f["images"]), -1) / 255.0
y = f["labels"].astype(int)
mix = np.random.permutation(len(X))
X_val, y_val = X[mix[:200]], y[mix[:200]]
X_tr, y_tr = X[mix[200:]], y[mix[200:]]
X_te = f["test_images"].reshape(len(f["test_images"]), -1) / 255.0
y_te = f["test_labels"].astype(int)

net = DropNet(784, 32, 10)
best, best_weights = np.inf, None
patience, waited = 6, 0

for epoch in range(60):
    idx = np.random.permutation(len(X_tr))
    for i in range(0, len(idx), 25):
        b = idx[i:i + 25]
        net.backward(net.forward(X_tr[b]), y_tr[b], 0.1)
    val = nll(net.predict(X_val), y_val)
    if epoch % 5 == 0:
        print("epoch", epoch, "val loss", round(val, 4))
    if val < best:
        best = val
        best_weights = net.weights()
    else:
        waited += 1
        if waited >= patience:
            print("no progress any more, stop at epoch", epoch)
            break

net.W1, net.b1, net.W2, net.b2 = best_weights
pred = net.predict(X_te).argmax(axis=1)
print("TEST ACC:", (pred == y_te).mean())
