# checkerboard (3 x 3 fields) with 5-fold cross validation
import numpy as np

np.random.seed(2)

P = np.random.rand(900, 2) * 3
field = np.floor(P).astype(int).sum(axis=1)
side = np.where(field % 2 == 0, 1.0, -1.0)     # black or white
P = (P - 1.5) / 0.87

RATE = {
    "lr": 8.0,
    "momentum": 0.9,
}
HIDDEN = 32
DROP = 0.1


def folds(n, k):
    """yields (train rows, test rows) k times"""
    order = np.random.permutation(n)
    for i in range(k):
        test = order[i::k]
        yield np.setdiff1d(order, test), test


def batches(rows, size):
    rows = np.random.permutation(rows)
    while len(rows):
        yield rows[:size]
        rows = rows[size:]


def fresh():
    w = {}
    for name, a, b in (("A", 2, HIDDEN), ("B", HIDDEN, HIDDEN), ("C", HIDDEN, 1)):
        w[name] = np.random.randn(a, b) * 0.001 / np.sqrt(a)
        w[name.lower()] = np.zeros(b)
    return w


def swish(z):
    s = 1 / (1 + np.exp(-np.clip(z, -60, 60)))
    return z * s, s + z * s * (1 - s)


def score(w, x, train=True):
    h1, s1 = swish(x @ w["A"] + w["a"])
    h2, s2 = swish(h1 @ w["B"] + w["b"])
    m = np.ones_like(h2)
    if train:
        m = (np.random.rand(*h2.shape) > DROP) / (1 - DROP)
    h2 = h2 * m
    out = h2 @ w["C"] + w["c"]
    return out[:, 0], (x, h1, s1, h2, s2, m)


def grads(w, out, y, mem):
    x, h1, s1, h2, s2, m = mem
    # hinge: max(0, 1 - y*out)
    d = np.where(y * out < 1, -y, 0.0)[:, None] / len(y)
    g = {"C": h2.T @ d, "c": d.sum(0)}
    d = d @ w["C"].T * m * s2
    g["B"], g["b"] = h1.T @ d, d.sum(0)
    d = d @ w["B"].T * s1
    g["A"], g["a"] = x.T @ d, d.sum(0)
    return g


def accuracy(w, rows):
    out, _ = score(w, P[rows])
    return np.mean(np.sign(out) == side[rows])


results = []
for number, (train, test) in enumerate(folds(len(P), 5)):
    valid, train = train[::6], np.delete(train, np.arange(0, len(train), 6))
    w = fresh()
    v = {k: np.zeros_like(a) for k, a in w.items()}
    best, best_w, wait = 0, None, 0
    for epoch in range(150):
        for rows in batches(train, 30):
            out, mem = score(w, P[rows])
            for k, g in grads(w, out, side[rows], mem).items():
                v[k] = RATE["momentum"] * v[k] - RATE["lr"] * (1 - RATE["momentum"]) * g
                w[k] = w[k] + v[k]
        acc = accuracy(w, valid)
        if acc > best:
            best, best_w, wait = acc, {k: a.copy() for k, a in w.items()}, 0
        else:
            wait += 1
            if wait >= 30:
                break
    results.append(accuracy(best_w, test))
    print("fold", number + 1, "epochs", epoch + 1, "accuracy %.3f" % results[-1])
print("mean over the folds:", np.mean(results))
