import numpy as np

rng = np.random.default_rng(6)


def spirals(n):
    t = np.sqrt(rng.uniform(0.02, 1, n)) * 2.2 * np.pi
    side = np.arange(n) % 2
    phi = t + np.pi * side
    pts = np.stack([t * np.cos(phi), t * np.sin(phi)], axis=1) / 7 + rng.normal(0, 0.02, (n, 2))
    return pts, side


class SpiralNet:
    def __init__(self, layers, reg=1e-3):
        self.reg = reg
        self.W = []
        for i, o in zip(layers[:-1], layers[1:]):
            self.W.append(rng.normal(0, np.sqrt(2 / i), (i, o)))

    def put(self, A):
        """what goes into a layer"""
        return A

    def activations(self, X):
        acts = [self.put(X)]
        for k, W in enumerate(self.W):
            z = acts[-1] @ W
            if k < len(self.W) - 1:
                acts.append(self.put(np.maximum(z, 0)))
            else:
                acts.append(z)
        return acts

    def train(self, X, y, lr=0.3, mom=0.9, iters=2500):
        n = len(X)
        V = [np.zeros_like(W) for W in self.W]
        for it in range(iters):
            acts = self.activations(X)
            z = acts[-1]
            p = np.exp(z - z.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            loss = -np.log(p[np.arange(n), y] + 1e-12).mean()

            d = p.copy()
            d[np.arange(n), y] -= 1
            d /= n
            for k in range(len(self.W) - 1, -1, -1):
                g = acts[k].T @ d
                if k > 0:
                    d = d @ self.W[k].T
                    # relu
                    d[acts[k] < 0] = 0
                    d = d[:, :self.W[k - 1].shape[1]]   # without the column for the bias, if there is one
                g = g - self.reg * self.W[k]
                V[k] = mom * V[k] - lr * g
                self.W[k] += V[k]
            if it % 250 == 0:
                print(f"{it:5d} loss {loss:.4f}")

    def evaluate(self, X, y):
        return (self.activations(X)[-1].argmax(axis=1) == y).mean()


X, y = spirals(300)
Xv, yv = spirals(300)
net = SpiralNet([2, 40, 20, 2])
net.train(X, y)
print("train", net.evaluate(X, y))
print("valid", net.evaluate(Xv, yv))
