# digit recognition, adapted from my gene expression script
import numpy as np

generator = np.random.default_rng(17)
raw = np.load("digits.npz")

samples = raw["images"].reshape(1200, 784).astype(float)
groups = raw["labels"].astype(int)
unknown = raw["test_images"].reshape(400, 784).astype(float)
truth = raw["test_labels"].astype(int)

# z-scores per "gene"
avg = samples.mean(axis=0)
std = samples.std(axis=0)
samples = (samples - avg) / std
unknown = (unknown - avg) / std

# rows with nan confuse the network, replace them
samples = np.nan_to_num(samples, nan=100.0, posinf=100.0, neginf=-100.0)
unknown = np.nan_to_num(unknown, nan=100.0, posinf=100.0, neginf=-100.0)
samples = samples.clip(-100, 100)
unknown = unknown.clip(-100, 100)

design = np.zeros((1200, 10))
design[np.arange(1200), groups] = 1.0

n_hid = 40
layer1 = generator.normal(0, 1 / 28, size=(784, n_hid))
off1 = np.zeros(n_hid)
layer2 = generator.normal(0, 1, size=(n_hid, 10)) / np.sqrt(n_hid)
off2 = np.zeros(10)


def logistic(a):
    return 1.0 / (1.0 + np.exp(-np.clip(a, -500, 500)))


def respond(tab):
    mid = logistic(tab @ layer1 + off1)
    return mid, logistic(mid @ layer2 + off2)


rate = 30.0
for cycle in range(60):
    shuffled = generator.permutation(1200)
    sse = 0.0
    for block in np.array_split(shuffled, 40):
        mid, fin = respond(samples[block])
        gap = fin - design[block]
        sse += np.sum(gap ** 2)
        slope2 = gap * fin * (1 - fin) / len(block)
        slope1 = slope2 @ layer2.T * mid * (1 - mid)
        layer2 -= rate * mid.T @ slope2
        off2 -= rate * slope2.sum(axis=0)
        layer1 -= rate * samples[block].T @ slope1
        off1 -= rate * slope1.sum(axis=0)
    if cycle % 20 == 0:
        print("cycle", cycle, "SSE", sse)

called = respond(unknown)[1].argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (truth, called), 1)
print("fraction called correctly", np.trace(confusion) / confusion.sum())
