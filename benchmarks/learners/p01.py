# digit recognition from scratch, 1 hidden layer
import numpy as np

np.random.seed(1)

data = np.load("digits.npz")
X = data["images"].reshape(1200, 784)
X = X.astype(float)
y = data["labels"].astype(int)
Xt = data["test_images"].reshape(400, 784)
Xt = Xt.astype(float)
yt = data["test_labels"].astype(int)

# one hot
Y = np.zeros((1200, 10))
for i in range(1200):
    Y[i, y[i]] = 1

hidden = 10
W1 = np.random.randn(784, hidden) * 0.1
b1 = np.zeros((1, hidden))
W2 = np.random.randn(hidden, 10) * 0.1
b2 = np.zeros((1, 10))

# bigger values gave me overflow warnings so I went down
lr = 0.00001
epochs = 250

for epoch in range(epochs):
    # forward
    z1 = X @ W1 + b1
    a1 = 1 / (1 + np.exp(-z1))
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)

    # cross entropy
    loss = -np.mean(np.sum(Y * np.log(p + 1e-9), axis=1))

    # backward
    dz2 = (p - Y) / 1200
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0, keepdims=True)
    dz1 = (dz2 @ W2.T) * a1 * (1 - a1)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)

    # gradient descent
    W2 = W2 - lr * dW2
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
    b2 = b2 - lr * db2

    if epoch % 25 == 0:
        print("epoch", epoch, "loss", loss)

# test
z1 = Xt @ W1 + b1
a1 = 1 / (1 + np.exp(-z1))
z2 = a1 @ W2 + b2
pred = np.argmax(z2, axis=1)
print("test accuracy:", np.mean(pred == yt))
