# An old-fashioned network (LeCun, "Efficient BackProp"): scaled tanh, targets +-1, per sample updates
import numpy as np

np.random.seed(1998)

GAIN, SLOPE = 1.7159, 2.0 / 3.0


def squash(s):
    return GAIN * np.tanh(SLOPE * s)


def squash_slope(y):
    # expressed with the output y of the unit
    return SLOPE / GAIN * (GAIN - y) * (GAIN + y)


def with_one(v):
    return np.append(v, 1.0)


class OldNet:
    def __init__(self, *widths):
        self.M = []
        for fan_in, fan_out in zip(widths, widths[1:]):
            # the last column is the bias
            self.M.append(np.random.uniform(-1, 1, (fan_out, fan_in + 1)) * np.sqrt(3.0 / (fan_in + 1)))

    def states(self, v):
        s = [v]
        for M in self.M:
            s.append(squash(M @ with_one(s[-1])))
        return s

    def learn(self, v, wanted, rate):
        s = self.states(v)
        blame = (s[-1] - wanted) * squash_slope(s[-1])
        for k in range(len(self.M) - 1, -1, -1):
            below = self.M[k][:, :-1].T @ blame
            self.M[k] -= rate * np.outer(blame, with_one(s[k]))
            if k:
                blame = below * squash_slope(s[k])
        return 0.5 * np.sum((s[-1] - wanted) ** 2)


z = np.load("digits.npz")
train, test = z["images"].reshape(1200, -1) / 255.0, z["test_images"].reshape(400, -1) / 255.0
labels, test_labels = z["labels"], z["test_labels"]
centre = train.mean()
spread = train.std()
train = (train - centre) / spread
test = (test - centre) / spread

net = OldNet(784, 30, 10)
for sweep in range(18):
    rate = 0.004 / (1 + sweep / 10)
    energy = 0
    for i in np.random.permutation(1200):
        wanted = -np.ones(10)
        wanted[labels[i]] = 1
        energy += net.learn(train[i], wanted, rate)
    print("sweep", sweep + 1, "energy", round(energy / 1200, 4))

hits = sum(int(np.argmax(net.states(v)[-1]) == l) for v, l in zip(test, test_labels))
print("test accuracy = %.4f" % (hits / 400))
