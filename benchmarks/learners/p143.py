import numpy as np

rng = np.random.default_rng(365)

# four years of made-up daily temperatures
days = np.arange(4 * 365)
season = 10 - 9 * np.cos(2 * np.pi * days / 365)
weather = np.zeros(len(days))
for i in range(1, len(days)):
    weather[i] = 0.8 * weather[i - 1] + rng.normal(0, 1.6)
temperature = season + weather

mean = temperature[:1095].mean()
std = temperature[:1095].std()
scaled = (temperature - mean) / std


class Forecaster:
    """last 7 days -> tomorrow"""

    def __init__(self, days=7, hidden=14):
        self.days = days
        self.w1 = rng.normal(0, 1 / np.sqrt(days), (days, hidden))
        self.b1 = np.zeros(hidden)
        self.w2 = rng.normal(0, 1 / np.sqrt(hidden), (hidden, 1))
        self.b2 = np.zeros(1)

    def cut(self, series):
        x = np.lib.stride_tricks.sliding_window_view(series[:-1], self.days)
        y = series[self.days:]
        return x, y

    def __call__(self, x):
        self.h = np.tanh(x @ self.w1 + self.b1)
        return self.h @ self.w2 + self.b2

    def train(self, series, epochs, lr, size=30):
        x, y = self.cut(series)
        for epoch in range(epochs):
            order = rng.permutation(len(x))
            total = 0
            for s in range(0, len(x), size):
                xb, yb = x[order[s:s + size]], y[order[s:s + size]]
                out = self(xb)
                diff = out - yb
                total += np.sum(diff ** 2)
                # mean over the batch
                d = diff.mean(axis=1, keepdims=True) / len(xb)
                dh = d @ self.w2.T * (1 - self.h ** 2)
                self.w2 -= lr * self.h.T @ d
                self.b2 -= lr * d.sum(axis=0)
                self.w1 -= lr * xb.T @ dh
                self.b1 -= lr * dh.sum(axis=0)
            if epoch % 50 == 0:
                print("epoch", epoch, "loss", total / len(x))


net = Forecaster()
net.train(scaled[:1095], epochs=1, lr=0.02)

x_last, _ = net.cut(scaled[1095:])
forecast = net(x_last)[:, 0] * std + mean
real = temperature[1095 + net.days:]
print("first forecasts", np.round(forecast[:5], 1))
print("first real ones", np.round(real[:5], 1))
print("RMSE in degrees:", np.sqrt(np.mean((forecast - real) ** 2)))
