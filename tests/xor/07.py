import numpy as np

np.random.seed(5)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[-1], [1], [1], [-1]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


W1 = np.random.randn(2, 4)
b1 = np.random.randn(1, 4)
W2 = np.random.randn(4, 1)
b2 = np.random.randn(1, 1)
lr = 0.5

for epoch in range(10000):
    hidden = sigmoid(X.dot(W1) + b1)
    output = sigmoid(hidden.dot(W2) + b2)
    error = y - output
    d_out = error * output * (1 - output)
    d_hid = d_out.dot(W2.T) * hidden * (1 - hidden)
    W2 += lr * hidden.T.dot(d_out)
    b2 += lr * d_out.sum(axis=0, keepdims=True)
    W1 += lr * X.T.dot(d_hid)
    b1 += lr * d_hid.sum(axis=0, keepdims=True)

print(output)
