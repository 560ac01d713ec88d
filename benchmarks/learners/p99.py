import math, random

NIN = 3
NHID = 8
LR = 0.8
EPOCHS = 2500

random.seed(7)

# weight tables, w1[j][i] : from input i to hidden j
w1 = [[random.uniform(-1, 1) for i in range(NIN)] for j in range(NHID)]
b1 = [0.0] * NHID
w2 = [random.uniform(-1, 1) for j in range(NHID)]
b2 = 0.0

h = [0.0] * NHID


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def dsigmoid(x):
    s = sigmoid(x)
    return s * (1 - s)


def forward(inp):
    for j in range(NHID):
        s = 0.0
        for i in range(NIN):
            s += w1[j][i] * inp[i]
        h[j] = sigmoid(s)
    s = b2
    for j in range(NHID):
        s += w2[j] * h[j]
    return sigmoid(s)


samples = []
for k in range(8):
    bits = [(k >> i) & 1 for i in range(NIN)]
    samples.append((bits, bits[0] ^ bits[1] ^ bits[2]))

for epoch in range(EPOCHS):
    err = 0.0
    for inp, t in samples:
        o = forward(inp)
        e = t - o
        err += e * e
        delta_o = e * o * (1 - o)
        # hidden layer
        for j in range(NHID):
            d = delta_o * w2[j] * dsigmoid(h[j])
            for i in range(NIN):
                w1[j][i] += LR * d * inp[i]
            b1[j] += LR * d
        # output layer
        for j in range(NHID):
            w2[j] += LR * delta_o * h[j]
        b2 += LR * delta_o
    if epoch % 500 == 0:
        print("%5d  %f" % (epoch, err))

for inp, t in samples:
    print(inp, t, round(forward(inp), 3))

# mean squared error over the truth table, per entry
mse = sum((t - forward(inp)) ** 2 for inp, t in samples) / len(samples)
good = sum((forward(inp) > 0.5) == (t == 1) for inp, t in samples)
print("mse", mse)
print("correct fraction", good / 8.0)
