import numpy as np

np.random.seed(0)

def sig(v):
    return 1.0 / (1.0 + np.exp(-v))

class SineNet(object):

    def __init__(self, sizes):
        self.L = len(sizes)
        self.weights = [np.random.randn(o, i) for i, o in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(o, 1) for o in sizes[1:]]

    def run(self, a):
        for k in range(self.L - 2):
            a = np.tanh(self.weights[k] @ a + self.biases[k])
        z = self.weights[-1] @ a + self.biases[-1]
        return sig(z)

    def gradients(self, x, t):
        """backprop for one sample"""
        acts = [x]
        a = x
        for k in range(self.L - 2):
            a = np.tanh(self.weights[k] @ a + self.biases[k])
            acts.append(a)
        z = self.weights[-1] @ a + self.biases[-1]
        gw = [None] * (self.L - 1)
        gb = [None] * (self.L - 1)
        out = sig(z)
        d = (out - t) * out * (1 - out)
        gw[-1] = d @ acts[-1].T
        gb[-1] = d
        for k in range(self.L - 3, -1, -1):
            d = (self.weights[k + 1].T @ d) * (1 - acts[k + 1] ** 2)
            gw[k] = d @ acts[k].T
            gb[k] = d
        return gw, gb

    def fit(self, pairs, epochs, batch, eta):
        sum_w = [np.zeros(w.shape) for w in self.weights]
        sum_b = [np.zeros(b.shape) for b in self.biases]
        n = len(pairs)

        for e in range(epochs):
            batches = [pairs[i:i + batch] for i in range(0, n, batch)]

            # go through the mini batches
            for mb in batches:
                for x, t in mb:
                    gw, gb = self.gradients(x, t)
                    sum_w = [s + g for s, g in zip(sum_w, gw)]
                    sum_b = [s + g for s, g in zip(sum_b, gb)]
                self.weights = [w - eta / len(mb) * s for w, s in zip(self.weights, sum_w)]
                self.biases = [b - eta / len(mb) * s for b, s in zip(self.biases, sum_b)]
            if e % 20 == 0:
                print("epoch", e, "mse", self.mse(pairs))

    def mse(self, pairs):
        return float(np.mean([(self.run(x) - t) ** 2 for x, t in pairs]))

xs = np.random.uniform(-3.14, 3.14, 200)
train_pairs = [(np.array([[x]]), np.array([[np.sin(x)]])) for x in xs]
xs = np.linspace(-3, 3, 61)
test_pairs = [(np.array([[x]]), np.array([[np.sin(x)]])) for x in xs]

net = SineNet([1, 12, 1])
net.fit(train_pairs, epochs=150, batch=10, eta=0.1)
print("test mse:", net.mse(test_pairs))
