import numpy as np
np.random.seed(21)

# table of houses: area in sqft, bedrooms, year built, distance to center in km
rows = []
prices = []
for _ in range(400):
    area = np.random.uniform(600, 3500)
    beds = int(area / 700) + np.random.randint(0, 2)
    year = np.random.randint(1930, 2020)
    dist = np.random.exponential(8)
    price = 90 * area + 9000 * beds + 700 * (year - 1930) + 120000 * np.exp(-dist / 6)
    rows.append([area, beds, year, dist])
    prices.append(price + np.random.randn() * 5000)

rows = np.array(rows, dtype=float)
prices = np.array(prices)
# prices are big so use mean 0 and std 1
prices = (prices - prices.mean()) / prices.std()

train_rows, test_rows = rows[:300], rows[300:]
train_p, test_p = prices[:300], prices[300:]

n_hidden = 16
V = np.random.randn(n_hidden, 4) * 0.5
c = np.zeros(n_hidden)
w = np.random.randn(n_hidden) * 0.25
d = 0.0

lr = 0.01

def predict(x):
    h = np.maximum(0, V.dot(x) + c)
    return w.dot(h) + d

for epoch in range(25):
    order = np.random.permutation(300)
    sq = 0.0
    for i in order:
        x, t = train_rows[i], train_p[i]
        # forward
        z = V.dot(x) + c
        h = np.maximum(0, z)
        out = w.dot(h) + d
        e = out - t
        # keep the error from exploding
        e = max(-1.0, min(1.0, e))
        sq += e * e
        # backward
        gw = e * h
        gz = e * w * (z > 0)
        gV = np.outer(gz, x)
        w -= lr * gw
        d -= lr * e
        V -= lr * gV
        c -= lr * gz
    if epoch % 5 == 0:
        print("epoch", epoch, "train error", sq / 300)

p = np.array([predict(x) for x in test_rows])
print("first predictions", p[:5].round(3), "real", test_p[:5].round(3))
print("test mse", np.mean((p - test_p) ** 2))
