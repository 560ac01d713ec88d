from numpy import exp, array, random, dot

random.seed(1)
training_inputs = array([[0, 0], [0, 1], [1, 0], [1, 1]])
training_outputs = array([[0, 1, 1, 0]]).T


def sigmoid(x):
    return 1 / (1 + exp(-x))


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))


weights1 = random.randn(2, 4)
weights2 = random.randn(4, 1)

for iteration in range(10000):
    layer1 = sigmoid(dot(training_inputs, weights1))
    layer2 = sigmoid(dot(layer1, weights2))
    layer2_error = training_outputs - layer2
    layer2_delta = layer2_error * sigmoid_derivative(layer2)
    layer1_error = layer2_delta.dot(weights2.T)
    layer1_delta = layer1_error * sigmoid_derivative(layer1)
    weights2 += 0.1 * layer1.T.dot(layer2_delta)
    weights1 += 0.1 * training_inputs.T.dot(layer1_delta)

print("Outputs after training:")
print(layer2)
