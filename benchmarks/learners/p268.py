from dataclasses import dataclass, field
import numpy as np


@dataclass
class Config:
    side: int = 40
    layers: list = field(default_factory=lambda: [2, 32, 32, 1])
    lr: float = 0.004
    epochs: int = 70
    batch: int = 32
    holdout: float = 0.2


cfg = Config()
np.random.seed(8)


def peaks(x, y):
    return (3 * (1 - x) ** 2 * np.exp(-x ** 2 - (y + 1) ** 2)
            - 10 * (x / 5 - x ** 3 - y ** 5) * np.exp(-x ** 2 - y ** 2)
            - 1 / 3 * np.exp(-(x + 1) ** 2 - y ** 2))


def surface(side):
    """heights on a side x side map, plus the pixel of each height"""
    axis = np.linspace(-3, 3, side)
    gx, gy = np.meshgrid(axis, axis)
    heights = peaks(gx, gy).reshape(-1, 1)
    pixels = np.array([(i, j) for i in range(side) for j in range(side)], dtype=float)
    return pixels, heights


class Net:
    def __init__(self, dims):
        self.p, self.g, self.m, self.v = [], [], [], []
        for a, b in zip(dims, dims[1:]):
            for arr in (np.random.randn(a, b) * np.sqrt(2.0 / a), np.zeros(b)):
                self.p.append(arr)
                self.g.append(np.zeros_like(arr))
                self.m.append(np.zeros_like(arr))
                self.v.append(np.zeros_like(arr))
        self.t = 0
        self.n = len(dims) - 1

    def forward(self, x):
        self.h, self.s, self.z = [x], [], []
        for k in range(self.n):
            z = self.h[-1] @ self.p[2 * k] + self.p[2 * k + 1]
            s = 1 / (1 + np.exp(-np.clip(z, -60, 60)))
            self.z.append(z)
            self.s.append(s)
            self.h.append(z * s if k < self.n - 1 else z)
        return self.h[-1]

    def backward(self, d):
        for k in range(self.n - 1, -1, -1):
            if k < self.n - 1:
                s, z = self.s[k], self.z[k]
                d = d * (s + z * s * (1 - s))
            self.g[2 * k] += self.h[k].T @ d
            self.g[2 * k + 1] += d.sum(axis=0)
            d = d @ self.p[2 * k].T

    def adam(self, lr):
        self.t += 1
        for i in range(len(self.p)):
            self.m[i] = 0.9 * self.m[i] + 0.1 * self.g[i]
            self.v[i] = 0.999 * self.v[i] + 0.001 * self.g[i] ** 2
            mh = self.m[i] / (1 - 0.9 ** self.t)
            vh = self.v[i] / (1 - 0.999 ** self.t)
            self.p[i] = self.p[i] - lr * mh / (np.sqrt(vh) + 1e-8)


pixels, heights = surface(cfg.side)
print("map:", pixels.shape, "heights from", heights.min(), "to", heights.max())
inputs = pixels

mix = np.random.permutation(len(inputs))
cut = int(cfg.holdout * len(inputs))
te, tr = mix[:cut], mix[cut:]
net = Net(cfg.layers)
for epoch in range(cfg.epochs):
    np.random.shuffle(tr)
    sq = 0.0
    for i in range(0, len(tr), cfg.batch):
        rows = tr[i:i + cfg.batch]
        diff = net.forward(inputs[rows]) - heights[rows]
        sq += float((diff ** 2).sum())
        net.backward(diff / len(rows))
        net.adam(cfg.lr)
    if (epoch + 1) % 10 == 0:
        print(f"epoch {epoch + 1:3d} rmse {np.sqrt(sq / len(tr)):.3f}")

# compare with the true formula at the held out pixels
u = pixels[te] / (cfg.side - 1) * 6 - 3
true = peaks(u[:, :1], u[:, 1:])
print("rmse at held out points:", np.sqrt(np.mean((net.forward(inputs[te]) - true) ** 2)))
