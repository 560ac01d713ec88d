import numpy as np


def make_circles(n_samples, noise, rng):
    n_out = n_samples // 2
    lin = np.linspace(0, 2 * np.pi, n_out, endpoint=False)
    outer = np.c_[np.cos(lin), np.sin(lin)]
    inner = outer * 0.5
    X = np.r_[outer, inner] + rng.normal(scale=noise, size=(2 * n_out, 2))
    y = np.r_[np.zeros(n_out), np.ones(n_out)]
    return X, y


class MLPClassifier:
    def __init__(self, hidden_layer_size=8, learning_rate_init=0.5, max_iter=1500, alpha=1e-4, rng=None):
        self.hidden_layer_size = hidden_layer_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.alpha = alpha
        self.rng = rng

    def fit(self, X, y):
        n, p = X.shape
        k = self.hidden_layer_size
        self.coef1_ = self.rng.normal(0, 1, (p, k))
        self.int1_ = np.zeros(k)
        self.coef2_ = self.rng.normal(0, 1 / np.sqrt(k), (k,))
        self.int2_ = 0.0
        for _ in range(self.max_iter):
            h, p1 = self._forward(X)
            g_out = (p1 - y) / n
            g_hid = np.outer(g_out, self.coef2_) * (1 - h ** 2)
            # step with weight decay
            self.coef2_ -= self.learning_rate_init * (h.T @ g_out + self.alpha * self.coef2_)
            self.int2_ -= self.learning_rate_init * g_out.sum()
            self.coef1_ -= self.learning_rate_init * (X.T @ g_hid + self.alpha * self.coef1_)
            self.int1_ -= self.learning_rate_init * g_hid.sum()
        return self

    def _forward(self, X):
        h = X @ self.coef1_ + self.int1_
        return h, 1 / (1 + np.exp(-(h @ self.coef2_ + self.int2_)))

    def predict(self, X):
        return self._forward(X)[1].round()

    def score(self, X, y):
        return np.mean(self.predict(X) == y)


rng = np.random.default_rng(8)
X, y = make_circles(400, 0.1, rng)

# 5-fold cross validation
shuffled = rng.permutation(len(X))
folds = np.array_split(shuffled, 5)
scores = []
for i in range(5):
    val = folds[i]
    train = np.concatenate([folds[j] for j in range(5) if j != i])
    clf = MLPClassifier(rng=rng).fit(X[train], y[train])
    scores.append(clf.score(X[val], y[val]))
    print(f"fold {i}: {scores[-1]:.3f}")

print("cv accuracy", np.mean(scores))
