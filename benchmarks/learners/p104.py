import numpy as np

KEEP = 0.25   # probability of keeping a unit

def init(rs):
    return [rs.randn(784, 100) * 0.04, np.zeros(100), rs.randn(100, 10) * 0.1, np.zeros(10)]

def forward(w, x, rs, keep=KEEP):
    z = x.dot(w[0]) + w[1]
    a = z * (z > 0)
    mask = (rs.rand(*a.shape) < keep) / keep
    a = a * mask
    s = a.dot(w[2]) + w[3]
    s = np.exp(s - s.max(axis=1)[:, None])
    return z, a, mask, s / s.sum(axis=1)[:, None]

def backward(w, x, y, z, a, p, mask):
    n = x.shape[0]
    d2 = (p - y) / n
    d1 = d2.dot(w[2].T)
    d1 = d1 * (z > 0)
    return [x.T.dot(d1), d1.sum(0), a.T.dot(d2), d2.sum(0)]

def accuracy(w, x, t, rs):
    p = forward(w, x, rs)[3]
    return np.mean(p.argmax(1) == t)

if __name__ == "__main__":
    rs = np.random.RandomState(5)
    f = np.load("digits.npz")
    xtr = f["images"].reshape(1200, -1) / 255.
    xte = f["test_images"].reshape(400, -1) / 255.
    ttr, tte = f["labels"], f["test_labels"]
    ytr = (ttr[:, None] == np.arange(10)).astype(float)
    w = init(rs)
    lr = 0.2
    for ep in range(25):
        o = rs.permutation(1200)
        for k in range(24):
            b = o[k * 50:(k + 1) * 50]
            z, a, mask, p = forward(w, xtr[b], rs)
            g = backward(w, xtr[b], ytr[b], z, a, p, mask)
            # global norm clipping, saw this in a paper
            norm = np.sqrt(sum((gi ** 2).sum() for gi in g))
            if norm > 0.05:
                g = [gi / norm * 0.05 for gi in g]
            w = [wi - lr * gi for wi, gi in zip(w, g)]
        if ep % 5 == 0:
            print("ep %d train %.3f" % (ep, accuracy(w, xtr, ttr, rs)))
    print("test accuracy %.4f" % accuracy(w, xte, tte, rs))
