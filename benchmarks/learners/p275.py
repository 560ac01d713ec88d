# xor, but the corners are fat clouds. with batchnorm because I wanted to understand it
import numpy as np
es = np.einsum
np.random.seed(640)


def clouds(n):
    bits = np.random.randint(0, 2, (n, 2))
    return bits * 2.0 - 1 + 0.6 * np.random.randn(n, 2), (bits[:, 0] ^ bits[:, 1]).astype(float)


x, y = clouds(800)
xq, yq = clouds(2000)

h = 16
A = np.random.randn(2, h)
gam, bet = np.ones(h), np.zeros(h)
c = np.random.randn(h) * 0.2
c0 = 0.0
run_m, run_v = np.zeros(h), np.ones(h)
eta, eps = 0.7, 1e-5

for it in range(3000):
    # forward
    u = es("ni,ij->nj", x, A)
    m = es("nj->j", u) / len(u)
    uc = u - m
    v = es("nj,nj->j", uc, uc) / len(u)
    inv = (v + eps) ** -0.5
    un = es("nj,j->nj", uc, inv)
    a = np.tanh(es("nj,j->nj", un, gam) + bet)
    p = 1 / (1 + np.exp(-(es("nj,j->n", a, c) + c0)))
    run_m = 0.95 * run_m + 0.05 * m
    run_v = 0.95 * run_v + 0.05 * v

    # backward
    dl = (p - y) / len(y)
    dc = es("n,nj->j", dl, a)
    dc0 = es("n->", dl)
    ds = es("n,j,nj->nj", dl, c, 1 - a * a)
    dgam = es("nj,nj->j", ds, un)
    dbet = es("nj->j", ds)
    dun = es("nj,j->nj", ds, gam)
    # the formula with the two means taken away
    du = es("j,nj->nj", inv, dun - dun.mean(0) - es("nj,j->nj", un, (dun * un).mean(0)))
    dA = es("ni,nj->ij", x, du)

    A -= eta * dA
    gam -= eta * dgam
    bet -= eta * dbet
    c -= eta * dc
    c0 -= eta * dc0
    if it % 300 == 0:
        bce = -np.mean(np.where(y == 1, np.log(p + 1e-12), np.log(1 - p + 1e-12)))
        print(f"it {it}  bce {bce:.4f}  train acc {np.mean((p > .5) == (y == 1)):.3f}")

# new points: with the running mean and variance
un = (es("ni,ij->nj", xq, A) - run_m) * (run_v + eps) ** -0.5
p = 1 / (1 + np.exp(-(np.tanh(un * gam + bet) @ c + c0)))
print("new points right:", np.mean((p > 0.5) == (yq == 1)))
