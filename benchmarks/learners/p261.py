# can a network learn to divide?   y = a / (a + b)   for a, b between 0 and 10
import numpy as np

rng = np.random.default_rng(31)


def make(n):
    ab = rng.uniform(0.0, 10.0, size=(n, 2))
    y = ab[:, :1] / (ab[:, :1] + ab[:, 1:] + 1e-6)
    return (ab - 5.0) / 3.0, y


X, Y = make(1500)
Xv, Yv = make(500)

sizes = [2, 24, 24, 1]
net = [(rng.normal(0, 1 / np.sqrt(i), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]
first = [(np.zeros_like(W), np.zeros_like(b)) for W, b in net]
second = [(np.zeros_like(W), np.zeros_like(b)) for W, b in net]


def run(x):
    acts = [x]
    for n, (W, b) in enumerate(net):
        z = acts[-1] @ W + b
        acts.append(np.tanh(z) if n < len(net) - 1 else z)
    return acts


def grads_of(acts, y):
    out = []
    d = 2 * (acts[-1] - y) / len(y)
    for n in reversed(range(len(net))):
        out.append((acts[n].T @ d, d.sum(0)))
        if n > 0:
            d = (d @ net[n][0].T) * (1 - acts[n] ** 2)
    return out[::-1]


def clipped(gs, limit=1.0):
    norm = np.sqrt(sum((g ** 2).sum() for pair in gs for g in pair))
    k = min(1.0, limit / (norm + 1e-12))
    return [(gw * k, gb * k) for gw, gb in gs]


def adam(gs, t, lr):
    for n in range(len(net)):
        new = []
        ms, vs = [], []
        for p, g, m, v in zip(net[n], gs[n], first[n], second[n]):
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            mh = m / (1 - 0.9 ** t)
            vh = v / (1 - 0.999 ** t)
            new.append(p - lr * mh / (np.sqrt(vh) + 1e-8))
            ms.append(m)
            vs.append(v)
        net[n], first[n], second[n] = tuple(new), tuple(ms), tuple(vs)


lr = 0.003
t = 0
for epoch in range(60):
    order = rng.permutation(len(X))
    for s in range(0, len(X), 25):
        b = order[s:s + 25]
        t += 1
        adam(clipped(grads_of(run(X[b]), Y[b])), t, lr)
        lr *= 0.93
    if epoch % 6 == 0:
        print("epoch", epoch, "train rmse", np.sqrt(np.mean((run(X)[-1] - Y) ** 2)))

for a, b in [(1, 1), (2, 8), (9, 3)]:
    q = run((np.array([[a, b]]) - 5.0) / 3.0)[-1][0, 0]
    print(f"{a}/({a}+{b}) -> {q:.3f}")
rmse = np.sqrt(np.mean((run(Xv)[-1] - Yv) ** 2))
print("rmse on unseen pairs:", rmse)
