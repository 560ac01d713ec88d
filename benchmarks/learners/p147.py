import numpy as np

np.random.seed(2)


class Regressor:
    """one hidden tanh layer, linear output, plain gradient descent"""

    def __init__(self, hidden=30, lr=0.02, epochs=6000):
        self.hidden = hidden
        self.lr = lr
        self.epochs = epochs

    def fit(self, X, y):
        n, d = X.shape
        y = y.reshape(n, 1)
        self.W1 = np.random.randn(d, self.hidden)
        self.b1 = np.random.randn(self.hidden)
        self.W2 = np.random.randn(self.hidden, 1) / np.sqrt(self.hidden)
        self.b2 = np.zeros(1)
        for epoch in range(self.epochs):
            H = np.tanh(X @ self.W1 + self.b1)
            out = H @ self.W2 + self.b2
            diff = out - y
            # loss = 1/2 mean(diff**2)
            g_out = diff / n
            g_W2 = H.T @ g_out
            g_b2 = g_out.sum(axis=0)
            g_H = g_out @ self.W2.T
            g_Z = g_H * (1 - H ** 2)
            g_W1 = X.T @ g_Z
            g_b1 = g_Z.sum(axis=0)
            self.W1 -= self.lr * g_W1
            self.b1 -= self.lr * g_b1
            self.W2 -= self.lr * g_W2
            self.b2 -= self.lr * g_b2
            if epoch % 1000 == 0:
                print(epoch, 0.5 * np.mean(diff ** 2))
        return self

    def predict(self, X):
        H = np.tanh(X @ self.W1 + self.b1)
        return (H @ self.W2 + self.b2).ravel()


def wave(x):
    return np.sin(2 * x) + 0.3 * x


x = np.random.uniform(-2, 2, size=(200, 1))
y = wave(x[:, 0]) + 0.2 * np.random.randn(200)
xt = np.random.uniform(-2, 2, size=(100, 1))
yt = wave(xt[:, 0]) + 0.2 * np.random.randn(100)

model = Regressor()
model.fit(x, y)
p = model.predict(xt)
for i in range(5):
    print("x %.2f  true %.2f  predicted %.2f" % (xt[i, 0], yt[i], p[i]))
print("RMSE on new points:", np.sqrt(np.mean((p - yt) ** 2)))
