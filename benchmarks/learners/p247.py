"""House prices with a neural net, numbers copied from the local paper."""
from dataclasses import dataclass
import numpy as np

# m2, rooms, age, km to the centre, price in thousands
HOUSES = [
    (120, 4, 69, 10.2, 247), (170, 6, 27, 20.1, 402), (60, 2, 51, 9.3, 127), (125, 4, 87, 1.1, 375),
    (125, 5, 18, 4.5, 338), (160, 5, 57, 8.8, 364), (165, 6, 15, 6.6, 426), (220, 8, 0, 22.8, 557),
    (225, 8, 27, 21.3, 521), (135, 5, 15, 6.2, 357), (125, 5, 3, 2.5, 418), (210, 8, 45, 17.7, 482),
    (90, 4, 18, 2.1, 306), (185, 6, 33, 11.2, 430), (230, 8, 51, 5.4, 551), (115, 4, 54, 15.6, 254),
    (120, 4, 87, 4.8, 277), (70, 3, 90, 7.5, 150), (145, 4, 27, 8.4, 353), (65, 2, 18, 22.4, 173),
    (135, 4, 36, 15.2, 310), (160, 5, 15, 9.4, 404), (160, 7, 54, 2.9, 518), (110, 3, 3, 1.9, 374),
    (95, 4, 12, 15.4, 245), (145, 6, 9, 21.0, 368), (135, 5, 39, 16.5, 311), (185, 6, 3, 5.9, 492),
    (185, 6, 84, 11.0, 414), (55, 1, 21, 13.4, 140), (115, 4, 24, 4.0, 317), (225, 7, 54, 10.4, 507),
    (55, 2, 6, 11.0, 169), (95, 3, 63, 12.0, 187), (145, 6, 48, 5.8, 355), (150, 6, 90, 12.7, 323),
    (130, 6, 63, 5.2, 301), (130, 5, 3, 21.8, 342), (190, 7, 69, 10.4, 407), (110, 5, 0, 15.4, 309),
    (125, 4, 75, 19.4, 238), (60, 3, 18, 4.5, 181), (150, 6, 51, 19.5, 328), (50, 1, 66, 15.1, 78),
    (200, 7, 24, 15.4, 478), (210, 8, 27, 21.0, 500), (65, 1, 51, 11.6, 130), (165, 5, 45, 21.5, 375),
]


@dataclass
class Config:
    hidden: int = 10
    rate: float = 0.01
    epochs: int = 10000
    clip: float = 5.0
    test: int = 12
    report: int = 1000


cfg = Config()
rng = np.random.default_rng(16)

table = np.array(HOUSES, dtype=float)
X, y = table[:, :4], table[:, 4:] / 10      # ten thousands
Xtr, ytr = X[:-cfg.test], y[:-cfg.test]
Xte, yte = X[-cfg.test:], y[-cfg.test:]
lo, hi = Xtr.min(axis=0), Xtr.max(axis=0)
Xtr = 2 * (Xtr - lo) / (hi - lo) - 1
Xte = 2 * (Xte - lo) / (hi - lo) - 1


def init(n_in, n_hid, n_out):
    p = {}
    p["W1"] = np.zeros((n_in, n_hid))
    p["W2"] = np.zeros((n_hid, n_hid))
    p["W3"] = np.zeros((n_hid, n_out))
    p["b1"] = np.zeros(n_hid)
    p["b2"] = np.zeros(n_hid)
    p["b3"] = np.zeros(n_out)
    return p


def forward(p, x):
    z1 = x @ p["W1"] + p["b1"]
    h1 = np.maximum(0, z1)
    h2 = np.tanh(h1 @ p["W2"] + p["b2"])
    return z1, h1, h2, h2 @ p["W3"]


def gradients(p, x, t):
    z1, h1, h2, out = forward(p, x)
    n = len(x)
    d3 = (out - t) / n
    d2 = (d3 @ p["W3"].T) * (1 - h2 ** 2)
    d1 = (d2 @ p["W2"]) * (z1 > 0)
    g = {"W3": h2.T @ d3, "b3": d3.sum(axis=0),
         "W2": h1.T @ d2, "b2": d2.sum(axis=0),
         "W1": x.T @ d1, "b1": d1.sum(axis=0)}
    return g, ((out - t) ** 2).mean()


def train(p):
    for e in range(cfg.epochs):
        g, loss = gradients(p, Xtr, ytr)
        norm = np.sqrt(sum((v ** 2).sum() for v in g.values()))
        scale = min(1.0, cfg.clip / (norm + 1e-12))
        for k in p:
            p[k] -= cfg.rate * scale * g[k]
        if e % cfg.report == 0:
            print(f"{e:5d}  {loss:.4f}")


p = init(4, cfg.hidden, 1)
train(p)
guess = forward(p, Xte)[-1]
for a, b in zip(guess[:, 0], yte[:, 0]):
    print("guess %4.0f   paper %4.0f" % (a * 10, b * 10))
print("root mean squared error (thousands):", 10 * np.sqrt(((guess - yte) ** 2).mean()))
