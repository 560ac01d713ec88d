# damped swing, fitted w/o numpy. y squeezed to 0..1 so sigmoid + cross entropy works
import copy
import math
import random

random.seed(19)

NH = 24
LR = 0.05
STEPS = 60000
ALPHA = 0.1


def swing(t):
    return 0.5 + 0.45 * math.exp(-0.5 * t) * math.cos(2.5 * t)


def mk(n):
    ts = [random.uniform(0, 4) for _ in range(n)]
    return [(t - 2.0, swing(t)) for t in ts]


trn, val, tst = mk(200), mk(50), mk(100)

P = {
    "w1": [random.choice((-1, 1)) * random.uniform(0.6, 1.8) for _ in range(NH)],
    "w2": [random.gauss(0, 0.3) for _ in range(NH)],
    "b2": [0.0],
}
# kinks spread over the range
P["b1"] = [-w * random.uniform(-2, 2) for w in P["w1"]]


def fwd(x):
    h = []
    for w, b in zip(P["w1"], P["b1"]):
        z = w * x + b
        h.append(z if z > 0 else ALPHA * z)
    z = sum(w * a for w, a in zip(P["w2"], h)) + P["b2"][0]
    z = min(max(z, -30), 30)
    return h, 1 / (1 + math.exp(-z))


def upd(k, g, lr):
    v = P[k]
    for i in range(len(v)):
        v[i] += lr * g[i]


def err(ds):
    return math.sqrt(sum((fwd(x)[1] - y) ** 2 for x, y in ds) / len(ds))


best, bestP = 9.9, None
for step in range(STEPS):
    x, y = trn[random.randrange(len(trn))]
    h, p = fwd(x)
    d = p - y                       # d(bce)/dz
    dh = [d * w * (1 if a > 0 else ALPHA) for w, a in zip(P["w2"], h)]
    lr = LR if step < STEPS * 0.6 else LR / 5
    upd("w2", [d * a for a in h], lr)
    upd("b2", [d], lr)
    upd("w1", [g * x for g in dh], lr)
    upd("b1", dh, lr)
    if step % 2000 == 1999:
        e = err(val)
        if e < best:
            best, bestP = e, copy.deepcopy(P)
        if step % 10000 == 9999:
            print("step", step + 1, "val rmse", round(e, 4))

P = bestP
print("best val", best)
print("tst rmse", err(tst))
