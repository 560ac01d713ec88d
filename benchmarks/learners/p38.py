# MNIST from scratch with just numpy (followed along with the video)
import numpy as np
from matplotlib import pyplot as plt

data = np.load('digits.npz')
np.random.seed(7)

m = 1200
shuffle = np.random.permutation(m)
X_all = data['images'].reshape(m, 784).T / 255.
Y_all = data['labels'].astype(int)
X_train = X_all[:, shuffle[200:]]
Y_train = Y_all[shuffle[200:]]
X_dev = X_all[:, shuffle[:200]]
Y_dev = Y_all[shuffle[:200]]
X_test = data['test_images'].reshape(-1, 784).T / 255.
Y_test = data['test_labels']
_, m_train = X_train.shape

def init_params():
    W1 = np.random.rand(10, 784) - 0.5
    b1 = np.random.rand(10, 1) - 0.5
    W2 = np.random.rand(10, 10) - 0.5
    b2 = np.random.rand(10, 1) - 0.5
    return W1, b1, W2, b2

def ReLU(Z):
    return np.maximum(Z, 0)

def softmax(Z):
    A = np.exp(Z) / np.sum(np.exp(Z))
    return A

def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = ReLU(Z1)
    Z2 = W2.dot(A1) + b2
    A2 = softmax(Z2)
    return Z1, A1, Z2, A2

def ReLU_deriv(Z):
    return Z > 0

def one_hot(Y):
    one_hot_Y = np.zeros((Y.size, Y.max() + 1))
    one_hot_Y[np.arange(Y.size), Y] = 1
    one_hot_Y = one_hot_Y.T
    return one_hot_Y

def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    one_hot_Y = one_hot(Y)
    dZ2 = A2 - one_hot_Y
    dW2 = 1 / m_train * dZ2.dot(A1.T)
    db2 = 1 / m_train * np.sum(dZ2)
    dZ1 = W2.T.dot(dZ2) * ReLU_deriv(Z1)
    dW1 = 1 / m_train * dZ1.dot(X.T)
    db1 = 1 / m_train * np.sum(dZ1)
    return dW1, db1, dW2, db2

def update_params(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha):
    W1 = W1 - alpha * dW1
    b1 = b1 - alpha * db1
    W2 = W2 - alpha * dW2
    b2 = b2 - alpha * db2
    return W1, b1, W2, b2

def get_predictions(A2):
    return np.argmax(A2, 0)

def get_accuracy(predictions, Y):
    return np.sum(predictions == Y) / Y.size

def gradient_descent(X, Y, alpha, iterations):
    W1, b1, W2, b2 = init_params()
    accs = []
    for i in range(iterations):
        Z1, A1, Z2, A2 = forward_prop(W1, b1, W2, b2, X)
        dW1, db1, dW2, db2 = backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y)
        W1, b1, W2, b2 = update_params(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha)
        accs.append(get_accuracy(get_predictions(A2), Y))
        if i % 50 == 0:
            print("Iteration: ", i, " accuracy: ", accs[-1])
    return W1, b1, W2, b2, accs

W1, b1, W2, b2, accs = gradient_descent(X_train, Y_train, 0.30, 300)
plt.plot(accs)
plt.savefig('acc.png')

_, _, _, A2 = forward_prop(W1, b1, W2, b2, X_dev)
print("dev accuracy", get_accuracy(get_predictions(A2), Y_dev))
_, _, _, A2 = forward_prop(W1, b1, W2, b2, X_test)
print("test accuracy", get_accuracy(get_predictions(A2), Y_test))
