import numpy as np

def load_dataset():
    f = np.load("digits.npz")
    return f["images"], f["labels"], f["test_images"], f["test_labels"]

train_set_x_orig, train_set_y, test_set_x_orig, test_set_y = load_dataset()

# flatten: one column per example
m_train = train_set_x_orig.shape[0]
m_test = test_set_x_orig.shape[0]
train_set_x_flatten = train_set_x_orig.reshape(784, m_train)
test_set_x_flatten = test_set_x_orig.reshape(784, m_test)

train_set_x = train_set_x_flatten / 255.
test_set_x = test_set_x_flatten / 255.

train_Y = np.eye(10)[train_set_y].T


def initialize_parameters_deep(layer_dims):
    np.random.seed(3)
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) / np.sqrt(layer_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters


def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    T = np.exp(Z2 - np.max(Z2, axis=0, keepdims=True))
    A2 = T / np.sum(T, axis=1, keepdims=True)
    return A2, {"Z1": Z1, "A1": A1}


def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2 + 1e-8)) / m


def backward_propagation(X, Y, A2, cache, parameters):
    m = X.shape[1]
    dZ2 = A2 - Y
    grads = {
        "dW2": np.dot(dZ2, cache["A1"].T) / m,
        "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
    }
    dZ1 = np.dot(parameters["W2"].T, dZ2) * np.int64(cache["A1"] > 0)
    grads["dW1"] = np.dot(dZ1, X.T) / m
    grads["db1"] = np.sum(dZ1) / m
    return grads


def update_parameters(parameters, grads, learning_rate):
    for l in range(1, 3):
        parameters["W" + str(l)] -= learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] -= learning_rate * grads["db" + str(l)]
    return parameters


parameters = initialize_parameters_deep([784, 50, 10])
for i in range(251):
    A2, cache = forward_propagation(train_set_x, parameters)
    grads = backward_propagation(train_set_x, train_Y, A2, cache, parameters)
    parameters = update_parameters(parameters, grads, 0.4)
    if i % 50 == 0:
        print("Cost after iteration %i: %f" % (i, compute_cost(A2, train_Y)))

A2, _ = forward_propagation(test_set_x, parameters)
predictions = np.argmax(A2, axis=0)
print("Accuracy: " + str(np.mean(predictions == test_set_y)))
