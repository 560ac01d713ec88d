import numpy as np

np.random.seed(3)

# X = (hours sleeping, hours studying), y = Score on test
N = 120
sleep = np.random.uniform(3, 10, N)
study = np.random.uniform(0, 6, N)
score = 25 + 6*sleep + 5*study - 1.2*(sleep - 7)**2 + np.random.normal(0, 1.5, N)
score = np.clip(score, 0, 100)

X = np.column_stack((sleep, study))
y = score.reshape(-1, 1)

# Normalize
X = X/np.amax(X, axis=0)
print(X.shape, y.shape)

trainX, testX = X[:90], X[90:]
trainY, testY = y[:90], y[90:]


class Neural_Network(object):
    def __init__(self):
        # Define Hyperparameters
        self.inputLayerSize = 2
        self.outputLayerSize = 1
        self.hiddenLayerSize = 6

        # Weights (parameters)
        self.W1 = np.random.randn(self.inputLayerSize, self.hiddenLayerSize)
        self.W2 = np.random.randn(self.hiddenLayerSize, self.outputLayerSize)
        self.b1 = np.zeros((1, self.hiddenLayerSize))
        self.b2 = np.zeros((1, self.outputLayerSize))

    def forward(self, X):
        # Propogate inputs though network
        self.z2 = np.dot(X, self.W1) + self.b1
        self.a2 = self.sigmoid(self.z2)
        self.z3 = np.dot(self.a2, self.W2) + self.b2
        yHat = self.sigmoid(self.z3)
        return yHat

    def sigmoid(self, z):
        return 1/(1+np.exp(-z))

    def sigmoidPrime(self, z):
        # Gradient of sigmoid
        return np.exp(-z)/((1+np.exp(-z))**2)

    def costFunction(self, X, y):
        self.yHat = self.forward(X)
        J = 0.5*sum((y-self.yHat)**2)/X.shape[0]
        return J

    def costFunctionPrime(self, X, y):
        # Compute derivative with respect to W1 and W2
        self.yHat = self.forward(X)

        delta3 = np.multiply(-(y-self.yHat), self.sigmoidPrime(self.z3))
        dJdW2 = np.dot(self.a2.T, delta3)

        delta2 = np.dot(delta3, self.W2.T)*self.sigmoid(self.z2)
        dJdW1 = np.dot(X.T, delta2)

        return dJdW1, dJdW2, delta2.sum(axis=0), delta3.sum(axis=0)


NN = Neural_Network()
scalar = 0.1
costs = []
for i in range(4000):
    dJdW1, dJdW2, db1, db2 = NN.costFunctionPrime(trainX, trainY)
    NN.W1 = NN.W1 - scalar*dJdW1
    NN.W2 = NN.W2 - scalar*dJdW2
    NN.b1 = NN.b1 - scalar*db1
    NN.b2 = NN.b2 - scalar*db2
    if i % 500 == 0:
        costs.append(NN.costFunction(trainX, trainY)[0])
        print("cost", costs[-1])

yHat = NN.forward(testX)
for k in range(4):
    print("predicted", yHat[k, 0], "actual", testY[k, 0])
R2 = 1 - np.sum((testY - yHat)**2)/np.sum((testY - testY.mean())**2)
print("R2 on the test set:", R2)
