# darts: does the dart hit a white ring (+1) or a black ring (-1)?
# no numpy on purpose
import math
import random

random.seed(3)


def throw():
    x = random.uniform(-1.6, 1.6)
    y = random.uniform(-1.6, 1.6)
    dist = math.sqrt((x - 0.2) ** 2 + (y + 0.1) ** 2)
    if dist < 0.6:
        colour = 1
    elif dist < 1.25:
        colour = -1
    else:
        colour = 1
    return [x, y], colour


data = [throw() for i in range(500)]
train = data[:350]
test = data[350:]

H = 16
# each row: weight of x, weight of y, bias
hidden = []
for j in range(H):
    hidden.append([random.gauss(0, 1), random.gauss(0, 1), 0.0])
outer = [random.gauss(0, 0.3) for j in range(H + 1)]


def forward(p):
    zs = []
    hs = []
    for row in hidden:
        z = row[0] * p[0] + row[1] * p[1] + row[2]
        zs.append(z)
        if z > 0:
            hs.append(z)
        else:
            hs.append(0.1 * z)
    o = outer[H]
    for j in range(H):
        o += outer[j] * hs[j]
    return zs, hs, o


epochs = 220
for epoch in range(epochs):
    # cosine from 0.02 down to nearly 0
    rate = 0.01 * (1 + math.cos(math.pi * epoch / epochs))
    random.shuffle(train)
    loss = 0
    for p, t in train:
        zs, hs, o = forward(p)
        err = o - t
        loss += err * err
        for j in range(H):
            # derivative of the leaky relu
            slope = 1 if zs[j] > 0 else 0.1
            dz = err * outer[j] * slope
            outer[j] -= rate * err * hs[j]
            row = hidden[j][:]
            row[0] -= rate * dz * p[0]
            row[1] -= rate * dz * p[1]
            row[2] -= rate * dz
        outer[H] -= rate * err
    if epoch % 25 == 0:
        print("epoch", epoch, "mse", round(loss / len(train), 4), "rate", round(rate, 5))

good = 0
for p, t in test:
    o = forward(p)[2]
    if (o > 0 and t == 1) or (o <= 0 and t == -1):
        good += 1
print("white/black right:", good / len(test))
