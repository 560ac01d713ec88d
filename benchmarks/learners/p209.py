import numpy as np
np.random.seed(31)

WINDOW = 12


def make_series(n):
    """fake monthly consumption (MWh) because the real one is confidential"""
    t = np.arange(n)
    season = 30 * np.sin(2 * np.pi * t / 12) + 14 * np.sin(2 * np.pi * t / 6 + 1)
    trend = 200 + 0.16 * t
    return trend + season + np.random.normal(0, 3, n)


def windows(series):
    xs, ys = [], []
    for i in range(len(series) - WINDOW):
        xs.append(series[i:i + WINDOW])
        ys.append(series[i + WINDOW])
    return np.array(xs), np.array(ys)[:, None]


series = make_series(480)
cut = 360
train, test = series[:cut], series[cut:]

mu, sd = train.mean(), train.std()
train_n = (train - mu) / sd
test_n = (test - test.mean()) / test.std()

Xtr, ytr = windows(train_n)
Xte, _ = windows(test_n)
_, yte_mwh = windows(test)
print(Xtr.shape, ytr.shape, Xte.shape)

n_hidden = 20
W1 = np.random.uniform(-1, 1, (WINDOW, n_hidden)) / np.sqrt(WINDOW)
b1 = np.zeros(n_hidden)
W2 = np.random.uniform(-1, 1, (n_hidden, 1)) / np.sqrt(n_hidden)
b2 = np.zeros(1)

rate = 0.02
batch = 16
for epoch in range(200):
    shuffled = np.random.permutation(len(Xtr))
    total = 0
    for s in range(0, len(Xtr), batch):
        pick = shuffled[s:s + batch]
        x, y = Xtr[pick], ytr[pick]
        a = np.tanh(x @ W1 + b1)
        yhat = a @ W2 + b2
        diff = yhat - y
        total += (diff ** 2).sum()
        # chain rule
        gW2 = a.T @ diff / len(x)
        gb2 = diff.mean(axis=0)
        back = diff @ W2.T * (1 - a)
        gW1 = x.T @ back / len(x)
        gb1 = back.mean(axis=0)
        W1 -= rate * gW1
        b1 -= rate * gb1
        W2 -= rate * gW2
        b2 -= rate * gb2
        rate *= 0.98
    if epoch % 20 == 0:
        print("epoch", epoch, "train mse", total / len(Xtr))

forecast = (np.tanh(Xte @ W1 + b1) @ W2 + b2) * sd + mu
mae = np.abs(forecast - yte_mwh).mean()
print("naive (same as last month):", np.abs(np.diff(test)).mean())
print("mean absolute error in MWh:", mae)
