# neural network with no libraries!!  parity of 3 bits
import math
import random

random.seed(2)

N_IN = 3
N_HID = 8
RATE = 0.5
EPOCHS = 150

def act(x):
    return 1 / (1 + math.exp(-x))

patterns = []
for a in (0, 1):
    for b in (0, 1):
        for c in (0, 1):
            patterns.append(([a, b, c], (a + b + c) % 2))

# last entry of every weight list is the bias
hid_w = [[random.uniform(-2, 2) for _ in range(N_IN + 1)] for _ in range(N_HID)]
out_w = [random.uniform(-1, 1) for _ in range(N_HID + 1)]

def forward(inp):
    hid = []
    for j in range(N_HID):
        s = hid_w[j][N_IN]
        for i in range(N_IN):
            s += hid_w[j][i] * inp[i]
        hid.append(act(s))
    s = out_w[N_HID]
    for j in range(N_HID):
        s += out_w[j] * hid[j]
    return hid, act(s)

for ep in range(EPOCHS):
    total = 0
    random.shuffle(patterns)
    for inp, target in patterns:
        hid, out = forward(inp)
        total += (target - out) ** 2

        # delta of output
        d_out = (target - out) * out * (1 - out)

        # deltas of hidden
        d_hid = []
        for j in range(N_HID):
            d_hid.append(d_out * out_w[j] * hid[j] * (1 - hid[j]))

        # change the output weights
        for j in range(N_HID):
            out_w[j] += RATE * d_out * hid[j]
        out_w[N_HID] += RATE * d_out

        # change the hidden weights
        for j in range(N_HID):
            h = hid_w[j]
        for i in range(N_IN):
            h[i] += RATE * d_hid[j] * inp[i]
        h[N_IN] += RATE * d_hid[j]
    if ep % (EPOCHS // 5) == 0:
        print("epoch", ep, "error", total)

ok = 0
for inp, target in patterns:
    _, out = forward(inp)
    print(inp, target, round(out, 3))
    if (out > 0.5) == (target == 1):
        ok += 1
print("correct:", ok / len(patterns))
