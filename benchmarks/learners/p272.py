import numpy as np
import colorsys

np.random.seed(1234)
NAMES = ["black", "white", "gray", "red", "yellow", "green", "blue", "pink"]


def name_of(r, g, b):
    h, s, v = colorsys.rgb_to_hsv(r / 255, g / 255, b / 255)
    if v < 0.3:
        return 0
    if s < 0.22:
        return 1 if v > 0.75 else 2
    if h < 0.06 or h > 0.95:
        return 3
    if h < 0.19:
        return 4
    if h < 0.48:
        return 5
    if h < 0.73:
        return 6
    return 7


def colours(n):
    rgb = np.random.randint(0, 256, size=(3, n))
    grayish = np.random.rand(n) < 0.25
    rgb[:, grayish] = (rgb[:1, grayish] + np.random.randint(-15, 16, (3, grayish.sum()))).clip(0, 255)
    lab = np.array([name_of(*rgb[:, i]) for i in range(n)])
    return rgb, lab


train_rgb, train_lab = colours(1600)
val_rgb, val_lab = colours(300)
test_rgb, test_lab = colours(500)

X = (train_rgb / 255 - 0.5) / 0.29            # 3 x samples
Xval = (val_rgb / 255 - 0.5) / 0.29
K, H, BATCH = len(NAMES), 10, 10
Y = np.full((K, X.shape[1]), 0.05 / K)
Y[train_lab, np.arange(X.shape[1])] += 0.95

W1 = np.random.randn(H, 3) * 0.6
b1 = np.zeros((H, 1))
W2 = np.random.randn(K, H) * 0.2
b2 = np.zeros((K, 1))
sums = [np.full_like(q, 1e-3) for q in (W1, b1, W2, b2)]


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def scores(X, weights):
    A, a, B, b = weights
    return B @ elu(A @ X + a) + b


best_acc, best = 0.0, None
for epoch in range(60):
    perm = np.random.permutation(X.shape[1])
    for s in range(0, len(perm), BATCH):
        idx = perm[s:s + BATCH]
        x = X[:, idx]
        z1 = W1 @ x + b1
        h = elu(z1)
        z2 = W2 @ h + b2
        e = np.exp(z2 - z2.max(axis=0))
        d2 = (e / e.sum(axis=0) - Y[:, idx]) / len(idx)
        d1 = (W2.T @ d2) * np.where(z1 > 0, 1.0, h + 1)
        dW2 = d2 @ h.T
        db2 = d2.sum(axis=1, keepdims=True)
        dW1 = d1 @ x.T
        db1 = d1.sum(axis=0).reshape(b1.shape)
        for q, g, acc in zip((W1, b1, W2, b2), (dW1, db1, dW2, db2), sums):
            acc += g ** 2
            q -= 0.1 * g / np.sqrt(acc)
    val = np.mean(scores(Xval, (W1, b1, W2, b2)).argmax(axis=0) == val_lab)
    if val > best_acc:
        best_acc = val
        best = (W1, b1, W2, b2)
    if epoch % 6 == 0:
        print("epoch %2d  validation %.3f  best %.3f" % (epoch, val, best_acc))

Xtest = test_rgb / 255
guess = scores(Xtest, best).argmax(axis=0)
for k in range(K):
    print(NAMES[k].ljust(7), np.mean(guess[test_lab == k] == k).round(3))
print("all colours:", np.mean(guess == test_lab))
