"""Mini neural network library + spirals demo"""
import numpy as np

rng = np.random.default_rng(11)


class Linear:
    def __init__(self, n_in, n_out):
        self.W = rng.normal(0, 6.0, size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def update(self, lr, momentum):
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.vW = momentum * self.vW - lr * self.dW
        self.vb = momentum * self.vb - lr * self.db
        self.W += self.vW
        self.b += self.vb


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out)

    def update(self, lr, momentum):
        pass


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-np.clip(x, -50, 50)))
        return self.out


class Model:
    def __init__(self, layers):
        self.layers = layers
        self.last = Sigmoid()

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return self.last.forward(x)

    def fit(self, x, y, epochs, lr=0.15, momentum=0.9, batch_size=25):
        n = len(x)
        for epoch in range(epochs):
            order = rng.permutation(n)
            loss = 0.0
            for s in range(0, n, batch_size):
                idx = order[s:s + batch_size]
                p = self.predict(x[idx])
                loss -= np.sum(y[idx] * np.log(p + 1e-9) + (1 - y[idx]) * np.log(1 - p + 1e-9))
                # sigmoid + cross entropy
                grad = (p - y[idx]) / len(idx)
                for layer in reversed(self.layers):
                    grad = layer.backward(grad)
                for layer in self.layers:
                    layer.update(lr, momentum)
            if epoch % 100 == 0:
                print(f"epoch {epoch:4d}  loss {loss / n:.4f}")


def spirals(n):
    t = np.sqrt(rng.uniform(0.02, 1, n)) * 3 * np.pi
    cls = rng.integers(0, 2, n)
    r = t / (3 * np.pi)
    phi = t + np.pi * cls
    pts = np.stack([r * np.cos(phi), r * np.sin(phi)], axis=1)
    pts += rng.normal(0, 0.015, pts.shape)
    return pts * 2, cls.reshape(-1, 1).astype(float)


X_train, y_train = spirals(400)
X_test, y_test = spirals(300)

net = Model([Linear(2, 32), Tanh(), Linear(32, 16), Tanh(), Linear(16, 1)])
net.fit(X_train, y_train, epochs=500)

train_acc = np.mean((net.predict(X_train) > 0.5) == y_train)
test_acc = np.mean((net.predict(X_test) > 0.5) == y_test)
print(f"train accuracy: {train_acc:.3f}")
print(f"test accuracy: {test_acc:.3f}")
