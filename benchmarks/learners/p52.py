"""Early stopping with the best weights kept. Train / validation / test = 700 / 300 / 400.
Nesterov momentum, L2, ELU hidden layer."""
import numpy as np

np.random.seed(10)

data = np.load("digits.npz")
X, y = data["images"].reshape(1200, -1) / 255.0, data["labels"].astype(int)
order = np.random.permutation(1200)
X = X[order]
y = y[order]
tr, va = slice(0, 700), slice(700, 1000)
Xte, yte = data["test_images"].reshape(400, -1) / 255.0, data["test_labels"].astype(int)

n_h = 48
weights = [
    np.random.randn(784, n_h) * 0.03,
    np.zeros(n_h),
    np.random.randn(n_h, 10) * 0.1,
    np.zeros(10),
]


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def elu_grad(z):
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


def forward(X, w):
    z = X @ w[0] + w[1]
    h = elu(z)
    s = h @ w[2] + w[3]
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s)
    return z, h, p / p.sum(axis=1, keepdims=True)


def gradients(X, y, w, l2):
    z, h, p = forward(X, w)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dz = (p @ w[2].T) * elu_grad(z)
    return [X.T @ dz + l2 * w[0], dz.sum(0), h.T @ p + l2 * w[2], p.sum(0)]


def val_loss(w):
    p = forward(X[va], w)[2]
    return -np.log(p[np.arange(300), y[va]] + 1e-12).mean()


lr, mom, l2 = 0.05, 0.9, 1e-4
velocity = [np.zeros_like(w) for w in weights]
best_loss = 0.0
best_weights = weights
patience, waited = 6, 0

for epoch in range(60):
    idx = np.random.permutation(700)
    for b in range(0, 700, 35):
        k = idx[b:b + 35]
        ahead = [w + mom * v for w, v in zip(weights, velocity)]
        g = gradients(X[tr][k], y[tr][k], ahead, l2)
        velocity = [mom * v + lr * gg for v, gg in zip(velocity, g)]
        weights = [w + v for w, v in zip(weights, velocity)]

    loss = val_loss(weights)
    print("epoch", epoch, "validation loss", round(loss, 4))
    if loss < best_loss:
        best_loss = loss
        best_weights = [w.copy() for w in weights]
        waited = 0
    else:
        waited += 1
        if waited >= patience:
            print("stop, best was", best_loss)
            break

pred = forward(Xte, best_weights)[2].argmax(axis=1)
print("test accuracy with the best weights:", np.mean(pred == yte))
