from dataclasses import dataclass, field
import numpy as np


@dataclass
class Config:
    hidden: int = 80
    epochs: int = 25
    batch: int = 50
    lr: float = 0.2
    drop: float = 0.2
    smooth: float = 0.1
    decay: float = 0.01
    sizes: list = field(default_factory=lambda: [784, 80, 10])


cfg = Config()
np.random.seed(99)


class Net:
    def __init__(self, cfg):
        self.cfg = cfg
        n0, n1, n2 = cfg.sizes
        self.p = {
            "W1": np.random.randn(n0, n1) * np.sqrt(2 / n0), "b1": np.zeros(n1),
            "W2": np.random.randn(n1, n2) * np.sqrt(2 / n1), "b2": np.zeros(n2),
        }

    def mask(self, shape):
        # inverted dropout so nothing has to be changed for testing
        keep = np.random.rand(*shape) < self.cfg.drop
        return keep / keep.mean()

    def forward(self, x, training):
        p = self.p
        if training:
            x = x * self.mask(x.shape)
        h = np.maximum(0, x @ p["W1"] + p["b1"])
        m = self.mask(h.shape) if training else np.ones_like(h)
        hd = h * m
        z = hd @ p["W2"] + p["b2"]
        z -= z.max(axis=1, keepdims=True)
        prob = np.exp(z)
        prob /= prob.sum(axis=1, keepdims=True)
        self.saved = (x, h, m, hd)
        return prob

    def gradients(self, prob, target):
        x, h, m, hd = self.saved
        d = (prob - target) / len(x)
        dh = d @ self.p["W2"].T * m
        dh[h <= 0] = 0
        return {"W2": hd.T @ d, "b2": d.sum(0), "W1": x.T @ dh, "b1": dh.sum(0)}

    def update(self, grads):
        c = self.cfg
        for name, g in grads.items():
            if name.startswith("W"):
                self.p[name] -= c.lr * g + c.decay * self.p[name]
            else:
                self.p[name] -= c.lr * g


def smooth_labels(y, k, eps):
    hard = np.zeros((len(y), k))
    hard[range(len(y)), y] = 1
    return eps * hard + (1 - eps) / k


with np.load("digits.npz") as f:
    x = f["images"].reshape(-1, 784).astype("float64") / 255
    y = f["labels"].astype(int)
    xt = f["test_images"].reshape(-1, 784).astype("float64") / 255
    yt = f["test_labels"].astype(int)

net = Net(cfg)
t = smooth_labels(y, 10, cfg.smooth)
for epoch in range(cfg.epochs):
    idx = np.random.permutation(len(x))
    for i in range(0, len(x), cfg.batch):
        j = idx[i:i + cfg.batch]
        prob = net.forward(x[j], training=True)
        net.update(net.gradients(prob, t[j]))
    if (epoch + 1) % 5 == 0:
        acc = (net.forward(x, False).argmax(1) == y).mean()
        print(f"epoch {epoch + 1}/{cfg.epochs} train acc {acc:.3f}")

print("test acc", (net.forward(xt, False).argmax(1) == yt).mean())
