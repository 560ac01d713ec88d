# detecting faulty parts: only about 5 percent of the parts are faulty
# labels are +1 (faulty) and -1 (fine), one LINEAR output f, loss = log(1 + exp(-y f))
# faulty ones count more: weight = n / (2 * n_class)
import numpy as np

np.random.seed(42)


def parts(n):
    x = np.random.randn(n, 3)
    r = np.sqrt(x[:, 0] ** 2 + x[:, 1] ** 2)
    p = np.where((r > 2.0) & (x[:, 2] > -0.8), 1, -1)
    flip = np.random.rand(n) < 0.002
    return x, np.where(flip, -p, p)


X, y = parts(900)
Xv, yv = parts(2000)
n_pos, n_neg = int((y == 1).sum()), int((y == -1).sum())
print("faulty:", n_pos, "fine:", n_neg)
importance = {1: len(y) / (2 * n_pos), -1: len(y) / (2 * n_neg)}

HID = 14
net = {
    "w": [np.random.uniform(-1, 1, 3) for _ in range(HID)],
    "t": [np.random.uniform(-1, 1) for _ in range(HID)],
    "out": np.random.uniform(-0.5, 0.5, HID),
    "out_t": 0.0,
}


def hidden(x):
    return np.array([np.tanh(w @ x + t) for w, t in zip(net["w"], net["t"])])


def f(x):
    return net["out"] @ hidden(x) + net["out_t"]


def recalls(X, y):
    said = np.array([1 if f(x) > 0 else -1 for x in X])
    return np.mean(said[y == 1] == 1), np.mean(said[y == -1] == -1)


def train(epochs=24, size=10, rate=0.3):
    for ep in range(epochs):
        loss = 0.0
        who = np.random.permutation(len(X))
        step = rate / (1 + ep / 10)
        for s in range(0, len(who), size):
            batch = who[s:s + size]
            gw = [np.zeros(3) for _ in range(HID)]
            gt = np.zeros(HID)
            gout = np.zeros(HID)
            gout_t = 0.0
            for i in batch:
                h = hidden(X[i])
                margin = y[i] * (net["out"] @ h + net["out_t"])
                loss += importance[y[i]] * np.log1p(np.exp(-margin))
                # d log(1 + exp(-m)) / dm = -1 / (1 + exp(m))
                d = -importance[y[i]] * y[i] / (1 + np.exp(margin))
                gout += d * h
                gout_t += d
                dh = d * net["out"] * (1 - h ** 2)
                gt += dh
                for k in range(HID):
                    gw[k] += dh[k] * X[i]
            c = step / len(batch)
            for k in range(HID):
                net["w"][k] = net["w"][k] - c * gw[k]
                net["t"][k] -= c * gt[k]
            net["out"] = net["out"] - c * gout
            net["out_t"] -= c * gout_t
        if ep % 4 == 3:
            print("epoch", ep + 1, "weighted loss", round(loss / len(X), 4), "recalls", recalls(X, y))


train()
a, b = recalls(Xv, yv)
print("recall of the faulty ones:", a, " of the fine ones:", b)
print("mean of both:", (a + b) / 2)
