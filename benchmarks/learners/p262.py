"""House prices with numpy. Data is simulated (I may not upload the real file)."""
import numpy as np

np.random.seed(2024)

# ---- simulate 900 houses -------------------------------------------------
n = 900
sqm = np.random.gamma(6.0, 20.0, n) + 25
rooms = np.clip(np.round(sqm / 28 + np.random.randn(n)), 1, 9)
age = np.random.uniform(0, 90, n)
dist = np.random.exponential(7.0, n)            # km to the centre
garden = (np.random.rand(n) < 0.4).astype(float)
log_price = (4.6 + 0.75 * np.log(sqm / 100) - 0.35 * np.tanh((dist - 5) / 3)
             + 0.25 * np.cos(age / 90 * 2 * np.pi) + 0.15 * garden * (dist > 4)
             + 0.03 * rooms + 0.04 * np.random.randn(n))
price = np.exp(log_price) * 2                   # in thousands

X = np.stack([sqm, rooms, age, dist, garden], axis=1)
Xtr, Xte = X[:700], X[700:]
ptr, pte = price[:700], price[700:]

mu, sd = Xtr.mean(0), Xtr.std(0)
Xtr = (Xtr - mu) / sd
Xte = (Xte - mu) / sd
# prices are skewed -> log, then standardise
lmu, lsd = np.log(ptr).mean(), np.log(ptr).std()
ytr = ((np.log(ptr) - lmu) / lsd).reshape(-1, 1)

# ---- parameters ------------------------------------------------------------
H = 32
bias = np.zeros((1, H))
params = {
    "W1": np.random.randn(5, H) * np.sqrt(2 / 5), "b1": bias,
    "W2": np.random.randn(H, H) * np.sqrt(2 / H), "b2": bias,
    "W3": np.random.randn(H, 1) * np.sqrt(1 / H), "b3": np.zeros((1, 1)),
}


def forward(x, p):
    c = {"x": x}
    c["z1"] = x @ p["W1"] + p["b1"]
    c["a1"] = np.maximum(0, c["z1"])
    c["z2"] = c["a1"] @ p["W2"] + p["b2"]
    c["a2"] = np.maximum(0, c["z2"])
    c["out"] = c["a2"] @ p["W3"] + p["b3"]
    return c


def backward(c, y, p):
    m = len(y)
    grads = {}
    d3 = (c["out"] - y) / m
    grads["W3"] = c["a2"].T @ d3
    grads["b3"] = d3.sum(axis=0, keepdims=True)
    d2 = (d3 @ p["W3"].T) * (c["z1"] > 0)
    grads["W2"] = c["a1"].T @ d2
    grads["b2"] = d2.sum(axis=0, keepdims=True)
    d1 = (d2 @ p["W2"].T) * (c["z1"] > 0)
    grads["W1"] = c["x"].T @ d1
    grads["b1"] = d1.sum(axis=0, keepdims=True)
    return grads


# ---- training ----------------------------------------------------------------
lr0, gamma = 3.0, 0.99
for epoch in range(150):
    lr = lr0 * gamma ** epoch
    order = np.random.permutation(len(Xtr))
    losses = []
    for s in range(0, len(Xtr), 35):
        rows = order[s:s + 35]
        cache = forward(Xtr[rows], params)
        losses.append(0.5 * np.mean((cache["out"] - ytr[rows]) ** 2))
        grads = backward(cache, ytr[rows], params)
        for name in params:
            params[name] -= lr * np.clip(grads[name], -1, 1)
    if epoch % 25 == 0:
        print(f"epoch {epoch:3d}  lr {lr:.4f}  loss {np.mean(losses):.4f}")

# back to thousands of euros (no house is more than 3 sigma away)
guess = np.exp(np.clip(forward(Xte, params)["out"].ravel(), -3, 3) * lsd + lmu)
print("first five:", guess[:5].round(), "true:", pte[:5].round())
print("mean absolute error (thousands):", round(float(np.mean(np.abs(guess - pte))), 3))
