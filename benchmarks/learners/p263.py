import numpy as np

np.random.seed(5)

# --- patients: age, blood pressure, glucose, bmi. ill if something is too low OR too high
N = 450


def patients(n, ill):
    rows = []
    while len(rows) < n:
        p = np.array([np.random.uniform(20, 80), np.random.normal(125, 20),
                      np.random.normal(100, 22), np.random.normal(26, 5)])
        score = ((p[1] - 125) / 20) ** 2 + ((p[2] - 100) / 22) ** 2 + 0.8 * (p[0] - 50) / 30 - 1.6
        score += np.random.randn() * 0.3
        if (score > 0) == ill:
            rows.append(p)
    return np.array(rows)


healthy, sick = patients(N, False), patients(N, True)
train_X = np.vstack([healthy[:300], sick[:300]])
train_y = np.array([0.0] * 300 + [1.0] * 300)
test_X = np.vstack([healthy[300:], sick[300:]])
test_y = np.array([0] * 150 + [1] * 150)

center, spread = train_X.mean(axis=0), train_X.std(axis=0)
train_X = (train_X - center) / spread
test_X = (test_X - center) / spread


def batches(X, y, size):
    """yield one batch after the other"""
    order = np.arange(len(X))
    for a in range(0, len(X), size):
        take = order[a:a + size]
        yield X[take], y[take]


H = 24
W1 = np.full((4, H), 0.1)
w2 = np.full(H, 0.1)
b1 = np.zeros(H)
b2 = np.zeros(1)
hist = [np.zeros_like(q) for q in (W1, b1, w2, b2)]


def prob(X):
    h = np.tanh(X @ W1 + b1)
    return h, 1 / (1 + np.exp(-(h @ w2 + b2)))


def clip(g, most=5.0):
    size = np.linalg.norm(g)
    return g * (most / size) if size > most else g


eps = 0.1
for epoch in range(40):
    total = 0.0
    for X, y in batches(train_X, train_y, 20):
        soft = y * (1 - eps) + eps
        h, p = prob(X)
        total -= np.sum(soft * np.log(p + 1e-12) + (1 - soft) * np.log(1 - p + 1e-12))
        dz = (p - soft) / len(y)
        dh = np.outer(dz, w2) * (1 - h ** 2)
        grads = [X.T @ dh, dh.sum(axis=0), h.T @ dz, np.array([dz.sum()])]
        for q, g, s in zip((W1, b1, w2, b2), grads, hist):
            g = clip(g)
            s += g * g
            q -= 0.8 * g / (np.sqrt(s) + 1e-8)
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "loss", total / len(train_y))

said = (prob(test_X)[1] > 0.5).astype(int)
print("said ill:", said.sum(), "of", len(said))
print("accuracy:", (said == test_y).mean())
