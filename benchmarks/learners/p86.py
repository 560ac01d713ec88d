import numpy as np
import matplotlib.pyplot as plt


def wine_table(rgen, n=300):
    # alcohol, color intensity, hue, proline (like in the wine data, but two kinds)
    y = rgen.randint(0, 2, n)
    alcohol = rgen.normal(13.0, 0.6, n) + 0.3 * (y - 0.5)
    color = rgen.normal(5.0, 1.5, n)
    hue = 0.95 + 0.12 * (color - 5.0) * np.where(y == 1, 1, -1) + rgen.normal(0, 0.05, n)
    proline = 750 + 130 * (y - 0.5) + rgen.normal(0, 250, n)
    return np.stack([alcohol, color, hue, proline], axis=1), y


class AdalineMLP(object):
    """ADAptive LInear NEuron behind a hidden layer of tanh units.

    Parameters
    ------------
    eta : float
      Learning rate (between 0.0 and 1.0)
    n_iter : int
      Passes over the training dataset.
    """
    def __init__(self, eta=0.01, n_iter=10, n_hidden=10, shuffle=True, random_state=None):
        self.eta = eta
        self.n_iter = n_iter
        self.n_hidden = n_hidden
        self.shuffle = shuffle
        self.random_state = random_state

    def fit(self, X, y):
        self._initialize_weights(X.shape[1])
        self.cost_ = []
        for i in range(self.n_iter):
            if self.shuffle:
                X, y = self._shuffle(X, y)
            cost = []
            for xi, target in zip(X, y):
                cost.append(self._update_weights(xi, target))
            self.cost_.append(sum(cost) / len(y))
        return self

    def _shuffle(self, X, y):
        r = self.rgen.permutation(len(y))
        return X[r], y[r]

    def _initialize_weights(self, m):
        self.rgen = np.random.RandomState(self.random_state)
        self.v_ = self.rgen.normal(loc=0.0, scale=0.5, size=(1 + m, self.n_hidden))
        self.w_ = self.rgen.normal(loc=0.0, scale=0.1, size=1 + self.n_hidden)

    def hidden(self, X):
        return np.tanh(np.dot(X, self.v_[1:]) + self.v_[0])

    def net_input(self, X):
        return np.dot(self.hidden(X), self.w_[1:]) + self.w_[0]

    def activation(self, X):
        """Compute linear activation"""
        return X

    def _update_weights(self, xi, target):
        h = self.hidden(xi)
        output = self.activation(np.dot(h, self.w_[1:]) + self.w_[0])
        error = (target - output)
        dh = error * self.w_[1:] * (1.0 - h ** 2)
        self.w_[1:] += self.eta * h * error
        self.w_[0] += self.eta * error
        self.v_[1:] += self.eta * np.outer(xi, dh)
        self.v_[0] += self.eta * dh
        return 0.5 * error ** 2

    def predict(self, X):
        """Return class label after unit step"""
        return np.where(self.activation(self.net_input(X)) >= 0.0, 1, 0)


rgen = np.random.RandomState(1)
X, y = wine_table(rgen)
X_train, X_test, y_train, y_test = X[:200], X[200:], y[:200], y[200:]

# standardize features
mu = X_train.mean(axis=0)
sigma = X_train.std(axis=0)
X_std = np.copy(X_train)
for j in range(len(mu) - 1):
    X_std[:, j] = (X_train[:, j] - mu[j]) / sigma[j]

ada = AdalineMLP(eta=0.05, n_iter=40, n_hidden=10, random_state=1)
ada.fit(X_std, y_train)
print(ada.cost_[::8])

plt.plot(range(1, len(ada.cost_) + 1), ada.cost_, marker='o')
plt.xlabel('Epochs')
plt.ylabel('Average Cost')
plt.close()

print('Misclassified train samples:', (ada.predict(X_std) != y_train).sum())

y_pred = ada.predict(X_test)
print('Accuracy: %.3f' % np.mean(y_pred == y_test))
