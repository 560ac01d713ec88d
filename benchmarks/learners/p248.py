# written on a train, sorry for the names. critique welcome
import numpy as np; r = np.random; np.random.seed(44)

q = np.load("digits.npz"); _ = lambda a: a.reshape(len(a), -1) / 127.5 - 1
x, t, X, T = _(q["images"]), q["labels"], _(q["test_images"]), q["test_labels"]
v, u = x[1000:], t[1000:]          # 200 to know when to stop
x, t = x[:1000], t[:1000]

# label smoothing: 0.91 for the right one, 0.01 for the others
S = lambda l: np.where(np.arange(10) == l[:, None], .91, .01)

def soft(s):
    s = np.exp(s - s.max(1)[:, None])
    return s / s.sum(1)[:, None]

net = lambda i, w: soft(np.maximum(i @ w[0] + w[1], 0) @ w[2] + w[3])
hit = lambda i, l, w: (net(i, w).argmax(1) == l).mean()

w = [r.randn(784, 96) * (2 / 784) ** .5, np.zeros(96), r.randn(96, 10) * (2 / 96) ** .5, np.zeros(10)]
best, keep, bad, n = 0, None, 0, 0

while bad < 20 and n < 6000:
    k = r.randint(0, 1000, 32)      # with replacement, who cares
    i, y = x[k], S(t[k])
    h = np.maximum(i @ w[0] + w[1], 0)
    p = soft(h @ w[2] + w[3])
    # squared error THROUGH the softmax, not the usual p - y
    e = (p - y) / 32
    d = p * (e - (e * p).sum(1)[:, None])
    g = (d @ w[2].T) * (h > 0)
    for a, b in zip(w, (i.T @ g, g.sum(0), h.T @ d, d.sum(0))):
        a -= .2 * b
    n += 1
    if n % 100 == 0:
        c = hit(v, u, w)
        if c > best: best, keep, bad = c, [a.copy() for a in w], 0
        else: bad += 1
        if n % 500 == 0: print(n, "steps, valid", c)

print("stopped after", n, "best valid", best)
print("test", hit(X, T, keep))
