import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

np.random.seed(19)


def read_data():
    z = np.load("digits.npz")
    x, y = z["images"].reshape(1200, 784), z["labels"].astype(int)
    xt, yt = z["test_images"].reshape(400, 784), z["test_labels"].astype(int)
    return x / 255.0, y, xt / 255.0, yt


def show_examples(x, y):
    fig, ax = plt.subplots(1, 10)
    for d in range(10):
        ax[d].imshow(x[np.where(y == d)[0][0]].reshape(28, 28))
        ax[d].axis("off")
    fig.savefig("examples.png")
    plt.close(fig)


def make_net():
    W1 = np.random.rand(784, 50) * 0.1 - 0.1
    W2 = np.random.rand(50, 10) * 0.4 - 0.2
    return [W1, np.zeros(50), W2, np.zeros(10)]


def relu(v):
    return v * (v > 0)


def softmax(v):
    v = np.exp(v - np.max(v, axis=1, keepdims=True))
    return v / np.sum(v, axis=1, keepdims=True)


def evaluate(net, x):
    W1, b1, W2, b2 = net
    return softmax(relu(x @ W1 + b1) @ W2 + b2)


def train_step(net, x, y, lr):
    W1, b1, W2, b2 = net
    h = relu(x @ W1 + b1)
    out = softmax(h @ W2 + b2)
    grad = (out - np.eye(10)[y]) / len(x)
    grad_h = (grad @ W2.T) * (h > 0)
    W2 -= lr * (h.T @ grad)
    b2 -= lr * grad.sum(axis=0)
    W1 -= lr * (x.T @ grad_h)
    b1 -= lr * grad_h.sum(axis=0)


x, y, xt, yt = read_data()
show_examples(x, y)
net = make_net()
for epoch in range(12):
    perm = np.random.permutation(len(x))
    for i in range(0, len(x), 30):
        part = perm[i:i + 30]
        train_step(net, x[part], y[part], 0.1)
    good = np.mean(np.argmax(evaluate(net, x), axis=1) == y)
    print("epoch {}: training accuracy {:.3f}".format(epoch, good))

print("test accuracy: {:.3f}".format(np.mean(np.argmax(evaluate(net, xt), axis=1) == yt)))
