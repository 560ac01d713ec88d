# flowers, 4 measurements, 3 species
import numpy as np
np.random.seed(77)

F = np.float32

def make_table(per_class=60):
    # mean of petal length/width, sepal length/width in cm
    means = [[1.5, 0.3, 5.0, 3.4], [4.3, 1.3, 5.9, 2.8], [5.6, 2.0, 6.6, 3.0]]
    spread = [[0.2, 0.1, 0.35, 0.38], [0.45, 0.2, 0.5, 0.3], [0.5, 0.26, 0.6, 0.32]]
    rows, species = [], []
    for s in range(3):
        for _ in range(per_class):
            rows.append(np.random.normal(means[s], spread[s]))
            species.append(s)
    return np.array(rows, dtype=F), np.array(species)

def start_weights(sizes):
    ws, bs = [], []
    for a, b in zip(sizes, sizes[1:]):
        ws.append((np.random.randn(a, b) * 0.4).astype(F))
        bs.append(np.zeros(b, dtype=F))
    return ws, bs

def softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)

def forward(ws, bs, x):
    hid = np.maximum(0.1 * (x @ ws[0] + bs[0]), x @ ws[0] + bs[0])
    return hid, softmax(hid @ ws[1] + bs[1])

def train(ws, bs, x, t, epochs, lr, batch):
    onehot = np.eye(3, dtype=F)[t]
    for ep in range(epochs):
        order = np.arange(len(x))
        for k in range(0, len(x), batch):
            i = order[k:k + batch]
            hid, p = forward(ws, bs, x[i])
            d2 = (p - onehot[i]) / F(len(i))
            d1 = (d2 @ ws[1].T) * np.where(hid > 0, F(1), F(0.1))
            ws[1] -= lr * hid.T @ d2
            bs[1] -= lr * d2.sum(0)
            ws[0] -= lr * x[i].T @ d1
            bs[0] -= lr * d1.sum(0)
        if ep % 20 == 0:
            _, p = forward(ws, bs, x)
            print("epoch", ep, "train acc %.3f" % (p.argmax(1) == t).mean())

X, species = make_table()
cut = len(X) * 2 // 3
Xtr, str_, Xte, ste = X[:cut], species[:cut], X[cut:], species[cut:]
mean, std = Xtr.mean(0), Xtr.std(0)
Xtr = (Xtr - mean) / std
Xte = (Xte - mean) / std

ws, bs = start_weights([4, 8, 3])
train(ws, bs, Xtr, str_, 100, F(0.1), 16)
_, p = forward(ws, bs, Xte)
print("test accuracy %.3f" % np.mean(p.argmax(axis=1) == ste))
