# MNIST (small part of it) with some tricks I read about:
#  - label smoothing 0.1
#  - gaussian noise on the pixels while training
#  - leaky relu, nesterov momentum
# gradients are SUMMED over the batch (not averaged), that's why lr looks tiny
import numpy as np
rs = np.random.RandomState(12)

z = np.load("digits.npz")
tr = z["images"].reshape(-1, 28 * 28).T / 127.5 - 1.0
te = z["test_images"].reshape(-1, 28 * 28).T / 127.5 - 1.0
lab = z["labels"].astype(np.int64)
telab = z["test_labels"].astype(np.int64)

K = 10
eps = 0.1
T = np.full((K, tr.shape[1]), eps / K)
T[lab, np.arange(tr.shape[1])] += 1 - eps

nh = 50
U = rs.normal(0, 1, (nh, 784)) * 0.03
u = np.zeros((nh, 1))
V = rs.normal(0, 1, (K, nh)) * 0.15
v = np.zeros((K, 1))
weights = [U, u, V, v]
speed = [np.zeros_like(w) for w in weights]

leak = 0.05
lr = 0.0004
mu = 0.9
bs = 40

for it in range(45):
    if it == 30:
        lr = lr / 4
    o = rs.permutation(tr.shape[1])
    tot = 0.0
    for b in range(0, len(o), bs):
        sel = o[b:b + bs]
        x = tr[:, sel] + 0.2 * rs.standard_normal((784, len(sel)))
        t = T[:, sel]
        # nesterov: look ahead first
        for w, s in zip(weights, speed):
            w += mu * s
        a = U @ x + u
        h = np.maximum(a, leak * a)
        y = V @ h + v
        y = y - y.max(axis=0)
        q = np.exp(y)
        q /= q.sum(axis=0)
        tot -= np.sum(t * np.log(q))

        d2 = q - t
        d1 = V.T.dot(d2) * np.where(h > 0, 1.0, leak)
        grads = [d1.dot(x.T), d1.sum(axis=1, keepdims=True), d2.dot(h.T), d2.sum(axis=1, keepdims=True)]
        for w, s, g in zip(weights, speed, grads):
            s *= mu
            s -= lr * g
            w -= lr * g
    if it % 5 == 4:
        print(it + 1, "smoothed loss", round(tot / len(o), 4))

a = U @ te + u
y = V @ np.maximum(a, leak * a) + v
print("test:", (y.argmax(axis=0) == telab).mean())
