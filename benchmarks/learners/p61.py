# Next word prediction on a toy grammar, with an embedding layer made from one hot vectors.
# Sentence:  <name> <verb> <food>   where the food only depends on (name, verb)
# Input = the two words one-hot, output = softmax over the 6 foods
#
# Note: I know that updating with one sample at a time in plain python is slow.

import math
import random

random.seed(2024)

NAMES = "anna ben carla dan emma fritz".split()
VERBS = "eats likes hates sells cooks".split()
FOODS = "bread rice fish soup cake beans".split()

table = {}
for i, name in enumerate(NAMES):
    for j, verb in enumerate(VERBS):
        table[(name, verb)] = FOODS[(i + 2 * j) % len(FOODS)]

# 600 sentences for the corpus, 3 % of them have a typo (wrong food)
corpus = []
for _ in range(600):
    n, v = random.choice(NAMES), random.choice(VERBS)
    food = table[(n, v)]
    if random.random() < 0.03:
        food = random.choice(FOODS)
    corpus.append((n, v, food))

train, test = corpus[:500], corpus[500:]

EMB = 6      # numbers per word
HID = 24
emb_name = {w: [random.gauss(0, 1) for _ in range(EMB)] for w in NAMES}
emb_verb = {w: [random.gauss(0, 1) for _ in range(EMB)] for w in VERBS}
W = [[random.gauss(0, 0.3) for _ in range(2 * EMB)] for _ in range(HID)]
b = [0.0] * HID
V = [[random.gauss(0, 0.3) for _ in range(HID)] for _ in range(len(FOODS))]
c = [0.0] * len(FOODS)


def dot(p, q):
    return sum(x * y for x, y in zip(p, q))


def forward(name, verb):
    x = emb_name[name] + emb_verb[verb]          # list + list = concatenation
    h = [math.tanh(dot(W[k], x) + b[k]) for k in range(HID)]
    s = [dot(V[m], h) + c[m] for m in range(len(FOODS))]
    e = [math.exp(v) for v in s]                 # no max trick, scores are small
    total = sum(e)
    return x, h, [v / total for v in e]


def learn(name, verb, food, rate):
    global c
    x, h, p = forward(name, verb)
    ds = p[:]
    ds[FOODS.index(food)] -= 1
    dh = [sum(ds[m] * V[m][k] for m in range(len(FOODS))) for k in range(HID)]
    dz = [dh[k] * (1 - h[k] * h[k]) for k in range(HID)]
    dx = [sum(dz[k] * W[k][i] for k in range(HID)) for i in range(2 * EMB)]

    for m in range(len(FOODS)):
        for k in range(HID):
            V[m][k] -= rate * ds[m] * h[k]
    c = [cm - rate * dm for cm, dm in zip(c, ds)]
    for k in range(HID):
        for i in range(2 * EMB):
            W[k][i] -= rate * dz[k] * x[i]
        b[k] -= rate * dz[k]
    for i in range(EMB):
        emb_name[name][i] -= rate * dx[i]
        emb_verb[verb][i] -= rate * dx[EMB + i]
    return -math.log(p[FOODS.index(food)])


def accuracy(sentences):
    hits = 0
    for n, v, food in sentences:
        p = forward(n, v)[2]
        if FOODS[p.index(max(p))] == food:
            hits += 1
    return hits / len(sentences)


epoch = 0
loss = 99
while loss > 0.25 and epoch < 15:
    epoch += 1
    loss = sum(learn(n, v, food, 0.08) for n, v, food in train) / len(train)
    print("epoch", epoch, "loss %.3f" % loss, "train", round(accuracy(train), 3))

print("test", round(accuracy(test), 3))
