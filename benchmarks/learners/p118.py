# No numpy in the network itself, only for reading the file. Must port to a microcontroller later.
import math
import random
import numpy as np

CLASSES = [0, 1, 7]
random.seed(5)

file = np.load("digits.npz")


def compress(img):
    # 28x28 -> 7x7 by averaging 4x4 tiles
    small = []
    for r in range(0, 28, 4):
        for c in range(0, 28, 4):
            small.append(float(img[r:r + 4, c:c + 4].mean()) / 255.0)
    return small


def read(images, labels, limit):
    rows = []
    for img, lab in zip(images, labels):
        if int(lab) in CLASSES and len(rows) < limit:
            rows.append((compress(img), CLASSES.index(int(lab))))
    return rows


train = read(file["images"], file["labels"], 240)
test = read(file["test_images"], file["test_labels"], 100)

NI, NH, NO = 49, 10, 3
wh = [[random.gauss(0, 0.3) for _ in range(NI + 1)] for _ in range(NH)]   # last one is the bias
wo = [[random.gauss(0, 0.3) for _ in range(NH + 1)] for _ in range(NO)]


def act(v):
    return math.tanh(v)


def run(x):
    hid = []
    for row in wh:
        hid.append(act(sum(a * b for a, b in zip(row, x)) + row[NI]))
    raw = [sum(a * b for a, b in zip(row, hid)) + row[NH] for row in wo]
    top = max(raw)
    ex = [math.exp(v - top) for v in raw]
    tot = sum(ex)
    return hid, [v / tot for v in ex]


RATE = 0.1
BATCH = 10
gh = [[0.0] * (NI + 1)] * NH
go = [[0.0] * (NH + 1) for _ in range(NO)]

for epoch in range(15):
    random.shuffle(train)
    loss = 0.0
    for n, (x, c) in enumerate(train):
        hid, out = run(x)
        loss -= math.log(out[c] + 1e-9)
        d_out = [out[k] - (1.0 if k == c else 0.0) for k in range(NO)]
        for j in range(NH):
            d = sum(d_out[k] * wo[k][j] for k in range(NO)) * (1 - hid[j] * hid[j])
            for i in range(NI):
                gh[j][i] += d * x[i]
            gh[j][NI] += d
        for k in range(NO):
            for j in range(NH):
                go[k][j] += d_out[k] * hid[j]
            go[k][NH] += d_out[k]

        if (n + 1) % BATCH == 0:
            for rows, grads in ((wh, gh), (wo, go)):
                for row, g in zip(rows, grads):
                    for i in range(len(row)):
                        row[i] -= RATE * g[i]
            # forget the last batch
            gh = [[0.0] * (NI + 1) for _ in range(NH)]
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", loss / len(train))

hits = 0
for x, c in test:
    _, out = run(x)
    if out.index(min(out)) == c:
        hits += 1
print("accuracy", hits / len(test))
