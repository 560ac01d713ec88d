# estimate how far away the reflector is, from 40 samples of the received signal
# columns = measurements   rows = time
import numpy as np

rs = np.random.RandomState(8)
T = 40


def record(n):
    metres = rs.uniform(50, 350, (1, n))
    t = np.arange(T).reshape(-1, 1)
    pos = metres / 10.0                        # sample at which the echo comes back
    amp = rs.uniform(0.6, 1.4, (1, n))
    wave = amp * np.exp(-((t - pos) / 2.5) ** 2) * np.cos((t - pos) * 0.9)
    wave = wave + 0.08 * rs.randn(T, n)
    return wave, metres


Xtr, dtr = record(600)
Xte, dte = record(200)
m, s = dtr.mean(), dtr.std()
Ytr = (dtr - m) / s


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def start(sizes):
    P = {}
    for l in range(1, len(sizes)):
        P["W%d" % l] = rs.randn(sizes[l], sizes[l - 1]) * np.sqrt(2.0 / sizes[l - 1])
        P["b%d" % l] = np.zeros((sizes[l], 1))
    return P


def forward(P, X):
    Z1 = P["W1"] @ X + P["b1"]
    A1 = softplus(Z1)
    Z2 = P["W2"] @ A1 + P["b2"]
    A2 = softplus(Z2)
    out = P["W3"] @ A2 + P["b3"]
    return out, (X, Z1, A1, Z2, A2)


def sigm(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def backward(P, out, Y, cache):
    X, Z1, A1, Z2, A2 = cache
    n = X.shape[1]
    G = {}
    d3 = np.clip(out - Y, -1, 1) / n           # huber, delta = 1
    G["W3"] = d3 @ A2.T
    G["b3"] = d3.sum(axis=1, keepdims=True)
    d2 = (P["W3"].T @ d3) * sigm(Z2)
    G["W2"] = d2 @ A1.T
    G["b2"] = d2.sum(axis=1, keepdims=True)
    d1 = (P["W2"].T @ d2) * sigm(Z1)
    G["W1"] = d1 @ X.T
    G["b1"] = d1.sum(axis=1, keepdims=True)
    return G


P = start([T, 30, 20, 1])
cache_sq = {k: np.zeros_like(v) for k, v in P.items()}
rate, rho = 0.002, 0.95

for epoch in range(200):
    perm = rs.permutation(Xtr.shape[1])
    Xtr, Ytr = Xtr[:, perm], Ytr[:, perm]
    if epoch == 140:
        rate = rate / 5
    for j in range(0, 600, 30):
        xb = Xtr[:, j:j + 30]
        # a bit of extra noise so that it does not learn by heart
        xb += 0.05 * rs.randn(*xb.shape)
        yb = Ytr[:, j:j + 30]
        out, c = forward(P, xb)
        G = backward(P, out, yb, c)
        for k in P:
            g = np.clip(G[k], -0.001, 0.001)   # exploding gradients!!
            cache_sq[k] = rho * cache_sq[k] + (1 - rho) * g ** 2
            P[k] = P[k] - rate * g / (np.sqrt(cache_sq[k]) + 1e-8)
    if epoch % 25 == 0:
        o = forward(P, Xtr)[0]
        print("epoch %3d   scaled error %.4f" % (epoch, np.abs(o - Ytr).mean()))

pred, _ = forward(P, Xte)
metres = pred
print("a few:", np.round(metres[0, :5], 1), "should be", np.round(dte[0, :5], 1))
print("mean absolute error on the test set:", np.abs(metres - dte).mean())
