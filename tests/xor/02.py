# XOR with a neural network
import numpy as np

np.random.seed(42)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(s):
    return s * (1 - s)


inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
expected = np.array([[0], [1], [1], [0]])

hidden_weights = np.random.uniform(-1, 1, size=(2, 3))
hidden_bias = np.random.uniform(-1, 1, size=(1, 3))
output_weights = np.random.uniform(-1, 1, size=(3, 1))
output_bias = np.random.uniform(-1, 1, size=(1, 1))
lr = 0.8

for _ in range(8000):
    hidden_layer = sigmoid(inputs @ hidden_weights + hidden_bias)
    predicted = sigmoid(hidden_layer @ output_weights + output_bias)

    error = predicted - expected
    d_predicted = error * sigmoid_prime(predicted)
    d_hidden = d_predicted @ output_weights.T * sigmoid_prime(hidden_layer)

    output_weights += hidden_layer.T @ d_predicted * lr
    output_bias += np.sum(d_predicted, axis=0, keepdims=True) * lr
    hidden_weights += inputs.T @ d_hidden * lr
    hidden_bias += np.sum(d_hidden, axis=0, keepdims=True) * lr

print("output from the network after 8000 epochs:")
print(predicted)
