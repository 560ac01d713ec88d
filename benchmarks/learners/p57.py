# SVM-like neural net for the two circles dataset
# - hidden layer: swish  (x * sigmoid(x))
# - output: one score, hinge loss max(0, 1 - y * score)
# - L2 regularisation on the weights
import numpy as np
from collections import namedtuple

np.random.seed(1)

Params = namedtuple("Params", "W1 b1 W2 b2")


def make_circles(n, noise=0.08, factor=0.45):
    label = np.random.randint(0, 2, n)
    r = np.where(label == 1, factor, 1.0)
    phi = np.random.uniform(0, 2 * np.pi, n)
    X = np.stack([r * np.cos(phi), r * np.sin(phi)], axis=1)
    return X + np.random.normal(0, noise, X.shape), label


def sigm(x):
    return 1.0 / (1.0 + np.exp(-x))


def swish(x):
    return x * sigm(x)


def swish_prime(x):
    s = sigm(x)
    return s + x * s * (1 - s)


def init(n_hidden):
    return Params(
        W1=np.random.randn(2, n_hidden),
        b1=np.zeros(n_hidden),
        W2=np.random.randn(n_hidden) / np.sqrt(n_hidden),
        b2=np.zeros(1),
    )


def score(X, p):
    return swish(X @ p.W1 + p.b1) @ p.W2 + p.b2


def hinge_step(X, y, p, lr, lam):
    """one gradient step, returns the new parameters and the loss"""
    z = X @ p.W1 + p.b1
    h = swish(z)
    s = h @ p.W2 + p.b2
    margin = 1 - y * s
    loss = np.mean(np.maximum(0, margin)) + lam * (np.sum(p.W1 ** 2) + np.sum(p.W2 ** 2))

    ds = np.where(margin > 0, -y, 0.0) / len(y)
    dW2 = h.T @ ds + 2 * lam * p.W2
    dz = np.outer(ds, p.W2) * swish_prime(z)
    dW1 = X.T @ dz + 2 * lam * p.W1
    new = Params(p.W1 - lr * dW1, p.b1 - lr * dz.sum(0), p.W2 - lr * dW2, p.b2 - lr * ds.sum())
    return new, loss


X, y = make_circles(600)
X_tr, y_tr = X[:400], y[:400]
X_te, y_te = X[400:], y[400:]

p = init(12)
for it in range(1500):
    p, loss = hinge_step(X_tr, y_tr, p, lr=0.3, lam=1e-4)
    if it % 250 == 0:
        print(f"{it:5d}  hinge loss {loss:.4f}")

pred = np.sign(score(X_te, p))
target = np.where(y_te == 1, 1, -1)
print("a few scores:", np.round(score(X_te[:5], p), 2), "labels:", y_te[:5])
print("accuracy =", (pred == target).mean())
