"""1-d convolution, ReLU, mean over time, softmax: tell three wave forms apart."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

rng = np.random.RandomState(0)


def waves(n, length=48):
    t = np.arange(length) / length
    xs, ys = [], []
    for i in range(n):
        kind = i % 3
        f, phase = rng.uniform(3, 5), rng.uniform(0, 1)
        turn = (f * t + phase) % 1
        if kind == 0:
            x = np.sin(2 * np.pi * turn)
        elif kind == 1:
            x = np.where(turn < 0.5, 1.0, -1.0)
        else:
            x = 2 * turn - 1
        xs.append(x + rng.normal(0, 0.15, length))
        ys.append(kind)
    return np.array(xs), np.array(ys)


def init(filters, width, classes):
    K = rng.randn(filters, width) * np.sqrt(2 / width)
    b = np.zeros(filters)
    W = rng.randn(filters, classes) * np.sqrt(1 / filters)
    c = np.zeros(classes)
    return K, b, W, c


def forward(x, K, b, W, c):
    patches = sliding_window_view(x, K.shape[1], axis=1)  # (n, places, width)
    z = patches @ K.T + b  # (n, places, filters)
    a = np.maximum(z, 0)
    pooled = a.mean(axis=1)
    logits = pooled @ W + c
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    return patches, z, a, pooled, probs


def backward(patches, z, a, pooled, probs, y, W):
    n, places = z.shape[:2]
    dlogits = probs.copy()
    dlogits[np.arange(n), y] -= 1
    dlogits /= n
    dW = pooled.T @ dlogits
    dc = dlogits.sum(axis=0)
    dpooled = dlogits @ W.T
    da = np.repeat(dpooled[:, None, :], places, axis=1) / places
    dz = da * (z > 0)
    dK = np.einsum("npf,npw->fw", dz, patches)
    db = dz.sum(axis=(0, 1))
    return dK, db, dW, dc


x, y = waves(300)
xt, yt = waves(150)
K, b, W, c = init(12, 9, 3)
lr = 0.4

for epoch in range(60):
    idx = rng.permutation(len(x))
    for i in range(0, len(x), 20):
        j = idx[i:i + 20]
        patches, z, a, pooled, probs = forward(x[j], K, b, W, c)
        dK, db, dW, dc = backward(patches, z, a, pooled, probs, y[j], W)
        K -= lr * dK
        b -= lr * db
        W -= lr * dW
        c -= lr * dc
    if epoch % 5 == 0:
        p = forward(x, K, b, W, c)[-1]
        print(epoch, "loss", -np.log(p[np.arange(len(y)), y]).mean())

print("accuracy", (forward(xt, K, b, W, c)[-1].argmax(axis=1) == yt).mean())
