import numpy as np

np.random.seed(24)


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 3
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T


class Tanh:
    def forward(self, x):
        self.x = x
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.x ** 2)


class Adam:
    def __init__(self, layers, lr=0.005, b1=0.9, b2=0.999):
        self.layers = [l for l in layers if isinstance(l, Linear)]
        self.lr, self.b1, self.b2, self.t = lr, b1, b2, 0
        self.m = [[0, 0] for _ in self.layers]
        self.v = [[0, 0] for _ in self.layers]

    def step(self):
        self.t += 1
        for i, layer in enumerate(self.layers):
            for j, (p, g) in enumerate([(layer.W, layer.dW), (layer.b, layer.db)]):
                self.m[i][j] = self.b1 * self.m[i][j] + (1 - self.b1) * g
                self.v[i][j] = self.b2 * self.v[i][j] + (1 - self.b2) * g * g
                m_hat = self.m[i][j] / (1 - self.b1 ** self.t)
                v_hat = self.v[i][j] / (1 - self.b2 ** self.t)
                p -= self.lr * m_hat / (np.sqrt(v_hat) + 1e-8)


def surface(n):
    xy = np.random.uniform(-1.5, 1.5, (n, 2))
    z = np.sin(2 * xy[:, :1]) * np.cos(1.5 * xy[:, 1:]) + 0.3 * xy[:, :1] * xy[:, 1:]
    return xy, z


x_train, z_train = surface(500)
x_test, z_test = surface(300)
z_train = z_train + np.random.normal(0, 0.05, z_train.shape)

model = [Linear(2, 24), Tanh(), Linear(24, 16), Tanh(), Linear(16, 1)]
opt = Adam(model)


def run(x):
    for layer in model:
        x = layer.forward(x)
    return x


for epoch in range(60):
    opt.t = 0
    perm = np.random.permutation(len(x_train))
    total = 0
    for batch in np.array_split(perm, 20):
        diff = run(x_train[batch]) - z_train[batch]
        total += (diff ** 2).mean() / 20
        grad = 2 * diff / len(batch)
        for layer in reversed(model):
            grad = layer.backward(grad)
        opt.step()
    if epoch % 10 == 0:
        print("epoch", epoch, "mse", total)

print("test RMSE:", np.sqrt(((run(x_test) - z_test) ** 2).mean()))
