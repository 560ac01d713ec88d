import numpy as np
from types import SimpleNamespace

np.random.seed(2024)

# ---------------------------------------------------------------- data
def bikes(n):
    hour = np.random.randint(0, 24, n)
    work = (np.random.rand(n) < 5 / 7).astype(float)      # working day?
    temp = np.random.normal(14, 8, n)
    rain = (np.random.rand(n) < 0.2).astype(float)
    rush = np.exp(-(hour - 8) ** 2 / 4) + np.exp(-(hour - 18) ** 2 / 6)
    free = np.exp(-(hour - 14) ** 2 / 25)
    base = work * 330 * rush + (1 - work) * 260 * free + 40 * (hour > 6)
    warm = 1 / (1 + np.exp(-(temp - 10) / 5))
    cnt = base * (0.4 + 0.8 * warm) * (1 - 0.6 * rain) + np.random.normal(0, 8, n)
    angle = 2 * np.pi * hour / 24
    X = np.column_stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle),
                         2 * work - 1, (temp - 14) / 8, 2 * rain - 1])
    return X, np.maximum(cnt, 0)


X, bikes_train = bikes(600)
X2, bikes_test = bikes(300)
# number of bikes / 100, so it is about 0 to 4
y = bikes_train / 100

# ---------------------------------------------------------------- network 7 - 20 - 1
p = SimpleNamespace()
p.W1 = np.zeros((7, 20))
p.b1 = np.zeros(20)
p.w2 = np.zeros(20)
p.b2 = 0.0


def net(X):
    h = np.tanh(X @ p.W1 + p.b1)
    return h, h @ p.w2 + p.b2


lr = 0.1
steps = 120
for step in range(1, steps + 1):
    h, out = net(X)
    diff = out - y
    # backprop
    g_w2 = h.T @ diff
    g_b2 = diff.sum()
    d_h = np.outer(diff, p.w2) * (1 - h ** 2)
    g_W1 = X.T @ d_h
    g_b1 = d_h.sum(axis=0)

    k = lr
    p.W1 -= k * g_W1
    p.b1 -= k * g_b1
    p.w2 -= k * g_w2
    p.b2 -= k * g_b2
    if step % (steps // 6) == 0:
        print("step", step, "mean squared error", (diff ** 2).mean())

# ---------------------------------------------------------------- how good is it
h, out = net(X2)
guess = out * 100
print("guess", guess[:8].astype(int) if np.all(np.isfinite(guess)) else guess[:8])
print("real ", bikes_test[:8].astype(int))
print("mean abs error in bikes:", np.abs(guess - bikes_test).mean())
