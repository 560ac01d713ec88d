import numpy as np

np.random.seed(10)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))


W1 = np.random.uniform(-1, 1, (2, 3))
b1 = np.zeros((1, 3))
W2 = np.random.uniform(-1, 1, (3, 1))
b2 = np.zeros((1, 1))
learning_rate = 0.5
epochs = 5000

for epoch in range(epochs):
    hidden = sigmoid(np.dot(X, W1) + b1)
    output = sigmoid(np.dot(hidden, W2) + b2)

    loss = np.mean((y - output) ** 2)
    if epoch % 1000 == 0:
        print("Epoch", epoch, "Loss", loss)

    error = y - output
    d_output = error * sigmoid_derivative(output)
    d_hidden = np.dot(d_output, W2.T) * sigmoid_derivative(hidden)

    W2 += learning_rate * np.dot(hidden.T, d_output)
    b2 += learning_rate * np.sum(d_output, axis=0)
    W1 += learning_rate * np.dot(X.T, d_hidden)
    b1 += learning_rate * np.sum(d_hidden, axis=0)

print("Final loss:", loss)
print("Predictions:")
print(output)
