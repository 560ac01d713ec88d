import numpy as np

np.random.seed(1)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))


W1 = np.random.uniform(-1, 1, (2, 4))
b1 = np.zeros((1, 4))
W2 = np.random.uniform(-1, 1, (4, 1))
b2 = np.zeros((1, 1))

for epoch in range(1000):
    hidden = sigmoid(X @ W1 + b1)
    output = sigmoid(hidden @ W2 + b2)

    d_output = (y - output) * sigmoid_derivative(output)
    d_hidden = (d_output @ W2.T) * sigmoid_derivative(hidden)

    W2 += hidden.T @ d_output
    b2 += d_output.sum(axis=0, keepdims=True)
    W1 += X.T @ d_hidden
    b1 += d_hidden.sum(axis=0, keepdims=True)
    if epoch % 50 == 0:
        print(f"epoch {epoch} loss {np.mean((y - output) ** 2):.4f}")

print(output.round(3))
