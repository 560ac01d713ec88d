import numpy as np

np.random.seed(17)


def banknotes(n):
    v = np.random.randn(n, 4)
    # mix a little, real statistics (variance, skewness, kurtosis, entropy) are correlated
    v[:, 1] += 0.5 * v[:, 0]
    v[:, 2] -= 0.5 * v[:, 1]
    fake = v[:, 0] * v[:, 1] + 0.8 * v[:, 2] - 0.4 * v[:, 3] ** 2 + 0.5 > 0
    return v, fake.astype(float)[:, None]


def init(sizes):
    theta = {}
    for k in range(len(sizes) - 1):
        theta["W%d" % k] = np.full((sizes[k], sizes[k + 1]), 0.1)
        theta["b%d" % k] = np.zeros(sizes[k + 1])
    return theta


def forward(theta, x):
    a0 = np.tanh(x @ theta["W0"] + theta["b0"])
    a1 = np.tanh(a0 @ theta["W1"] + theta["b1"])
    y = 1 / (1 + np.exp(-(a1 @ theta["W2"] + theta["b2"])))
    return a0, a1, y


def bce(y, t):
    return -np.mean(t * np.log(y + 1e-10) + (1 - t) * np.log(1 - y + 1e-10))


def step(theta, x, t, lr):
    a0, a1, y = forward(theta, x)
    g = {}
    d = (y - t) / len(t)
    g["W2"], g["b2"] = a1.T @ d, d.sum(0)
    d = d @ theta["W2"].T * (1 - a1 ** 2)
    g["W1"], g["b1"] = a0.T @ d, d.sum(0)
    d = d @ theta["W1"].T * (1 - a0 ** 2)
    g["W0"], g["b0"] = x.T @ d, d.sum(0)
    for k in theta:
        theta[k] -= lr * g[k]


x, t = banknotes(1200)
x_val, t_val = x[900:], t[900:]
x, t = x[:900], t[:900]
x_test, t_test = banknotes(500)

theta = init([4, 40, 20, 1])
best, best_loss = None, np.inf
patience, waited = 20, 0
for epoch in range(600):
    idx = np.random.permutation(len(x))
    for i in range(0, len(x), 30):
        step(theta, x[idx[i:i + 30]], t[idx[i:i + 30]], lr=0.1)
    val_loss = bce(forward(theta, x_val)[2], t_val)
    if best is None or val_loss > best_loss:
        best_loss = val_loss
        waited = 0
        # remember these
        print("epoch", epoch, "best so far", best_loss)
        best = dict(theta)
    else:
        waited += 1
        if waited >= patience:
            print("stopped in epoch", epoch)
            break

y = forward(best, x_test)[2]
print("accuracy on test notes", np.mean((y > 0.5) == (t_test > 0.5)))
