"""No numpy at all: a 2-10-1 network in plain lists, gradients summed over a batch of samples."""
import math
import random

random.seed(0)


def sig(x):
    return 1 / (1 + math.exp(-x))


def zeros(n, m):
    return [[0.0] * m for _ in range(n)]


# points inside of a ring or not
data = []
for _ in range(200):
    x, y = random.uniform(-1, 1), random.uniform(-1, 1)
    data.append(([x, y], 1 if 0.3 < x * x + y * y < 0.9 else 0))

n_in, n_hid = 2, 10
w1 = [[random.gauss(0, 2) for _ in range(n_in)] for _ in range(n_hid)]
b1 = [random.gauss(0, 1) for _ in range(n_hid)]
w2 = [random.gauss(0, 1) for _ in range(n_hid)]
b2 = 0.0


def forward(x):
    hid = []
    for j in range(n_hid):
        s = b1[j]
        for i in range(n_in):
            s += w1[j][i] * x[i]
        hid.append(math.tanh(s))
    s = b2
    for j in range(n_hid):
        s += w2[j] * hid[j]
    return hid, sig(s)


rate, batch = 0.5, 10
for epoch in range(400):
    random.shuffle(data)
    loss = 0.0
    for start in range(0, len(data), batch):
        part = data[start:start + batch]
        gw1, gb1 = zeros(n_hid, n_in), [0.0] * n_hid
        gw2, gb2 = [0.0] * n_hid, 0.0
        for x, t in part:
            hid, out = forward(x)
            loss -= math.log(out) if t == 1 else math.log(1 - out)
            d_out = out - t
            gb2 += d_out
            for j in range(n_hid):
                gw2[j] += d_out * hid[j]
                d_hid = d_out * w2[j] * (1 - hid[j] ** 2)
                gb1[j] += d_hid
                for i in range(n_in):
                    gw1[j][i] += d_hid * x[i]
        for j in range(n_hid):
            w2[j] -= rate * gw2[j] / len(part)
            b1[j] -= rate * gb1[j] / len(part)
            for i in range(n_in):
                w1[j][i] -= rate * gw1[j][i] / len(part)
        b2 -= rate * gb2 / len(part)
    if epoch % 40 == 0:
        print("epoch", epoch, "loss", round(loss / len(data), 6))

hits = sum((forward(x)[1] > 0.5) == (t == 1) for x, t in data)
print("share right", hits / len(data))
