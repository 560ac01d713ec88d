import numpy as np
import time

np.random.seed(31)

d = np.load("digits.npz")
train_images = d["images"].reshape(-1, 784).astype(float)
train_labels = d["labels"].astype(int)
test_images = d["test_images"].reshape(-1, 784).astype(float)
test_labels = d["test_labels"].astype(int)

train_images /= 255.
test_images /= 255.


def targets(labels):
    # written by hand, I do not want to use sklearn
    res = []
    for l in labels:
        v = [0] * 10
        v[l] = 1
        res.append(v)
    return np.array(res)


def softmax(z):
    e = np.exp(z - np.max(z, axis=1)[:, None])
    return e / np.sum(e, axis=1)[:, None]


def train(hidden, epochs=15, lr=0.3, size=40):
    W1 = np.random.randn(784, hidden) / 28
    b1 = np.zeros(hidden)
    W2 = np.random.randn(hidden, 10) / np.sqrt(hidden)
    b2 = np.zeros(10)
    T = targets(train_labels)
    for ep in range(epochs):
        idx = np.random.permutation(len(T))
        for i in range(0, len(T), size):
            x = train_images[idx[i:i + size]]
            t = T[idx[i:i + size]]
            z1 = x.dot(W1) + b1
            a1 = np.tanh(z1)
            out = softmax(a1.dot(W2) + b2)
            d2 = (out - t) / size
            d1 = d2.dot(W2.T) * (1 - z1 ** 2)
            dW1 = x.T.dot(d1)
            W2 -= lr * a1.T.dot(d2)
            b2 -= lr * d2.sum(0)
            W1 -= lr * dW1
            b1 -= lr * dW1.mean()
    train_acc = np.mean(np.argmax(np.tanh(train_images.dot(W1) + b1).dot(W2) + b2, axis=1) == train_labels)
    return (W1, b1, W2, b2), train_acc


def test(net):
    W1, b1, W2, b2 = net
    x = test_images / 255.
    a1 = np.tanh(x.dot(W1) + b1)
    return np.mean(np.argmax(softmax(a1.dot(W2) + b2), axis=1) == test_labels)


for hidden in [10, 30, 60]:
    t0 = time.time()
    net, acc = train(hidden)
    print("hidden units:", hidden, " time: %.1f s" % (time.time() - t0), " train:", acc, " test:", test(net))
