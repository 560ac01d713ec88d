import numpy as np

data = np.load('digits.npz')
X_orig = data['images']
Y_orig = data['labels']
X_test_orig = data['test_images']
Y_test_orig = data['test_labels']

# flatten the pictures: each column is one example
X_train = X_orig.reshape(28 * 28, -1) / 255.
X_test = X_test_orig.reshape(28 * 28, -1) / 255.
Y_train = np.eye(10)[Y_orig].T
Y_test = np.eye(10)[Y_test_orig].T

print('X_train', X_train.shape, 'Y_train', Y_train.shape)
print('X_test', X_test.shape, 'Y_test', Y_test.shape)


def initialize_parameters(layer_dims):
    np.random.seed(3)
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters['W' + str(l)] = np.random.rand(layer_dims[l], layer_dims[l - 1]) * np.sqrt(2. / layer_dims[l - 1])
        parameters['b' + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters


def relu(Z):
    return np.maximum(0, Z)


def softmax(Z):
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True)


def forward_propagation(X, parameters):
    cache = {'A0': X}
    cache['Z1'] = np.dot(parameters['W1'], X) + parameters['b1']
    cache['A1'] = relu(cache['Z1'])
    cache['Z2'] = np.dot(parameters['W2'], cache['A1']) + parameters['b2']
    cache['A2'] = relu(cache['Z2'])
    cache['Z3'] = np.dot(parameters['W3'], cache['A2']) + parameters['b3']
    cache['A3'] = softmax(cache['Z3'])
    return cache['A3'], cache


def compute_cost(A3, Y):
    return -np.sum(Y * np.log(A3 + 1e-10)) / Y.shape[1]


def backward_propagation(Y, cache, parameters):
    m = Y.shape[1]
    grads = {}
    dZ3 = cache['A3'] - Y
    grads['dW3'] = 1. / m * np.dot(dZ3, cache['A2'].T)
    grads['db3'] = 1. / m * np.sum(dZ3, axis=1, keepdims=True)

    dZ2 = np.dot(parameters['W3'].T, dZ3) * (cache['A2'] > 0)
    grads['dW2'] = 1. / m * np.dot(dZ2, cache['A1'].T)
    grads['db2'] = 1. / m * np.sum(dZ2, axis=1, keepdims=True)

    dZ1 = np.dot(parameters['W2'].T, dZ2) * (cache['A2'] > 0)
    grads['dW1'] = 1. / m * np.dot(dZ1, cache['A0'].T)
    grads['db1'] = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return grads


def update_parameters(parameters, grads, learning_rate):
    for l in range(1, 4):
        parameters['W' + str(l)] -= learning_rate * grads['dW' + str(l)]
        parameters['b' + str(l)] -= learning_rate * grads['db' + str(l)]
    return parameters


def model(X, Y, layer_dims, learning_rate=0.1, num_epochs=60, mini_batch_size=48):
    parameters = initialize_parameters(layer_dims)
    m = X.shape[1]
    for epoch in range(num_epochs):
        perm = np.random.permutation(m)
        cost = 0
        for k in range(0, m, mini_batch_size):
            cols = perm[k:k + mini_batch_size]
            A3, cache = forward_propagation(X[:, cols], parameters)
            cost += compute_cost(A3, Y[:, cols]) * len(cols)
            grads = backward_propagation(Y[:, cols], cache, parameters)
            parameters = update_parameters(parameters, grads, learning_rate)
        if epoch % 10 == 0:
            print('Cost after epoch %i: %f' % (epoch, cost / m))
    return parameters


def predict(X, Y, parameters):
    A3, _ = forward_propagation(X, parameters)
    return np.mean(np.argmax(A3, axis=0) == np.argmax(Y, axis=0))


parameters = model(X_train, Y_train, [784, 50, 50, 10])
print('Train accuracy:', predict(X_train, Y_train, parameters))
print('Test accuracy:', predict(X_test, Y_test, parameters))
