# predict if a loan is paid back.  columns: age, income, debt, years in job
import numpy as np
np.random.seed(12)

N = 700
age = np.random.randint(20, 70, N)
income = np.random.normal(48000, 15000, N)
debt = np.random.gamma(2.0, 6000, N)
years = np.clip((age - 20) * np.random.rand(N), 0, 40)
score = (income - 48000) / 15000 - 1.3 * (debt - 12000) / 8500 + 0.8 * (years - 12) / 10
y = (score > np.median(score)).astype(float).reshape(-1, 1)
X = np.column_stack([age, income, debt, years]).astype(float)

X_train, X_test = X[:500], X[500:]
y_train, y_test = y[:500], y[500:]

# normalise the data
mu = X_train.mean(axis=0)
sd = X_train.std(axis=0)
X_train = (X_train - mu) / sd
X_test = X_test / X_test.max(axis=0)


def sigm(x):
    return 1 / (1 + np.exp(-x))


def make_params(n_in, n_h):
    p = {}
    p["W1"] = np.random.randn(n_in, n_h) * 0.5
    p["b1"] = np.zeros(n_h)
    p["W2"] = np.random.randn(n_h, 1) * 0.5
    p["b2"] = np.zeros(1)
    return p


def fwd(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"])
    o = sigm(h @ p["W2"] + p["b2"])
    return h, o


def grads(p, x, t):
    h, o = fwd(p, x)
    g = {}
    delta = (o - t) / len(x)
    g["W2"] = h.T @ delta
    g["b2"] = delta.sum(axis=0)
    dh = (delta @ p["W2"].T) * (1 - h * h)
    g["W1"] = x.T @ dh
    g["b1"] = dh.sum(axis=0)
    return g


params = make_params(4, 8)
alpha = 0.3
batch = 32
hist = []
for ep in range(40):
    order = np.random.permutation(len(X_train))
    for s in range(0, len(X_train), batch):
        idx = order[s:s + batch]
        g = grads(params, X_train[idx], y_train[idx])
        for name in ["W1", "W2", "b2"]:
            params[name] = params[name] - alpha * g[name]
    _, o = fwd(params, X_train)
    hist.append(np.mean((o > 0.5) == y_train))
    if ep % 5 == 0:
        print("epoch", ep, "train acc", hist[-1])

_, o = fwd(params, X_test)
print("test acc", np.mean((o > 0.5) == y_test))
