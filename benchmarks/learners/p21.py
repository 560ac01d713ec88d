import numpy as np

np.random.seed(2024)


def load():
    d = np.load("digits.npz")
    Xtr = d["images"].reshape(1200, 784).T / 255.0
    Xte = d["test_images"].reshape(400, 784).T / 255.0
    return Xtr, d["labels"], Xte, d["test_labels"]


def one_hot(labels):
    oh = np.zeros((10, labels.size))
    for j, l in enumerate(labels):
        oh[l, j] = 1
    return oh


def initialize(n_h):
    W1 = np.random.rand(n_h, 784) * 0.2
    W2 = np.random.rand(10, n_h) * 0.2
    b1 = np.zeros((n_h, 1))
    b2 = np.zeros((10, 1))
    return W1, b1, W2, b2


def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = 1 / (1 + np.exp(-Z1))
    Z2 = W2.dot(A1) + b2
    T = np.exp(Z2 - Z2.max(axis=0))
    A2 = T / T.sum(axis=0)
    return A1, A2


def back_prop(A1, A2, W2, X, Y):
    n = X.shape[1]
    dZ2 = A2 - Y
    dW2 = dZ2.dot(A1.T) / n
    db2 = np.sum(dZ2) / n
    dZ1 = W2.T.dot(dZ2) * A1 * (1 - A1)
    dW1 = dZ1.dot(X.T) / n
    db1 = np.sum(dZ1, axis=1, keepdims=True) / n
    return dW1, db1, dW2, db2


def main():
    Xtr, ytr, Xte, yte = load()
    Y = one_hot(ytr)
    W1, b1, W2, b2 = initialize(32)
    alpha = 0.5
    for epoch in range(15):
        perm = np.random.permutation(1200)
        for k in range(0, 1200, 32):
            sel = perm[k:k + 32]
            A1, A2 = forward_prop(W1, b1, W2, b2, Xtr[:, sel])
            dW1, db1, dW2, db2 = back_prop(A1, A2, W2, Xtr[:, sel], Y[:, k:k + 32])
            W1 -= alpha * dW1
            b1 -= alpha * db1
            W2 -= alpha * dW2
            b2 -= alpha * db2
        _, A2 = forward_prop(W1, b1, W2, b2, Xtr)
        print("Epoch", epoch, "train", np.mean(A2.argmax(0) == ytr))
    _, A2 = forward_prop(W1, b1, W2, b2, Xte)
    print("Test", np.mean(A2.argmax(0) == yte))


main()
