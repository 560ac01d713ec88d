import numpy as np

np.random.seed(21)


class DropoutNet:

    def __init__(self, n_in=784, n_hidden=64, n_out=10, p_drop=0.1):
        self.p_drop = p_drop
        self.W1 = np.random.randn(n_in, n_hidden) * np.sqrt(2 / n_in)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out) * np.sqrt(1 / n_hidden)
        self.b2 = np.zeros((1, n_out))

    def forward(self, X, train=True):
        cache = {"X": X}
        cache["z1"] = X @ self.W1 + self.b1
        a1 = np.maximum(cache["z1"], 0)
        if train:
            # inverted dropout
            mask = (np.random.rand(*a1.shape) < self.p_drop) / (1 - self.p_drop)
            a1 = a1 * mask
            cache["mask"] = mask
        cache["a1"] = a1
        z2 = a1 @ self.W2 + self.b2
        ez = np.exp(z2 - z2.max(axis=1, keepdims=True))
        cache["out"] = ez / ez.sum(axis=1, keepdims=True)
        return cache["out"], cache

    def backward(self, cache, T):
        n = len(T)
        d2 = (cache["out"] - T) / n
        grads = {}
        grads["W2"] = cache["a1"].T @ d2
        grads["b2"] = d2.sum(axis=0, keepdims=True)
        d1 = (d2 @ self.W2.T) * (cache["z1"] > 0)
        grads["W1"] = cache["X"].T @ d1
        grads["b1"] = d1.sum(axis=0, keepdims=True)
        return grads

    def step(self, grads, lr):
        for name, g in grads.items():
            setattr(self, name, getattr(self, name) - lr * g)

    def predict(self, X):
        out, _ = self.forward(X)
        return out.argmax(axis=1)


def cross_entropy(out, T):
    return -(T * np.log(out + 1e-9)).sum() / len(T)


data = np.load("digits.npz")
X = data["images"].reshape(1200, -1).astype("float32") / 255
y = data["labels"]
X_test = data["test_images"].reshape(400, -1).astype("float32") / 255
y_test = data["test_labels"]
T = np.zeros((1200, 10))
T[range(1200), y] = 1

net = DropoutNet()
lr, batch = 0.1, 30
history = []
for epoch in range(25):
    perm = np.random.permutation(1200)
    for k in range(0, 1200, batch):
        sel = perm[k:k + batch]
        out, cache = net.forward(X[sel])
        net.step(net.backward(cache, T[sel]), lr)
    history.append(cross_entropy(net.forward(X)[0], T))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {history[-1]:.4f}")

print("train accuracy", (net.predict(X) == y).mean())
print("test accuracy", (net.predict(X_test) == y_test).mean())
