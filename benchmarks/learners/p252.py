# How full is the ring road? 0 = free, 1 = busy, 2 = jam
# the clock goes round, so hour and weekday become points on a circle
import numpy as np
from collections import namedtuple

np.random.seed(61)

n = 1400
hour = np.random.uniform(0, 24, n)
day = np.random.randint(0, 7, n)
rain = np.random.rand(n) < 0.3

peak = lambda h, at, width: np.exp(-((h - at) / width) ** 2)
work = peak(hour, 8, 1.6) * 1.1 + peak(hour, 17.5, 2.2) * 1.2 + 0.35 * peak(hour, 13, 4)
free = 0.9 * peak(hour, 15, 3.5) + 0.3 * peak(hour, 22, 2)
load = np.where(day < 5, work, free) + 0.25 * rain + np.random.normal(0, 0.05, n)
level = np.digitize(load, [0.4, 0.85])
print("free/busy/jam:", np.bincount(level))

circle = lambda v, full: [np.sin(2 * np.pi * v / full), np.cos(2 * np.pi * v / full)]
X = np.stack(circle(hour, 24) + circle(hour, 12) + circle(day, 7) + [rain * 2.0 - 1], axis=1)
Y = np.eye(3)[level] * 0.94 + 0.02          # smoothed labels

train, valid, test = slice(0, 900), slice(900, 1100), slice(1100, n)

Model = namedtuple("Model", "W1 b1 W2 b2 W3 b3")
g = np.random.standard_normal
model = Model(g((7, 32)) * np.sqrt(2 / 7), np.zeros(32),
              g((32, 16)) * np.sqrt(1 / 32), np.zeros(16),
              g((16, 3)) * np.sqrt(1 / 16), np.zeros(3))


def predict(m, x):
    a = np.maximum(x @ m.W1 + m.b1, 0)
    b = np.tanh(a @ m.W2 + m.b2)
    s = b @ m.W3 + m.b3
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return a, b, e / e.sum(axis=1, keepdims=True)


def backprop(m, x, y):
    a, b, p = predict(m, x)
    s = (p - y) / len(x)
    h = s @ m.W3.T * (1 - b * b)
    k = h @ m.W2.T * (a > 0)
    return Model(x.T @ k, k.sum(0), a.T @ h, h.sum(0), b.T @ s, s.sum(0))


def acc(m, part):
    return np.mean(predict(m, X[part])[2].argmax(1) == level[part])


lr = 0.06
best_acc = -1
best = None
EPOCHS = 3

for epoch in range(EPOCHS):
    mix = np.random.permutation(900)
    for k in range(0, 900, 15):
        rows = mix[k:k + 15]
        d = backprop(model, X[rows], Y[rows])
        for name in Model._fields:
            w = getattr(model, name)
            change = lr * getattr(d, name)
        w -= change
    now = acc(model, valid)
    if now > best_acc:
        best_acc = now
        best = model
    if epoch % 20 == 0 or epoch == EPOCHS - 1:
        print("epoch", epoch, "valid", now, "best", best_acc)

print("accuracy on the test part:", acc(best, test))
