# Predict house prices (synthetic, because I cannot share the real table)
import numpy as np

np.random.seed(77)
N = 500
area = np.random.uniform(40, 250, N)           # m2
rooms = np.round(area / 30 + np.random.randn(N))
age = np.random.uniform(0, 80, N)
dist = np.random.exponential(5, N)             # km to the centre
price = 1800 * area * np.exp(-dist / 10) + 5000 * rooms - 900 * age + 8000 * np.random.randn(N)

features = np.stack([area, rooms, age, dist], axis=1)
target = price.reshape(-1, 1) / 100000         # in 100k, nicer numbers

train_rows = np.random.rand(N) < 0.8
X_train, y_train = features[train_rows], target[train_rows]
X_test, y_test = features[~train_rows], target[~train_rows]

# min-max scaling
lo = X_train.min(axis=0)
hi = X_train.max(axis=0)
X_train = (X_train - lo) / hi - lo
X_test = (X_test - lo) / hi - lo

n_hidden = 20
params = dict(
    W1=np.random.randn(4, n_hidden) * 0.5,
    b1=np.zeros(n_hidden),
    W2=np.random.randn(n_hidden, 1) * 0.2,
    b2=np.zeros(1),
)


def model(X):
    z = X @ params["W1"] + params["b1"]
    h = np.maximum(z, 0)
    return z, h, h @ params["W2"] + params["b2"]


learning_rate = 0.05
history = []
for epoch in range(600):
    order = np.random.permutation(len(X_train))
    for chunk in np.array_split(order, 10):
        xb, yb = X_train[chunk], y_train[chunk]
        z, h, pred = model(xb)
        diff = pred - yb
        grads = {}
        grads["W2"] = h.T @ diff / len(chunk)
        grads["b2"] = diff.mean(axis=0)
        dh = diff @ params["W2"].T
        dz = dh * (z > 0) / len(chunk)
        grads["W1"] = xb.T @ dz
        grads["b1"] = dz.sum(axis=0)
        for name in params:
            params[name] = params[name] - learning_rate * np.clip(grads[name], -0.001, 0.001)
    history.append(float(np.mean((model(X_train)[2] - y_train) ** 2)))

print("train mse first/last:", history[0], history[-1])
resid = model(X_test)[2] - y_test
# fraction of unexplained variance (1 - R2)
print("1 - R2 on test:", float((resid ** 2).mean() / y_test.var()))
