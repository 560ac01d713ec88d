# no libraries, I want to understand every number
import math
import random

random.seed(11)

# class 1: points near the middle, class 0: points around them
data = []
for i in range(120):
    a = random.uniform(0, 2 * math.pi)
    r = random.uniform(0.0, 0.8)
    data.append([r * math.cos(a), r * math.sin(a), 1])
for i in range(120):
    a = random.uniform(0, 2 * math.pi)
    r = random.uniform(1.1, 1.8)
    data.append([r * math.cos(a), r * math.sin(a), 0])

test = []
for i in range(200):
    a = random.uniform(0, 2 * math.pi)
    if i % 2 == 0:
        r = random.uniform(0.0, 0.8)
        test.append([r * math.cos(a), r * math.sin(a), 1])
    else:
        r = random.uniform(1.1, 1.8)
        test.append([r * math.cos(a), r * math.sin(a), 0])

N_IN = 3      # x, y and the 1 for the bias
N_HID = 6

w_hid = [[0.5 for i in range(N_IN)] for h in range(N_HID)]
w_out = [0.5 for h in range(N_HID + 1)]


def sig(x):
    return 1 / (1 + math.exp(-x))


def run(inp):
    hid = []
    for h in range(N_HID):
        s = 0
        for i in range(N_IN):
            s += w_hid[h][i] * inp[i]
        hid.append(sig(s))
    hid.append(1)
    s = 0
    for h in range(N_HID + 1):
        s += w_out[h] * hid[h]
    return hid, sig(s)


rate = 0.3

for epoch in range(400):
    err = 0
    for x, y, label in data:
        inp = [x, y, 1]
        hid, out = run(inp)
        err += (label - out) ** 2

        d_out = (label - out) * out * (1 - out)

        for h in range(N_HID + 1):
            w_out[h] += rate * d_out * hid[h]

        d_hid = [d_out * w_out[h] * hid[h] * (1 - hid[h]) for h in range(N_HID)]
        for h in range(N_HID):
            for i in range(N_IN):
                w_hid[h][i] += rate * d_hid[h] * inp[i]
    if epoch % 50 == 0:
        print("epoch", epoch, "error", err / len(data))

right = 0
for x, y, label in test:
    hid, out = run([x, y, 1])
    if (out > 0.5) == (label == 1):
        right += 1
print("right:", right / len(test))
