# Tide predictor.  Input: hours since midnight, output: water height in cm
import numpy as np

rng = np.random.default_rng(12)


def tide(h):
    return 310 + 120 * np.sin(2 * np.pi * h / 12.4) + 35 * np.cos(2 * np.pi * h / 24.8 + 0.5)


hours = rng.uniform(0, 36, (200, 1))
height = tide(hours) + rng.normal(0, 4, hours.shape)
hours_test = rng.uniform(0, 36, (150, 1))
height_test = tide(hours_test) + rng.normal(0, 4, hours_test.shape)

# my harbour guide says mean and spread are everything :)
h_mean, h_std = hours.mean(), hours.std()
t_mean, t_std = height.mean(), height.std()

x = (hours - h_mean) / h_std
y = (height - t_mean) / t_std
x_test = (hours_test - h_mean) / h_std


class TideNet:
    def __init__(self, n_hidden, lr=0.05, mom=0.9):
        self.W1 = rng.normal(0, 3.0, (1, n_hidden))
        self.b1 = rng.normal(0, 2.0, n_hidden)
        self.W2 = rng.normal(0, 1 / np.sqrt(n_hidden), (n_hidden, 1))
        self.b2 = np.zeros(1)
        self.lr, self.mom = lr, mom
        self.vel = [0, 0, 0, 0]

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def train_step(self, x, y):
        out = self.forward(x)
        err = out - y
        d_out = 2 * err / len(x)
        d_h = d_out @ self.W2.T * (1 - self.h ** 2)
        grads = [self.x.T @ d_h, d_h.sum(0), self.h.T @ d_out, d_out.sum(0)]
        for i, (p, g) in enumerate(zip((self.W1, self.b1, self.W2, self.b2), grads)):
            self.vel[i] = self.mom * self.vel[i] - self.lr * g
            p += self.vel[i]
        return np.mean(err ** 2)


net = TideNet(20)
history = []
for it in range(4000):
    history.append(net.train_step(x, y))
    if it % 500 == 0:
        print(f"it {it:5d}  mse {history[-1]:.5f}")
print("train mse at the end", history[-1])

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    plt.semilogy(history)
    plt.close()
except ImportError:
    pass

pred = net.forward(x_test)
rmse = np.sqrt(np.mean((pred - height_test) ** 2))
print("test: the height is wrong by (rmse)", rmse)
