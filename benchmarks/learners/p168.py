import numpy as np

np.random.seed(2)


class Layer:
    params = ()

    def forward(self, x):
        raise NotImplementedError

    def backward(self, g):
        raise NotImplementedError


class Dense(Layer):
    params = ("W", "b")

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.dW = self.x.T @ g
        self.db = g.mean(axis=0)
        return g @ self.W.T


class Relu(Layer):
    def forward(self, x):
        self.on = x > 0
        return x * self.on

    def backward(self, g):
        return g * self.on


class Adam:
    def __init__(self, layers, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.layers = layers
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.t = 0
        self.m = {}
        self.v = {}

    def step(self):
        self.t += 1
        for k, layer in enumerate(self.layers):
            for name in layer.params:
                g = getattr(layer, "d" + name)
                key = (k, name)
                self.m[key] = self.b1 * self.m.get(key, 0) + (1 - self.b1) * g
                self.v[key] = self.b2 * self.v.get(key, 0) + (1 - self.b2) * g ** 2
                m_hat = self.m[key] / (1 - self.b1 * self.t)
                v_hat = self.v[key] / (1 - self.b2 ** self.t)
                w = getattr(layer, name)
                w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def spiral(per_arm):
    xs, ys = [], []
    for arm in range(3):
        r = np.linspace(0.05, 1, per_arm)
        phi = np.linspace(arm * 4, (arm + 1) * 4, per_arm) + np.random.randn(per_arm) * 0.15
        xs.append(np.c_[r * np.sin(phi), r * np.cos(phi)])
        ys.append(np.full(per_arm, arm))
    return np.vstack(xs), np.hstack(ys)


X, y = spiral(300)
X_test, y_test = spiral(100)

layers = [Dense(2, 48), Relu(), Dense(48, 48), Relu(), Dense(48, 3)]
opt = Adam(layers, lr=0.01)
BATCH = 60


def run(x):
    for layer in layers:
        x = layer.forward(x)
    return x


for epoch in range(250):
    perm = np.random.permutation(len(X))
    total = 0
    for i in range(0, len(X), BATCH):
        pick = perm[i:BATCH]
        xb, yb = X[pick], y[pick]
        s = run(xb)
        s = s - s.max(axis=1, keepdims=True)
        p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
        total += -np.log(p[np.arange(len(yb)), yb] + 1e-12).sum()
        g = p
        g[np.arange(len(yb)), yb] -= 1
        g = g / BATCH
        for layer in reversed(layers):
            g = layer.backward(g)
        opt.step()
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", total / len(X))

print("test accuracy", (run(X_test).argmax(axis=1) == y_test).mean())
