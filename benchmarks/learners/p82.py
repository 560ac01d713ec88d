import numpy as np
import matplotlib.pyplot as plt


class MyMLPClassifier:
    """Like the one of sklearn, but I understand it."""

    def __init__(self, hidden_layer_sizes=(32,), learning_rate_init=0.05, max_iter=8,
                 batch_size=10, alpha=1e-4, shuffle=True, random_state=None, verbose=False):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.alpha = alpha
        self.shuffle = shuffle
        self.random_state = random_state
        self.verbose = verbose

    def _initialize(self, n_features):
        self.rng_ = np.random.RandomState(self.random_state)
        units = [n_features] + list(self.hidden_layer_sizes) + [len(self.classes_)]
        self.coefs_, self.intercepts_ = [], []
        for fan_in, fan_out in zip(units[:-1], units[1:]):
            bound = np.sqrt(6.0 / (fan_in + fan_out))
            self.coefs_.append(self.rng_.uniform(-bound, bound, (fan_in, fan_out)))
            self.intercepts_.append(self.rng_.uniform(-bound, bound, fan_out))
        self.loss_curve_ = []

    def _forward(self, X):
        activations = [X]
        last = len(self.coefs_) - 1
        for i, (W, b) in enumerate(zip(self.coefs_, self.intercepts_)):
            z = activations[-1] @ W + b
            if i == last:
                z = np.exp(z - z.max(axis=1, keepdims=True))
                z /= z.sum(axis=1, keepdims=True)
            else:
                z = np.maximum(z, 0)
            activations.append(z)
        return activations

    def _partial_fit(self, X, y):
        acts = self._forward(X)
        p = acts[-1]
        loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
        delta = p.copy()
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        for i in range(len(self.coefs_) - 1, -1, -1):
            grad_W = acts[i].T @ delta + self.alpha * self.coefs_[i]
            grad_b = delta.sum(axis=0)
            delta = (delta @ self.coefs_[i].T) * (acts[i] > 0)
            self.coefs_[i] -= self.learning_rate_init * grad_W
            self.intercepts_[i] -= self.learning_rate_init * grad_b
        return loss

    def fit(self, X, y):
        self.classes_, y = np.unique(y, return_inverse=True)
        self._initialize(X.shape[1])
        for it in range(self.max_iter):
            index = np.arange(len(X))
            if self.shuffle:
                self.rng_.shuffle(index)
            losses = []
            for s in range(0, len(X), self.batch_size):
                b = index[s:s + self.batch_size]
                losses.append(self._partial_fit(X[b], y[b]))
            self.loss_curve_.append(np.mean(losses))
            if self.verbose:
                print("Iteration %d, loss = %.6f" % (it + 1, self.loss_curve_[-1]))
        return self

    def predict_proba(self, X):
        return self._forward(X)[-1]

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def score(self, X, y):
        return np.mean(self.predict(X) == y)


digits = np.load("digits.npz")
X = digits["images"].reshape(len(digits["images"]), -1) / 255.
y = digits["labels"]
X_test = digits["test_images"].reshape(len(digits["test_images"]), -1) / 255.
y_test = digits["test_labels"]

# mean picture of each class
sort = np.argsort(y, kind="stable")
X, y = X[sort], y[sort]
means = [X[y == k].mean(axis=0).reshape(28, 28) for k in range(10)]
plt.imshow(np.hstack(means), cmap="gray")
plt.close()

clf = MyMLPClassifier(hidden_layer_sizes=(32,), shuffle=False, random_state=0, verbose=True)
clf.fit(X, y)
print("score:", clf.score(X_test, y_test))
