# %% [code]
import numpy as np
import matplotlib.pyplot as plt

# %% [code]
# same layout as train.csv : first column is the label, then 784 pixels
raw = np.load("digits.npz")
train = np.hstack([raw["labels"].reshape(-1, 1), raw["images"].reshape(1200, 784)])
test = np.hstack([raw["test_labels"].reshape(-1, 1), raw["test_images"].reshape(400, 784)])

np.random.seed(42)
np.random.shuffle(train)
m, n = train.shape
print(m, n)

# %% [code]
data_dev = train[0:100]
Y_dev = data_dev[:, 0]
X_dev = data_dev[:, 1:] / 255.

data_train = train[100:m]
Y_train = data_train[:, 0]
X_train = data_train[:, 1:] / 255.

Y_test = test[:, 0]
X_test = test[:, 1:] / 255.

# %% [code]
hidden = 40
W1 = np.random.randn(n - 1, hidden) * np.sqrt(1. / (n - 1))
b1 = np.zeros(hidden)
W2 = np.random.randn(hidden, 10) * np.sqrt(1. / hidden)
b2 = np.zeros(10)


def relu(Z):
    return np.where(Z > 0, Z, 0)


def softmax(Z):
    Z = Z - np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z)
    return E / np.sum(E, axis=1, keepdims=True)


def forward_prop(X):
    Z1 = X @ W1 + b1
    A1 = relu(Z1)
    Z2 = A1 @ W2 + b2
    return Z1, A1, softmax(Z2)


def accuracy(X, Y):
    return np.mean(np.argmax(forward_prop(X)[2], 1) == Y)


# %% [code]
alpha = 0.005
epochs = 12
batch_size = 32
history = []
for epoch in range(epochs):
    for i in range(X_train.shape[0] // batch_size):
        xb = X_train[i:i + batch_size]
        # labels for the batch
        yb = Y_train[i:i + batch_size]
        Z1, A1, A2 = forward_prop(xb)
        dZ2 = A2.copy()
        dZ2[np.arange(len(yb)), yb] -= 1
        dZ2 /= len(yb)
        dW2 = A1.T @ dZ2
        db2 = dZ2.sum(0)
        dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
        dW1 = xb.T @ dZ1
        db1 = dZ1.sum(0)
        W1 -= alpha * dW1
        b1 -= alpha * db1
        W2 -= alpha * dW2
        b2 -= alpha * db2
    history.append(accuracy(X_dev, Y_dev))
    print("epoch", epoch, "dev acc", history[-1])

# %% [code]
plt.plot(history)
plt.xlabel("epoch")
plt.ylabel("dev accuracy")
plt.close()

# %% [code]
print("test accuracy:", accuracy(X_test, Y_test))
