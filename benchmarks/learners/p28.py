import numpy as np
np.random.seed(33)

class DigitClassifier:

    def __init__(self, sizes, lr=0.1):
        self.lr = lr
        self.Ws, self.bs = [], []
        for i in range(len(sizes) - 1):
            self.Ws.append(np.random.randn(sizes[i + 1], sizes[i]) * np.sqrt(2.0 / sizes[i]))
            self.bs.append(np.zeros((sizes[i + 1], 1)))

    def encode(self, labels):
        Y = np.zeros((10, len(labels)))
        for col, lab in enumerate(labels):
            Y[int(lab) - 1, col] = 1
        return Y

    def forward(self, X):
        self.A = [X]
        for W, b in zip(self.Ws[:-1], self.bs[:-1]):
            X = np.maximum(0, W @ X + b)
            self.A.append(X)
        Z = self.Ws[-1] @ X + self.bs[-1]
        Z = np.exp(Z - Z.max(axis=0, keepdims=True))
        return Z / Z.sum(axis=0, keepdims=True)

    def backward(self, P, Y):
        m = Y.shape[1]
        dZ = (P - Y) / m
        dWs, dbs = [], []
        for i in reversed(range(len(self.Ws))):
            dWs.insert(0, dZ @ self.A[i].T)
            dbs.insert(0, dZ.sum(axis=1, keepdims=True))
            if i > 0:
                dZ = (self.Ws[i].T @ dZ) * (self.A[i] > 0)
        for i in range(len(self.Ws)):
            self.Ws[i] -= self.lr * dWs[i]
            self.bs[i] -= self.lr * dbs[i]

    def fit(self, X, labels, epochs, bs):
        Y = self.encode(labels)
        n = X.shape[1]
        for e in range(epochs):
            order = np.random.permutation(n)
            loss = 0
            for s in range(0, n, bs):
                o = order[s:s + bs]
                P = self.forward(X[:, o])
                loss += -np.sum(Y[:, o] * np.log(P + 1e-8))
                self.backward(P, Y[:, o])
            print(f"epoch {e}: loss {loss / n:.4f}")

data = np.load("digits.npz")
X_train = data["images"].reshape(len(data["images"]), -1).T.astype(float) / 255
X_test = data["test_images"].reshape(len(data["test_images"]), -1).T.astype(float) / 255

clf = DigitClassifier([784, 40, 20, 10])
clf.fit(X_train, data["labels"], epochs=15, bs=64)

guesses = clf.forward(X_test).argmax(axis=0)
print(guesses[:20])
print(data["test_labels"][:20])
hits = 0
for g, lab in zip(guesses, data["test_labels"]):
    if g == lab:
        hits += 1
print("accuracy:", hits / X_test.shape[1])
