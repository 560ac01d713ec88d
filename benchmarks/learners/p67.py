"""
Which learning rate is the best?  I train the same net with several rates and keep the one
with the best validation accuracy, then train once more on train + validation.

(one output unit per digit with sigmoid + squared error, labels -> 10 yes/no questions)
"""
import time
import numpy as np

data = np.load("digits.npz")

# pictures are 28x28, I average 2x2 blocks -> 14x14 so that it runs fast on my laptop
def shrink(imgs):
    imgs = imgs.astype(float)
    return imgs.reshape(len(imgs), 14, 2, 14, 2).mean(axis=(2, 4)).reshape(len(imgs), 196) / 128 - 1

X_all = shrink(data["images"])
Y_all = np.equal.outer(data["labels"], np.arange(10)).astype(float)
X_test = shrink(data["test_images"])
t_test = data["test_labels"]

X_train, Y_train = X_all[:900], Y_all[:900]
X_val, Y_val = X_all[900:], Y_all[900:]

sigmoid = lambda v: 1 / (1 + np.exp(-v))

def add_bias(M):
    return np.insert(M, 0, 1, axis=1)

def accuracy(net, X, labels):
    A, B = net
    out = sigmoid(add_bias(sigmoid(add_bias(X) @ A)) @ B)
    return float(np.mean(out.argmax(axis=1) == labels))

def train(X, Y, rate, epochs, hidden=40, batch=10):
    np.random.seed(1)                      # every rate starts with the same weights
    A = np.random.normal(0, 1 / np.sqrt(197), (197, hidden))
    B = np.random.normal(0, 1 / np.sqrt(hidden + 1), (hidden + 1, 10))
    Xb = add_bias(X)
    n = len(X) // batch
    for ep in range(epochs):
        mix = np.random.permutation(len(X))
        for k in range(n):
            rows = mix[k::n]               # every n-th one
            x, y = Xb[rows], Y[rows]
            h = sigmoid(x @ A)
            hb = add_bias(h)
            o = sigmoid(hb @ B)
            do = (o - y) * o * (1 - o)
            dh = (do @ B.T)[:, 1:] * h * (1 - h)
            B -= rate * hb.T @ do
            A -= rate * x.T @ dh
    return A, B

results = {}
for rate in (0.001, 0.03, 0.3, 10):
    start = time.time()
    net = train(X_train, Y_train, rate, epochs=10)
    results[rate] = accuracy(net, X_val, Y_val.argmax(axis=1))
    print("rate %-6g  validation accuracy %.3f   (%.1f s)" % (rate, results[rate], time.time() - start))

best = max(results, key=results.get)
print("best rate:", best)
net = train(X_all, Y_all, best, epochs=20)
print("accuracy on the test pictures: %.3f" % accuracy(net, X_test, t_test))
