"""k-fold by hand. Question: is the network bad or the cross validation?"""
import numpy as np
from collections import namedtuple

np.random.seed(5)
Weights = namedtuple("Weights", "w1 c1 w2 c2")


def wine_table():
    # alcohol, malic acid, ash, flavanoids, colour, proline (typical values per sort, then noise)
    centre = [[13.5, 1.9, 2.45, 2.9, 5.2, 900],
              [12.6, 2.0, 2.30, 2.2, 3.6, 720],
              [13.1, 2.9, 2.42, 1.2, 6.2, 760]]
    spread = [0.5, 0.6, 0.2, 0.45, 1.0, 180]
    rows, sort = [], []
    for k in range(3):
        for _ in range(80):
            rows.append([np.random.normal(c, s) for c, s in zip(centre[k], spread)])
            sort.append(k)
    return np.array(rows), np.array(sort)


def new_weights(n_in, n_hid, n_out):
    return Weights(np.random.randn(n_in, n_hid) / np.sqrt(n_in), np.zeros(n_hid),
                   np.random.randn(n_hid, n_out) / np.sqrt(n_hid), np.zeros(n_out))


def net(w, x):
    hid = np.tanh(x @ w.w1 + w.c1)
    z = hid @ w.w2 + w.c2
    z = np.exp(z - z.max(1, keepdims=True))
    return hid, z / z.sum(1, keepdims=True)


def improve(w, x, t, eta):
    hid, p = net(w, x)
    d2 = (p - t) / x.shape[0]
    d1 = (d2 @ w.w2.T) * (1 - hid * hid)
    return Weights(w.w1 - eta * x.T @ d1, w.c1 - eta * d1.sum(0),
                   w.w2 - eta * hid.T @ d2, w.c2 - eta * d2.sum(0))


def scaled(x):
    m = x.mean(axis=1, keepdims=True)
    s = x.std(axis=1, keepdims=True)
    return (x - m) / s


wine, sort = wine_table()
wine = scaled(wine)
onehot = (sort[:, None] == np.arange(3)).astype(float)

K = 3
folds = np.array_split(np.arange(len(wine)), K)
hits = []
for f in range(K):
    te = folds[f]
    tr = np.concatenate([folds[g] for g in range(K) if g != f])
    w = new_weights(wine.shape[1], 12, 3)
    for step in range(1500):
        w = improve(w, wine[tr], onehot[tr], 0.3)
    fit = (net(w, wine[tr])[1].argmax(1) == sort[tr]).mean()
    hit = (net(w, wine[te])[1].argmax(1) == sort[te]).mean()
    print("fold %2d   fit %.3f   test %.3f" % (f, fit, hit))
    hits.append(hit)
print("cross validated accuracy: %.4f" % np.mean(hits))
