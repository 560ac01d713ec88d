"""Regression with layer normalisation and Adam; parameters and gradients in dicts."""
import numpy as np


def init_params(rng, sizes):
    params = {}
    for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        params[f"W{i}"] = rng.standard_normal((a, b)) / np.sqrt(a)
        params[f"b{i}"] = np.zeros(b)
        if i < len(sizes) - 1:
            params[f"gain{i}"] = np.ones(b)
            params[f"shift{i}"] = np.zeros(b)
    return params


def layer_norm(z, gain, shift, eps=1e-6):
    mean = z.mean(axis=1, keepdims=True)
    centred = z - mean
    std = np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + eps)
    normed = centred / std
    return gain * normed + shift, (normed, std)


def layer_norm_back(dout, gain, cache):
    normed, std = cache
    dgain = np.sum(dout * normed, axis=0)
    dshift = np.sum(dout, axis=0)
    dnormed = dout * gain
    dz = dnormed - dnormed.mean(axis=1, keepdims=True)
    dz = dz - normed * (dnormed * normed).mean(axis=1, keepdims=True)
    return dz / std, dgain, dshift


def forward(params, x, depth):
    caches, a = [], x
    for i in range(1, depth):
        z = a @ params[f"W{i}"] + params[f"b{i}"]
        normal, cache = layer_norm(z, params[f"gain{i}"], params[f"shift{i}"])
        h = np.tanh(normal)
        caches.append((a, cache, h))
        a = h
    caches.append((a, None, None))
    return a @ params[f"W{depth}"] + params[f"b{depth}"], caches


def backward(params, caches, pred, y, depth):
    grads = {}
    delta = 2 * (pred - y) / len(y)
    a, _, _ = caches[-1]
    grads[f"W{depth}"] = a.T @ delta
    grads[f"b{depth}"] = delta.sum(axis=0)
    da = delta @ params[f"W{depth}"].T
    for i in range(depth - 1, 0, -1):
        a, cache, h = caches[i - 1]
        dnormal = da * (1 - h ** 2)
        dz, grads[f"gain{i}"], grads[f"shift{i}"] = layer_norm_back(dnormal, params[f"gain{i}"], cache)
        grads[f"W{i}"] = a.T @ dz
        grads[f"b{i}"] = dz.sum(axis=0)
        da = dz @ params[f"W{i}"].T
    return grads


def adam(params, grads, m, v, step, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
    for name in params:
        m[name] = b1 * m[name] + (1 - b1) * grads[name]
        v[name] = b2 * v[name] + (1 - b2) * grads[name] ** 2
        m_hat = m[name] / (1 - b1 ** step)
        v_hat = v[name] / (1 - b2 ** step)
        params[name] -= lr * m_hat / (np.sqrt(v_hat) + eps)


if __name__ == "__main__":
    rng = np.random.default_rng(11)
    x = rng.uniform(-2, 2, (500, 3))
    y = (np.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:] / 2) + rng.normal(0, 0.05, (500, 1))
    x_train, y_train, x_test, y_test = x[:400], y[:400], x[400:], y[400:]
    params = init_params(rng, [3, 32, 32, 1])
    m = {name: np.zeros_like(value) for name, value in params.items()}
    v = {name: np.zeros_like(value) for name, value in params.items()}
    step = 0
    for epoch in range(60):
        order = rng.permutation(400)
        for start in range(0, 400, 40):
            take = order[start:start + 40]
            pred, caches = forward(params, x_train[take], 3)
            grads = backward(params, caches, pred, y_train[take], 3)
            step += 1
            adam(params, grads, m, v, step)
        if epoch % 10 == 0:
            pred, _ = forward(params, x_train, 3)
            print("epoch", epoch, "mse", np.mean((pred - y_train) ** 2))
    pred, _ = forward(params, x_test, 3)
    print("R2 on held out rows:", 1 - np.mean((pred - y_test) ** 2) / np.var(y_test))
