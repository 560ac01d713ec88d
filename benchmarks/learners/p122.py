# XOR with a 2-4-1 network, no libraries at all
import random
import math

random.seed(7)

data = [
    [[0, 0], 0],
    [[0, 1], 1],
    [[1, 0], 1],
    [[1, 1], 0],
]

N_IN = 2
N_HID = 4
LR = 0.001
EPOCHS = 40000

w_hidden = [[random.uniform(-1, 1) for _ in range(N_IN)] for _ in range(N_HID)]
b_hidden = [random.uniform(-1, 1) for _ in range(N_HID)]
w_out = [random.uniform(-1, 1) for _ in range(N_HID)]
b_out = 0.0


def sig(x):
    return 1.0 / (1.0 + math.exp(-x))


def forward(x):
    hidden = []
    for j in range(N_HID):
        s = 0.0
        for i in range(N_IN):
            s += w_hidden[j][i] * x[i]
        hidden.append(sig(s))
    s = b_out
    for j in range(N_HID):
        s += w_out[j] * hidden[j]
    return hidden, sig(s)


def train_one(x, target):
    global b_out
    hidden, out = forward(x)
    delta_out = (out - target) * out * (1 - out)
    # hidden deltas first, with the old output weights
    delta_hidden = []
    for j in range(N_HID):
        h = hidden[j]
        delta_hidden.append(delta_out * w_out[j] * out * (1 - out))
    for j in range(N_HID):
        w_out[j] -= LR * delta_out * hidden[j]
        b_hidden[j] -= LR * delta_hidden[j]
        for i in range(N_IN):
            w_hidden[j][i] -= LR * delta_hidden[j] * x[i]
    b_out -= LR * delta_out
    return (out - target) ** 2


for epoch in range(EPOCHS):
    total = 0
    for x, target in data:
        total += train_one(x, target)
    if epoch % 5000 == 0:
        print("epoch %d error %.4f" % (epoch, total / 4))

print()
error = 0
for x, target in data:
    _, out = forward(x)
    print(x, "->", round(out, 3), "should be", target)
    error += (out - target) ** 2
print("mean squared error = %.5f" % (error / len(data)))
