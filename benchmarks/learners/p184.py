import numpy as np


class Param:
    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class Module:
    def params(self):
        return []

    def zero_grad(self):
        for p in self.params():
            p.grad[...] = 0


class Affine(Module):
    def __init__(self, n_in, n_out, rng):
        self.w = Param(rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)))
        self.b = Param(np.zeros(n_out))

    def params(self):
        return [self.w, self.b]

    def forward(self, x):
        self.x = x
        return x @ self.w.value + self.b.value

    def backward(self, dy):
        self.w.grad += self.x.T @ dy
        self.b.grad += dy.sum(axis=0)
        return dy @ self.w.value.T


class ReLU(Module):
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, dy):
        return np.where(self.mask, dy, 0)


class Sequential(Module):
    def __init__(self, *mods):
        self.mods = mods

    def params(self):
        return [p for m in self.mods for p in m.params()]

    def forward(self, x):
        for m in self.mods:
            x = m.forward(x)
        return x

    def backward(self, dy):
        for m in self.mods[::-1]:
            dy = m.backward(dy)


def cross_entropy(z, y):
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n = np.arange(len(y))
    dz = np.exp(logp)
    dz[n, y] -= 1
    return -logp[n, y].mean(), dz / len(y)


rng = np.random.default_rng(14)
blob = np.load("digits.npz")
xs = blob["images"].reshape(-1, 784) / 255
ys = blob["labels"].astype(int)

model = Sequential(Affine(784, 64, rng), ReLU(), Affine(64, 10, rng))
batch, lr = 32, 0.1
model.zero_grad()
for epoch in range(50):
    mix = rng.permutation(len(xs))
    running = 0.0
    for i in range(len(xs) // batch):
        sel = mix[i * batch:(i + 1) * batch]
        loss, dz = cross_entropy(model.forward(xs[sel]), ys[sel])
        model.backward(dz)
        for p in model.params():
            p.value -= lr * p.grad
        running += loss
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", running / (i + 1))

x_test = blob["test_images"].reshape(-1, 784) / 255
y_test = blob["test_labels"]
hits = 0
scores = model.forward(x_test)
for k in range(len(x_test)):
    guess = int(np.argmax(scores[k]))
    if guess == y_test[i]:
        hits += 1
print("hits", hits, "of", len(x_test), "->", hits / len(x_test))
