import numpy as np

np.random.seed(77)

# ---------------------------------------------------------------- data
archive = np.load("digits.npz")


def flatten(imgs):
    return imgs.reshape(len(imgs), -1).astype(np.float64) / 255 - 0.13


x_train, x_test = flatten(archive["images"]), flatten(archive["test_images"])
# 1 = odd, 0 = even
t_train = (archive["labels"] % 2).astype(float)[:, None]
t_test = (archive["test_labels"] % 2).astype(float)[:, None]


# ---------------------------------------------------------------- pieces made of closures
def make_rmsprop(shape, rate=0.00012, keep=0.9):
    cache = np.zeros(shape)

    def step(param, grad):
        nonlocal cache
        cache = keep * cache + (1 - keep) * grad * grad
        return param - rate * grad / (np.sqrt(cache) + 1e-7)
    return step


def make_dense(n_in, n_out, act, dact):
    w = np.random.randn(n_in, n_out) / np.sqrt(n_in)
    b = np.zeros(n_out)
    step_w = make_rmsprop(w.shape)
    step_b = make_rmsprop(b.shape)
    seen = {}

    def forward(x):
        seen["x"] = x
        seen["a"] = act(x @ w + b)
        return seen["a"]

    def backward(grad):
        nonlocal w, b
        dz = grad * dact(seen["a"])
        down = dz @ w.T
        w = step_w(w, seen["x"].T @ dz)
        b = step_b(b, dz.sum(axis=0))
        return down
    return forward, backward


sigm = lambda z: 1.0 / (1.0 + np.exp(-z))
f1, back1 = make_dense(784, 48, np.tanh, lambda a: 1 - a ** 2)
f2, back2 = make_dense(48, 1, sigm, lambda a: np.ones_like(a))   # grad of bce comes in as p - t


def predict(x):
    return f2(f1(x))


# ---------------------------------------------------------------- training
BATCH = 200
EPOCHS = 1
history = []
for ep in range(EPOCHS):
    idx = np.random.permutation(len(x_train))
    for s in range(0, len(idx), BATCH):
        part = idx[s:s + BATCH]
        p = predict(x_train[part])
        back1(back2((p - t_train[part]) / len(part)))
    p = predict(x_train)
    bce = -np.mean(t_train * np.log(p + 1e-9) + (1 - t_train) * np.log(1 - p + 1e-9))
    history.append(bce)
    print(f"epoch {ep + 1}/{EPOCHS}  bce {bce:.4f}")

hits = (predict(x_test) > 0.5) == (t_test > 0.5)
print(f"best train bce {min(history):.4f}")
print(f"test accuracy {hits.mean():.4f}")
