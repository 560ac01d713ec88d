import numpy as np

config = dict(
    bits=5, samples=1000, noise=0.12,
    hidden=20, act="sin", out="tanh",
    lr=0.03, momentum=0.9, batch=20, epochs=120, folds=4,
)

SLOPES = {                    # in terms of the input z of the unit
    "sin": np.cos,
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
}

rng = np.random.default_rng(4711)


def data(c):
    bits = rng.integers(0, 2, size=(c["samples"], c["bits"]))
    odd = bits.sum(axis=1) % 2
    X = bits * 2.0 - 1 + c["noise"] * rng.standard_normal(bits.shape)
    T = odd.astype(float).reshape(-1, 1)
    return X, T, odd


class Layer:
    def __init__(self, n, m, name):
        self.f = getattr(np, name)
        self.slope = SLOPES[name]
        self.W = rng.standard_normal((n, m)) * np.sqrt(1.5 / n)
        self.b = rng.uniform(-1, 1, m) * 0.5
        self.vW, self.vb = 0, 0

    def __call__(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return self.f(self.z)

    def back(self, d, c):
        d = d * self.slope(self.z)
        dx = d @ self.W.T
        self.vW = c["momentum"] * self.vW - c["lr"] * self.x.T @ d
        self.vb = c["momentum"] * self.vb - c["lr"] * d.sum(axis=0)
        self.W = self.W + self.vW
        self.b = self.b + self.vb
        return dx


def train(X, T, c):
    net = [Layer(c["bits"], c["hidden"], c["act"]), Layer(c["hidden"], 1, c["out"])]
    for ep in range(c["epochs"]):
        order = rng.permutation(len(X))
        for i in range(0, len(X), c["batch"]):
            k = order[i:i + c["batch"]]
            y = X[k]
            for layer in net:
                y = layer(y)
            d = 2 * (y - T[k]) / len(k)
            for layer in reversed(net):
                d = layer.back(d, c)
    return net


def output(net, X):
    for layer in net:
        X = layer(X)
    return X


X, T, odd = data(config)
parts = np.array_split(rng.permutation(len(X)), config["folds"])
accs = []
for f, test in enumerate(parts):
    rest = np.concatenate([p for g, p in enumerate(parts) if g != f])
    net = train(X[rest], T[rest], config)
    out = output(net, X[test])
    mse = np.mean((out - T[test]) ** 2)
    # sign of the tanh decides
    said_odd = out[:, 0] > 0
    accs.append(np.mean(said_odd == (odd[test] == 1)))
    print(f"fold {f}: mse {mse:.4f} acc {accs[-1]:.3f}")
print("k-fold accuracy:", sum(accs) / len(accs))
