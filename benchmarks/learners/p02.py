"""XOR, layers as objects (like a mini keras)"""
import numpy as np
np.random.seed(42)


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, grad, lr):
        dW = self.x.T.dot(grad)
        db = grad.sum(axis=0, keepdims=True)
        self.W -= lr * dW
        self.b -= lr * db
        dx = grad.dot(self.W.T)
        return dx


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad, lr):
        return grad * (1 - self.out ** 2)


class Sigmoid:
    def forward(self, x):
        self.out = 1.0 / (1.0 + np.exp(-x))
        return self.out

    def backward(self, grad, lr):
        return grad * self.out * (1 - self.out)


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)

layers = [Dense(2, 6), Tanh(), Dense(6, 1), Sigmoid()]

for epoch in range(3000):
    out = X
    for layer in layers:
        out = layer.forward(out)
    err = np.mean((out - Y) ** 2)
    # dE/dout
    grad = 2 * (out - Y)
    for layer in reversed(layers):
        grad = layer.backward(grad, 0.3)
    if epoch % 500 == 0:
        print(f"{epoch}/3000  error={err:.5f}")

# try it
out = X
for layer in layers:
    out = layer.forward(out)
for x, o in zip(X, out):
    print(x, "->", round(o[0], 3))
acc = np.mean((out > 0.5) == (Y > 0.5))
print("accuracy", acc)
