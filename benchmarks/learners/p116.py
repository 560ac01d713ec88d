import numpy as np

q = np.random.default_rng(0)
z = np.load("digits.npz")

# ink is 1, paper is -0.1 ; smaller pictures (14x14) by averaging 2x2
def shrink(a):
    a = a.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255
    return (a * 1.1 - 0.1).reshape(len(a), 196)

X, T = shrink(z["images"]), shrink(z["test_images"])

# classes are stored backwards: column 0 means "nine", column 9 means "zero"
kx = 9 - z["labels"].astype(int)
kt = 9 - z["test_labels"].astype(int)
Y = np.zeros((1200, 10))
Y[range(1200), kx] = 1

V = q.normal(0, .1, (196, 70))
v = np.zeros(70)
U = q.normal(0, .1, (70, 10))
u = np.zeros(10)
all_ = [V, v, U, u]
cacheg = [np.zeros_like(p) for p in all_]

def forward(x):
    h = np.log1p(np.exp(x @ V + v))          # softplus
    o = h @ U + u
    o = o - np.log(np.exp(o - o.max(1, keepdims=True)).sum(1, keepdims=True)) - o.max(1, keepdims=True)
    return h, o                               # log-probabilities

for e in range(40):
    if e % 2:
        order = q.permutation(1200)
    for part in np.split(order if e else q.permutation(1200), 30):
        x, y = X[part], Y[part]
        h, lp = forward(x)
        # gradient of the *gain*; we climb the log-likelihood
        up = (y - np.exp(lp)) / 40
        gU, gu = h.T @ up, up.sum(0)
        down = up @ U.T * (1 - np.exp(-h))    # softplus' = sigmoid = 1 - exp(-softplus)
        gV, gv = x.T @ down, down.sum(0)
        for p, g, c in zip(all_, (gV, gv, gU, gu), cacheg):
            c += g * g                        # Adagrad
            p += 0.05 * g / np.sqrt(c + 1e-6)
    if e == 0:
        order = q.permutation(1200)
    if e % 10 == 0:
        print(e, "mean log-likelihood", (lp * y).sum() / 40)

read = 9 - forward(T)[1].argmax(1)
print("score", (read == z["test_labels"]).mean())
