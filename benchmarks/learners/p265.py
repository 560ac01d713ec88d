import numpy as np

config = {
    "size": 11,          # picture is size x size
    "train": 800,
    "test": 200,
    "hidden": [40, 20],
    "lr": 2e-3,
    "betas": (0.9, 0.999),
    "epochs": 60,
    "batch": 16,
    "pixel_noise": 0.25,
    "train_jitter": 0.1,
}


def draw(rng, count, cfg):
    """bar through (about) the middle, angle in [0, 180) degrees"""
    s = cfg["size"]
    ang = rng.uniform(0, np.pi, count)
    cx, cy = rng.uniform(-0.15, 0.15, (2, count))
    g = np.linspace(-1, 1, s)
    yy, xx = np.meshgrid(g, g, indexing="ij")
    off = (-np.sin(ang)[:, None, None] * (xx - cx[:, None, None])
           + np.cos(ang)[:, None, None] * (yy - cy[:, None, None]))
    pics = np.exp(-(off / 0.2) ** 2)
    pics += cfg["pixel_noise"] * rng.standard_normal(pics.shape)
    return pics.reshape(count, -1), ang


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def init(rng, cfg):
    dims = [cfg["size"] ** 2] + cfg["hidden"] + [2]
    P = []
    for a, b in zip(dims[:-1], dims[1:]):
        P.append(rng.standard_normal((a, b)) * np.sqrt(1.6 / a))
        P.append(np.zeros(b))
    return P


def forward(P, x):
    zs, hs = [], [x]
    for k in range(0, len(P), 2):
        z = hs[-1] @ P[k] + P[k + 1]
        zs.append(z)
        hs.append(z if k == len(P) - 2 else z * sigmoid(z))
    return zs, hs


def backward(P, zs, hs, t):
    G = [None] * len(P)
    d = (hs[-1] - t) / len(t)
    for k in range(len(P) - 2, -1, -2):
        G[k] = hs[k // 2].T @ d
        G[k + 1] = d.sum(0)
        if k:
            s = sigmoid(zs[k // 2 - 1])
            d = (d @ P[k].T) * (s + zs[k // 2 - 1] * s * (1 - s))
    return G


def degrees_off(P, x, ang):
    o = forward(P, x)[1][-1]
    guess = 0.5 * np.arctan2(o[:, 1], o[:, 0])
    diff = (guess - ang + np.pi / 2) % np.pi - np.pi / 2     # a bar looks the same after half a turn
    return np.degrees(np.abs(diff)).mean()


def main(cfg):
    rng = np.random.default_rng(90)
    x, ang = draw(rng, cfg["train"], cfg)
    xt, angt = draw(rng, cfg["test"], cfg)
    middle = x.mean()
    x, xt = x - middle, xt - middle
    t = np.column_stack([np.cos(2 * ang), np.sin(2 * ang)])
    P = init(rng, cfg)
    M = [np.zeros_like(p) for p in P]
    V = [np.zeros_like(p) for p in P]
    b1, b2 = cfg["betas"]
    step = 0
    for ep in range(1, cfg["epochs"] + 1):
        perm = rng.permutation(len(x))
        for i in range(0, len(x), cfg["batch"]):
            j = perm[i:i + cfg["batch"]]
            xb = x[j] + cfg["train_jitter"] * rng.standard_normal((len(j), x.shape[1]))
            zs, hs = forward(P, xb)
            step += 1
            for p, g, m, v in zip(P, backward(P, zs, hs, t[j]), M, V):
                m += (1 - b1) * (g - m)
                v += (1 - b2) * (g * g - v)
                p -= cfg["lr"] * (m / (1 - b1 ** step)) / (np.sqrt(v / (1 - b2 ** step)) + 1e-8)
        if ep % 10 == 0:
            print(f"epoch {ep}: train {degrees_off(P, x, ang):.2f} deg")
    print(f"test, mean degrees off: {degrees_off(P, xt, angt):.3f}")


if __name__ == "__main__":
    main(config)
