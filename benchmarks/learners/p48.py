from dataclasses import dataclass, field
from typing import Iterator, Tuple
import numpy as np

Array = np.ndarray


@dataclass
class AdamState:
    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    t: int = 0
    m: dict = field(default_factory=dict)
    v: dict = field(default_factory=dict)

    def step(self, params: dict, grads: dict) -> None:
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.b1 * self.m.get(k, 0) + (1 - self.b1) * g
            self.v[k] = self.b2 * self.v.get(k, 0) + (1 - self.b2) * g * g
            m_hat = self.m[k] / (1 - self.b1 ** self.t)
            v_hat = self.v[k] / (1 - self.b2)
            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def minibatches(x: Array, y: Array, size: int, rng) -> Iterator[Tuple[Array, Array]]:
    order = rng.permutation(len(x))
    for s in range(0, len(x), size):
        take = order[s:s + size]
        yield x[take], y[take]


@dataclass
class MLP:
    n_in: int
    n_hidden: int
    n_out: int
    seed: int = 0

    def __post_init__(self):
        rng = np.random.default_rng(0)
        self.params = {
            "W1": rng.standard_normal((self.n_in, self.n_hidden)) * np.sqrt(2 / self.n_in),
            "b1": np.zeros(self.n_hidden),
            "W2": rng.standard_normal((self.n_hidden, self.n_out)) * np.sqrt(2 / self.n_hidden),
            "b2": np.zeros(self.n_out),
        }

    def __call__(self, x: Array) -> Array:
        p = self.params
        self.x = x
        self.h = np.maximum(x @ p["W1"] + p["b1"], 0)
        z = self.h @ p["W2"] + p["b2"]
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)

    def grads(self, prob: Array, y: Array) -> dict:
        d = prob.copy()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        dh = d @ self.params["W2"].T * (self.h > 0)
        return {"W1": self.x.T @ dh, "b1": dh.sum(0), "W2": self.h.T @ d, "b2": d.sum(0)}


def standardize(x: Array) -> Array:
    return (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-8)


def main() -> None:
    rng = np.random.default_rng(0)
    d = np.load("digits.npz")
    x = d["images"].reshape(len(d["images"]), -1) / 255.0
    x_test = d["test_images"].reshape(len(d["test_images"]), -1) / 255.0
    y, y_test = d["labels"], d["test_labels"]

    x = standardize(x)
    x, x_val, y, y_val = x[:1000], x[1000:], y[:1000], y[1000:]

    net = MLP(784, 50, 10)
    adam = AdamState(lr=3e-4)
    for epoch in range(12):
        for xb, yb in minibatches(x, y, 32, rng):
            adam.step(net.params, net.grads(net(xb), yb))
        if epoch % 3 == 0:
            val = (net(x_val).argmax(1) == y_val).mean()
            print(f"epoch {epoch}: val acc {val:.3f}")

    x_test = (x_test - x_test.mean()) / x_test.std()
    acc = (net(x_test).argmax(1) == y_test).mean()
    print(f"final test acc {acc:.3f}")


if __name__ == "__main__":
    main()
