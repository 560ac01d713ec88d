# Week 3 assignment - handwritten digits with a 2 layer network
import numpy as np

np.random.seed(1)
data = np.load("digits.npz")
X = data["images"].reshape(-1, 784) / 255.0
y = data["labels"]
Xte = data["test_images"].reshape(-1, 784) / 255.0
yte = data["test_labels"]

# one hot
Y = np.zeros((len(y), 10))
Y[np.arange(len(y)), y] = 1

# hyper parameters
hidden = 64
alpha = 0.3
epochs = 40
batch = 40

W1 = np.random.randn(784, hidden) * np.sqrt(2.0 / 784)
b1 = np.zeros((1, hidden))
W2 = np.random.randn(hidden, 10) * np.sqrt(2.0 / hidden)
b2 = np.zeros((1, 10))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(epochs):
    # shuffle the training set every epoch
    np.random.shuffle(X)
    total = 0
    for i in range(0, len(X), batch):
        xb = X[i:i + batch]
        yb = Y[i:i + batch]
        m = len(xb)

        # forward
        Z1 = xb @ W1 + b1
        A1 = np.maximum(0, Z1)
        Z2 = A1 @ W2 + b2
        A2 = softmax(Z2)
        total += -np.sum(yb * np.log(A2 + 1e-9))

        # backward
        dZ2 = (A2 - yb) / m
        dW2 = A1.T @ dZ2
        db2 = dZ2.sum(axis=0, keepdims=True)
        dA1 = dZ2 @ W2.T
        dZ1 = dA1 * (Z1 > 0)
        dW1 = xb.T @ dZ1
        db1 = dZ1.sum(axis=0, keepdims=True)

        # update
        W1 -= alpha * dW1
        b1 -= alpha * db1
        W2 -= alpha * dW2
        b2 -= alpha * db1.mean()
    if epoch % 10 == 0:
        print("epoch", epoch, "cost", total / len(X))

out = softmax(np.maximum(0, Xte @ W1 + b1) @ W2 + b2)
pred = np.argmax(out, axis=1)
print("test accuracy:", np.mean(pred == yte))
