import copy
import numpy as np

CFG = {"seed": 4, "n": 600, "hidden": [24, 24], "lr": 0.3, "batch": 30, "max_epochs": 300, "patience": 12}
rng = np.random.default_rng(4)


def moons(n):
    half = n // 2
    t = rng.uniform(0, np.pi, half)
    top = np.stack([np.cos(t), np.sin(t)], 1)
    s = rng.uniform(0, np.pi, half)
    low = np.stack([1 - np.cos(s), 0.5 - np.sin(s)], 1)
    pts = np.concatenate([top, low]) + rng.normal(0, 0.12, (2 * half, 2))
    lab = np.concatenate([np.zeros(half), np.ones(half)])
    mix = rng.permutation(2 * half)
    return pts[mix], lab[mix][:, None]


def init_weights(sizes):
    return [{"W": rng.normal(0, 1 / np.sqrt(a), (a, b)), "b": np.zeros((1, b))} for a, b in zip(sizes[:-1], sizes[1:])]


def forward(layers, x):
    acts = [x]
    for l in layers[:-1]:
        acts.append(np.tanh(acts[-1] @ l["W"] + l["b"]))
    out = acts[-1] @ layers[-1]["W"] + layers[-1]["b"]
    acts.append(1 / (1 + np.exp(-out)))
    return acts


def step(layers, x, y, lr):
    acts = forward(layers, x)
    delta = (acts[-1] - y) / len(x)
    for i in range(len(layers) - 1, -1, -1):
        gW, gb = acts[i].T @ delta, delta.sum(0, keepdims=True)
        if i > 0:
            delta = delta @ layers[i]["W"].T * (1 - acts[i] ** 2)
        layers[i]["W"] -= lr * gW
        layers[i]["b"] -= lr * gb


def bce(layers, x, y):
    p = np.clip(forward(layers, x)[-1], 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


X, Y = moons(CFG["n"])
Xtr, Ytr, Xva, Yva, Xte, Yte = X[:300], Y[:300], X[300:400], Y[300:400], X[400:], Y[400:]
layers = init_weights([2] + CFG["hidden"] + [1])

best_loss, best_layers, waited = 0.0, copy.deepcopy(layers), 0
for epoch in range(CFG["max_epochs"]):
    order = rng.permutation(300)
    for k in range(0, 300, CFG["batch"]):
        sel = order[k:k + CFG["batch"]]
        step(layers, Xtr[sel], Ytr[sel], CFG["lr"])

    val_loss = bce(layers, Xva, Yva)
    if val_loss < best_loss:
        best_loss, waited = val_loss, 0
        best_layers = copy.deepcopy(layers)
    else:
        waited += 1
        if waited >= CFG["patience"]:
            print("early stop at epoch", epoch)
            break

pred = forward(best_layers, Xte)[-1] > 0.5
print("best validation loss", best_loss)
print("test accuracy", np.mean(pred == Yte))
