# XOR network, translated from my C program
import random
import math

random.seed(12)

numInputs = 3
numHiddenNodes = 1
numOutputs = 1
numTrainingSets = 8

lr = 0.5


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def dSigmoid(x):
    return x * (1.0 - x)


def init_weights():
    return random.random() * 2.0 - 1.0


hiddenLayer = [0.0] * numHiddenNodes
outputLayer = [0.0] * numOutputs

hiddenLayerBias = [init_weights() for _ in range(numHiddenNodes)]
outputLayerBias = [init_weights() for _ in range(numOutputs)]
hiddenWeights = [[init_weights() for _ in range(numHiddenNodes)] for _ in range(numInputs)]
outputWeights = [[init_weights() for _ in range(numOutputs)] for _ in range(numHiddenNodes)]

training_inputs = []
training_outputs = []
for a in range(2):
    for b in range(2):
        for c in range(2):
            training_inputs.append([a, b, c])
            training_outputs.append([a ^ b ^ c])


def forward(i):
    for j in range(numHiddenNodes):
        activation = hiddenLayerBias[j]
        for k in range(numInputs):
            activation += training_inputs[i][k] * hiddenWeights[k][j]
        hiddenLayer[j] = sigmoid(activation)
    for j in range(numOutputs):
        activation = outputLayerBias[j]
        for k in range(numHiddenNodes):
            activation += hiddenLayer[k] * outputWeights[k][j]
        outputLayer[j] = sigmoid(activation)


trainingSetOrder = [0, 1, 2, 3, 4, 5, 6, 7]
for n in range(4000):
    for x in range(numTrainingSets):
        i = trainingSetOrder[x]
        forward(i)

        # Backprop
        deltaOutput = [0.0] * numOutputs
        for j in range(numOutputs):
            error = training_outputs[i][j] - outputLayer[j]
            deltaOutput[j] = error * dSigmoid(outputLayer[j])

        deltaHidden = [0.0] * numHiddenNodes
        for j in range(numHiddenNodes):
            error = 0.0
            for k in range(numOutputs):
                error += deltaOutput[k] * outputWeights[j][k]
            deltaHidden[j] = error * dSigmoid(hiddenLayer[j])

        # apply changes
        for j in range(numOutputs):
            outputLayerBias[j] += deltaOutput[j] * lr
            for k in range(numHiddenNodes):
                outputWeights[k][j] += hiddenLayer[k] * deltaOutput[j] * lr
        for j in range(numHiddenNodes):
            hiddenLayerBias[j] += deltaHidden[j] * lr
            for k in range(numInputs):
                hiddenWeights[k][j] += training_inputs[i][k] * deltaHidden[j] * lr

right = 0
for i in range(numTrainingSets):
    forward(i)
    print("Input:", training_inputs[i], "Output: %g" % outputLayer[0], "Expected:", training_outputs[i][0])
    if (outputLayer[0] > 0.5) == (training_outputs[i][0] == 1):
        right += 1
print("right:", right / numTrainingSets)
