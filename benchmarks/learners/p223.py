"""
My first neural network, no libraries.
Question: is the point (x, y) in the circle or not?
"""
import math
import random

random.seed(12)

HIDDEN = 8
RATE = 0.15
EPOCHS = 90


def sample():
    x = random.uniform(-1.5, 1.5)
    y = random.uniform(-1.5, 1.5)
    r = math.sqrt(x * x + y * y)
    return [x, y], 1 if r < 1.2 else 0


train = [sample() for _ in range(500)]
test = [sample() for _ in range(300)]

# weights between input and hidden, one row per hidden neuron
w_in = [[random.uniform(-1, 1) for _ in range(2)]] * HIDDEN
bias_in = [random.uniform(-1, 1) for _ in range(HIDDEN)]
# weights between hidden and output
w_out = [random.uniform(-1, 1) for _ in range(HIDDEN)]
bias_out = 0.0


def sigmoid(s):
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, s))))


def forward(point):
    hidden = []
    for n in range(HIDDEN):
        s = bias_in[n]
        for i in range(2):
            s += w_in[n][i] * point[i]
        hidden.append(math.tanh(s))
    out = bias_out
    for n in range(HIDDEN):
        out += w_out[n] * hidden[n]
    return hidden, sigmoid(out)


for epoch in range(EPOCHS):
    random.shuffle(train)
    total = 0.0
    for point, label in train:
        hidden, out = forward(point)
        total += -math.log(max(1e-12, out if label else 1 - out))
        # cross entropy + sigmoid
        d_out = out - label
        d_hidden = []
        for n in range(HIDDEN):
            d_hidden.append(d_out * w_out[n] * (1 - hidden[n] ** 2))
        for n in range(HIDDEN):
            w_out[n] -= RATE * d_out * hidden[n]
            for i in range(2):
                w_in[n][i] -= RATE * d_hidden[n] * point[i]
            bias_in[n] -= RATE * d_hidden[n]
        bias_out -= RATE * d_out
    if (epoch + 1) % 6 == 0:
        print("epoch %3d   loss %.4f" % (epoch + 1, total / len(train)))

right = 0
for point, label in test:
    _, out = forward(point)
    if round(out) == label:
        right += 1
print("right on new points:", right / len(test))
