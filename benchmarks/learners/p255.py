# Fraud detection, made-up card payments. 5 % are fraud, so I feed batches with
# half frauds and look at the balanced accuracy (mean of both recalls).
import numpy as np

rng = np.random.default_rng(77)


def payments(n):
    fraud = (rng.random(n) < 0.05).astype(int)
    amount = rng.normal(3.5, 0.8, n)
    hour = rng.normal(14, 3.5, n)
    kind = rng.integers(0, 3, n)
    # three tricks of the thieves: big at night, many tiny ones, very early
    amount = np.where(fraud & (kind == 0), rng.normal(6.2, 0.5, n), amount)
    amount = np.where(fraud & (kind == 1), rng.normal(0.6, 0.5, n), amount)
    hour = np.where(fraud & (kind == 2), rng.normal(3.5, 1.2, n), hour)
    pause = rng.exponential(5, n)
    pause = np.where(fraud & (kind == 1), rng.exponential(1, n), pause)
    return np.column_stack([amount, hour, np.log1p(pause)]), fraud


def scaler(X):
    mean, std = X.mean(axis=0), X.std(axis=0)
    return lambda Z: (Z - mean) / std


def sampler(X, y):
    bad, good = np.flatnonzero(y == 1), np.flatnonzero(y == 0)

    def draw(size):
        rows = np.concatenate([rng.choice(bad, size // 2), rng.choice(good, size // 2)])
        return X[rows], y[rows]
    return draw


def adagrad(shape_list, lr):
    sums = [np.zeros(s) for s in shape_list]

    def step(params, grads):
        for p, g, s in zip(params, grads, sums):
            s += g ** 2
            p -= lr * g / (np.sqrt(s) + 1e-6)
    return step


def make_network(n_in, n_hidden, n_out=2):
    W1 = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_hidden))
    b1 = np.full(n_hidden, 0.1)
    W2 = rng.normal(0, np.sqrt(1 / n_hidden), (n_hidden, n_out))
    b2 = np.zeros(n_out)
    params = [W1, b1, W2, b2]
    memory = {}

    def probs(X):
        h = np.maximum(0, X @ W1 + b1)
        s = h @ W2 + b2
        memory["X"], memory["h"] = X, h
        e = np.exp(s - s.max())
        return e / e.sum(axis=0, keepdims=True)

    def grads(X, y):
        p = probs(X)
        loss = -np.mean(np.log(p[np.arange(len(y)), y] + 1e-12))
        d = p.copy()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        h = memory["h"]
        dh = (d @ W2.T) * (h > 0)
        return loss, [X.T @ dh, dh.sum(axis=0), h.T @ d, d.sum(axis=0)]

    return params, probs, grads


def balanced(y, guess):
    recalls = []
    for c in (0, 1):
        hits = np.sum((guess == c) & (y == c))
        recalls.append(hits / len(y))
    return sum(recalls) / 2


X, y = payments(3000)
Xt, yt = payments(3000)
scale = scaler(X)
X, Xt = scale(X), scale(Xt)
print("frauds:", y.sum(), "of", len(y))

UNITS = 1
params, probs, grads = make_network(3, UNITS)
step = adagrad([p.shape for p in params], 0.08)
draw = sampler(X, y)

for it in range(7000):
    xb, yb = draw(64)
    loss, g = grads(xb, yb)
    step(params, g)
    if it % 1000 == 0:
        print("step", it, "loss", round(float(loss), 4))

guess = probs(Xt).argmax(axis=1)
print("marked as fraud:", guess.sum())
print("balanced accuracy:", balanced(yt, guess))
