import numpy as np

np.random.seed(77)

LETTERS = {
    "A": ".###. #...# ##### #...# #...#",
    "C": ".#### #.... #.... #.... .####",
    "E": "##### #.... ####. #.... #####",
    "H": "#...# #...# ##### #...# #...#",
    "L": "#.... #.... #.... #.... #####",
    "O": ".###. #...# #...# #...# .###.",
    "T": "##### ..#.. ..#.. ..#.. ..#..",
    "X": "#...# .#.#. ..#.. .#.#. #...#",
}
NAMES = list(LETTERS)
CLEAN = [np.array([1.0 if c == "#" else -1.0 for c in LETTERS[k].replace(" ", "")]) for k in NAMES]


def flip(picture, k):
    """turn k random dots of a picture around"""
    noisy = picture
    where = np.random.choice(25, k, replace=False)
    noisy[where] = -noisy[where]
    return noisy


def examples(n):
    X = np.empty((25, n))
    Y = np.zeros((len(NAMES), n))
    for j in range(n):
        c = np.random.randint(len(NAMES))
        X[:, j] = flip(CLEAN[c], np.random.randint(0, 5))
        Y[c, j] = 1
    return X, Y


def setup(n_in, n_hid, n_out):
    return (np.random.randn(n_hid, n_in) / np.sqrt(n_in), np.zeros((n_hid, 1)),
            np.random.randn(n_out, n_hid) / np.sqrt(n_hid), np.zeros((n_out, 1)))


def output(params, X):
    W1, b1, W2, b2 = params
    H = np.tanh(np.dot(W1, X) + b1)
    O = np.exp(np.dot(W2, H) + b2)
    return H, O / O.sum(axis=0)


def accuracy(params, X, Y):
    return np.mean(output(params, X)[1].argmax(axis=0) == Y.argmax(axis=0))


def train(params, X, Y, epochs, lr, batch):
    W1, b1, W2, b2 = [p.copy() for p in params]      # never touch what the caller has
    n = X.shape[1]
    for e in range(epochs):
        order = np.random.permutation(n)
        for s in range(0, n, batch):
            j = order[s:s + batch]
            x, y = X[:, j], Y[:, j]
            H, O = output((W1, b1, W2, b2), x)
            d2 = (O - y) / len(j)
            d1 = np.dot(W2.T, d2) * (1 - H * H)
            W2 -= lr * np.dot(d2, H.T)
            b2 -= lr * d2.sum(axis=1, keepdims=True)
            W1 -= lr * np.dot(d1, x.T)
            b1 -= lr * d1.sum(axis=1, keepdims=True)
        if e % 50 == 0:
            print("epoch", e, "accuracy on the training", accuracy((W1, b1, W2, b2), X, Y))
    return W1, b1, W2, b2


X, Y = examples(1000)
X_new, Y_new = examples(500)
params = setup(25, 20, len(NAMES))
print("before:", accuracy(params, X_new, Y_new))
train(params, X, Y, epochs=450, lr=0.1, batch=10)

for name in "TOL":
    H, O = output(params, CLEAN[NAMES.index(name)].reshape(25, 1))
    print("clean", name, "is read as", NAMES[int(O.argmax())])
print("after:", accuracy(params, X_new, Y_new))
