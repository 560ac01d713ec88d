import math
import numpy as np

np.random.seed(33)

# measurements: 2 settings of a machine -> output. About 1 of 12 is garbage (sensor hangs)
N = 500


def truth(u, v):
    return np.sin(1.5 * u) * v + 0.5 * np.cos(2 * v)


settings = np.random.uniform(-2, 2, (2, N))
value = truth(settings[0], settings[1]) + 0.1 * np.random.randn(N)
broken = np.random.rand(N) < 1 / 12
value[broken] = np.random.uniform(-15, 25, broken.sum())
value = value[np.newaxis, :]


def init(nx, nh1, nh2):
    return {
        "W1": np.random.randn(nh1, nx) * 0.8,
        "b1": np.random.randn(nh1, 1) * 0.5,
        "W2": np.random.randn(nh2, nh1) * math.sqrt(1 / nh1),
        "b2": np.zeros((nh2, 1)),
        "W3": np.random.randn(1, nh2) * math.sqrt(1 / nh2),
        "b3": np.zeros((1, 1)),
    }


def forward(p, X):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = np.logaddexp(0, p["W2"] @ A1 + p["b2"])      # softplus
    return A1, A2, p["W3"] @ A2 + p["b3"]


def huber(e, d=0.5):
    return np.where(abs(e) <= d, 0.5 * e ** 2, d * (abs(e) - 0.5 * d))


def backward(p, X, Y, d=0.5):
    A1, A2, out = forward(p, X)
    e = out - Y
    m = X.shape[1]
    D3 = np.clip(e, -d, d) / m         # derivative of huber
    # softplus' = sigmoid(z), and sigmoid(z) = 1 - exp(-softplus(z))
    D2 = (p["W3"].T @ D3) * (1 - np.exp(-A2))
    D1 = (p["W2"].T @ D2) * (1 - A1) * (1 + A1)
    g = {"W3": D3 @ A2.T, "W2": D2 @ A1.T, "W1": D1 @ X.T}
    for i, D in ((1, D1), (2, D2), (3, D3)):
        g["b%d" % i] = D.sum(axis=1, keepdims=True)
    return g, huber(e).sum()


def clip(g, top=1.0):
    size = math.sqrt(sum(float((v ** 2).sum()) for v in g.values()))
    if size > top:
        for k in g:
            g[k] *= top / size
    return size


EPOCHS, BATCH = 400, 20
params = init(2, 40, 20)
for epoch in range(EPOCHS):
    eta = 0.003 + 0.5 * 0.147 * (1 + math.cos(math.pi * epoch / EPOCHS))
    order = np.random.permutation(N)
    total = 0
    for k in range(N // BATCH):
        pick = order[k * BATCH:(k + 1) * BATCH]
        g, l = backward(params, settings[:, pick], value[:, pick])
        clip(g)
        for name in params:
            params[name] = params[name] - eta * g[name]
        total += l
    if epoch % 50 == 0 or epoch == EPOCHS - 1:
        rmse = np.sqrt(np.mean((forward(params, settings)[2] - value) ** 2))
        print(f"epoch {epoch}  huber {total / N:.4f}  train rmse {rmse:.3f}  eta {eta:.4f}")

# clean points that it never saw, without noise
Q = np.random.uniform(-1.9, 1.9, (2, 400))
out = forward(params, Q)[2]
print("RMSE on clean points:", np.sqrt(np.mean((out[0] - truth(Q[0], Q[1])) ** 2)))
