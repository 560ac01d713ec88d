import numpy as np

np.random.seed(13)

# --- four years of made-up daily temperatures ---
days = np.arange(4 * 365)
noise = np.zeros(len(days))
for i in range(1, len(days)):
    noise[i] = 0.7 * noise[i - 1] + np.random.randn() * 1.3
temp = 11 - 10 * np.cos(2 * np.pi * days / 365) + noise

WINDOW = 7
mean, std = temp[:1095].mean(), temp[:1095].std()
scaled = (temp - mean) / std

X = np.array([scaled[i:i + WINDOW] for i in range(len(scaled) - WINDOW)])
y = np.array([[scaled[i + WINDOW]] for i in range(len(scaled) - WINDOW)])

n_train = 1095 - WINDOW
X_train, y_train = X[:n_train], y[:n_train]
X_test = X[n_train:]
real = temp[n_train + WINDOW:]


class Net:
    def __init__(self, n_in, n_hid):
        self.W1 = np.random.randn(n_in, n_hid) * 0.3
        self.b1 = np.zeros((1, n_hid))
        self.W2 = np.random.randn(n_hid, 1) * 0.3
        self.b2 = np.zeros((1, 1))

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def backward(self, target):
        n = target.shape[0]
        d_out = 2 * (target - self.out) / n
        self.dW2 = self.h.T @ d_out
        d_h = d_out @ self.W2.T * (1 - self.h ** 2)
        self.db2 = d_h.sum(axis=0, keepdims=True).mean(axis=1, keepdims=True)
        self.dW1 = self.x.T @ d_h
        self.db1 = d_h.sum(axis=0, keepdims=True)

    def update(self, lr):
        self.W1 -= lr * self.dW1
        self.b1 -= lr * self.db1
        self.W2 -= lr * self.dW2
        self.b2 -= lr * self.db2


net = Net(WINDOW, 12)
lr = 0.05
for epoch in range(80):
    p = np.random.permutation(n_train)
    total = 0
    for j in range(0, n_train, 32):
        xb, yb = X_train[p[j:j + 32]], y_train[p[j:j + 32]]
        out = net.forward(xb)
        total += ((out - yb) ** 2).sum()
        net.backward(yb)
        net.update(lr)
    lr = 0.05 / (1 + 0.02 * epoch)
    if epoch % 10 == 0:
        print("epoch", epoch, "mse", total / n_train)

prediction = net.forward(X_test).ravel()
print("first days real     ", real[:5].round(1))
print("first days predicted", prediction[:5].round(1))
print("mean abs error in degrees:", np.mean(np.abs(prediction - real)))
