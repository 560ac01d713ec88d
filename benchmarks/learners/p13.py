import numpy as np

np.random.seed(0)

class Linear:
    def __init__(self, fan_in, fan_out):
        self.weight = np.random.randn(fan_in, fan_out) / np.sqrt(fan_in)
        self.bias = np.zeros(fan_out)
    def forward(self, inp):
        self.inp = inp
        return inp @ self.weight + self.bias
    def backward(self, g):
        self.gw = self.inp.T @ g
        self.gb = g.sum(axis=0)
        return g @ self.weight.T
    def step(self, lr):
        self.weight -= lr * self.gw
        self.bias -= lr * self.gb

class LeakyReLU:
    def forward(self, inp):
        self.mask = np.where(inp > 0, 1.0, 0.01)
        return inp * self.mask
    def backward(self, g):
        return g * self.mask
    def step(self, lr):
        pass

class Softmax:
    def forward(self, inp):
        ex = np.exp(inp - inp.max(axis=1, keepdims=True))
        self.p = ex / ex.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, g):
        return self.p * (g - (g * self.p).sum(axis=1, keepdims=True))
    def step(self, lr):
        pass

class SoftmaxCE:
    def forward(self, logits, onehot):
        ex = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = ex / ex.sum(axis=1, keepdims=True)
        self.onehot = onehot
        return -(onehot * np.log(self.p + 1e-12)).sum(axis=1).mean()
    def backward(self, count):
        return (self.p - self.onehot) / count

def run(layers, inp):
    for l in layers:
        inp = l.forward(inp)
    return inp

def accuracy(layers, inp, onehot):
    scores = run(layers, inp)
    return np.mean(np.argmax(scores, axis=0) == np.argmax(onehot, axis=0))

data = np.load("digits.npz")
images = data["images"].reshape(1200, -1) / 255.0 - 0.5
test_images = data["test_images"].reshape(400, -1) / 255.0 - 0.5
onehot = np.eye(10)[data["labels"]]
test_onehot = np.eye(10)[data["test_labels"]]

net = [Linear(784, 40), LeakyReLU(), Linear(40, 10), Softmax()]
criterion = SoftmaxCE()
batch_size = 64
lr = 0.05

for epoch in range(12):
    shuffle = np.random.permutation(1200)
    total, batches = 0, 0
    for start in range(0, 1200, batch_size):
        ids = shuffle[start:start + batch_size]
        out = run(net, images[ids])
        total += criterion.forward(out, onehot[ids])
        batches += 1
        g = criterion.backward(batch_size)
        for l in net[::-1]:
            g = l.backward(g)
        for l in net:
            l.step(lr)
    print("Epoch", epoch, "Loss", total / batches)

print("Test accuracy", accuracy(net, test_images, test_onehot))
