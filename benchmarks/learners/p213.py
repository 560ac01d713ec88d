import numpy as np

np.random.seed(1234)

# average formants in Hz (from a phonetics table), a e i o u
FORMANTS = {"a": (750, 1250, 2550), "e": (480, 1950, 2600), "i": (290, 2250, 2950),
            "o": (500, 900, 2450), "u": (320, 800, 2300)}


def speak(times):
    """every 'speaker' has a vocal tract length factor"""
    sound, vowel = [], []
    for _ in range(times):
        tract = np.random.normal(1, 0.10)
        for k, name in enumerate(FORMANTS):
            f = np.array(FORMANTS[name]) * tract + np.random.normal(0, [60, 110, 150])
            sound.append(f)
            vowel.append(k)
    return np.array(sound), np.array(vowel)


class Adam:
    def __init__(self, params, lr):
        self.params, self.lr, self.n = params, lr, 0
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]

    def step(self, grads):
        self.n += 1
        for p, g, m, v in zip(self.params, grads, self.m, self.v):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= self.lr * (m / (1 - 0.9 ** self.n)) / (np.sqrt(v / (1 - 0.999 ** self.n)) + 1e-8)


def minibatches(x, y, size):
    np.random.shuffle(x)
    np.random.shuffle(y)
    for i in range(0, len(x), size):
        yield x[i:i + size], y[i:i + size]


def forward(params, x):
    W, b, V, c = params
    h = np.maximum(0.01 * (x @ W + b), x @ W + b)     # leaky relu
    s = h @ V + c
    s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, s / s.sum(axis=1, keepdims=True)


def gradients(params, x, y):
    W, b, V, c = params
    h, p = forward(params, x)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    dh = d @ V.T * np.where(h > 0, 1, 0.01)
    return loss, [x.T @ dh, dh.sum(axis=0), h.T @ d, d.sum(axis=0)]


def accuracy(params, x, y):
    return float(np.mean(forward(params, x)[1].argmax(axis=1) == y))


x_train, y_train = speak(160)
x_test, y_test = speak(80)
mid, width = x_train.mean(axis=0), x_train.std(axis=0)
x_train = (x_train - mid) / width
x_test = (x_test - mid) / width

params = [np.random.randn(3, 24) * np.sqrt(2 / 3), np.zeros(24),
          np.random.randn(24, 5) * np.sqrt(2 / 24), np.zeros(5)]
opt = Adam(params, lr=0.005)

for epoch in range(130):
    losses = []
    for bx, by in minibatches(x_train, y_train, 32):
        loss, g = gradients(params, bx, by)
        opt.step(g)
        losses.append(loss)
    if epoch % 10 == 0:
        print("epoch %3d loss %.4f" % (epoch, np.mean(losses)))

print("accuracy on 80 unheard speakers:", accuracy(params, x_test, y_test))
