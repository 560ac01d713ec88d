# Temperature over the day is roughly 20 + 8*sin(x), fit it with a small net.
# bias trick: column of ones appended with np.c_ so no separate b vectors
import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(5)

x = rng.uniform(-np.pi, np.pi, size=(200, 1))
y = 20 + 8 * np.sin(x) + rng.normal(0, 0.5, size=(200, 1))
x_test = np.linspace(-3, 3, 100).reshape(-1, 1)
y_test = 20 + 8 * np.sin(x_test)

H = 20
act_out = np.tanh
slope_out = lambda o: 1 - o ** 2
W = rng.normal(size=(2, H))
V = rng.normal(size=(H + 1, 1)) * 0.3

ones = lambda a: np.c_[a, np.ones(len(a))]
losses = []
eta = 0.0001
epochs = 4000

for ep in range(epochs):
    # forward
    X1 = ones(x)
    h = np.tanh(X1 @ W)
    H1 = ones(h)
    out = act_out(H1 @ V)
    err = out - y
    losses.append((err ** 2).mean())

    # backward
    d_out = err * slope_out(out)
    gV = H1.T @ d_out / len(x)
    d_h = (d_out @ V.T)[:, 1:] * (1 - h ** 2)
    gW = X1.T @ d_h / len(x)

    V -= eta * gV
    W -= eta * gW

    if ep % 500 == 0:
        print(ep, losses[-1])

pred = act_out(ones(np.tanh(ones(x_test) @ W)) @ V)

plt.subplot(1, 2, 1)
plt.plot(losses)
plt.subplot(1, 2, 2)
plt.plot(x_test, y_test, label='true')
plt.plot(x_test, pred, label='net')
plt.legend()
plt.savefig('fit.png')

r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print("R2 on the test grid:", r2)
