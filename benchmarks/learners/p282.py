# 3 or 8?  one picture at a time, everything is a column
import numpy as np

SEED_NOTE = "seed 33, do not change, the plots of my report use it"
rng = np.random.default_rng(33)

f = np.load("digits.npz")


def pick(img, lab):
    keep = (lab == 3) | (lab == 8)
    q = img[keep].reshape(-1, 784).T / 255.0
    c = (lab[keep] == 8).astype(int)
    assert q.shape[0] == 784 and q.shape[1] == len(c)
    return q, c


q_tr, c_tr = pick(f["images"], f["labels"])
q_te, c_te = pick(f["test_images"], f["test_labels"])


class Layer:
    h = 0.01

    def push(self, q):
        return q

    def pull(self, e):
        return e


class Linear(Layer):
    def __init__(self, n, m):
        self.w = rng.normal(0, 1 / np.sqrt(n), (m, n))
        self.v = np.zeros((m, 1))
        self.sw = np.full_like(self.w, 1e-2)
        self.sv = np.full_like(self.v, 1e-2)

    def push(self, q):
        assert q.shape == (self.w.shape[1], 1)
        self.q = q
        return self.w @ q + self.v

    def pull(self, e):
        assert e.shape == self.v.shape
        back = self.w.T @ e
        dw = e @ self.q.T
        self.sw += dw ** 2
        self.sv += e ** 2
        self.w += self.h * dw / np.sqrt(self.sw)
        self.v += self.h * e / np.sqrt(self.sv)
        return back


class Sigmoid(Layer):
    def push(self, q):
        self.u = 1 / (1 + np.exp(-q))
        return self.u

    def pull(self, e):
        return e * self.u * (1 - self.u)


stack = [Linear(784, 20), Sigmoid(), Linear(20, 2)]


def through(q):
    for layer in stack:
        q = layer.push(q)
    return q


def energy(u, c):
    top = u.max()
    lse = top + np.log(np.exp(u - top).sum())
    return lse - u[c, 0], np.exp(u - lse)


last = 1e9
for epoch in range(15):
    total = 0.0
    for k in rng.permutation(len(c_tr)):
        E, p = energy(through(q_tr[:, [k]]), c_tr[k])
        total += E
        e = p.copy()
        e[c_tr[k], 0] -= 1
        for layer in stack[::-1]:
            e = layer.pull(e)
    total /= len(c_tr)
    print("epoch", epoch, "mean energy", total)
    if total < last + 1e-3:
        print("no more progress")
        break
    last = total

hit = [through(q_te[:, [k]]).argmax() == c_te[k] for k in range(len(c_te))]
print("test accuracy", np.mean(hit))
