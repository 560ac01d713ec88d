# config first, like in every "real" project
import numpy as np

config = {
    "classes": 5,
    "features": 6,
    "hidden": 24,
    "epochs": 160,
    "batch": 20,
    "lr": 0.003,
    "rho": 0.9,
    "eps": 1e-8,
}


def blobs(rng, n, centres):
    y = rng.integers(0, len(centres), n)
    x = centres[y] + rng.normal(0, 1.0, (n, centres.shape[1]))
    # last two measurements are in another unit
    x[:, 4:] = 2500 + 900 * x[:, 4:]
    return x, y


def softmax(z):
    z = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return z / np.sum(z, axis=-1, keepdims=True)


def relu(z):
    return z * (z > 0)


def net(theta, x):
    h = relu(x @ theta["W"] + theta["b"])
    return h, softmax(h @ theta["V"] + theta["c"])


def gradient(theta, x, y):
    h, p = net(theta, x)
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    dh = (d @ theta["V"].T) * (h > 0)
    return {"V": h.T @ d, "c": d.sum(0), "W": x.T @ dh, "b": dh.sum(0)}


def rmsprop(theta, grad, cache, cfg):
    for name in theta:
        cache[name] = cfg["rho"] * cache[name] + (1 - cfg["rho"]) * grad[name] ** 2
        theta[name] -= cfg["lr"] * grad[name] / (cache[name] + cfg["eps"])


def accuracy(theta, x, y):
    return float(np.mean(net(theta, x)[1].argmax(1) == y))


def main(cfg):
    rng = np.random.default_rng(21)
    centres = rng.normal(0, 2.5, (cfg["classes"], cfg["features"]))
    x_train, y_train = blobs(rng, 600, centres)
    x_val, y_val = blobs(rng, 200, centres)
    x_test, y_test = blobs(rng, 400, centres)

    theta = {
        "W": rng.normal(0, np.sqrt(2 / cfg["features"]), (cfg["features"], cfg["hidden"])),
        "b": np.zeros(cfg["hidden"]),
        "V": rng.normal(0, np.sqrt(1 / cfg["hidden"]), (cfg["hidden"], cfg["classes"])),
        "c": np.zeros(cfg["classes"]),
    }
    cache = {k: np.zeros(v.shape) for k, v in theta.items()}
    best, best_val = None, -1.0

    for epoch in range(cfg["epochs"]):
        idx = rng.permutation(len(x_train))
        for part in np.array_split(idx, len(idx) // cfg["batch"]):
            rmsprop(theta, gradient(theta, x_train[part], y_train[part]), cache, cfg)
        val = accuracy(theta, x_val, y_val)
        if val > best_val:
            best_val = val
            best = {k: v for k, v in theta.items()}
        if epoch % 10 == 0:
            print("epoch", epoch, "validation", val)

    print("best validation", best_val)
    print("test accuracy", accuracy(best, x_test, y_test))


main(config)
