"""
Week 2 assignment, redone at home without the notebook.
X has one image per COLUMN, so shapes are (784, m)
"""
import numpy as np


def load_dataset():
    d = np.load("digits.npz")
    train_x = d["images"].reshape(d["images"].shape[0], -1).T / 255.
    test_x = d["test_images"].reshape(d["test_images"].shape[0], -1).T / 255.
    return train_x, d["labels"].astype(int), test_x, d["test_labels"].astype(int)


def convert_to_one_hot(Y, C):
    return np.eye(C)[Y.reshape(-1)].T


def initialize_parameters(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        # He
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) / np.sqrt(2. / layer_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters


def relu(Z):
    return np.maximum(0, Z)


def softmax(Z):
    # minus max for stability
    t = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return t / np.sum(t, axis=1, keepdims=True)


def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = relu(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = relu(Z2)
    Z3 = np.dot(parameters["W3"], A2) + parameters["b3"]
    return {"A0": X, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "Z3": Z3}, softmax(Z3)


def backward_propagation(Y, A3, cache, parameters):
    m = Y.shape[1]
    grads = {}
    dZ = A3 - Y
    for l in (3, 2, 1):
        grads["dW" + str(l)] = np.dot(dZ, cache["A" + str(l - 1)].T) / m
        grads["db" + str(l)] = np.sum(dZ, keepdims=True) / m
        if l > 1:
            dA = np.dot(parameters["W" + str(l)].T, dZ)
            dZ = dA * (cache["Z" + str(l - 1)] > 0)
    return grads


def initialize_adam(parameters):
    v = {k: np.zeros_like(p) for k, p in parameters.items()}
    s = {k: np.zeros_like(p) for k, p in parameters.items()}
    return v, s


def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for k in parameters:
        g = grads["d" + k]
        v[k] = beta1 * v[k] + (1 - beta1) * g
        s[k] = beta2 * s[k] + (1 - beta2) * g ** 2
        v_corr = v[k] / (1 - beta1 ** t)
        s_corr = s[k] / (1 - beta2 ** t)
        parameters[k] = parameters[k] - learning_rate * v_corr / (np.sqrt(s_corr) + epsilon)


def model(X, Y, layers_dims, learning_rate=0.001, num_epochs=16, mini_batch_size=64):
    parameters = initialize_parameters(layers_dims)
    v, s = initialize_adam(parameters)
    t = 0
    m = X.shape[1]
    for epoch in range(num_epochs):
        permutation = np.random.permutation(m)
        cost = 0
        for k in range(0, m, mini_batch_size):
            idx = permutation[k:k + mini_batch_size]
            cache, A3 = forward_propagation(X[:, idx], parameters)
            cost += -np.sum(Y[:, idx] * np.log(A3 + 1e-10))
            grads = backward_propagation(Y[:, idx], A3, cache, parameters)
            t = t + 1
            update_parameters_with_adam(parameters, grads, v, s, t, learning_rate)
        if epoch % 4 == 0:
            print("Cost after epoch %i: %f" % (epoch, cost / m))
    return parameters


def predict(X, y, parameters):
    _, probas = forward_propagation(X, parameters)
    return np.mean(np.argmax(probas, axis=0) == y)


np.random.seed(3)
train_x, train_y, test_x, test_y = load_dataset()
parameters = model(train_x, convert_to_one_hot(train_y, 10), [784, 64, 32, 10])
print("Train accuracy:", predict(train_x, train_y, parameters))
print("Test accuracy:", predict(test_x, test_y, parameters))
