# five clouds, one point at a time. works but it is soooo slow, why?
import numpy as np

np.random.seed(31)

centres = np.array([[0.0, 0.0], [3.0, 0.5], [1.2, 3.0], [-2.4, 2.0], [-1.5, -2.8]])
N = 700
which = np.random.randint(0, 5, N)
pts = centres[which] + np.random.randn(N, 2) * 1.0

# last 200 for the test
tr_x, tr_y = pts[:500], which[:500]
te_x, te_y = pts[500:], which[500:]

# weights (rows = receiving unit)
A = np.random.normal(0, 0.6, size=(14, 2))
a0 = np.zeros(14)
B = np.random.normal(0, 0.3, size=(14, 14))
b0 = np.zeros(14)
C = np.random.normal(0, 0.3, size=(5, 14))
c0 = np.zeros(5)

KEEP = 0.9
TOP_RATE = 0.01
WARM = 1000      # so many points until the rate is up
EPOCHS = 60


def think(x, drop):
    h1 = np.tanh(A.dot(x) + a0)
    h2 = np.tanh(B.dot(h1) + b0)
    if drop:
        m = (np.random.random(14) < KEEP) / KEEP
    else:
        m = np.ones(14)
    hd = h2 * m
    s = C.dot(hd) + c0
    s = s - s.max()
    p = np.exp(s) / np.exp(s).sum()
    return h1, h2, m, hd, p


seen = 0
for ep in range(EPOCHS):
    total = 0.0
    for k in np.random.permutation(len(tr_x)):
        x = tr_x[k]
        h1, h2, m, hd, p = think(x, drop=True)
        total += -np.log(p[tr_y[k]] + 1e-12)

        seen += 1
        rate = TOP_RATE * min(1.0, seen / WARM)

        ds = p.copy()
        ds[tr_y[k]] -= 1
        dh2 = C.T.dot(ds) * m * (1 - h2 ** 2)
        dh1 = B.T.dot(dh2) * (1 - h1 ** 2)

        C -= rate * np.outer(ds, hd)
        c0 -= rate * ds
        B -= rate * np.outer(dh2, h1)
        b0 -= rate * dh2
        A -= rate * np.outer(dh1, x)
        a0 -= rate * dh1
    if ep % 10 == 0:
        print("round", ep, "mean loss", round(total / len(tr_x), 4))

hits = 0
for x, y in zip(te_x, te_y):
    if np.argmax(think(x, drop=False)[-1]) == y:
        hits += 1
print(hits, "of", len(te_x), "right =", 100 * hits / len(te_x), "%")
