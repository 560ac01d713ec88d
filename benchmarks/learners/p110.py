import numpy as np

rng = np.random.default_rng(12345)


def one_hot(labels, classes=10):
    table = np.eye(classes)
    return np.array([table[int(l) - 1] for l in labels])


def get_batches(x, t, size):
    idx = rng.permutation(x.shape[0])
    x, t = x[idx], t[idx]
    for k in range(x.shape[0] // size):
        yield x[k * size:(k + 1) * size], t[k * size:(k + 1) * size]


def swish(z):
    return z / (1 + np.exp(-z))


def swish_prime(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * s * (1 - s)


def feed(theta, x):
    cache = []
    a = x
    for layer, (W, b) in enumerate(theta):
        z = a @ W + b
        cache.append((a, z))
        a = swish(z) if layer < len(theta) - 1 else z
    e = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True), cache


def gradients(theta, x, t):
    p, cache = feed(theta, x)
    delta = (p - t) / x.shape[0]
    out = [None] * len(theta)
    for layer in reversed(range(len(theta))):
        a, z = cache[layer]
        out[layer] = (a.T @ delta, delta.sum(0))
        if layer > 0:
            delta = (delta @ theta[layer][0].T) * swish_prime(cache[layer - 1][1])
    return out


with np.load("digits.npz") as npz:
    mean_image = npz["images"].mean()
    std_image = npz["images"].std()
    x_train = (npz["images"].reshape(-1, 784) - mean_image) / std_image
    x_test = (npz["test_images"].reshape(-1, 784) - mean_image) / std_image
    t_train = one_hot(npz["labels"])
    t_test = npz["test_labels"].astype(int)

dims = [784, 60, 30, 10]
theta = [(rng.normal(size=(i, o)) * np.sqrt(1 / i), np.zeros(o)) for i, o in zip(dims, dims[1:])]

lr, decay = 0.1, 0.9
for epoch in range(20):
    for xb, tb in get_batches(x_train, t_train, 30):
        grads = gradients(theta, xb, tb)
        theta = [(W - lr * gW, b - lr * gb) for (W, b), (gW, gb) in zip(theta, grads)]
        lr *= decay
    print(f"epoch {epoch} lr {lr:.2e}")

guess = np.argmax(feed(theta, x_test)[0], axis=1)
print("accuracy on the test images = %.3f" % (guess == t_test).mean())
