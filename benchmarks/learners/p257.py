# denoising autoencoder for the digits
import numpy as np

np.random.seed(20)

d = np.load("digits.npz")
images = d["images"][:60]
test_images = d["test_images"]


def prepare(im):
    im = im.astype(float) / 255
    im = (im[:, 0::2, 0::2] + im[:, 1::2, 0::2] + im[:, 0::2, 1::2] + im[:, 1::2, 1::2]) / 4
    return im.reshape(len(im), 14 * 14)


def add_noise(x, level=0.4):
    return x + level * np.random.randn(*x.shape)


clean = prepare(images)
clean_test = prepare(test_images)
noisy_test = add_noise(clean_test)
print("noise to start with:", np.sqrt(np.mean((noisy_test - clean_test) ** 2)))


def init_params(n=196, h=64):
    return {
        "enc": np.random.randn(n, h) / np.sqrt(n),
        "enc_b": np.zeros(h),
        "dec": np.random.randn(h, n) / np.sqrt(h),
        "dec_b": np.zeros(n) - 2.0,       # most pixels are black
    }


def forward(p, x):
    h = x @ p["enc"] + p["enc_b"]
    y = 1 / (1 + np.exp(-(h @ p["dec"] + p["dec_b"])))
    return h, y


def backward(p, x, target):
    h, y = forward(p, x)
    n = len(x)
    dy = (y - target) / n                 # sigmoid + cross entropy per pixel
    dh = dy @ p["dec"].T
    return {
        "dec": h.T @ dy,
        "dec_b": dy.sum(axis=0),
        "enc": x.T @ dh,
        "enc_b": dh.sum(axis=0),
    }


def train(p, epochs=60, batch=20, lr=0.05):
    mean = None          # the weights averaged over the last epochs
    for e in range(epochs):
        if e in (30, 45):
            lr = lr / 2
        order = np.random.permutation(len(clean))
        for s in range(0, len(clean), batch):
            rows = order[s:s + batch]
            x = add_noise(clean[rows])
            target = clean[s:s + batch]
            g = backward(p, x, target)
            for k in p:
                p[k] = p[k] - lr * g[k]
        if e >= epochs - 10:
            if mean is None:
                mean, count = {k: p[k].copy() for k in p}, 1
            else:
                count += 1
                for k in p:
                    mean[k] += (p[k] - mean[k]) / count
        if e % 10 == 0:
            y = forward(p, noisy_test)[1]
            print("epoch", e, "rmse", np.sqrt(np.mean((y - clean_test) ** 2)))
    return mean


params = train(init_params())
out = forward(params, noisy_test)[1]
print("spread between the outputs:", out.std(axis=0).mean())
print("final rmse:", np.sqrt(np.mean((out - clean_test) ** 2)))
