# predict the next value of a signal from the last 12 values
import numpy as np

rng = np.random.default_rng(8)

WINDOW = 12
HIDDEN = 20
LR = 0.003
DECAY = 0.9
EPOCHS = 60
BATCH = 25


def signal(n):
    t = np.arange(n)
    s = 2.0 * np.sin(2 * np.pi * t / 25) + 1.2 * np.sin(2 * np.pi * t / 9 + 1)
    slow = 2.5 * np.sin(2 * np.pi * t / 420)
    return 10 + s + slow + rng.normal(0, 0.1, n)


def windows(s):
    X = np.array([s[i:i + WINDOW] for i in range(len(s) - WINDOW)])
    y = np.array([s[i + WINDOW] for i in range(len(s) - WINDOW)])
    return X, y.reshape(-1, 1)


s = signal(1020)
train_part, test_part = s[:850], s[850:]
m, sd = train_part.mean(), train_part.std()
X, y = windows((train_part - m) / sd)
print("windows:", X.shape, "targets:", y.shape)

p = {
    "W1": rng.normal(0, 1 / np.sqrt(WINDOW), (WINDOW, HIDDEN)),
    "b1": np.zeros(HIDDEN),
    "W2": rng.normal(0, 1 / np.sqrt(HIDDEN), (HIDDEN, 1)),
    "b2": np.zeros(1),
}
cache = {k: np.zeros_like(v) for k, v in p.items()}


def forward(X):
    h = np.tanh(X @ p["W1"] + p["b1"])
    return h, np.tanh(h @ p["W2"] + p["b2"])


def gradients(X, y):
    h, out = forward(X)
    d = 2 * (out - y) / len(X) * (1 - out ** 2)
    g = {"W2": h.T @ d, "b2": d.sum(axis=0)}
    dh = (d @ p["W2"].T) * (1 - h * h)
    g["W1"] = X.T @ dh
    g["b1"] = dh.sum(axis=0)
    return g


for epoch in range(EPOCHS):
    order = rng.permutation(len(X))
    for start in range(0, len(X), BATCH):
        pick = order[start:start + BATCH]
        g = gradients(X[pick], y[pick])
        for k in p:
            cache[k] = cache[k] + (1 - DECAY) * g[k] ** 2
            p[k] -= LR * g[k] / (np.sqrt(cache[k]) + 1e-7)
    if epoch % 10 == 0:
        print("epoch", epoch, "mse", np.mean((forward(X)[1] - y) ** 2))

# test, back in the units of the signal
X_test, _ = windows((test_part - test_part.mean()) / test_part.std())
_, y_test = windows(test_part)
guess = forward(X_test)[1] * sd + m
print("test rmse: %.4f" % np.sqrt(np.mean((guess - y_test) ** 2)))
