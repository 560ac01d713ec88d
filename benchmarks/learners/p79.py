import numpy as np

np.random.seed(7)
f = np.load('digits.npz')

x_train = f['images'].reshape(1200, 28*28).T / 256
x_test = f['test_images'].reshape(400, 28*28).T / 256

# one hot, shape (10, samples)
y_train = np.eye(10)[f['labels']].reshape(10, -1)
print(x_train.shape, y_train.shape)

n_hidden = 50
w1 = np.random.normal(0, 1/np.sqrt(784), (n_hidden, 784))
w2 = np.random.normal(0, 1/np.sqrt(n_hidden), (10, n_hidden))
b1 = np.zeros((n_hidden, 1))
b2 = np.zeros((10, 1))


def swish(x):
    return x / (1 + np.exp(-x))


def swish_deriv(x):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)


def softmax(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


lr = 0.1
mu = 0.9
bs = 50
dw1_prev, dw2_prev, db1_prev, db2_prev = 0, 0, 0, 0

epoch = 0
while True:
    order = np.random.permutation(1200)
    total = 0
    for start in range(0, 1200, bs):
        pick = order[start:start+bs]
        x = x_train[:, pick]
        y = y_train[:, pick]

        z1 = w1.dot(x) + b1
        a1 = swish(z1)
        out = softmax(w2.dot(a1) + b2)
        total -= np.sum(y * np.log(out + 1e-10))

        d2 = (out - y) / bs
        d1 = w2.T.dot(d2) * swish_deriv(z1)

        dw2 = d2.dot(a1.T) + mu * dw2_prev
        db2 = d2.sum(axis=1, keepdims=True) + mu * db2_prev
        dw1 = d1.dot(x.T) + mu * dw1_prev
        db1 = d1.sum(axis=1, keepdims=True) + mu * db1_prev

        w2 -= lr * dw2
        b2 -= lr * db2
        w1 -= lr * dw1
        b1 -= lr * db1

        # remember for the momentum
        dw2_prev, db2_prev = d2.dot(a1.T), d2.sum(axis=1, keepdims=True)
        dw1_prev, db1_prev = d1.dot(x.T), d1.sum(axis=1, keepdims=True)

    epoch += 1
    if epoch % 5 == 0:
        print('epoch', epoch, 'loss', total / 1200)
    if epoch == 20:
        break

pred = softmax(w2.dot(swish(w1.dot(x_test) + b1)) + b2).argmax(axis=0)
acc = (pred == f['test_labels']).sum() / 400
print('accuracy on the test set:', acc)
