import numpy as np
np.random.seed(10)


class Linear:
    def __init__(self, fan_in, fan_out):
        lim = np.sqrt(6.0 / (fan_in + fan_out))
        self.p = {"w": np.random.uniform(-lim, lim, size=(fan_in, fan_out)), "b": np.zeros(fan_out)}
        self.g = {}

    def __call__(self, x):
        self.x = x
        return x @ self.p["w"] + self.p["b"]

    def back(self, d):
        self.g["w"] = self.x.T @ d
        self.g["b"] = d.sum(axis=0)
        return d @ self.p["w"].T


class ReLU:
    p = {}

    def __call__(self, x):
        self.on = x > 0
        return x * self.on

    def back(self, d):
        return d * self.on


class SoftmaxCE:
    def __call__(self, x, y):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.q = e / e.sum(axis=1, keepdims=True)
        self.y = y
        return -np.log(self.q[np.arange(len(y)), y] + 1e-12).mean()

    def back(self):
        d = self.q.copy()
        d[np.arange(len(self.y)), self.y] -= 1.0
        return d / len(self.y)


class Adam:
    def __init__(self, layers, lr=0.001, b1=0.9, b2=0.999, eps=1e-8):
        self.layers = [l for l in layers if l.p]
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.t = 0
        self.m = [{k: np.zeros_like(v) for k, v in l.p.items()} for l in self.layers]
        self.v = [{k: np.zeros_like(v) for k, v in l.p.items()} for l in self.layers]

    def step(self):
        self.t += 1
        for l, m, v in zip(self.layers, self.m, self.v):
            for k in l.p:
                g = l.g[k]
                m[k] = self.b1 * m[k] + (1 - self.b1) * g
                v[k] = self.b2 * v[k] + (1 - self.b2) * g * g
                m_hat = m[k] / (1 - self.b1 * self.t)
                v_hat = v[k] / abs(1 - self.b2 * self.t)
                l.p[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Standardizer:
    def fit(self, x):
        self.mean = x.mean(axis=0)
        self.std = x.std(axis=0)
        return self

    def __call__(self, x):
        return (x - self.mean) / self.std


raw = np.load("digits.npz")
x_train = raw["images"].reshape(len(raw["images"]), -1).astype(np.float64)
x_test = raw["test_images"].reshape(len(raw["test_images"]), -1).astype(np.float64)
y_train = raw["labels"].astype(int)
y_test = raw["test_labels"].astype(int)

scaler = Standardizer().fit(x_train)
x_train, x_test = scaler(x_train), scaler(x_test)

layers = [Linear(784, 64), ReLU(), Linear(64, 32), ReLU(), Linear(32, 10)]
criterion = SoftmaxCE()
optim = Adam(layers, lr=0.002)

for epoch in range(25):
    idx = np.random.permutation(len(x_train))
    running = []
    for batch in np.array_split(idx, len(idx) // 30):
        out = x_train[batch]
        for l in layers:
            out = l(out)
        running.append(criterion(out, y_train[batch]))
        d = criterion.back()
        for l in reversed(layers):
            d = l.back(d)
        optim.step()
    if epoch % 5 == 4:
        print("epoch %2d: %.4f" % (epoch + 1, np.mean(running)))

out = x_test
for l in layers:
    out = l(out)
print("accuracy on the test images:", np.mean(out.argmax(axis=1) == y_test))
