# sentiment of small reviews, only standard library because I can't install numpy at school
import random
from math import exp, log

random.seed(7)

THINGS = "movie book song game meal hotel phone train room teacher".split()
GOOD = "great lovely superb nice funny tasty clean smart brilliant charming".split()
BAD = "awful boring ugly dirty stupid horrible slow broken noisy dull".split()
FILL = "really very so quite totally".split()


def review():
    words = ["the", random.choice(THINGS), random.choice(["is", "was"])]
    mood = random.randint(0, 1)
    neg = random.random() < 0.4
    if neg:
        words.append("not")
    if random.random() < 0.5:
        words.append(random.choice(FILL))
    words.append(random.choice(GOOD if mood == 1 else BAD))
    # "not boring" is good, "not great" is bad
    return words, (1 - mood if neg else mood)


train = [review() for _ in range(260)]
test = [review() for _ in range(200)]
print(" ".join(train[0][0]), "->", train[0][1])


def bag(reviews):
    """list of words -> list of 0/1 numbers"""
    vocab = []
    for words, label in reviews:
        for w in words:
            if w not in vocab:
                vocab.append(w)
    rows = []
    for words, label in reviews:
        rows.append([1.0 if v in words else 0.0 for v in vocab])
    return rows


train_x = bag(train)
train_y = [label for words, label in train]
test_x = bag(test)
test_y = [label for words, label in test]

n_words = len(train_x[0])
n_hid = 8
wh = [[random.gauss(0, 0.5) for _ in range(n_words)] for _ in range(n_hid)]
bh = [0.0] * n_hid
wo = [random.gauss(0, 0.5) for _ in range(n_hid)]
bo = 0.0


def squash(t):
    if t < -40:
        t = -40
    return 1 / (1 + exp(-t))


def think(x):
    h = []
    total = 0.0
    for j in range(n_hid):
        for xi, wi in zip(x, wh[j]):
            if xi:
                total += xi * wi
        h.append(squash(total + bh[j]))
    out = squash(sum(a * b for a, b in zip(h, wo)) + bo)
    return h, out


speed = 0.2
for epoch in range(110):
    order = list(range(len(train_x)))
    random.shuffle(order)
    loss = 0
    for k in order:
        x, y = train_x[k], train_y[k]
        h, out = think(x)
        loss -= log(out + 1e-9) if y == 1 else log(1 - out + 1e-9)
        # backwards
        d = out - y
        for j in range(n_hid):
            dj = d * wo[j] * h[j] * (1 - h[j])
            wo[j] -= speed * d * h[j]
            bh[j] -= speed * dj
            row = wh[j]
            for i in range(n_words):
                if x[i]:
                    row[i] -= speed * dj * x[i]
        bo -= speed * d
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "loss", round(loss / len(train_x), 4))

ok = 0
for x, y in zip(test_x, test_y):
    if (think(x)[1] > 0.5) == (y == 1):
        ok += 1
print("correct on test:", ok / len(test_x))
