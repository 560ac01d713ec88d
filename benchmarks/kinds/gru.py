# GRU from scratch: say whether the running sum of a noisy walk ended above zero.
import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class GRU:
    def __init__(self, n_in, n_hidden, rng):
        def mat(rows, cols):
            return rng.normal(0, 1 / np.sqrt(rows), (rows, cols))

        H = n_hidden
        self.p = {
            "Wz": mat(n_in, H), "Uz": mat(H, H), "bz": np.zeros(H),
            "Wr": mat(n_in, H), "Ur": mat(H, H), "br": np.zeros(H),
            "Wh": mat(n_in, H), "Uh": mat(H, H), "bh": np.zeros(H),
            "V": mat(H, 1), "c": np.zeros(1),
        }
        self.H = H

    def forward(self, X):
        p = self.p
        self.steps = []
        h = np.zeros((X.shape[0], self.H))
        for t in range(X.shape[1]):
            x = X[:, t]
            z = sigmoid(x @ p["Wz"] + h @ p["Uz"] + p["bz"])
            r = sigmoid(x @ p["Wr"] + h @ p["Ur"] + p["br"])
            g = np.tanh(x @ p["Wh"] + (r * h) @ p["Uh"] + p["bh"])
            new = (1 - z) * h + z * g
            self.steps.append((x, h, z, r, g))
            h = new
        self.last = h
        return sigmoid(h @ p["V"] + p["c"])

    def backward(self, out, Y):
        p = self.p
        grads = {name: np.zeros_like(w) for name, w in p.items()}
        d = (out - Y) / len(Y)
        grads["V"] = self.last.T @ d
        grads["c"] = d.sum(axis=0)
        dh = d @ p["V"].T
        for x, h, z, r, g in reversed(self.steps):
            dz = dh * (g - h) * z * (1 - z)
            dg = dh * z * (1 - g ** 2)
            drh = dg @ p["Uh"].T
            dr = drh * h * r * (1 - r)
            grads["Wz"] += x.T @ dz
            grads["Uz"] += h.T @ dz
            grads["bz"] += dz.sum(axis=0)
            grads["Wr"] += x.T @ dr
            grads["Ur"] += h.T @ dr
            grads["br"] += dr.sum(axis=0)
            grads["Wh"] += x.T @ dg
            grads["Uh"] += (r * h).T @ dg
            grads["bh"] += dg.sum(axis=0)
            dh = dh * (1 - z) + drh * r + dz @ p["Uz"].T + dr @ p["Ur"].T
        return grads


def make(n, rng, steps=12):
    X = rng.normal(0, 1, (n, steps, 1))
    Y = (X.sum(axis=1) > 0).astype(float)
    return X, Y


def main():
    rng = np.random.default_rng(3)
    X, Y = make(600, rng)
    Xt, Yt = make(300, rng)
    net = GRU(1, 12, rng)
    rate = 0.5
    for epoch in range(50):
        order = rng.permutation(len(X))
        total = 0.0
        for at in range(0, len(X), 30):
            some = order[at:at + 30]
            out = net.forward(X[some])
            total += -np.mean(Y[some] * np.log(out) + (1 - Y[some]) * np.log(1 - out))
            grads = net.backward(out, Y[some])
            for name in net.p:
                net.p[name] -= rate * grads[name]
        if epoch % 5 == 0:
            print(epoch, total / 20)
    print("test accuracy", np.mean((net.forward(Xt) > 0.5) == Yt))


main()
