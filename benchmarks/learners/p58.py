#!/usr/bin/env python3
# Data augmentation for my digit classifier: every picture is also shown shifted
# by one pixel (left, right, up, down) so the training set is 5x larger.
import numpy as np

np.random.seed(123)

f = np.load("digits.npz")
imgs = f["images"][:600] / 255.
labels = f["labels"][:600].astype(int)
test_imgs = f["test_images"] / 255.
test_labels = f["test_labels"].astype(int)


def shift(batch, dx, dy):
    return np.roll(np.roll(batch, dx, axis=2), dy, axis=1)


shifts = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
big = np.concatenate([shift(imgs, dx, dy) for dx, dy in shifts])
big_labels = np.repeat(labels, len(shifts))
print("before:", imgs.shape, "after:", big.shape, big_labels.shape)


def flatten(a):
    return a.reshape(a.shape[0], -1)


def minibatches(X, y, size=64):
    perm = np.random.permutation(len(X))
    for k in range(0, len(X) - size + 1, size):
        sel = perm[k:k + size]
        yield X[sel], y[sel]


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W = [np.random.normal(0, np.sqrt(2. / n_in), (n_in, n_hid)),
                  np.random.normal(0, np.sqrt(1. / n_hid), (n_hid, n_out))]
        self.b = [np.zeros(n_hid), np.zeros(n_out)]
        # velocity for momentum
        self.vW = [np.zeros_like(w) for w in self.W]
        self.vb = [np.zeros_like(b) for b in self.b]

    def __call__(self, X):
        self.X = X
        self.H = np.einsum("ni,ih->nh", X, self.W[0]) + self.b[0]
        self.A = self.H * (self.H > 0)
        S = np.einsum("nh,ho->no", self.A, self.W[1]) + self.b[1]
        E = np.exp(S - S.max(1)[:, None])
        return E / E.sum(1)[:, None]

    def fit_batch(self, X, y, lr, mu=0.9):
        P = self(X)
        loss = -np.log(P[range(len(y)), y] + 1e-12).mean()
        D = P
        D[range(len(y)), y] -= 1
        D /= len(y)
        dA = np.einsum("no,ho->nh", D, self.W[1]) * (self.H > 0)
        grads_W = [np.einsum("ni,nh->ih", self.X, dA), np.einsum("nh,no->ho", self.A, D)]
        grads_b = [dA.sum(0), D.sum(0)]
        for i in (0, 1):
            self.vW[i] = mu * self.vW[i] - lr * grads_W[i]
            self.vb[i] = mu * self.vb[i] - lr * grads_b[i]
            self.W[i] += self.vW[i]
            self.b[i] += self.vb[i]
        return loss


net = Net(28 * 28, 50, 10)
X, T = flatten(big), flatten(test_imgs)
for epoch in range(5):
    losses = [net.fit_batch(xb, yb, lr=0.05) for xb, yb in minibatches(X, big_labels)]
    acc = (net(T).argmax(1) == test_labels).mean()
    print("epoch %d  loss %.3f  test acc %.3f" % (epoch, np.mean(losses), acc))

print("final test acc %.4f" % (net(T).argmax(1) == test_labels).mean())
