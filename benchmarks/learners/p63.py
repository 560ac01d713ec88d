# Week 1 programming exercise: Regularization
# 784 -> 100 -> 10 network with L2 and (inverted) dropout, on the small digits file

import numpy as np
import matplotlib.pyplot as plt


def load_dataset():
    d = np.load("digits.npz")
    train_x_orig, train_y = d["images"], d["labels"].reshape(1, -1)
    test_x_orig, test_y = d["test_images"], d["test_labels"].reshape(1, -1)
    # one column per example
    train_x = train_x_orig.reshape(28 * 28, -1) / 255.
    test_x = test_x_orig.reshape(28 * 28, -1) / 255.
    return train_x, train_y, test_x, test_y


def convert_to_one_hot(Y, C):
    return np.eye(C)[Y.reshape(-1)].T


def initialize_parameters(layer_dims):
    np.random.seed(1)
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * np.sqrt(2. / layer_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters


def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(*A1.shape) < keep_prob
    A1 = A1 * D1 / keep_prob
    Z2 = np.dot(W2, A1) + b2
    T = np.exp(Z2 - np.max(Z2, axis=0, keepdims=True))
    A2 = T / np.sum(T, axis=0, keepdims=True)
    cache = (Z1, D1, A1, W1, b1, Z2, A2, W2, b2)
    return A2, cache


def compute_cost(A2, Y, parameters, lambd):
    m = Y.shape[1]
    cross_entropy = -np.sum(Y * np.log(A2 + 1e-8)) / m
    L2 = lambd / (2 * m) * (np.sum(np.square(parameters["W1"])) + np.sum(np.square(parameters["W2"])))
    return cross_entropy + L2


def backward_propagation(X, Y, cache, keep_prob, lambd):
    m = X.shape[1]
    (Z1, D1, A1, W1, b1, Z2, A2, W2, b2) = cache
    dZ2 = A2 - Y
    dW2 = 1. / m * np.dot(dZ2, A1.T) - lambd / m * W2
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1 / keep_prob
    dZ1 = np.multiply(dA1, np.int64(Z1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T) - lambd / m * W1
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update_parameters(parameters, grads, learning_rate):
    for k in parameters:
        parameters[k] = parameters[k] - learning_rate * grads["d" + k]
    return parameters


def random_mini_batches(X, Y, size):
    m = X.shape[1]
    permutation = list(np.random.permutation(m))
    X, Y = X[:, permutation], Y[:, permutation]
    return [(X[:, k:k + size], Y[:, k:k + size]) for k in range(0, m, size)]


def model(X, Y, learning_rate=0.1, num_epochs=25, lambd=5.0, keep_prob=0.6):
    costs = []
    parameters = initialize_parameters([X.shape[0], 100, 10])
    for i in range(num_epochs):
        for bx, by in random_mini_batches(X, Y, 64):
            A2, cache = forward_propagation_with_dropout(bx, parameters, keep_prob)
            grads = backward_propagation(bx, by, cache, keep_prob, lambd)
            parameters = update_parameters(parameters, grads, learning_rate)
        costs.append(compute_cost(A2, by, parameters, lambd))
        if i % 5 == 0:
            print("Cost after epoch {}: {}".format(i, costs[-1]))
    plt.plot(costs)
    plt.ylabel("cost")
    plt.savefig("cost.png")
    return parameters


def predict(X, y, parameters):
    probas, _ = forward_propagation_with_dropout(X, parameters)
    return np.mean(np.argmax(probas, axis=0) == y[0])


train_x, train_y, test_x, test_y = load_dataset()
print("train_x:", train_x.shape, "test_x:", test_x.shape)
parameters = model(train_x, convert_to_one_hot(train_y, 10))
print("Train accuracy:", predict(train_x, train_y, parameters))
print("Test accuracy:", predict(test_x, test_y, parameters))
