import math
import random

random.seed(4)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def dsigmoid(x):
    return sigmoid(x) * (1 - sigmoid(x))


inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [0, 1, 1, 0]
HIDDEN = 4

w_hidden = [[random.uniform(-1, 1) for i in range(3)] for j in range(HIDDEN)]
w_out = [random.uniform(-1, 1) for j in range(HIDDEN + 1)]
lr = 0.5


def forward(x):
    hidden = []
    for w in w_hidden:
        hidden.append(sigmoid(w[0] * x[0] + w[1] * x[1] + w[2]))
    total = w_out[HIDDEN]
    for j in range(HIDDEN):
        total += w_out[j] * hidden[j]
    return hidden, sigmoid(total)


for epoch in range(6000):
    for x, t in zip(inputs, targets):
        hidden, out = forward(x)
        delta = (t - out) * dsigmoid(out)
        for j in range(HIDDEN):
            delta_hidden = delta * w_out[j] * dsigmoid(hidden[j])
            w_out[j] += lr * delta * hidden[j]
            w_hidden[j][0] += lr * delta_hidden * x[0]
            w_hidden[j][1] += lr * delta_hidden * x[1]
            w_hidden[j][2] += lr * delta_hidden
        w_out[HIDDEN] += lr * delta

results = []
for x in inputs:
    results.append(round(forward(x)[1], 3))
print(results)
