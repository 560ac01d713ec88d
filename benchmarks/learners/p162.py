import numpy as np

np.random.seed(77)

file = np.load("digits.npz")
X = (file["images"].reshape(1200, 784) / 255).T
X_test = (file["test_images"].reshape(400, 784) / 255).T
Y = np.zeros((10, 1200))
for i, lab in enumerate(file["labels"]):
    Y[lab][i] = 1

W = {1: np.random.randn(50, 784) * 0.05, 2: np.random.randn(10, 50) * 0.1}
b = {1: np.zeros((50, 1)), 2: np.zeros((10, 1))}
vW = {1: 0.0, 2: 0.0}
vb = {1: 0.0, 2: 0.0}

learning_rate = 0.05
mu = 0.9
B = 60


def leaky(z):
    return np.where(z > 0, z, 0.01 * z)


def leaky_d(z):
    return np.where(z > 0, 1.0, 0.01)


for iteration in range(600):
    pick = np.random.choice(1200, B, replace=False)
    k = (iteration * B) % 1200
    xb = X[:, pick]
    yb = Y[:, k:k + B]

    # forward pass
    z1 = W[1] @ xb + b[1]
    a1 = leaky(z1)
    z2 = W[2] @ a1 + b[2]
    z2 -= z2.max(axis=0)
    a2 = np.exp(z2) / np.exp(z2).sum(axis=0)

    # backward pass
    dz2 = (a2 - yb) / B
    dz1 = (W[2].T @ dz2) * leaky_d(z1)
    dW = {1: dz1 @ xb.T, 2: dz2 @ a1.T}
    db = {1: dz1.sum(axis=1, keepdims=True), 2: dz2.sum(axis=1, keepdims=True)}

    for l in (1, 2):
        vW[l] = mu * vW[l] - learning_rate * dW[l]
        vb[l] = mu * vb[l] - learning_rate * db[l]
        W[l] = W[l] - vW[l]
        b[l] = b[l] - vb[l]

    if iteration % 100 == 0:
        loss = -np.mean(np.log(np.sum(a2 * yb, axis=0) + 1e-10))
        print(f"iteration {iteration}: loss = {loss:.3f}")

a1 = leaky(W[1] @ X_test + b[1])
scores = W[2] @ a1 + b[2]
hits = 0
for i in range(400):
    if np.argmax(scores[:, i]) == file["test_labels"][i]:
        hits += 1
print("hits:", hits, "accuracy:", hits / 400)
