import numpy as np

np.random.seed(9)


def rings(n):
    """label 1 is the inner ring"""
    label = np.random.randint(0, 2, n)
    radius = np.where(label == 1, 1.0, 2.2) + 0.25 * np.random.randn(n)
    angle = np.random.rand(n) * 2 * np.pi
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), label.reshape(-1, 1)


class RingNet:
    SLOPE = 0.05

    def __init__(self, hidden=24, rate=0.1, mu=0.9):
        self.hidden, self.rate, self.mu = hidden, rate, mu
        self.reset()

    def reset(self):
        self.w1 = np.random.randn(2, self.hidden)
        self.c1 = 0.1 * np.random.randn(1, self.hidden)
        self.w2 = np.random.randn(self.hidden, 1) / np.sqrt(self.hidden)
        self.c2 = np.zeros((1, 1))
        self.speed = [np.zeros_like(p) for p in self.all()]

    def all(self):
        return [self.w1, self.c1, self.w2, self.c2]

    def logit(self, x):
        self.z = x @ self.w1 + self.c1
        self.h = np.where(self.z > 0, self.z, self.SLOPE * self.z)
        return self.h @ self.w2 + self.c2

    def epoch(self, x, y):
        o = self.logit(x)
        # log(1 + exp(o)) - y * o is the cross entropy on logits
        cost = np.mean(np.logaddexp(0, o) - y * o)
        g = (1 / (1 + np.exp(-o)) - y) / len(x)
        gh = (g @ self.w2.T) * np.where(self.z > 0, 1.0, self.SLOPE)
        grads = [x.T @ gh, gh.sum(0, keepdims=True), self.h.T @ g, g.sum(0, keepdims=True)]
        for p, s, q in zip(self.all(), self.speed, grads):
            s *= self.mu
            s -= self.rate * q
            p += s
        return cost


def score(net, x, y):
    return ((net.logit(x) > 0) == (y > 0)).mean()


def train(net, x, y, epochs):
    for e in range(epochs):
        cost = net.epoch(x, y)
        if e % 400 == 0:
            print(f"{e:5d} cost {cost:.4f} accuracy {score(net, x, y):.3f}")
    return net


def evaluate(net, x, y):
    # clean state, the activations of the training shall not leak into the test
    net.reset()
    return score(net, x, y)


x_train, y_train = rings(500)
x_test, y_test = rings(300)
net = train(RingNet(), x_train, y_train, epochs=5000)
print("after training:", score(net, x_train, y_train))
print("on new points:", evaluate(net, x_test, y_test))
