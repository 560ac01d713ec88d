"""Inside or outside of a circle: ReLU, one sigmoid with binary cross-entropy, points in columns."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 25
M = 10
THRESHOLD = 0.5


def load():
    rng = np.random.RandomState(10)
    pts = rng.uniform(-100, 100, (750, 2))
    inside = (np.hypot(pts[:, 0], pts[:, 1]) < 70).astype(int)
    return pts[:500], inside[:500], pts[500:], inside[500:]


def preprocess(pts):
    return pts / 58


def as_target(inside):
    return inside.reshape(len(inside), 1)


def init_params():
    W1 = np.random.randn(14, 2) * np.sqrt(2.0 / 2)
    b1 = np.zeros((14, 1))
    W2 = np.random.randn(1, 14) * np.sqrt(1.0 / 14)
    b2 = np.zeros((1, 1))
    return W1, b1, W2, b2


def relu(Z):
    return Z * (Z > 0)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward_prop(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = relu(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    return Z1, A1, Z2, A2


def backward_prop(X, Y, Z1, A1, A2, W2):
    m = Y.shape[1]
    dZ2 = A2 - Y
    dW2 = (dZ2 @ A1.T) / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    dW1 = (dZ1 @ X.T) / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


def update_params(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha):
    W1 = W1 - alpha * dW1
    b1 = b1 - alpha * db1
    W2 = W2 - alpha * dW2
    b2 = b2 - alpha * db2
    return W1, b1, W2, b2


def accuracy(A2, inside):
    return np.mean((A2[0] > 0.5) == inside)


def alpha_at(epoch):
    return 0.3


def random_order(inside, epoch, seed):
    return np.random.default_rng([epoch, seed, 1]).permutation(len(inside))


def learn(seed, epochs=EPOCHS):
    pts, inside, _, _ = load()
    X = preprocess(pts).T
    np.random.seed(seed)
    W1, b1, W2, b2 = init_params()
    for epoch in range(epochs):
        o = random_order(inside, epoch, seed)
        for s in range(0, len(o), M):
            Xb, Yb = X[:, o[s : s + M]], as_target(inside[o[s : s + M]]).T
            Z1, A1, _, A2 = forward_prop(Xb, W1, b1, W2, b2)
            grads = backward_prop(Xb, Yb, Z1, A1, A2, W2)
            W1, b1, W2, b2 = update_params(W1, b1, W2, b2, *grads, alpha_at(epoch))
    return W1, b1, W2, b2


def predict(params, pts):
    X = preprocess(pts).T
    parts = [forward_prop(X[:, s : s + M], *params)[-1] for s in range(0, len(pts), M)]
    return np.concatenate(parts, axis=1).T


NETWORK = from_functions(
    parameters="W1 b1 W2 b2",
    init=init_params,
    forward=forward_prop,
    trace="Z1 A1 Z2 A2",
    backward=backward_prop,
    backward_takes="x targets Z1 A1 A2 W2",
    update=update_params,
    update_takes="W1 b1 W2 b2 dW1 db1 dW2 db2 rate",
    layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 sigmoid"),
    layout="columns", classes=2, encode=as_target, prepare=preprocess, order=random_order,
    learning_rate=alpha_at, epochs=EPOCHS, batch_size=M, data=load, train=learn,
    accuracy=accuracy, accuracy_takes="outputs labels",
)  # fmt: skip
