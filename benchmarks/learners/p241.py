import numpy as np

np.random.seed(12)

f = np.load("digits.npz")
imgs = np.concatenate([f["images"], f["test_images"]]) / 255.0
labels = np.concatenate([f["labels"], f["test_labels"]]).astype(int)

# 28x28 is too slow on my laptop -> mean of every 4x4 block
small = imgs.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(-1, 49)

# how many of each do I have
order = np.argsort(labels)
small = small[order]
labels = labels[order]
print("from", labels[0], "to", labels[-1])
for d in range(10):
    print(d, "x", (labels == d).sum(), end="  ")
print()

X_train, X_test = small[:1300], small[1300:]
y_train, y_test = labels[:1300], labels[1300:]
mu = X_train.mean()
sd = X_train.std()
X_train = (X_train - mu) / sd
X_test = (X_test - mu) / sd


class Network:
    """49 -> hidden (ELU + dropout) -> 10 softmax, squared error"""

    def __init__(self, hidden=80, lr=0.15, momentum=0.9, drop=0.2):
        self.W1 = np.random.randn(49, hidden) * np.sqrt(1 / 49)
        self.b1 = np.zeros(hidden)
        self.W2 = np.random.randn(hidden, 10) * np.sqrt(1 / hidden)
        self.b2 = np.zeros(10)
        self.lr, self.momentum, self.drop = lr, momentum, drop
        self.v = {k: np.zeros_like(getattr(self, k)) for k in ("W1", "b1", "W2", "b2")}

    def forward(self, X, training=False):
        self.z = X @ self.W1 + self.b1
        self.h = np.where(self.z > 0, self.z, np.exp(np.minimum(self.z, 0)) - 1)
        self.slope = np.where(self.z > 0, 1.0, self.h + 1)
        if training:
            self.mask = (np.random.rand(*self.h.shape) >= self.drop) / (1 - self.drop)
            self.h = self.h * self.mask
        s = self.h @ self.W2 + self.b2
        s = np.exp(s - s.max(axis=1, keepdims=True))
        return s / s.sum(axis=1, keepdims=True)

    def backward(self, X, P, T):
        n = len(X)
        g = 2 * (P - T) / n
        # jacobian of softmax times g
        ds = P * (g + (g * P).sum(axis=1, keepdims=True))
        grads = {}
        grads["W2"] = self.h.T @ ds
        grads["b2"] = ds.sum(axis=0)
        dh = ds @ self.W2.T
        dz = dh * self.slope
        grads["W1"] = X.T @ dz
        grads["b1"] = dz.sum(axis=0)
        return grads

    def update(self, grads):
        # nesterov, the version without the look ahead point
        for k, g in grads.items():
            old = self.v[k]
            self.v[k] = self.momentum * old - self.lr * g
            step = -self.momentum * old + (1 + self.momentum) * self.v[k]
            setattr(self, k, getattr(self, k) + step)

    def fit(self, X, y, epochs=100, batch=50):
        T = np.eye(10)[y]
        for ep in range(epochs):
            idx = np.random.permutation(len(X))
            err = 0
            for i in range(0, len(X), batch):
                part = idx[i:i + batch]
                P = self.forward(X[part], training=True)
                err += ((P - T[part]) ** 2).sum()
                self.update(self.backward(X[part], P, T[part]))
            if ep % 20 == 0:
                print("epoch %d  error %.4f" % (ep, err / len(X)))

    def predict(self, X):
        return self.forward(X).argmax(axis=1)


net = Network()
net.fit(X_train, y_train)
print("train acc", (net.predict(X_train) == y_train).mean())
print("TEST acc", (net.predict(X_test) == y_test).mean())
