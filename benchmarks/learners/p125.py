# One-step-ahead forecast: 12 last values -> next value
import numpy as np
try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

np.random.seed(1)
WINDOW = 12


def make_series(n):
    t = np.arange(n)
    s = 5 + 2.2 * np.sin(2 * np.pi * t / 25) + 1.2 * np.sin(2 * np.pi * t / 9 + 1)
    return s + np.random.normal(0, 0.15, n)


def windows(series):
    xs, ys = [], []
    for i in range(len(series) - WINDOW):
        xs.append(series[i:i + WINDOW])
        ys.append(series[i + WINDOW])
    return np.array(xs), np.array(ys).reshape(-1, 1)


series = make_series(900)
x_train, y_train = windows(series[:650])
x_test, y_test = windows(series[650:])

x_train = (x_train - 5) / 2.5
x_test = x_test / 5


def init_params(n_in, n_hidden):
    return {
        "w1": np.random.randn(n_in, n_hidden) / np.sqrt(n_in),
        "b1": np.zeros((1, n_hidden)),
        "w2": np.random.randn(n_hidden, 1) / np.sqrt(n_hidden),
        "b2": np.zeros((1, 1)),
    }


def forward(p, x):
    z1 = x @ p["w1"] + p["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ p["w2"] + p["b2"]
    out = np.tanh(z2)
    return a1, out


def backward(p, x, a1, out, y):
    n = x.shape[0]
    d2 = 2 * (out - y) * (1 - out ** 2) / n
    d1 = d2 @ p["w2"].T * (1 - a1 ** 2)
    return {
        "w1": x.T @ d1,
        "b1": d1.sum(axis=0, keepdims=True),
        "w2": a1.T @ d2,
        "b2": d2.sum(axis=0, keepdims=True),
    }


def adam(p, g, m, v, t, lr=0.005, beta1=0.9, beta2=0.999, eps=1e-8):
    for k in p:
        m[k] = beta1 * m[k] + (1 - beta1) * g[k]
        v[k] = beta2 * v[k] + (1 - beta2) * g[k] ** 2
        m_hat = m[k] / (1 - beta1 ** t)
        v_hat = v[k] / (1 - beta2 ** t)
        p[k] -= lr * m_hat / (np.sqrt(v_hat) + eps)


params = init_params(WINDOW, 20)
m = {k: np.zeros_like(w) for k, w in params.items()}
v = {k: np.zeros_like(w) for k, w in params.items()}
t = 1
history = []

for epoch in range(200):
    order = np.random.permutation(len(x_train))
    for start in range(0, len(order), 32):
        pick = order[start:start + 32]
        a1, out = forward(params, x_train[pick])
        grads = backward(params, x_train[pick], a1, out, y_train[pick])
        adam(params, grads, m, v, t)
    _, out = forward(params, x_train)
    history.append(float(np.sqrt(np.mean((out - y_train) ** 2))))
    if epoch % 40 == 0:
        print("epoch", epoch, "train rmse", round(history[-1], 4))

_, forecast = forward(params, x_test)
if plt is not None:
    plt.plot(y_test[:100], label="series")
    plt.plot(forecast[:100], label="forecast")
    plt.legend()
    plt.close()

print("mean of the forecasts", forecast.mean(), "mean of the series", y_test.mean())
print("test RMSE:", np.sqrt(np.mean((forecast - y_test) ** 2)))
