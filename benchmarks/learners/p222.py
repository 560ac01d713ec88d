# reads the display of our old alarm clock
import random
from math import exp, log

random.seed(321)

SEGMENTS = [
    "1110111",  # 0
    "0010010",
    "1011101",
    "1011011",
    "0111010",
    "1101011",
    "1101111",
    "1010010",
    "1111111",
    "1111011",  # 9
]


def look(digit):
    """the 7 segments, each flickers with 3 %, and 3 lamps (alarm, am/pm, colon) that mean nothing"""
    lamps = [int(c) for c in SEGMENTS[digit]]
    lamps = [1 - s if random.random() < 0.03 else s for s in lamps]
    return lamps + [random.randint(0, 1) for _ in range(3)]


def pages(n):
    return [(look(k % 10), k % 10) for k in range(n)]


train, test = pages(300), pages(400)

n_in, n_hid, n_out = 10, 14, 10

w1 = [[random.uniform(-0.6, 0.6) for _ in range(n_in)]] * n_hid
b1 = [0.0] * n_hid
w2 = [[random.uniform(-0.6, 0.6) for _ in range(n_hid)] for _ in range(n_out)]
b2 = [0.0] * n_out


def relu(v):
    return v if v > 0 else 0.0


def dot(u, v):
    return sum(a * b for a, b in zip(u, v))


def forward(x):
    h = [relu(dot(w, x) + b) for w, b in zip(w1, b1)]
    z = [dot(w, h) + b for w, b in zip(w2, b2)]
    top = max(z)
    e = [exp(v - top) for v in z]
    total = sum(e)
    return h, [v / total for v in e]


def learn(x, digit, lr):
    h, p = forward(x)
    d_out = [p[k] - (1 if k == digit else 0) for k in range(n_out)]
    d_hid = [sum(d_out[k] * w2[k][j] for k in range(n_out)) if h[j] > 0 else 0.0 for j in range(n_hid)]
    for k in range(n_out):
        for j in range(n_hid):
            w2[k][j] -= lr * d_out[k] * h[j]
        b2[k] -= lr * d_out[k]
    for j in range(n_hid):
        if d_hid[j] == 0:
            continue
        for i in range(n_in):
            w1[j][i] -= lr * d_hid[j] * x[i]
        b1[j] -= lr * d_hid[j]
    return -log(p[digit] + 1e-12)


for epoch in range(40):
    random.shuffle(train)
    loss = sum(learn(x, digit, 0.03) for x, digit in train) / len(train)
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", round(loss, 4))

said = []
for x, digit in test:
    p = forward(x)[1]
    said.append(p.index(max(p)))
print("digits that it says:", sorted(set(said)))
print("share of right answers:", sum(s == d for s, (x, d) in zip(said, test)) / len(test))
