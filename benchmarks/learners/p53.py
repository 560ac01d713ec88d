"""
MNIST (small version) with one hidden layer.
Early stopping: stop when the validation loss did not go down for `patience` epochs
and put the best weights back.
"""
import numpy as np
import matplotlib.pyplot as plt

np.random.seed(42)

data = np.load("digits.npz")
X = data["images"].reshape(-1, 784).astype("float32") / 255.0
y = data["labels"]
X_test = data["test_images"].reshape(-1, 784).astype("float32") / 255.0
y_test = data["test_labels"]

# train / validation split (80/20)
np.random.shuffle(X)
np.random.shuffle(y)
n_val = int(0.2 * len(X))
X_val, y_val = X[:n_val], y[:n_val]
X_train, y_train = X[n_val:], y[n_val:]
print(X_train.shape, X_val.shape, X_test.shape)


def to_categorical(y, n=10):
    out = np.zeros((len(y), n))
    out[np.arange(len(y)), y] = 1
    return out


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def predict_proba(X, w):
    h = np.maximum(X @ w["W1"] + w["b1"], 0)
    return softmax(h @ w["W2"] + w["b2"])


def cross_entropy(p, t):
    return -np.mean(np.sum(t * np.log(p + 1e-9), axis=1))


n_hidden = 64
w = {
    "W1": np.random.randn(784, n_hidden) * np.sqrt(2.0 / 784),
    "b1": np.zeros(n_hidden),
    "W2": np.random.randn(n_hidden, 10) * np.sqrt(2.0 / n_hidden),
    "b2": np.zeros(10),
}

T_train, T_val = to_categorical(y_train), to_categorical(y_val)

lr = 0.1
batch_size = 32
max_epochs = 60
patience = 8

best_loss = np.inf
best_w = None
wait = 0
history = {"loss": [], "val_loss": []}

for epoch in range(max_epochs):
    idx = np.random.permutation(len(X_train))
    for start in range(0, len(idx), batch_size):
        b = idx[start:start + batch_size]
        xb, tb = X_train[b], T_train[b]

        z1 = xb @ w["W1"] + w["b1"]
        h = np.maximum(z1, 0)
        p = softmax(h @ w["W2"] + w["b2"])

        d2 = (p - tb) / len(b)
        d1 = (d2 @ w["W2"].T) * (z1 > 0)

        w["W2"] -= lr * h.T @ d2
        w["b2"] -= lr * d2.sum(axis=0)
        w["W1"] -= lr * xb.T @ d1
        w["b1"] -= lr * d1.sum(axis=0)

    loss = cross_entropy(predict_proba(X_train, w), T_train)
    val_loss = cross_entropy(predict_proba(X_val, w), T_val)
    history["loss"].append(loss)
    history["val_loss"].append(val_loss)
    print("Epoch %d - loss: %.4f - val_loss: %.4f" % (epoch + 1, loss, val_loss))

    if val_loss < best_loss:
        best_loss = val_loss
        best_w = w.copy()
        wait = 0
    else:
        wait += 1
        if wait >= patience:
            print("Early stopping")
            break

w = best_w

plt.plot(history["loss"], label="loss")
plt.plot(history["val_loss"], label="val_loss")
plt.legend()
plt.savefig("history.png")

acc = np.mean(predict_proba(X_test, w).argmax(axis=1) == y_test)
print("Test accuracy:", acc)
