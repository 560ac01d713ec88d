import numpy as np


class NeuralNetwork:
    def __init__(self, x, y):
        np.random.seed(11)
        self.input = x
        self.y = y
        self.weights1 = np.random.uniform(-1, 1, (self.input.shape[1], 4))
        self.bias1 = np.zeros((1, 4))
        self.weights2 = np.random.uniform(-1, 1, (4, 1))
        self.bias2 = np.zeros((1, 1))
        self.output = np.zeros(self.y.shape)

    def sigmoid(self, x):
        return 1.0 / (1 + np.exp(-x))

    def sigmoid_derivative(self, x):
        return self.sigmoid(x) * (1.0 - self.sigmoid(x))

    def feedforward(self):
        self.layer1 = self.sigmoid(np.dot(self.input, self.weights1) + self.bias1)
        self.output = self.sigmoid(np.dot(self.layer1, self.weights2) + self.bias2)

    def backprop(self):
        d2 = 2 * (self.y - self.output) * self.sigmoid_derivative(self.output)
        d1 = np.dot(d2, self.weights2.T) * self.sigmoid_derivative(self.layer1)
        self.weights2 += np.dot(self.layer1.T, d2)
        self.bias2 += np.sum(d2, axis=0, keepdims=True)
        self.weights1 += np.dot(self.input.T, d1)
        self.bias1 += np.sum(d1, axis=0, keepdims=True)


if __name__ == "__main__":
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([[0], [1], [1], [0]])
    nn = NeuralNetwork(X, y)
    for i in range(1500):
        nn.feedforward()
        nn.backprop()
    print(nn.output)
