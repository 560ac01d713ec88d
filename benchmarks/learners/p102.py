import numpy as np

rand = np.random.RandomState(11)


class Layer:
    """Fully connected layer. props: { in, out, activation }"""

    def __init__(self, props):
        self.props = props
        self.weights = np.zeros((props["in"], props["out"]))
        self.biases = np.zeros(props["out"])

    def activate(self, z):
        if self.props["activation"] == "tanh":
            return np.tanh(z)
        return 1 / (1 + np.exp(-z))

    def forward(self, inputs):
        self.inputs = inputs
        self.outputs = self.activate(inputs @ self.weights + self.biases)
        return self.outputs

    def backward(self, grad, learningRate):
        if self.props["activation"] == "tanh":
            delta = grad * (1 - self.outputs ** 2)
        else:
            # cross entropy already cancelled the sigmoid' part
            delta = grad
        gradInputs = delta @ self.weights.T
        self.weights -= learningRate * self.inputs.T @ delta / len(delta)
        self.biases -= learningRate * delta.mean(axis=0)
        return gradInputs


class Network:
    def __init__(self, *layers):
        self.layers = list(layers)

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def train(self, x, target, learningRate):
        guess = self.predict(x)
        grad = guess - target
        for layer in self.layers[::-1]:
            grad = layer.backward(grad, learningRate)
        return float(np.abs(guess - target).mean())


def loadDigits():
    file = np.load("digits.npz")
    toFloat = lambda imgs: (imgs.astype(np.float32) / 255).reshape(len(imgs), 784)
    return toFloat(file["images"]), file["labels"], toFloat(file["test_images"]), file["test_labels"]


def main():
    images, labels, testImages, testLabels = loadDigits()
    oneHot = np.eye(10)[labels]
    net = Network(
        Layer({"in": 784, "out": 48, "activation": "tanh"}),
        Layer({"in": 48, "out": 10, "activation": "sigmoid"}),
    )
    for epoch in range(30):
        shuffled = rand.permutation(len(images))
        losses = []
        for start in range(0, len(shuffled), 25):
            pick = shuffled[start:start + 25]
            losses.append(net.train(images[pick], oneHot[pick], 0.2))
        if epoch % 10 == 0:
            print("Epoch", epoch, "loss", sum(losses) / len(losses))

    correct = 0
    answers = net.predict(testImages)
    for i in range(len(answers[0])):
        if np.argmax(answers[i]) == testLabels[i]:
            correct += 1
    print("Accuracy:", correct / len(testLabels))


main()
