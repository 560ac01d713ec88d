# Boston-like house prices, neural net regression with AdaGrad
# first I save the table as csv, later I will replace it with the real file
import numpy as np

np.random.seed(8)

n = 400
crime = np.random.exponential(3, n)
rooms = np.random.normal(6.2, 0.7, n)
age = np.random.uniform(5, 100, n)
tax = np.random.uniform(190, 710, n)
lstat = np.random.uniform(2, 35, n)
medv = 22 + 7 * (rooms - 6.2) - 0.5 * crime - 0.02 * tax - 0.35 * lstat + 200 / (lstat + 8) + np.random.normal(0, 1, n)
np.savetxt("housing.csv", np.column_stack([crime, rooms, age, tax, lstat, medv]),
           delimiter=",", fmt="%.3f", header="CRIM,RM,AGE,TAX,LSTAT,MEDV")

table = np.loadtxt("housing.csv", delimiter=",")
X = table[:, :5]
y = table[:, 5]

X_train, X_test = X[:320], X[320:]
y_train, y_test = y[:320], y[320:]

mean = X_train.mean()
std = X_train.std()
X_train = (X_train - mean) / std
X_test = (X_test - mean) / std

y_mean, y_std = y_train.mean(), y_train.std()
t_train = (y_train - y_mean) / y_std

H = 16
W1 = np.random.randn(5, H) * np.sqrt(2 / 5)
b1 = np.zeros((1, H))
W2 = np.random.randn(H, 1) * np.sqrt(1 / H)
b2 = np.zeros((1, 1))

G = {}
learning_rate = 0.05


def adagrad(name, w, g):
    global G
    if name not in G:
        G[name] = np.zeros_like(w)
    G[name] = g ** 2
    return w - learning_rate * g / (np.sqrt(G[name]) + 1e-7)


def net(x):
    global z1, a1
    z1 = x @ W1 + b1
    a1 = np.where(z1 > 0, z1, 0.01 * z1)      # leaky relu
    return a1 @ W2 + b2


for epoch in range(150):
    perm = np.random.permutation(len(X_train))
    total = 0
    for i in range(0, len(perm), 32):
        xb = X_train[perm[i:i + 32]]
        tb = t_train[perm[i:i + 32]]

        out = net(xb)
        err = out - tb
        total += np.sum(err ** 2)

        dout = 2 * err.mean(axis=1, keepdims=True) / len(xb)
        dW2 = a1.T @ dout
        db2 = np.sum(dout, axis=0, keepdims=True)
        dz1 = dout @ W2.T * np.where(z1 > 0, 1, 0.01)
        dW1 = xb.T @ dz1
        db1 = np.sum(dz1, axis=0, keepdims=True)

        W1 = adagrad("W1", W1, dW1)
        b1 = adagrad("b1", b1, db1)
        W2 = adagrad("W2", W2, dW2)
        b2 = adagrad("b2", b2, db2)
    if epoch % 30 == 0:
        print("epoch", epoch, "mse", total / len(X_train))

pred = net(X_test)[:, 0] * y_std + y_mean
for p, real in list(zip(pred, y_test))[:5]:
    print("predicted %.1f   real %.1f" % (p, real))
print("R^2:", 1 - ((y_test - pred) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum())
