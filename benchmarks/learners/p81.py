import math
import random

random.seed(5)


class Matrix:
    def __init__(self, rows, cols):
        self.rows = rows
        self.cols = cols
        self.data = [[0.0] * cols for _ in range(rows)]

    @staticmethod
    def fromArray(arr):
        m = Matrix(len(arr), 1)
        for i in range(len(arr)):
            m.data[i][0] = arr[i]
        return m

    def toArray(self):
        return [v for row in self.data for v in row]

    def randomize(self):
        return self.map(lambda v: random.random() * 2 - 1)

    @staticmethod
    def subtract(a, b):
        result = Matrix(a.rows, a.cols)
        for i in range(a.rows):
            for j in range(a.cols):
                result.data[i][j] = a.data[i][j] - b.data[i][j]
        return result

    def add(self, n):
        for i in range(self.rows):
            for j in range(self.cols):
                self.data[i][j] += n.data[i][j]

    @staticmethod
    def transpose(m):
        result = Matrix(m.cols, m.rows)
        for i in range(m.rows):
            for j in range(m.cols):
                result.data[j][i] = m.data[i][j]
        return result

    @staticmethod
    def multiply(a, b):
        # Matrix product
        result = Matrix(a.rows, b.cols)
        for i in range(a.rows):
            for j in range(b.cols):
                result.data[i][j] = sum(a.data[i][k] * b.data[k][j] for k in range(a.cols))
        return result

    def scale(self, n):
        # n is a number or a matrix of the same size (Hadamard)
        for i in range(self.rows):
            for j in range(self.cols):
                self.data[i][j] *= n.data[i][j] if isinstance(n, Matrix) else n
        return self

    def map(self, func):
        for i in range(self.rows):
            for j in range(self.cols):
                self.data[i][j] = func(self.data[i][j])
        return self

    @staticmethod
    def mapTo(m, func):
        result = Matrix(m.rows, m.cols)
        result.data = [[func(v) for v in row] for row in m.data]
        return result


sigmoid = lambda x: 1 / (1 + math.exp(-x))
dsigmoid = lambda y: y * (1 - y)


class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes):
        self.weights_ih = Matrix(hidden_nodes, input_nodes).randomize()
        self.weights_ho = Matrix(output_nodes, hidden_nodes).randomize()
        self.bias_h = Matrix(hidden_nodes, 1)
        self.bias_o = Matrix(output_nodes, 1)
        self.learning_rate = 0.5

    def feedforward(self, input_array):
        inputs = Matrix.fromArray(input_array)
        hidden = Matrix.multiply(self.weights_ih, inputs)
        hidden.add(self.bias_h)
        hidden.map(sigmoid)
        output = Matrix.multiply(self.weights_ho, hidden)
        output.add(self.bias_o)
        output.map(sigmoid)
        return inputs, hidden, output

    def predict(self, input_array):
        return self.feedforward(input_array)[2].toArray()

    def train(self, input_array, target_array):
        inputs, hidden, outputs = self.feedforward(input_array)
        targets = Matrix.fromArray(target_array)

        # ERROR = TARGETS - OUTPUTS
        output_errors = Matrix.subtract(targets, outputs)
        gradients = Matrix.mapTo(outputs, dsigmoid)
        gradients.scale(output_errors).scale(self.learning_rate)

        # hidden errors
        hidden_errors = Matrix.multiply(Matrix.transpose(self.weights_ho), output_errors)
        hidden_gradient = Matrix.mapTo(hidden, dsigmoid)
        hidden_gradient.scale(hidden_errors).scale(self.learning_rate)

        # Adjust the weights by deltas and the bias by its deltas
        self.weights_ho.add(Matrix.multiply(gradients, Matrix.transpose(hidden)))
        self.bias_o.add(gradients)
        self.weights_ih.add(Matrix.multiply(hidden_gradient, Matrix.transpose(inputs)))
        self.bias_o.add(gradients)


def makePoint():
    x = random.uniform(-1, 1)
    y = random.uniform(-1, 1)
    return [x, y], [1 if x * x + y * y < 0.64 else 0]


training_data = [makePoint() for _ in range(250)]
test_data = [makePoint() for _ in range(200)]

nn = NeuralNetwork(2, 6, 1)
for i in range(9000):
    inputs, targets = random.choice(training_data)
    nn.train(inputs, targets)

right = 0
for inputs, targets in test_data:
    if round(nn.predict(inputs)[0]) == targets[0]:
        right += 1
print("right: " + str(right / len(test_data)))
