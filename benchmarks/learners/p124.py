# house prices (thousands) from size m2, rooms, age, distance to centre km
# typed in from the exercise sheet; the rest is generated with the same formula + noise
import numpy as np

np.random.seed(5)

TABLE = """
120 4 10 5 318.0
80 3 30 2 243.1
60 2 5 8 157.9
150 5 40 12 300.2
95 3 15 3 277.5
45 1 50 1 139.4
200 6 3 15 474.8
70 2 22 6 172.0
"""


def read(text):
    rows = []
    for line in text.strip().split("\n"):
        rows.append([float(v) for v in line.split()])
    return np.array(rows)


def price(size, rooms, age, dist):
    return 2.0 * size + 15 * rooms - 1.2 * age + 60 * np.exp(-dist / 4) + 0.004 * size ** 2 - 10


def make(n):
    size = np.random.uniform(40, 200, n)
    rooms = np.round(size / 35 + np.random.uniform(-0.6, 0.6, n))
    age = np.random.uniform(0, 60, n)
    dist = np.random.uniform(0.5, 15, n)
    p = price(size, rooms, age, dist) + np.random.normal(0, 6, n)
    return np.stack([size, rooms, age, dist, p], 1)


train = np.vstack([read(TABLE), make(292)])
test = make(100)

lo, hi = train.min(0), train.max(0)


def squeeze(a):
    # everything between -1 and 1, by the TRAINING minimum and maximum
    return 2 * (a - lo) / (hi - lo) - 1


tr, te = squeeze(train), squeeze(test)
P = {}
sizes = [4, 10, 1]
for l in range(1, 3):
    P["W%d" % l] = (np.random.rand(sizes[l], sizes[l - 1]) - 0.5) * 2 / sizes[l - 1] ** 0.5
    P["b%d" % l] = np.zeros((sizes[l], 1))


def run(P, x):
    h = np.tanh(P["W1"] @ x + P["b1"])
    return h, P["W2"] @ h + P["b2"]


def grads(P, x, t):
    h, o = run(P, x)
    # d/do of (o - t)^2 / 2
    e = (o - t) / x.shape[1]
    back = (P["W2"].T @ e) * (1 - h * h)
    return {"W2": e @ h.T, "b2": e.sum(1, keepdims=True),
            "W1": back @ x.T, "b1": back.sum(1, keepdims=True)}, float(((o - t) ** 2).mean())


x, t = tr[:, :4].T, tr[:, 4:].T
for it in range(8000):
    G, err = grads(P, x, t)
    for k in P:
        P[k] = P[k] - 0.2 * G[k]
    if it % 2000 == 0:
        print("iteration", it, "error", err)

_, o = run(P, te[:, :4].T)
# back to thousands
guess = (o[0] + 1) / 2 * (hi[4] - lo[4]) + lo[4]
for g, real in list(zip(guess, test[:, 4]))[:5]:
    print("%.1f  (really %.1f)" % (g, real))
print("mean absolute error in thousands: %.3f" % np.abs(guess - test[:, 4]).mean())
