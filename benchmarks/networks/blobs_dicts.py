"""Five heaps of points, as online courses write it: dicts, caches, one point in each column."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 12
BATCH = 16
CLASSES = 5


def load():
    rng = np.random.RandomState(3)
    centers = rng.uniform(-1, 1, (CLASSES, 6)) * 9
    labels = rng.randint(CLASSES, size=912)
    points = centers[labels] + rng.normal(0, 3, (912, 6))
    return points[:608], labels[:608], points[608:], labels[608:]


MU, SIGMA = load()[0].mean(axis=0), load()[0].std(axis=0)


def normalize(points):
    return (points - MU) / SIGMA


def initialize_parameters():
    parameters = {}
    parameters["W1"] = np.random.randn(16, 6) * np.sqrt(2 / 6)
    parameters["b1"] = np.zeros((16, 1))
    parameters["W2"] = np.random.randn(CLASSES, 16) * np.sqrt(2 / 16)
    parameters["b2"] = np.zeros((CLASSES, 1))
    return parameters


def softmax(Z):
    exp = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return exp / np.sum(exp, axis=0, keepdims=True)


def relu_derivative(Z):
    return (Z > 0) * 1.0


def forward_propagation(X, parameters):
    cache = {}
    cache["Z1"] = np.dot(parameters["W1"], X) + parameters["b1"]
    cache["A1"] = np.maximum(0, cache["Z1"])
    cache["Z2"] = np.dot(parameters["W2"], cache["A1"]) + parameters["b2"]
    cache["A2"] = softmax(cache["Z2"])
    return cache


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = np.dot(parameters["W2"].T, dZ2) * relu_derivative(cache["Z1"])
    grads = {}
    grads["dW2"] = 1 / m * np.dot(dZ2, cache["A1"].T)
    grads["db2"] = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    grads["dW1"] = 1 / m * np.dot(dZ1, X.T)
    grads["db1"] = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return grads


def update_parameters(parameters, grads, learning_rate):
    new = {}
    new["W1"] = parameters["W1"] - learning_rate * grads["dW1"]
    new["b1"] = parameters["b1"] - learning_rate * grads["db1"]
    new["W2"] = parameters["W2"] - learning_rate * grads["dW2"]
    new["b2"] = parameters["b2"] - learning_rate * grads["db2"]
    return new


def one_hot(labels):
    Y = np.zeros((len(labels), CLASSES))
    Y[np.arange(len(labels)), labels] = 1
    return Y


def accuracy(A2, labels):
    return np.mean(np.argmax(A2, axis=0) == labels)


def rate_of(epoch):
    return 0.1


def permute(labels, epoch, seed):
    return np.random.default_rng((epoch, seed)).permutation(labels.size)


def learn(seed, epochs=EPOCHS):
    points, labels, _, _ = load()
    X = normalize(points).T
    np.random.seed(seed)
    parameters = initialize_parameters()
    for epoch in range(epochs):
        p = permute(labels, epoch, seed)
        for k in range(0, len(p), BATCH):
            now = p[k : k + BATCH]
            cache = forward_propagation(X[:, now], parameters)
            Y = one_hot(labels[now]).T
            grads = backward_propagation(parameters, cache, X[:, now], Y)
            parameters = update_parameters(parameters, grads, rate_of(epoch))
    return parameters


def predict(parameters, points):
    parts = np.split(normalize(points).T, len(points) // BATCH, axis=1)
    return np.hstack([forward_propagation(X, parameters)["A2"] for X in parts]).T


NETWORK = from_functions(
    parameters="W1 b1 W2 b2",
    init=initialize_parameters,
    forward=forward_propagation,
    forward_takes="X parameters",
    backward=backward_propagation,
    update=update_parameters,
    layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 softmax"),
    layout="columns", classes=CLASSES, encode=one_hot, prepare=normalize, order=permute,
    learning_rate=rate_of, epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
    accuracy=accuracy, accuracy_takes="outputs labels",
)  # fmt: skip
