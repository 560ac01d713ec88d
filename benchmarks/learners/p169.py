import numpy as np

rs = np.random.RandomState(6)

d = np.load("digits.npz")
train_x = d["images"].reshape(-1, 784) / 255.0
test_x = d["test_images"].reshape(-1, 784) / 255.0
# 1 = odd, 0 = even
train_y = (d["labels"] % 2).reshape(-1, 1).astype(float)
test_y = (d["test_labels"] % 2).reshape(-1, 1).astype(float)

HIDDEN = 50
BS = 40
n_batches = len(train_x) // BS

w = [rs.randn(784, HIDDEN) * 0.05, rs.randn(HIDDEN, 1) * 0.1]
b = [np.zeros((1, HIDDEN)), np.zeros((1, 1))]
cache_w = [np.zeros_like(q) for q in w]
cache_b = [np.zeros_like(q) for q in b]


def sigm(z):
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def rmsprop(par, grad, cache, rate=0.001, rho=0.9):
    cache *= rho
    cache += (1 - rho) * grad * grad
    par -= rate * grad / (np.sqrt(cache) + 1e-7)


for epoch in range(60):
    p = rs.permutation(len(train_x))
    train_x, train_y = train_x[p], train_y[p]
    acc = 0
    for k in range(n_batches):
        x = train_x[k * BS:(k + 1) * BS]
        t = train_y[k * BS:(k + 1) * BS]
        h = np.tanh(x.dot(w[0]) + b[0])
        o = sigm(h.dot(w[1]) + b[1])
        acc += np.mean((o > 0.5) == (t > 0.5))

        # binary cross entropy
        do = (o - t) / BS
        dh = do.dot(w[1].T) * (1 - h ** 2)
        rmsprop(w[1], h.T.dot(do), cache_w[1])
        rmsprop(b[1], do.sum(0, keepdims=True), cache_b[1])
        rmsprop(w[0], x.T.dot(dh), cache_w[0])
        rmsprop(b[0], dh.sum(0, keepdims=True), cache_b[0])
    if epoch % 8 == 0:
        print("epoch", epoch, "train accuracy", acc / n_batches)

acc = 0
for k in range(len(test_x) // BS):
    x = test_x[k * BS:(k + 1) * BS]
    t = test_y[k * BS:(k + 1) * BS]
    o = sigm(np.tanh(x.dot(w[0]) + b[0]).dot(w[1]) + b[1])
    acc += np.mean((o > 0.5) == (t > 0.5))
print("test accuracy", acc / n_batches)
