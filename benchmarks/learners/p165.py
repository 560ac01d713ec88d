"""Small MNIST net. Everything numpy, settings in one dataclass."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Config:
    n_in: int = 28 * 28
    n_hidden: int = 64
    n_out: int = 10
    lr: float = 0.1
    batch: int = 30
    epochs: int = 60
    seed: int = 0


@dataclass
class Params:
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    history: list[float] = field(default_factory=list)


rng = np.random.default_rng(21)


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    with np.load("digits.npz") as f:
        x, y = f["images"], f["labels"]
        xt, yt = f["test_images"], f["test_labels"]
    x = x.reshape(len(x), -1).astype(np.float64) / 255.0
    xt = xt.reshape(len(xt), -1).astype(np.float64) / 255.0
    return x, y.astype(int), xt, yt.astype(int)


def init(cfg: Config) -> Params:
    return Params(
        w1=rng.normal(0.0, np.sqrt(2.0 / cfg.n_in), (cfg.n_in, cfg.n_hidden)),
        b1=np.zeros(cfg.n_hidden),
        w2=rng.normal(0.0, np.sqrt(1.0 / cfg.n_hidden), (cfg.n_hidden, cfg.n_out)),
        b2=np.zeros(cfg.n_out),
    )


def forward(p: Params, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    h = np.maximum(x @ p.w1 + p.b1, 0.0)
    s = h @ p.w2 + p.b2
    s = s - s.max(axis=1, keepdims=True)
    e = np.exp(s)
    return h, e / e.sum(axis=1, keepdims=True)


def train_batch(p: Params, x: np.ndarray, y: np.ndarray, lr: float) -> float:
    m = len(y)
    h, prob = forward(p, x)
    loss = float(-np.log(prob[np.arange(m), y] + 1e-12).mean())

    ds = prob.copy()
    ds[np.arange(m), y] -= 1.0
    ds /= m
    dh = ds @ p.w2.T
    dh[h <= 0.0] = 0.0

    p.w2 -= lr * h.T @ ds
    p.b2 -= lr * ds.sum(axis=0)
    p.w1 -= lr * x.T @ dh
    p.b1 -= lr * dh.sum(axis=0)
    return loss


def accuracy(p: Params, x: np.ndarray, y: np.ndarray) -> float:
    return float((forward(p, x)[1].argmax(axis=1) == y).mean())


def main() -> None:
    cfg = Config()
    x, y, xt, yt = load()
    p = init(cfg)
    for epoch in range(cfg.epochs):
        rng.shuffle(x)
        losses = [
            train_batch(p, x[k:k + cfg.batch], y[k:k + cfg.batch], cfg.lr)
            for k in range(0, len(x), cfg.batch)
        ]
        p.history.append(sum(losses) / len(losses))
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3d}: loss {p.history[-1]:.4f}")
    print(f"accuracy on the test images: {accuracy(p, xt, yt):.4f}")


if __name__ == "__main__":
    main()
