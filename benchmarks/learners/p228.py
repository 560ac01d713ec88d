"""Predict the price of a flat (in 1000 euro) from size, rooms, age, floor and distance."""
import numpy as np


def make_table(rng, n):
    size = rng.uniform(25, 160, n)
    rooms = np.clip(np.round(size / 28 + rng.normal(0, 0.6, n)), 1, 7)
    age = rng.uniform(0, 90, n)
    floor = rng.integers(0, 9, n)
    dist = rng.uniform(0.2, 18, n)
    price = size * (2.2 + 3.5 * np.exp(-dist / 5)) * (1.15 - 0.5 * np.sin(age / 90 * np.pi))
    price += 6 * floor - 4 * rooms + rng.normal(0, 12, n)
    return np.column_stack([size, rooms, age, floor, dist]), price


def batches(X, y, size, rng):
    idx = rng.permutation(len(X))
    shuffled = X[idx]
    for i in range(0, len(X), size):
        yield shuffled[i:i + size], y[i:i + size]


class HouseNet:
    def __init__(self, n_in, n_hidden, rng):
        self.W1 = rng.standard_normal((n_in, n_hidden)) * np.sqrt(2 / n_in)
        self.b1 = np.zeros(n_hidden)
        self.W2 = rng.standard_normal((n_hidden, 1)) * np.sqrt(1 / n_hidden)
        self.b2 = np.zeros(1)

    def forward(self, X):
        self.X = X
        self.z = X @ self.W1 + self.b1
        self.h = np.maximum(self.z, 0)
        return self.h @ self.W2 + self.b2

    def step(self, y_hat, y, lr):
        n = len(y)
        # mean over the outputs (only one here), then over the batch
        d = 2 * (y_hat - y).mean(axis=1, keepdims=True) / n
        dh = d @ self.W2.T
        dh[self.z <= 0] = 0
        self.W2 -= lr * self.h.T @ d
        self.b2 -= lr * d.sum(axis=0)
        self.W1 -= lr * self.X.T @ dh
        self.b1 -= lr * dh.sum(axis=0)


def main():
    rng = np.random.default_rng(17)
    X, y = make_table(rng, 700)
    X_test, y_test = make_table(rng, 250)

    mu, sigma = X.mean(axis=0), X.std(axis=0)
    X = (X - mu) / sigma
    X_test = (X_test - mu) / sigma
    print("prices from", y.min().round(), "to", y.max().round(), "mean", y.mean().round())

    y_mu, y_sigma = y.mean(), y.std()
    net = HouseNet(5, 24, rng)
    for epoch in range(300):
        losses = []
        for xb, yb in batches(X, (y - y_mu) / y_sigma, 32, rng):
            out = net.forward(xb)
            losses.append(np.mean((out - yb) ** 2))
            net.step(out, yb, lr=0.02)
        if epoch % 50 == 0:
            print(f"epoch {epoch:3d}  mse {np.mean(losses):.4f}")

    guess = net.forward(X_test) * y_sigma + y_mu
    for i in range(5):
        print(f"   house {i}: predicted {guess[i, 0]:.0f}, real {y_test.ravel()[i]:.0f}")
    print("mean error on test houses (thousand euro):", round(float(np.mean(np.abs(guess.ravel() - y_test.ravel()))), 3))


if __name__ == "__main__":
    main()
