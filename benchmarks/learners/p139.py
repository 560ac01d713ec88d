import numpy as np

np.random.seed(2024)
K = 5

raw = np.load("digits.npz")
pixels = np.concatenate([raw["images"], raw["test_images"]]).reshape(1600, 784)
digits = np.concatenate([raw["labels"], raw["test_labels"]]).astype(int)


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-np.clip(a, -500, 500)))


def init(n_hidden):
    w1 = np.random.randn(784, n_hidden) * 3.0
    w2 = np.random.randn(n_hidden, 10) * 0.1
    return w1, np.zeros(n_hidden), w2, np.zeros(10)


def feed(weights, x):
    w1, b1, w2, b2 = weights
    h = sigmoid(x.dot(w1) + b1)
    return h, sigmoid(h.dot(w2) + b2)


def train(x, t, n_hidden=30, epochs=25, lr=1.0):
    w1, b1, w2, b2 = init(n_hidden)
    for ep in range(epochs):
        mix = np.random.permutation(len(x))
        for s in range(0, len(x), 20):
            rows = mix[s:s + 20]
            h, o = feed((w1, b1, w2, b2), x[rows])
            # cross entropy with sigmoid outputs, so no derivative here
            do = (o - t[rows]) / len(rows)
            dh = do.dot(w2.T) * h * (1 - h)
            w2 -= lr * h.T.dot(do)
            b2 -= lr * do.sum(axis=0)
            w1 -= lr * x[rows].T.dot(dh)
            b1 -= lr * dh.sum(axis=0)
        lr = lr * 0.95
    return w1, b1, w2, b2


folds = np.array_split(np.random.permutation(1600), K)
scores = []
for k in range(K):
    held_out = folds[k]
    rest = np.concatenate([folds[j] for j in range(K) if j != k])
    x_train = pixels[rest] / 255.0
    x_valid = pixels[held_out].astype(float)
    weights = train(x_train, np.eye(10)[digits[rest]])
    guess = feed(weights, x_valid)[1].argmax(axis=1)
    scores.append(np.mean(guess == digits[held_out]))
    print("fold", k + 1, "accuracy", scores[-1])

print("mean of the folds:", np.mean(scores))
