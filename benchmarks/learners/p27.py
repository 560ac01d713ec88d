import random
from math import exp

random.seed(15)

HIDDEN = 6
lr = 0.5


def rnd():
    return random.uniform(-1, 1)


# w_in[j] = weights of hidden unit j: x, y, bias
w_in = [[rnd(), rnd(), rnd()]] * HIDDEN
w_out = []
for k in range(3):
    w_out.append([rnd() for _ in range(HIDDEN + 1)])


def squash(v):
    if v < -50:
        return 0.0
    return 1 / (1 + exp(-v))


def think(pt):
    hid = []
    for w in w_in:
        hid.append(squash(w[0] * pt[0] + w[1] * pt[1] + w[2]))
    outs = []
    for w in w_out:
        total = w[-1]
        for j, h in enumerate(hid):
            total += w[j] * h
        outs.append(squash(total))
    return hid, outs


def teach(pt, cls):
    hid, outs = think(pt)
    d_out = []
    for k in range(3):
        wanted = 1 if k == cls else 0
        d_out.append((outs[k] - wanted) * outs[k] * (1 - outs[k]))
    d_hid = []
    for j in range(HIDDEN):
        back = 0
        for k in range(3):
            back += d_out[k] * w_out[k][j]
        d_hid.append(back * hid[j] * (1 - hid[j]))
    for k in range(3):
        for j in range(HIDDEN):
            w_out[k][j] -= lr * d_out[k] * hid[j]
        w_out[k][-1] -= lr * d_out[k]
    for j in range(HIDDEN):
        w_in[j][0] += lr * d_hid[j] * pt[0]
        w_in[j][1] += lr * d_hid[j] * pt[1]
        w_in[j][2] += lr * d_hid[j]


def cloud(cx, cy, cls, n):
    return [((random.gauss(cx, 0.35), random.gauss(cy, 0.35)), cls) for _ in range(n)]


# 0 and 1 have two clouds in opposite corners, 2 is the middle
points = (cloud(-1.5, -1.5, 0, 25) + cloud(1.5, 1.5, 0, 25)
          + cloud(-1.5, 1.5, 1, 25) + cloud(1.5, -1.5, 1, 25)
          + cloud(0, 0, 2, 50))

for epoch in range(200):
    random.shuffle(points)
    for pt, cls in points:
        teach(pt, cls)
    if epoch % 10 == 0:
        wrong = 0
        for pt, cls in points:
            outs = think(pt)[1]
            if outs.index(max(outs)) != cls:
                wrong += 1
        print("epoch", epoch, "wrong", wrong)

ok = 0
for pt, cls in points:
    outs = think(pt)[1]
    ok += outs.index(max(outs)) == cls
print("fraction right", ok / len(points))
