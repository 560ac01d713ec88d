import numpy as np


def get_rings(per_ring):
    """Three rings around the origin (radius 0.5, 1.5, 2.5). Returns X (2, n) and Y (3, n)"""
    X, Y = [], []
    for ring in range(3):
        for _ in range(per_ring):
            r = 0.5 + ring + np.random.normal(0, 0.15)
            w = np.random.uniform(0, 2 * np.pi)
            X.append([r * np.cos(w), r * np.sin(w)])
            Y.append([float(ring == q) for q in range(3)])
    return np.array(X).T, np.array(Y).T


def sigmoid(Z):
    return 1.0 / (1.0 + np.exp(-Z))


def initialise(sizes):
    Ws, bs = [], []
    for i in range(1, len(sizes)):
        Ws.append(np.random.randn(sizes[i], sizes[i - 1]) * (2.0 if i == 1 else 1.0))
        bs.append(np.random.randn(sizes[i], 1) * 0.5)
    return Ws, bs


def propagate(X, Ws, bs):
    Zs, As = [], [X]
    for l in range(len(Ws)):
        Z = Ws[l] @ As[-1] + bs[l]
        Zs.append(Z)
        if l == len(Ws) - 1:
            T = np.exp(Z - Z.max(axis=0))
            As.append(T / T.sum(axis=0))
        else:
            As.append(sigmoid(Z))
    return Zs, As


def cross_entropy(A, Y):
    return -np.sum(Y * np.log(A + 1e-10)) / Y.shape[1]


def backpropagate(Y, Ws, Zs, As):
    m = Y.shape[1]
    dWs, dbs = [], []
    dZ = As[-1] - Y
    for l in range(len(Ws) - 1, -1, -1):
        dWs.insert(0, dZ @ As[l].T / m)
        dbs.insert(0, np.sum(dZ, axis=1, keepdims=True) / m)
        if l > 0:
            dA = Ws[l].T @ dZ
            dZ = dA * Zs[l - 1] * (1 - Zs[l - 1])
    return dWs, dbs


def train(X, Y, sizes, alpha=1.0, iterations=3000):
    Ws, bs = initialise(sizes)
    for it in range(iterations + 1):
        Zs, As = propagate(X, Ws, bs)
        dWs, dbs = backpropagate(Y, Ws, Zs, As)
        for W, b, dW, db in zip(Ws, bs, dWs, dbs):
            W = W - alpha * dW
            b = b - alpha * db
        if it % 500 == 0:
            print("Cost after", it, "iterations:", cross_entropy(As[-1], Y))
    return Ws, bs


np.random.seed(14)
X, Y = get_rings(100)
X_test, Y_test = get_rings(100)
Ws, bs = train(X, Y, [2, 16, 8, 3])
for name, P, Q in (("train", X, Y), ("test", X_test, Y_test)):
    _, As = propagate(P, Ws, bs)
    print(name, "accuracy", np.mean(np.argmax(As[-1], axis=0) == np.argmax(Q, axis=0)))
