# letters on a 5 x 7 dot matrix display, some dots broken
import math
import random

random.seed(19)

FONT = {
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "C": "01110 10001 10000 10000 10000 10001 01110",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "O": "01110 10001 10001 10001 10001 10001 01110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "X": "10001 10001 01010 00100 01010 10001 10001",
}
LETTERS = list(FONT)


def dots(letter, noise):
    bits = []
    for c in FONT[letter].replace(" ", ""):
        bit = 1 if c == "1" else 0
        if random.random() < noise:
            bit = 1 - bit
        bits.append(bit)
    return bits


# what the net should say for each letter
target = [[0] * len(LETTERS)] * len(LETTERS)
for i in range(len(LETTERS)):
    target[i][i] = 1

train = [(dots(LETTERS[i], 0.12), i) for i in range(len(LETTERS)) for _ in range(32)]
test = [(dots(LETTERS[i], 0.12), i) for i in range(len(LETTERS)) for _ in range(30)]

N_IN, N_HID, N_OUT = 35, 10, len(LETTERS)
w1 = [[random.gauss(0, 0.3) for _ in range(N_IN + 1)] for _ in range(N_HID)]
w2 = [[random.gauss(0, 0.3) for _ in range(N_HID + 1)] for _ in range(N_OUT)]


def sigmoid(v):
    if v < -60:
        return 0.0
    return 1 / (1 + math.exp(-v))


def run(bits):
    x = bits + [1]
    h = [sum(a * b for a, b in zip(row, x)) for row in w1] + [1]
    o = [sigmoid(sum(a * b for a, b in zip(row, h))) for row in w2]
    return x, h, o


def learn(bits, want, rate):
    x, h, o = run(bits)
    delta_o = [(ok - wk) * ok * (1 - ok) for ok, wk in zip(o, want)]
    delta_h = []
    for j in range(N_HID):
        back = sum(delta_o[k] * w2[k][j] for k in range(N_OUT))
        delta_h.append(back)
    for k in range(N_OUT):
        row, step = w2[k], rate * delta_o[k]
        for j in range(N_HID + 1):
            row[j] -= step * h[j]
    for j in range(N_HID):
        row, step = w1[j], rate * delta_h[j]
        for i in range(N_IN + 1):
            if x[i]:
                row[i] -= step
    return sum((ok - wk) ** 2 for ok, wk in zip(o, want))


for lesson in range(40):
    random.shuffle(train)
    error = 0.0
    for bits, i in train:
        error += learn(bits, target[i], 0.6)
    if lesson % 5 == 4:
        print("lesson", lesson + 1, "error", round(error / len(train), 4))

read = ""
good = 0
for bits, i in test:
    o = run(bits)[2]
    best = o.index(max(o))
    read += LETTERS[best]
    good += best == i
print(read)
print("letters read correctly:", good / len(test))
