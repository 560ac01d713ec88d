import math
import random
random.seed(0)

# all 16 patterns, is the number of ones odd?
patterns = []
for n in range(16):
    bits = [(n >> k) & 1 for k in range(4)]
    patterns.append(([2.0 * b - 1.0 for b in bits], sum(bits) % 2))

HIDDEN = 2
lrate = 0.1
momentum = 0.5
EPOCHS = 2500

wi = [[random.uniform(-1.0, 1.0) for j in range(4)] for i in range(HIDDEN)]
bi = [0.0] * HIDDEN
wo = [random.uniform(-1.0, 1.0) for i in range(HIDDEN)]
bo = 0.0
# last changes, for momentum
cwi = [[0.0] * 4 for i in range(HIDDEN)]
cbi = [0.0] * HIDDEN
cwo = [0.0] * HIDDEN
cbo = 0.0
hid = [0.0] * HIDDEN


def forward(x):
    s = bo
    for i in range(HIDDEN):
        w = wi[i]
        hid[i] = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3] + bi[i])
        s += wo[i] * hid[i]
    if s < -30:
        s = -30
    return 1.0 / (1.0 + math.exp(-s))


def backward(x, t, o):
    global bo, cbo
    # cross entropy and sigmoid: the derivative is simply t - o
    delta = t - o
    for i in range(HIDDEN):
        dh = delta * wo[i] * (1.0 - hid[i] * hid[i])
        cwo[i] = lrate * delta * hid[i] + momentum * cwo[i]
        wo[i] += cwo[i]
        for j in range(4):
            cwi[i][j] = lrate * dh * x[j] + momentum * cwi[i][j]
            wi[i][j] += cwi[i][j]
        cbi[i] = lrate * dh + momentum * cbi[i]
    cbo = lrate * delta + momentum * cbo
    bo += cbo


def count_right():
    return sum((forward(x) > 0.5) == (t == 1) for x, t in patterns)


for epoch in range(EPOCHS):
    random.shuffle(patterns)
    loss = 0.0
    for x, t in patterns:
        o = forward(x)
        loss -= math.log(max(o if t == 1 else 1.0 - o, 1e-12))
        backward(x, t, o)
    lrate = lrate * 0.9
    if epoch % 250 == 0:
        print("epoch", epoch, "loss", round(loss / 16, 4), "right", count_right(), "of 16")

for x, t in sorted(patterns):
    print([int(v > 0) for v in x], "parity", t, "net", round(forward(x), 3))
print("right:", count_right() / 16)
