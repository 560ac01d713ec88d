from dataclasses import dataclass

import numpy as np


@dataclass
class Config:
    code: int = 1
    epochs: int = 50
    batch: int = 24
    lr: float = 0.004
    beta1: float = 0.9
    beta2: float = 0.99


class AutoEncoder:
    def __init__(self, cfg, rng):
        self.cfg = cfg
        n, k = 784, cfg.code
        self.theta = [rng.normal(0, 1 / np.sqrt(n), (n, k)), np.zeros(k),
                      rng.normal(0, 1 / np.sqrt(k), (k, n)), np.zeros(n)]
        self.m = [np.zeros_like(w) for w in self.theta]
        self.v = [np.zeros_like(w) for w in self.theta]
        self.t = 0

    def encode(self, x):
        return np.tanh(x @ self.theta[0] + self.theta[1])

    def decode(self, code):
        return 1 / (1 + np.exp(-(code @ self.theta[2] + self.theta[3])))

    def step(self, x):
        code = self.encode(x)
        y = self.decode(code)
        loss = np.mean((y - x) ** 2)
        dy = 2 * (y - x) / len(x) * y * (1 - y)
        dcode = dy @ self.theta[2].T * (1 - code ** 2)
        grads = [x.T @ dcode, dcode.sum(0), code.T @ dy, dy.sum(0)]
        self.adam(grads)
        return loss

    def adam(self, grads):
        c = self.cfg
        self.t += 1
        for i, g in enumerate(grads):
            self.m[i] = c.beta1 * self.m[i] + (1 - c.beta1) * g
            self.v[i] = c.beta2 * self.v[i] + (1 - c.beta2) * g ** 2
            mh = self.m[i] / (1 - c.beta1 ** self.t)
            vh = self.v[i] / (1 - c.beta2 ** self.t)
            self.theta[i] = self.theta[i] - c.lr * mh / (np.sqrt(vh) + 1e-8)


def main():
    cfg = Config()
    rng = np.random.default_rng(0)
    d = np.load("digits.npz")
    train = d["images"].reshape(-1, 784) / 255
    test = d["test_images"].reshape(-1, 784) / 255

    model = AutoEncoder(cfg, rng)
    for epoch in range(cfg.epochs):
        order = rng.permutation(len(train))
        losses = [model.step(train[order[i:i + cfg.batch]]) for i in range(0, len(train), cfg.batch)]
        if epoch % 10 == 0:
            print(f"epoch {epoch:3d}: {np.mean(losses):.5f}")

    out = model.decode(model.encode(test))
    # what if one always answered with the mean image?
    print("mean image :", np.mean((test - train.mean(0)) ** 2))
    print("autoencoder:", np.mean((test - out) ** 2))


if __name__ == "__main__":
    main()
