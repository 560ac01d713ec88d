# Exercise from the course: spiral data, notation like in the lecture (X is n_x by m)
import numpy as np

np.random.seed(5)


def make_spirals(per_arm, noise=0.12):
    X = np.zeros((2, 3 * per_arm))
    y = np.zeros(3 * per_arm, dtype=int)
    for k in range(3):
        r = np.linspace(0.05, 1, per_arm)
        t = np.linspace(k * 4.2, k * 4.2 + 4.2, per_arm) + np.random.randn(per_arm) * noise
        X[:, k * per_arm:(k + 1) * per_arm] = np.vstack([r * np.sin(t), r * np.cos(t)])
        y[k * per_arm:(k + 1) * per_arm] = k
    return X, y


def one_hot(y, n):
    Y = np.zeros((n, y.size))
    Y[y, np.arange(y.size)] = 1
    return Y


def init(n_x, n_h, n_y):
    return {
        "W1": np.random.randn(n_h, n_x) * np.sqrt(1 / n_x),
        "b1": np.zeros((n_h, 1)),
        "W2": np.random.randn(n_y, n_h) * np.sqrt(1 / n_h),
        "b2": np.zeros((n_y, 1)),
    }


def forward(X, P):
    Z1 = P["W1"] @ X + P["b1"]
    A1 = np.tanh(Z1)
    Z2 = P["W2"] @ A1 + P["b2"]
    E = np.exp(Z2 - np.max(Z2))
    A2 = E / np.sum(E, axis=1, keepdims=True)
    return A1, A2


def backward(X, Y, A1, A2, P):
    m = X.shape[1]
    dZ2 = A2 - Y
    G = {}
    G["W2"] = dZ2 @ A1.T / m
    G["b2"] = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (P["W2"].T @ dZ2) * (1 - np.tanh(A1) ** 2)
    G["W1"] = dZ1 @ X.T / m
    G["b1"] = np.sum(dZ1, axis=1, keepdims=True) / m
    return G


def train(X, y, n_h=40, lr=0.08, beta=0.95, epochs=1200):
    P = init(2, n_h, 3)
    Y = one_hot(y, 3)
    for epoch in range(epochs):
        V = {name: np.zeros_like(P[name]) for name in P}
        A1, A2 = forward(X, P)
        if epoch % 120 == 0:
            cost = -np.sum(Y * np.log(A2 + 1e-12)) / y.size
            print(f"epoch {epoch}: cost {cost:.4f}")
        G = backward(X, Y, A1, A2, P)
        for name in P:
            V[name] = beta * V[name] - lr * G[name]
            P[name] = P[name] + V[name]
    return P


X, y = make_spirals(150)
X_new, y_new = make_spirals(60)
P = train(X, y)
_, A2 = forward(X_new, P)
print("accuracy on new spirals:", np.mean(np.argmax(A2, axis=0) == y_new))
