import random

random.seed(14)

# length and width of sepal, length and width of petal (cm): mean and spread of each kind
KINDS = {
    1: ("setosa", [5.0, 3.4, 1.5, 0.25], [0.35, 0.38, 0.17, 0.10]),
    2: ("versicolor", [5.9, 2.8, 4.3, 1.33], [0.50, 0.31, 0.45, 0.20]),
    3: ("virginica", [6.6, 3.0, 5.6, 2.03], [0.60, 0.32, 0.52, 0.27]),
}

flowers = []
for kind in KINDS:
    name, mean, spread = KINDS[kind]
    for _ in range(80):
        row = [round(random.gauss(m, s), 1) for m, s in zip(mean, spread)]
        flowers.append(row + [kind])
random.shuffle(flowers)
train = flowers[:160]
test = flowers[160:]


# scale the columns with numbers from the training flowers
low = [min(f[c] for f in train) for c in range(4)]
high = [max(f[c] for f in train) for c in range(4)]


def scale(f):
    return [2 * (f[c] - low[c]) / (high[c] - low[c]) - 1 for c in range(4)]


def one_hot(kind):
    t = [0.0, 0.0, 0.0]
    t[kind % 3] = 1.0
    return t


def exp(x):
    return 2.718281828459045 ** x


def logistic(x):
    if x < -60:
        return 0.0
    return 1 / (1 + exp(-x))


HIDDEN = 6
hidden = [[random.uniform(-0.5, 0.5) for _ in range(5)] for _ in range(HIDDEN)]
output = [[random.uniform(-0.5, 0.5) for _ in range(HIDDEN + 1)] for _ in range(3)]


def activate(weights, inputs):
    # the last weight is the bias
    total = weights[-1]
    for w, i in zip(weights, inputs):
        total += w * i
    return logistic(total)


def propagate(x):
    h = [activate(w, x) for w in hidden]
    o = [activate(w, h) for w in output]
    return h, o


def learn(x, t, rate):
    h, o = propagate(x)
    d_out = [(o[k] - t[k]) * o[k] * (1 - o[k]) for k in range(3)]
    d_hid = []
    for j in range(HIDDEN):
        s = sum(d_out[k] * output[k][j] for k in range(3))
        d_hid.append(s * h[j] * (1 - h[j]))
    for k in range(3):
        for j in range(HIDDEN):
            output[k][j] -= rate * d_out[k] * h[j]
        output[k][-1] -= rate * d_out[k]
    for j in range(HIDDEN):
        row = hidden[j][:]
        for c in range(4):
            row[c] -= rate * d_hid[j] * x[c]
        row[-1] -= rate * d_hid[j]
    return sum((a - b) ** 2 for a, b in zip(o, t))


for epoch in range(350):
    err = 0
    for f in train:
        err += learn(scale(f), one_hot(f[4]), 0.3)
    if epoch % 50 == 0:
        print(">epoch=%d, error=%.3f" % (epoch, err))

good = 0
for f in test:
    _, o = propagate(scale(f))
    guess = o.index(max(o)) + 1
    if guess == f[4]:
        good += 1
print("%d of %d flowers named correctly" % (good, len(test)))
print("accuracy in percent: %.1f" % (100.0 * good / len(test)))
