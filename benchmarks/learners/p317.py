# two moons without numpy
import math
import random

random.seed(3)


def moons(n):
    data = []
    for i in range(n):
        a = random.uniform(0, math.pi)
        k = 1 if random.random() < 0.35 else 0      # fewer of the lower moon
        x = math.cos(a) if k == 0 else 1 - math.cos(a)
        y = math.sin(a) if k == 0 else 0.5 - math.sin(a)
        data.append(([[x + random.gauss(0, 0.12), y + random.gauss(0, 0.12)]], k))
    return data


def dot(A, B):
    return [[sum(a * b for a, b in zip(row, col)) for col in zip(*B)] for row in A]


def sigmoid(z):
    return 1 / (1 + math.exp(-max(-40, min(40, z))))


H = 10
ALPHA = [1.0, 1.5]      # weight of a 0 and of a 1
syn0 = [[random.gauss(0, 1) for _ in range(H)] for _ in range(2)]
bias0 = [[0.0] * H]
syn1 = [[random.gauss(0, 0.4) for _ in range(2)] for _ in range(H)]
params = [syn0, bias0, syn1]
m = [[[0.0] * len(r) for r in p] for p in params]
v = [[[0.0] * len(r) for r in p] for p in params]


def forward(l0, p):
    z1 = [[z + b for z, b in zip(dot(l0, p[0])[0], p[1][0])]]
    l1 = [[math.sin(z) for z in z1[0]]]
    l2 = [[sigmoid(z) for z in dot(l1, p[2])[0]]]
    return z1, l1, l2


def focal(p, t):
    """loss and its slope by the sum before the sigmoid; p for one of the two halves, t = 0 or 1"""
    pt = p if t else 1 - p
    loss = -ALPHA[t] * (1 - pt) * math.log(pt + 1e-12)
    slope = ALPHA[t] * (1 - pt) * (pt * math.log(pt + 1e-12) - (1 - pt))
    return loss, slope if t else -slope


def grow(data, epochs, lr=0.01, b1=0.9, b2=0.999, wd=0.001):
    t = 0
    for epoch in range(epochs):
        size = 4 + epoch // 3
        random.shuffle(data)
        total = 0
        for s in range(0, len(data), size):
            batch = data[s:s + size]
            g = [[[0.0] * len(r) for r in p] for p in params]
            for l0, k in batch:
                z1, l1, l2 = forward(l0, params)
                l2_delta = []
                for j in range(2):
                    loss, d = focal(l2[0][j], int(j == k))
                    total += loss / len(data)
                    l2_delta.append(d / len(batch))
                for h in range(H):
                    e = sum(l2_delta[j] * syn1[h][j] for j in range(2)) * math.cos(z1[0][h])
                    for j in range(2):
                        g[2][h][j] += l1[0][h] * l2_delta[j]
                    for i in range(2):
                        g[0][i][h] += l0[0][i] * e
                    g[1][0][h] += e
            t += 1
            for p, gp, mp, vp in zip(params, g, m, v):
                for r in range(len(p)):
                    for c in range(len(p[r])):
                        mp[r][c] = b1 * mp[r][c] + (1 - b1) * gp[r][c]
                        vp[r][c] = b2 * vp[r][c] + (1 - b2) * gp[r][c] ** 2
                        mh, vh = mp[r][c] / (1 - b1 ** t), vp[r][c] / (1 - b2 ** t)
                        p[r][c] -= lr * (mh / (math.sqrt(vh) + 1e-8) + wd * p[r][c])
        yield epoch, total


train, test = moons(240), moons(200)
best_loss, best = 1e9, None
for epoch, total in grow(train, 60):
    if total < best_loss:
        best_loss = total
        best = params
    if epoch % 10 == 0:
        print(epoch, total)

right = 0
for l0, k in test:
    l2 = forward(l0, best)[-1][0]
    right += int(l2[1] > l2[0]) == k
print("best loss", best_loss)
print("right", right / len(test))
