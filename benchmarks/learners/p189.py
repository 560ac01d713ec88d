# forecast of a series with a little MLP
# window of the last LAG values  ->  the value after it
import numpy as np

np.random.seed(8)
LAG = 10
HIDDEN = 12


def make_series(n=700):
    t = np.arange(n)
    s = (2 + t / 250.0) * np.sin(2 * np.pi * t / 9.0) + 1.5 * np.sin(2 * np.pi * t / 5.3 + 1)
    s = s + 0.4 * np.abs(s) + t / 300.0
    return s + 0.15 * np.random.randn(n)


def windows(s):
    rows, targets = [], []
    for i in range(len(s) - LAG):
        rows.append(s[i:i + LAG])
        targets.append(s[i + LAG - 1])
    return np.array(rows), np.array(targets).reshape(-1, 1)


def squeeze(s, lo, hi):
    """ to -1..1 """
    return 2 * (s - lo) / (hi - lo) - 1


def unsqueeze(s, lo, hi):
    return (s + 1) / 2 * (hi - lo) + lo


def train(X, Y, rate=0.1, beta=0.9, steps=6000):
    W = np.random.randn(LAG, HIDDEN) / np.sqrt(LAG)
    b = np.zeros(HIDDEN)
    V = np.random.randn(HIDDEN, 1) / np.sqrt(HIDDEN)
    c = np.zeros(1)
    mW, mb, mV, mc = 0, 0, 0, 0
    n = len(X)
    for k in range(steps):
        H = np.tanh(X @ W + b)
        O = H @ V + c
        E = O - Y
        gV = H.T @ E / n
        gc = E.mean(axis=0)
        D = E @ V.T
        gW = X.T @ D / n
        gb = D.mean(axis=0)
        mW = beta * mW + gW
        mb = beta * mb + gb
        mV = beta * mV + gV
        mc = beta * mc + gc
        W -= rate * mW
        b -= rate * mb
        V -= rate * mV
        c -= rate * mc
        if k % 1000 == 0:
            print("step", k, "mse", float(np.mean(E ** 2)))
    return W, b, V, c


def forecast(model, X):
    W, b, V, c = model
    return np.tanh(X @ W + b) @ V + c


series = make_series()
past, future = series[:500], series[500:]
lo, hi = past.min(), past.max()

X, Y = windows(squeeze(past, lo, hi))
model = train(X, Y)

Xf, _ = windows(squeeze(future, future.min(), future.max()))
guess = unsqueeze(forecast(model, Xf), lo, hi)[:, 0]
real = future[LAG:]
for g, r in zip(guess[:6], real[:6]):
    print("forecast %6.2f    real %6.2f" % (g, r))
print("RMSE of the forecast:", np.sqrt(np.mean((guess - real) ** 2)))
