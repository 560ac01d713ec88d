import numpy as np

rng = np.random.default_rng(4)

# ----- make a table like the one from our course (area, rooms, age, distance) -> price in 1000 -----
n = 500
area = rng.uniform(40, 200, n)
rooms = np.round(area / 30 + rng.normal(0, 0.7, n)).clip(1, 8)
age = rng.uniform(0, 60, n)
dist = rng.uniform(0.5, 20, n)
price = 60 + 1.6 * area + 8 * rooms - 1.1 * age - 25 * np.log(dist) + 0.004 * area * (60 - age) + rng.normal(0, 12, n)
price = price.clip(30, None)

table = np.column_stack([area, rooms, age, dist, price])
# nicer to look at when it is sorted by price
table = table[table[:, -1].argsort()]
print(table[:5].round(1))

X = table[:, :4]
y = table[:, 4:5]
X_train, X_test = X[:400], X[400:]
y_train, y_test = y[:400], y[400:]

X_train = (X_train - X_train.mean(axis=0)) / X_train.std(axis=0)
X_test = (X_test - X_test.mean(axis=0)) / X_test.std(axis=0)

# prices in hundreds of thousands, else the loss is huge
y_train = y_train / 100

n_hidden = 16
W1 = rng.normal(0, 0.5, (4, n_hidden))
b1 = np.zeros(n_hidden)
W2 = rng.normal(0, 0.5, (n_hidden, 1))
b2 = np.zeros(1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


lr = 0.05
batch_size = 25
for epoch in range(200):
    order = rng.permutation(len(X_train))
    losses = []
    for start in range(0, len(X_train), batch_size):
        idx = order[start:start + batch_size]
        xb, yb = X_train[idx], y_train[idx]

        h = sigmoid(xb @ W1 + b1)
        out = sigmoid(h @ W2 + b2)
        losses.append(np.mean((out - yb) ** 2))

        d_out = 2 * (out - yb) / len(idx) * out * (1 - out)
        dW2 = h.T @ d_out
        db2 = d_out.sum(axis=0)
        d_h = d_out @ W2.T * h * (1 - h)
        dW1 = xb.T @ d_h
        db1 = d_h.sum(axis=0)

        W1 -= lr * dW1
        b1 -= lr * db1
        W2 -= lr * dW2
        b2 -= lr * db2
    if epoch % 40 == 0:
        print(f"epoch {epoch:3d}  mse {np.mean(losses):.4f}")

h = sigmoid(X_test @ W1 + b1)
prediction = sigmoid(h @ W2 + b2) * 100
for p, t in list(zip(prediction[:, 0], y_test[:, 0]))[:6]:
    print(f"predicted {p:6.1f}   real {t:6.1f}")
print("mean absolute error (in 1000):", np.abs(prediction - y_test).mean())
