"""A small CNN with im2col and max pooling, layer objects in a list; bars and crosses 8x8."""
import numpy as np

np.random.seed(7)


def im2col(x, k):
    n, c, h, w = x.shape
    oh, ow = h - k + 1, w - k + 1
    cols = np.zeros((n, c, k, k, oh, ow))
    for i in range(k):
        for j in range(k):
            cols[:, :, i, j] = x[:, :, i:i + oh, j:j + ow]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1), oh, ow


class Layer:
    def update(self, lr):
        if hasattr(self, "W"):
            self.W -= lr * self.dW
            self.b -= lr * self.db


class Conv(Layer):
    def __init__(self, c_in, c_out, k):
        self.k = k
        self.c_out = c_out
        self.W = np.random.randn(c_in * k * k, c_out) * np.sqrt(2.0 / (c_in * k * k))
        self.b = np.zeros(c_out)

    def forward(self, x):
        self.x_shape = x.shape
        self.cols, oh, ow = im2col(x, self.k)
        out = self.cols @ self.W + self.b
        return out.reshape(len(x), oh, ow, self.c_out).transpose(0, 3, 1, 2)

    def backward(self, grad):
        n, c, oh, ow = grad.shape
        flat = grad.transpose(0, 2, 3, 1).reshape(-1, c)
        self.dW = self.cols.T @ flat
        self.db = flat.sum(axis=0)
        dcols = (flat @ self.W.T).reshape(n, oh, ow, self.x_shape[1], self.k, self.k)
        dcols = dcols.transpose(0, 3, 4, 5, 1, 2)
        dx = np.zeros(self.x_shape)
        for i in range(self.k):
            for j in range(self.k):
                dx[:, :, i:i + oh, j:j + ow] += dcols[:, :, i, j]
        return dx


class Relu(Layer):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class MaxPool(Layer):
    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x.reshape(n, c, h // 2, 2, w // 2, 2)
        self.out = self.x.max(axis=(3, 5), keepdims=True)
        return self.out.reshape(n, c, h // 2, w // 2)

    def backward(self, grad):
        n, c, h, w = grad.shape
        mask = self.x == self.out
        mask = mask / mask.sum(axis=(3, 5), keepdims=True)
        return (mask * grad[:, :, :, None, :, None]).reshape(n, c, 2 * h, 2 * w)


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(1.0 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return (grad @ self.W.T).reshape(self.shape)


def pictures(n):
    x = np.random.normal(0, 0.3, (n, 1, 8, 8))
    y = np.random.randint(0, 3, n)
    for i in range(n):
        r, c = np.random.randint(1, 7, 2)
        if y[i] in (0, 2):
            x[i, 0, r, :] += 1
        if y[i] in (1, 2):
            x[i, 0, :, c] += 1
    return x, y


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def predict(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


x, y = pictures(400)
x_test, y_test = pictures(200)
onehot = np.eye(3)[y]
layers = [Conv(1, 6, 3), Relu(), Conv(6, 8, 3), Relu(), MaxPool(), Dense(32, 3)]
lr = 0.15
for epoch in range(24):
    order = np.random.permutation(len(x))
    loss = 0
    for start in range(0, len(x), 25):
        batch = order[start:start + 25]
        probs = softmax(predict(layers, x[batch]))
        loss -= np.sum(onehot[batch] * np.log(probs))
        grad = (probs - onehot[batch]) / len(batch)
        for layer in reversed(layers):
            grad = layer.backward(grad)
        for layer in layers:
            layer.update(lr)
    print("epoch", epoch, "loss", loss / len(x))
print("test accuracy", np.mean(predict(layers, x_test).argmax(1) == y_test))
