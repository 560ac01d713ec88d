from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator

import numpy as np

RNG = np.random.default_rng(99)


@dataclass
class Config:
    layers: list[int] = field(default_factory=lambda: [784, 80, 10])
    lr: float = 0.02
    momentum: float = 0.9
    batch: int = 40
    epochs: int = 12
    decay: float = 0.9


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray
    vW: np.ndarray
    vb: np.ndarray

    @classmethod
    def create(cls, n_in: int, n_out: int) -> Layer:
        bound = np.sqrt(6 / (n_in + n_out))
        W = RNG.uniform(-bound, bound, size=(n_out, n_in))
        b = np.ones(n_out) * 0.1
        return cls(W, b, np.zeros_like(W), np.zeros_like(b))


def load() -> tuple[np.ndarray, ...]:
    raw = np.load("digits.npz")
    tr = raw["images"].reshape(-1, 784).astype(float)
    te = raw["test_images"].reshape(-1, 784).astype(float)
    mu, sd = tr.mean(axis=0), tr.std(axis=0) + 30
    return (tr - mu) / sd, raw["labels"], (te - mu) / sd, raw["test_labels"]


def softplus(z: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)


def logistic(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * z))


def forward(net: list[Layer], x: np.ndarray) -> tuple[list, list]:
    acts, zs = [x], []
    for i, l in enumerate(net):
        z = acts[-1] @ l.W.T + l.b
        zs.append(z)
        acts.append(z if i == len(net) - 1 else softplus(z))
    return acts, zs


def batches(n: int, size: int) -> Iterator[np.ndarray]:
    order = RNG.permutation(n)
    yield from np.array_split(order, n // size)


def step(net: list[Layer], x: np.ndarray, y: np.ndarray, cfg: Config, lr: float) -> float:
    # Nesterov: look ahead, take the gradient there, come back
    for l in net:
        l.W += cfg.momentum * l.vW
        l.b += cfg.momentum * l.vb
    acts, zs = forward(net, x)

    scores = acts[-1] - acts[-1].max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(len(y)), y].mean()

    delta = np.exp(logp)
    delta[np.arange(len(y)), y] -= 1
    delta /= len(y)
    for i in range(len(net) - 1, -1, -1):
        l = net[i]
        gW, gb = delta.T @ acts[i], delta.sum(axis=0)
        if i > 0:
            delta = (delta @ l.W) * logistic(zs[i - 1])
        l.W -= cfg.momentum * l.vW
        l.b -= cfg.momentum * l.vb
        l.vW = cfg.momentum * l.vW - lr * gW
        l.vb = cfg.momentum * l.vb - lr * gb
        l.W += l.vW
        l.b += l.vb
    return loss


def main() -> None:
    cfg = Config()
    x, y, xt, yt = load()
    net = [Layer.create(a, b) for a, b in zip(cfg.layers, cfg.layers[1:])]
    lr = cfg.lr
    for epoch in range(cfg.epochs):
        loss = np.mean([step(net, x[i], y[i], cfg, lr) for i in batches(len(x), cfg.batch)])
        lr *= cfg.decay
        print(f"[{epoch:02d}] loss={loss:.4f} lr={lr:.4f}")
    acc = np.mean(np.argmax(forward(net, xt)[0][-1], axis=1) == yt)
    print(f"accuracy={acc:.4f}")


if __name__ == "__main__":
    main()
