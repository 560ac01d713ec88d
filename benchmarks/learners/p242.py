"""
Week 5 - Ordinal regression with a neural network

A rating r in {1,2,3,4,5} is turned into 4 yes/no questions, the network
answers each of them with a sigmoid, and the answers are put back together.
The hidden layer uses batch normalisation.
"""
import numpy as np

rng = np.random.default_rng(5)


# GRADED FUNCTION: make_films
def make_films(m):
    """
    Argument:
    m -- number of films
    Returns:
    X -- (m, 6) notes of six critics, y -- (m,) stars of the audience
    """
    X = rng.uniform(0, 10, (m, 6))
    taste = 0.5 * X[:, 0] + 0.3 * X[:, 1] - 0.25 * np.abs(X[:, 2] - 5) + 0.02 * X[:, 3] * X[:, 4]
    taste = taste + rng.normal(0, 0.1, m)
    y = 1 + np.digitize(taste, [2.7, 3.7, 4.6, 5.6])
    assert X.shape == (m, 6) and y.min() >= 1 and y.max() <= 5
    return X, y


# GRADED FUNCTION: encode
def encode(y):
    """
    Turns ratings into staircases, one column for each level.

    Argument:
    y -- (m,) ratings 1..5
    Returns:
    T -- (m, 4) of zeros and ones
    """
    levels = np.arange(1, 5)
    T = (y[:, None] >= levels[None, :]).astype(float)
    assert T.shape == (len(y), 4)
    assert np.all(np.diff(T, axis=1) <= 0)      # never goes up again
    return T


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# GRADED FUNCTION: initialize
def initialize(n_x, n_h, n_y):
    """Returns a dictionary of parameters (and the running statistics)."""
    return {
        "W1": rng.normal(0, np.sqrt(1 / n_x), (n_x, n_h)),
        "gamma": np.ones(n_h),
        "beta": np.zeros(n_h),
        "W2": rng.normal(0, np.sqrt(1 / n_h), (n_h, n_y)),
        "b2": np.zeros(n_y),
        "mean": np.zeros(n_h),
        "var": np.ones(n_h),
    }


# GRADED FUNCTION: forward
def forward(X, p, train):
    """
    Linear -> batch norm -> sigmoid -> linear -> sigmoid

    Returns:
    A2 -- (m, 4) answers, cache -- what backward needs
    """
    Z = X @ p["W1"]
    if train:
        mean, var = Z.mean(axis=0), Z.var(axis=0)
        p["mean"] = 0.9 * p["mean"] + 0.1 * mean
        p["var"] = 0.9 * p["var"] + 0.1 * var
    else:
        mean, var = p["mean"], p["var"]
    inv = 1 / np.sqrt(var + 1e-5)
    Zn = (Z - mean) * inv
    A1 = sigmoid(p["gamma"] * Zn + p["beta"])
    A2 = sigmoid(A1 @ p["W2"] + p["b2"])
    assert A2.shape == (X.shape[0], 4)
    return A2, (X, Zn, inv, A1)


# GRADED FUNCTION: backward
def backward(A2, T, cache, p):
    """Returns the gradients of the summed binary cross entropy / m."""
    X, Zn, inv, A1 = cache
    m = X.shape[0]
    dZ2 = (A2 - T) / m
    dA1 = dZ2 @ p["W2"].T
    dY = dA1 * A1 * (1 - A1)
    dZn = dY * p["gamma"]
    dZ = inv * (dZn - dZn.mean(axis=0) - Zn * (dZn * Zn).mean(axis=0))
    grads = {
        "W2": A1.T @ dZ2,
        "b2": dZ2.sum(axis=0),
        "gamma": (dY * Zn).sum(axis=0),
        "beta": dY.sum(axis=0),
        "W1": X.T @ dZ,
    }
    for k in grads:
        assert grads[k].shape == p[k].shape
    return grads


# GRADED FUNCTION: decode
def decode(A2):
    """Counts how many of the levels are reached. One star is the least."""
    stars = 1 + (A2 > 0.5).sum(axis=1)
    return stars


def model(X, y, n_h=20, learning_rate=0.5, num_epochs=240, batch=40):
    p = initialize(X.shape[1], n_h, 4)
    T = encode(y)
    for epoch in range(num_epochs):
        perm = rng.permutation(len(X))
        cost = 0
        for s in range(0, len(X), batch):
            rows = perm[s:s + batch]
            A2, cache = forward(X[rows], p, train=True)
            t = T[rows]
            cost += -np.sum(t * np.log(A2 + 1e-9) + (1 - t) * np.log(1 - A2 + 1e-9))
            grads = backward(A2, t, cache, p)
            for k in grads:
                p[k] = p[k] - learning_rate * grads[k]
        if epoch % 40 == 0:
            print("Cost after epoch %i: %f" % (epoch, cost / len(X)))
    return p


X, y = make_films(1000)
X_test, y_test = make_films(400)
center = X.mean(axis=0)
spread = X.std(axis=0)
X = (X - center) / spread
X_test = (X_test - center) / spread

parameters = model(X, y)
guess = decode(forward(X_test, parameters, train=False)[0])
print("mean distance in stars:", np.abs(guess - y_test).mean())
print("Accuracy on the test films: %.2f %%" % (100 * np.mean(guess == y_test)))
