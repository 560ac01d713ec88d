import numpy as np

np.random.seed(11)

npz = np.load("digits.npz")
imgs = npz["images"].reshape(-1, 28 * 28) / 255
labs = npz["labels"]
val_imgs = npz["test_images"].reshape(-1, 28 * 28) / 255
val_labs = npz["test_labels"]

HIDDEN = 24
BATCH = 40

# weights
Wi = np.random.randn(784, HIDDEN)
bi = np.zeros(HIDDEN)
Wf = np.random.randn(HIDDEN, 10) / np.sqrt(HIDDEN)
bf = np.zeros(10)


def net(x):
    h = np.tanh(x @ Wi + bi)
    f = h @ Wf + bf
    f = np.exp(f - f.max(axis=1)[:, None])
    return h, f / f.sum(axis=1)[:, None]


def cross_entropy(p, lab):
    right = p[np.arange(len(lab)), lab]
    return -np.log(right).mean()


def train_batch(x, lab, lr):
    global Wi, bi, Wf, bf
    h, p = net(x)
    d = p.copy()
    d[np.arange(len(lab)), lab] -= 1
    d /= len(lab)
    dh = d @ Wf.T * (1 - h * h)
    Wf -= lr * h.T @ d
    bf -= lr * d.sum(axis=0)
    Wi -= lr * x.T @ dh
    bi -= lr * dh.sum(axis=0)


lr = 0.5
decay = 0.9
log = []
for epoch in range(15):
    mixed = np.random.permutation(len(imgs))
    for s in range(0, len(imgs), BATCH):
        pick = mixed[s:s + BATCH]
        train_batch(imgs[pick], labs[pick], lr)
        lr = lr * decay
    _, p = net(imgs)
    log.append(cross_entropy(p, labs))
    _, pv = net(val_imgs)
    print("epoch", epoch + 1, "loss", log[-1], "val acc", (pv.argmax(1) == val_labs).mean())

_, pv = net(val_imgs)
print("final val acc", (pv.argmax(1) == val_labs).mean())
