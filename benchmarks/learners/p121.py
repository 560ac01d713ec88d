import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

np.random.seed(42)

# ---- load the data, one image per COLUMN (like in the course) ----
d = np.load("digits.npz")
X = d["images"].reshape(-1, 784).T / 255.0
Y = d["labels"].astype(int)
X_test = d["test_images"].reshape(-1, 784).T / 255.0
Y_test = d["test_labels"].astype(int)

m = X.shape[1]
print("X:", X.shape, "Y:", Y.shape)

# shuffle so that the batches are mixed
X = X[:, np.random.permutation(m)]
Y = Y[np.random.permutation(m)]

T = np.zeros((10, m))
T[Y, np.arange(m)] = 1

n_h = 48
W1 = np.random.randn(n_h, 784) * np.sqrt(1.0 / 784)
b1 = np.zeros((n_h, 1))
W2 = np.random.randn(10, n_h) * np.sqrt(1.0 / n_h)
b2 = np.zeros((10, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


alpha = 0.5
batch = 40
costs = []

for epoch in range(45):
    cost = 0
    for k in range(0, m, batch):
        Xb = X[:, k:k + batch]
        Tb = T[:, k:k + batch]
        mb = Xb.shape[1]

        # forward
        A1 = sigmoid(np.dot(W1, Xb) + b1)
        A2 = softmax(np.dot(W2, A1) + b2)
        cost += -np.sum(Tb * np.log(A2 + 1e-12))

        # backward
        dZ2 = A2 - Tb
        dW2 = np.dot(dZ2, A1.T) / mb
        db2 = np.sum(dZ2, axis=1, keepdims=True) / mb
        dZ1 = np.dot(W2.T, dZ2) * A1 * (1 - A1)
        dW1 = np.dot(dZ1, Xb.T) / mb
        db1 = np.sum(dZ1, axis=1, keepdims=True)

        W1 -= alpha * dW1
        b1 -= alpha * db1
        W2 -= alpha * dW2
        b2 -= alpha * db2
    costs.append(cost / m)
    if epoch % 10 == 0:
        print("epoch", epoch, "cost", costs[-1])

plt.plot(costs)
plt.xlabel("epoch")
plt.ylabel("cost")
plt.close()

A1 = sigmoid(np.dot(W1, X_test) + b1)
A2 = softmax(np.dot(W2, A1) + b2)
pred = np.argmax(A2, axis=0)
print("test accuracy:", np.mean(pred == Y_test))
