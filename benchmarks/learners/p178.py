# point in triangle, no numpy. Weight steps by Rprop (Riedmiller/Braun), so there is no learning rate.
import math
import random

random.seed(20)

CORNERS = [(-0.9, -0.8), (0.9, -0.5), (-0.1, 0.95)]
HIDDEN = 6


def inside(px, py):
    signs = []
    for k in range(3):
        (x1, y1), (x2, y2) = CORNERS[k], CORNERS[(k + 1) % 3]
        signs.append((x2 - x1) * (py - y1) - (y2 - y1) * (px - x1) > 0)
    return all(signs) or not any(signs)


def make(n):
    points = []
    while len(points) < n:
        p = (random.uniform(-1, 1), random.uniform(-1, 1))
        wanted = inside(*p)
        # same number of both kinds
        if wanted == (len(points) % 2 == 0):
            points.append((p[0], p[1], 0.9 if wanted else -0.9))
    return points


train = make(160)
test = make(200)

# each hidden row: weight x, weight y, bias
weights = {"hid": [[random.uniform(-1, 1) for _ in range(3)] for _ in range(HIDDEN)],
           "out": [[random.uniform(-1, 1) for _ in range(HIDDEN + 1)]]}


def like(w, value):
    return {k: [[value] * len(row) for row in rows] for k, rows in w.items()}


step_size = like(weights, 0.05)
old_sign = like(weights, 0)


def think(x, y):
    h = [math.tanh(a * x + b * y + c) for a, b, c in weights["hid"]]
    row = weights["out"][0]
    return h, math.tanh(sum(w * v for w, v in zip(row, h)) + row[HIDDEN])


for epoch in range(900):
    grad = like(weights, 0.0)
    error = 0.0
    for x, y, t in train:
        h, o = think(x, y)
        error += (o - t) ** 2
        d = (o - t) * (1 - o * o)
        for j in range(HIDDEN):
            grad["out"][0][j] += d * h[j]
            dh = d * weights["out"][0][j] * (1 - h[j] * h[j])
            grad["hid"][j][0] += dh * x
            grad["hid"][j][1] += dh * y
            grad["hid"][j][2] += dh
        grad["out"][0][HIDDEN] += d

    for k in weights:
        for r in range(len(weights[k])):
            for c in range(len(weights[k][r])):
                g = grad[k][r][c]
                sign = (g > 0) - (g < 0)
                if sign * old_sign[k][r][c] > 0:
                    step_size[k][r][c] = min(step_size[k][r][c] * 1.2, 1.0)
                elif sign * old_sign[k][r][c] < 0:
                    step_size[k][r][c] = max(step_size[k][r][c] * 0.5, 1e-6)
                    sign = 0
                weights[k][r][c] -= sign * step_size[k][r][c]
                old_sign[k][r][c] = sign
    if epoch % 150 == 0:
        print("epoch", epoch, "error", error / len(train))

good = sum(1 for x, y, t in test if (think(x, y)[1] > 0) == (t > 0))
print("good answers:", good, "of", len(test))
print("share:", good / len(test))
