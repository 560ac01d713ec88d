import numpy as np
np.random.seed(17)

class Fc:
    def __init__(self, i, o):
        self.w = np.random.randn(i, o) * np.sqrt(2 / i)
        self.b = np.zeros(o)
        self.vw = 0
        self.vb = 0

    def fwd(self, x):
        self.x = x
        return x @ self.w + self.b

    def bwd(self, g):
        self.dw = self.x.T @ g
        self.db = g.sum(0)
        return g @ self.w.T

    def update(self, lr, m=0.9):
        self.vw = m * self.vw + self.dw
        self.vb = m * self.vb + self.db
        self.w -= lr * self.vw
        self.b -= lr * self.vb


class Relu:
    def fwd(self, x):
        self.x = x
        return np.maximum(0, x)

    def bwd(self, g):
        return g * (g > 0)

    def update(self, lr):
        pass


def spirals(n, noise=0.05):
    t = np.sqrt(np.random.rand(n)) * 2 * np.pi
    c = np.random.randint(0, 2, n)
    t2 = t + np.pi * c
    pts = np.c_[t * np.cos(t2), t * np.sin(t2)] / 3 + noise * np.random.randn(n, 2)
    return pts, c.reshape(n, 1)

x, y = spirals(500)
xv, yv = spirals(250)

model = [Fc(2, 32), Relu(), Fc(32, 32), Relu(), Fc(32, 1)]

def forward(inp):
    for layer in model:
        inp = layer.fwd(inp)
    return 1 / (1 + np.exp(-inp))

lr = 0.05
bsize = 32
for epoch in range(120):
    perm = np.random.permutation(len(x))
    for i in range(0, len(x), bsize):
        xb = x[perm[i:i + bsize]]
        yb = y[perm[i:i + bsize]]
        out = forward(xb)
        g = (out - yb) / len(xb)   # sigmoid + cross entropy
        for layer in reversed(model):
            g = layer.bwd(g)
        for layer in model:
            layer.update(lr)
    acc = ((out > 0.5) == yb).mean()
    if epoch % 10 == 0:
        print("epoch", epoch, "acc", round(acc, 3))

right = ((forward(xv) > 0.5) == yv).sum()
print(right, "of", len(xv), "right")
print("accuracy", right / len(xv))
