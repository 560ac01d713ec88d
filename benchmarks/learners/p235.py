import numpy as np

np.random.seed(6)

CLIP = 4.0
SMOOTH = 0.05


def board(n):
    X = np.random.uniform(-1.5, 1.5, (n, 2))
    cell = np.floor(X + 1.5).astype(int)
    return X, (cell.sum(axis=1) % 2).reshape(-1, 1).astype(float)


def make_params(n_hidden):
    params = {}
    params["W1"] = np.random.randn(2, n_hidden) * 1.5
    params["b1"] = np.random.randn(1, n_hidden)
    params["W2"] = np.random.randn(n_hidden, 1) / np.sqrt(n_hidden)
    params["b2"] = np.zeros((1, 1))
    return params


def predict(params, X):
    h = np.tanh(X @ params["W1"] + params["b1"])
    z = h @ params["W2"] + params["b2"]
    return h, 1 / (1 + np.exp(-np.clip(z, -60, 60)))


def get_grads(params, X, y):
    h, p = predict(params, X)
    dz = (p - y) / X.shape[0]
    dh = dz @ params["W2"].T * (1 - h ** 2)
    return {
        "W1": X.T @ dh,
        "b1": dh.sum(axis=0, keepdims=True),
        "W2": h.T @ dz,
        "b2": dz.sum(axis=0, keepdims=True),
    }


def clip_by_norm(grads, limit):
    norm = np.sqrt(sum((g ** 2).sum() for g in grads.values()))
    scale = limit / (norm + 1e-8)
    return {k: g * scale for k, g in grads.items()}


def smooth(y):
    return y * (1 - SMOOTH) + SMOOTH


X, y = board(1200)
X_test, y_test = board(500)

params = make_params(n_hidden=3)
y_soft = smooth(y)
learning_rate = 0.8

for epoch in range(400):
    perm = np.random.permutation(len(X))
    for i in range(0, len(X), 50):
        j = perm[i:i + 50]
        grads = clip_by_norm(get_grads(params, X[j], y_soft[j]), CLIP)
        for name in params:
            params[name] -= learning_rate * grads[name]
    if epoch % 40 == 0:
        p = np.clip(predict(params, X)[1], 1e-9, 1 - 1e-9)
        print("epoch", epoch, "loss", -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))

_, p = predict(params, X_test)
print("test acc =", ((p > 0.5) == (y_test > 0.5)).mean())
