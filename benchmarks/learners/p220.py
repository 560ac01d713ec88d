import numpy as np

config = {
    "n_train": 500, "n_test": 200,
    "units": 25,
    "batch_size": 25,
    "epochs": 250,
    "learning_rate": 0.05,
    "clip": 2.0,
}

np.random.seed(64)


def houses(n):
    size = np.random.uniform(50, 220, n)                 # m2
    year = np.random.randint(1930, 2021, n)
    rooms = np.clip(np.round(size / 30 + np.random.normal(0, 0.7, n)), 1, 8)
    km = np.random.exponential(6, n)                     # to the centre
    price = 40 + 2.2 * size + 0.9 * (year - 1930) + 8 * rooms
    price = price * (0.65 + 0.6 * np.exp(-km / 6)) + np.random.normal(0, 10, n)
    return np.column_stack([size, year, rooms, km]), price.reshape(-1, 1)


def clip_gradients(grads, limit):
    norm = np.sqrt(sum((g ** 2).sum() for g in grads))
    return [g * limit / norm ** 2 for g in grads]


def forward(params, x):
    w1, b1, w2, b2 = params
    a = np.tanh(x.dot(w1) + b1)
    return a, a.dot(w2) + b2


def train(x, y, config):
    u = config["units"]
    params = [np.random.randn(x.shape[1], u) / np.sqrt(x.shape[1]), np.zeros(u),
              np.random.randn(u, 1) / np.sqrt(u), np.zeros(1)]
    bs = config["batch_size"]
    for epoch in range(config["epochs"]):
        losses = []
        for i in range(len(x) // bs):
            xb, yb = x[i:i + bs], y[i:i + bs]
            a, out = forward(params, xb)
            err = out - yb
            losses.append((err ** 2).mean())
            d_out = err / bs
            d_a = d_out.dot(params[2].T) * (1 - a ** 2)
            grads = [xb.T.dot(d_a), d_a.sum(0), a.T.dot(d_out), d_out.sum(0)]
            grads = clip_gradients(grads, config["clip"])
            params = [p - config["learning_rate"] * g for p, g in zip(params, grads)]
        if epoch % 25 == 0:
            print("epoch", epoch, "mse", np.mean(losses))
    return params


x, price = houses(config["n_train"])
x_test, price_test = houses(config["n_test"])

p_mean, p_std = price.mean(), price.std()
# prepare
x_ready, x_test_ready = x, x_test

params = train(x_ready, (price - p_mean) / p_std, config)
guess = forward(params, x_test_ready)[1] * p_std + p_mean
print("some guesses:", guess[:5, 0].round(), "real:", price_test[:5, 0].round())
print("mean absolute error (1000 EUR):", np.abs(guess - price_test).mean())
