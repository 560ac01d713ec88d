import numpy as np
import time


class Layer:
    """Base class, every layer gets the gradient and returns the one for the layer below"""
    def forward(self, x):
        raise NotImplementedError

    def backward(self, grad_output, lr):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.w = np.random.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad_output, lr):
        grad_w = self.x.T @ grad_output
        grad_b = grad_output.sum(axis=0)
        self.w -= lr * grad_w
        self.b -= lr * grad_b
        return grad_output @ self.w.T


class LeakyReLU(Layer):
    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.slope * x)

    def backward(self, grad_output, lr):
        return grad_output * np.where(self.x > 0, 1, self.slope)


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad, lr):
        for layer in reversed(self.layers):
            grad = layer.backward(grad, lr)


def softmax_crossentropy(logits, y):
    e = np.exp(logits - logits.max())
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
    grad = p.copy()
    grad[np.arange(len(y)), y] -= 1
    return loss, grad


np.random.seed(21)
data = np.load("digits.npz")
x_train = data["images"].reshape(-1, 28 * 28).astype("float32")
y_train = data["labels"]
x_test = data["test_images"].reshape(-1, 28 * 28).astype("float32")
y_test = data["test_labels"]
x_train /= 255
x_test /= 255

model = Sequential(
    Dense(784, 64),
    LeakyReLU(),
    Dense(64, 32),
    LeakyReLU(),
    Dense(32, 10),
)

batch_size = 64
learning_rate = 0.1
start = time.time()
for epoch in range(15):
    order = np.random.permutation(len(x_train))
    total = 0
    for i in range(0, len(x_train), batch_size):
        idx = order[i:i + batch_size]
        out = model.forward(x_train[idx])
        loss, grad = softmax_crossentropy(out, y_train[idx])
        model.backward(grad, learning_rate)
        total += loss * len(idx)
    print("epoch %2d  loss %.4f" % (epoch + 1, total / len(x_train)))

print("trained in %.1f s" % (time.time() - start))
pred = model.forward(x_test).argmax(axis=1)
print("test acc: %.4f" % (pred == y_test).mean())
