# forward kinematics of a robot arm: (shoulder, elbow) in degrees -> hand (x, y) in cm
# no numpy on the robot, so everything by hand
import math
import random

random.seed(58)
UPPER, LOWER = 30.0, 20.0


def hand(s, e):
    a = math.radians(s)
    b = math.radians(s + e)
    return UPPER * math.cos(a) + LOWER * math.cos(b), UPPER * math.sin(a) + LOWER * math.sin(b)


def dataset(n):
    xs, ys = [], []
    for _ in range(n):
        s, e = random.uniform(0, 120), random.uniform(0, 130)
        x, y = hand(s, e)
        xs.append([(s - 60) / 40, (e - 65) / 40])
        ys.append([x / 25, (y - 20) / 25])
    return xs, ys


xs, ys = dataset(150)
xs_new, ys_new = dataset(100)

n_in, n_hid, n_out = 2, 20, 2
w1 = [[random.gauss(0, 1) for i in range(n_in)] for j in range(n_hid)]
b1 = [random.uniform(-1.0, 1.0) for j in range(n_hid)]
w2 = [[random.gauss(0, 0.25) for j in range(n_hid)] for k in range(n_out)]
b2 = [0.0 for k in range(n_out)]


def predict(x):
    z = []
    for j in range(n_hid):
        total = 0.0
        for i in range(n_in):
            total += w1[j][i] * x[i]
        z.append(total)
    h = [v if v > 0 else 0.0 for v in z]
    out = []
    for k in range(n_out):
        total = 0.0
        for j in range(n_hid):
            total += w2[k][j] * h[j]
        out.append(total)
    return h, out


rate = 0.1
for epoch in range(401):
    gw1 = [[0.0] * n_in for j in range(n_hid)]
    gb1 = [0.0] * n_hid
    gw2 = [[0.0] * n_hid for k in range(n_out)]
    gb2 = [0.0] * n_out
    cost = 0.0
    for x, y in zip(xs, ys):
        h, out = predict(x)
        d = [out[k] - y[k] for k in range(n_out)]
        cost += sum(v * v for v in d) / 2
        for k in range(n_out):
            gb2[k] += d[k]
            for j in range(n_hid):
                gw2[k][j] += d[k] * h[j]
        for j in range(n_hid):
            if h[j] > 0:
                back = 0.0
                for k in range(n_out):
                    back += d[k] * w2[k][j]
                gb1[j] += back
                for i in range(n_in):
                    gw1[j][i] += back * x[i]
    step = rate / len(xs)
    for j in range(n_hid):
        b1[j] -= step * gb1[j]
        for i in range(n_in):
            w1[j][i] -= step * gw1[j][i]
    for k in range(n_out):
        b2[k] -= step * gb2[k]
        for j in range(n_hid):
            w2[k][j] -= step * gw2[k][j]
    if epoch % 50 == 0:
        print("epoch", epoch, "cost", cost / len(xs))

miss = 0.0
for x, y in zip(xs_new, ys_new):
    h, out = predict(x)
    miss += math.hypot(25 * (out[0] - y[0]), 25 * (out[1] - y[1]))
print("hand misses by (cm):", miss / len(xs_new))
