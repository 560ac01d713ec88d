import numpy as np
np.random.seed(5)

class BlobNet:
    def __init__(self, n_inputs, n_hidden, n_classes):
        self.w1 = np.random.randn(n_inputs, n_hidden) * 0.5
        self.b1 = np.zeros((1, n_hidden))
        self.w2 = np.random.randn(n_hidden, n_classes) * 0.5
        self.b2 = np.zeros((1, n_classes))

    def relu(self, z):
        return np.maximum(z, 0)

    def softmax(self, z):
        ex = np.exp(z - np.max(z, axis=1, keepdims=True))
        return ex / np.sum(ex, axis=1, keepdims=True)

    def forward(self, X):
        self.z1 = np.dot(X, self.w1) + self.b1
        self.a1 = self.relu(self.z1)
        self.z2 = np.dot(self.a1, self.w2) + self.b2
        self.out = self.softmax(self.z2)
        return self.out

    def backward(self, X, y, out):
        n = X.shape[0]
        err = out.copy()
        err[np.arange(n), y] -= 1
        err /= n
        self.dw2 = np.dot(self.a1.T, err)
        self.db2 = np.sum(err, axis=0, keepdims=True)
        back = np.dot(err, self.w2.T)
        back[self.z1 <= 0] = 0
        self.dw1 = np.dot(X.T, back)
        self.db1 = np.sum(back, axis=0, keepdims=True)

    def update(self, lr):
        self.w1 -= lr * self.dw1
        self.b1 -= lr * self.db1
        # with a bit of weight decay
        self.w2 -= lr * (self.dw2 - 0.0001 * self.w2)
        self.b2 -= lr * self.db2

    def fit(self, X, y, epochs=8, lr=1.0, batch_size=20):
        for epoch in range(epochs):
            idx = np.arange(len(X))
            for i in range(0, len(X), batch_size):
                b = idx[i:i + batch_size]
                out = self.forward(X[b])
                self.backward(X[b], y[b], out)
                self.update(lr)
            p = self.forward(X)
            loss = -np.log(p[np.arange(len(X)), y] + 1e-7).mean()
            print("Epoch {} loss {:.4f}".format(epoch + 1, loss))

    def accuracy(self, X, y):
        return np.mean(np.argmax(self.forward(X), axis=1) == y)


# three clouds of points
centers = [(1.2, 1.5), (-1.5, 0.6), (0.4, -1.6)]
X, y = [], []
for c, (cx, cy) in enumerate(centers):
    for _ in range(1000):
        X.append([cx + 1.0 * np.random.randn(), cy + 1.0 * np.random.randn()])
        y.append(c)
X = np.array(X)
y = np.array(y)

net = BlobNet(2, 10, 3)
net.fit(X, y)
print("Accuracy on all points: ", net.accuracy(X, y))
