# 5-fold CV of a 2-20-10-1 net on a bumpy surface. Trained by Rprop:
# every single weight has its own step size, only the SIGN of the gradient is used
import numpy as np

random = np.random.RandomState(5)

n = 400
P = random.uniform(-1, 1, (n, 2))
target = np.sin(4 * P[:, 0]) * np.cos(3 * P[:, 1]) + P[:, 0] * P[:, 1] + random.normal(0, 0.05, n)
target = (target - target.mean()) / target.std()

SHAPES = [(2, 20), (20,), (20, 10), (10,), (10, 1), (1,)]
SIZES = [int(np.prod(s)) for s in SHAPES]


def views(theta):
    """cut the long vector into W1 b1 W2 b2 W3 b3 (no copies)"""
    out, at = [], 0
    for shape, size in zip(SHAPES, SIZES):
        out.append(theta[at:at + size].reshape(shape))
        at += size
    return out


def f(theta, X):
    W1, b1, W2, b2, W3, b3 = views(theta)
    h1 = np.tanh(X @ W1 + b1)
    z2 = h1 @ W2 + b2
    h2 = z2 / (1 + np.abs(z2))          # softsign
    return h1, h2, (h2 @ W3 + b3)[:, 0]


def grad(theta, X, t, decay=1e-3):
    g = np.empty_like(theta)
    gW1, gb1, gW2, gb2, gW3, gb3 = views(g)
    W1, b1, W2, b2, W3, b3 = views(theta)
    h1, h2, y = f(theta, X)
    r = (y - t)[:, None]
    gW3[:] = h2.T @ r
    gb3[:] = r.sum(0)
    # softsign' = 1 / (1 + |z|)^2 = (1 - |h|)^2
    r = r @ W3.T * (1 - np.abs(h2)) ** 2
    gW2[:] = h1.T @ r
    gb2[:] = r.sum(0)
    r = r @ W2.T * (1 - h1 ** 2)
    gW1[:] = X.T @ r
    gb1[:] = r.sum(0)
    return 0.5 * np.sum((y - t) ** 2), g + decay * theta


def rprop(theta, X, t, rounds=700):
    step = np.full(theta.size, 0.01)
    last = np.zeros(theta.size)
    for k in range(rounds):
        E, g = grad(theta, X, t)
        same = g * last
        step[same > 0] *= 1.2
        step[same < 0] *= 0.5
        step = np.clip(step, 1e-7, 1.0)
        g = np.where(same < 0, 0, g)    # after a change of sign wait one round
        theta -= np.sign(g) * step
        last = g
        if k % 350 == 0:
            print("   round", k, "E", E)
    return theta


folds = np.arange(n) % 5
errors = []
for k in range(5):
    inside = folds != k
    start = np.concatenate([random.normal(0, 1.0, 40), random.normal(0, 1.0, 20),
                            random.normal(0, 20 ** -0.5, 200), np.zeros(10),
                            random.normal(0, 10 ** -0.5, 10), np.zeros(1)])
    theta = rprop(start, P[inside], target[inside])
    rmse = np.sqrt(np.mean((f(theta, P[~inside])[2] - target[~inside]) ** 2))
    print("fold", k, "rmse", rmse)
    errors.append(rmse)
print("cross validated rmse:", np.mean(errors))
