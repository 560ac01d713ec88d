import numpy as np

gen = np.random.RandomState(17)

dat = np.load("digits.npz")
imgs = [i.flatten() / 255 for i in dat["images"]]
labs = [int(l) for l in dat["labels"]]
imgs_t = [i.flatten() / 255 for i in dat["test_images"]]
labs_t = [int(l) for l in dat["test_labels"]]

H = 32   # both hidden layers


def he(n, m):
    return gen.randn(n, m) * np.sqrt(2.0 / m)


A, a0 = he(H, 784), np.zeros(H)
B, b0 = he(H, H), np.zeros(H)
C, c0 = he(10, H), np.zeros(10)


def relu(v):
    return np.where(v > 0, v, 0.0)


def drelu(v):
    return np.where(v > 0, 1.0, 0.0)


def run(x):
    h1 = relu(np.dot(A, x) + a0)
    h2 = relu(np.dot(B, h1) + b0)
    o = relu(np.dot(C, h2) + c0)
    return h1, h2, o


def score():
    good = 0
    for x, l in zip(imgs_t, labs_t):
        if np.argmax(run(x)[2]) == l:
            good += 1
    return good / len(imgs_t)


lr = 0.01
for rnd in range(16):
    sq = 0.0
    for n in gen.permutation(100):
        x = imgs[n]
        want = np.zeros(10)
        want[labs[n]] = 1.0
        h1, h2, o = run(x)
        sq += np.sum((o - want) ** 2)

        e3 = (o - want) * drelu(o)
        e2 = np.dot(C.T, e3) * drelu(h2)
        e1 = np.dot(B.T, e2) * drelu(h1)

        C -= lr * np.outer(e3, h2)
        c0 -= lr * e3
        B -= lr * np.outer(e2, h1)
        b0 -= lr * e2
        A -= lr * np.outer(e1, x)
        a0 -= lr * e1
    print("round", rnd, "squared error", round(sq / len(imgs), 4), "score", score())

print("end score:", score())
