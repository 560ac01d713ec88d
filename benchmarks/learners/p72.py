# Train a network, save the weights with np.savez, load them in a "second program"
# (here: second half of the file) and classify the test pictures.
import os
import numpy as np

np.random.seed(10)

# ============ part 1: train.py ============
D = np.load("digits.npz")
images = D["images"].reshape(-1, 28 * 28).astype(np.float32) / 255
labels = D["labels"]
mean = images.mean(axis=0)
std = images.std(axis=0) + 0.1
images = (images - mean) / std


class Linear:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m) / np.sqrt(n)
        self.b = np.zeros(m)
        self.gW = np.zeros_like(self.W)
        self.gb = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, g):
        self.gW += self.x.T.dot(g)
        self.gb += g.sum(0)
        return g.dot(self.W.T)


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, g):
        return g * self.y * (1 - self.y)


class SGD:
    def __init__(self, modules, lr):
        self.modules = [m for m in modules if isinstance(m, Linear)]
        self.lr = lr

    def zero_grad(self):
        for m in self.modules:
            m.gW.fill(0)
            m.gb.fill(0)

    def step(self):
        for m in self.modules:
            m.W -= self.lr * m.gW


def cross_entropy(logits, target):
    z = logits - logits.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    loss = -logp[np.arange(len(target)), target].mean()
    g = np.exp(logp)
    g[np.arange(len(target)), target] -= 1
    return loss, g / len(target)


model = [Linear(784, 64), Sigmoid(), Linear(64, 10)]
optim = SGD(model, lr=0.2)

optim.zero_grad()
for epoch in range(12):
    running = 0.0
    shuffled = np.random.permutation(len(images))
    for j in range(0, len(images), 25):
        idx = shuffled[j:j + 25]
        x = images[idx]
        for m in model:
            x = m.forward(x)
        loss, g = cross_entropy(x, labels[idx])
        for m in reversed(model):
            g = m.backward(g)
        optim.step()
        running += loss
    print("epoch", epoch, "loss", running / (len(images) // 25))

np.savez("weights.npz", W1=model[0].W, b1=model[0].b, W2=model[2].W, b2=model[2].b,
         mean=mean, std=std)
print("saved weights.npz,", os.path.getsize("weights.npz"), "bytes")

# ============ part 2: classify.py ============
w = np.load("weights.npz")
T = np.load("digits.npz")
x = T["test_images"].reshape(-1, 28 * 28).astype(np.float32) / 255

hidden = 1 / (1 + np.exp(-(x @ w["W1"] + w["b1"])))
result = np.argmax(hidden @ w["W2"] + w["b2"], axis=1)

print("first results:", result[:10], "should be", T["test_labels"][:10])
print("accuracy %.3f" % (result == T["test_labels"]).mean())
