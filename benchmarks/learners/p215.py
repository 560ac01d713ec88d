import numpy as np

HIDDEN = {
    # units of the hidden layer
    "units": 2,
    "gain": 1.4,
}


class RMSprop:
    """keeps a running mean of the squared gradient, see slide 14"""

    def __init__(self, lr=0.01, rho=0.9):
        self.lr = lr
        self.rho = rho
        self.sq = {}

    def apply(self, weights, grads):
        for key in weights:
            old = self.sq.get(key, np.zeros_like(weights[key]))
            self.sq[key] = self.rho * old + (1 - self.rho) * grads[key] ** 2
            weights[key] = weights[key] - self.lr * grads[key] / (self.sq[key] + 1e-6)


def rings(n, rng):
    label = rng.integers(0, 2, n)
    radius = np.where(label == 1, rng.uniform(0, 0.9, n), rng.uniform(1.2, 2.0, n))
    radius = radius + rng.normal(0, 0.05, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), label.reshape(-1, 1)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def predict(w, x):
    z = x @ w["W1"] + w["b1"]
    a = np.where(z > 0, z, 0)
    return z, a, sigmoid(a @ w["W2"] + w["b2"])


def main():
    rng = np.random.default_rng(6)
    x, y = rings(600, rng)
    x_val, y_val = rings(400, rng)
    u = HIDDEN["units"]
    w = {
        "W1": rng.normal(size=(2, u)) * HIDDEN["gain"] / np.sqrt(2),
        "b1": np.zeros((1, u)),
        "W2": rng.normal(size=(u, 1)) * HIDDEN["gain"] / np.sqrt(u),
        "b2": np.zeros((1, 1)),
    }
    opt = RMSprop(lr=0.005)
    for epoch in range(1, 201):
        perm = rng.permutation(len(x))
        for part in np.array_split(perm, 30):
            xb, yb = x[part], y[part]
            z, a, out = predict(w, xb)
            d2 = (out - yb) / len(xb)
            d1 = (d2 @ w["W2"].T) * (z > 0)
            opt.apply(w, {
                "W1": xb.T @ d1,
                "b1": d1.sum(axis=0, keepdims=True),
                "W2": a.T @ d2,
                "b2": d2.sum(axis=0, keepdims=True),
            })
        if epoch % 20 == 0:
            out = predict(w, x)[2]
            bce = -np.mean(y * np.log(out + 1e-9) + (1 - y) * np.log(1 - out + 1e-9))
            print(f"epoch {epoch}: bce {bce:.4f}")
    guess = predict(w, x_val)[2] >= 0.5
    print("validation accuracy", np.mean(guess == y_val))


if __name__ == "__main__":
    main()
