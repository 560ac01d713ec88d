"""
Learning f(x, y) = sin(2x) * cos(y) with two hidden layers, stops early
"""
import numpy as np

np.random.seed(99)


def f(p):
    return np.sin(2 * p[:, :1]) * np.cos(p[:, 1:])


def tanh_prime(a):
    return 1 - a * a


points = np.random.uniform(-2, 2, (1100, 2))
values = f(points) + 0.03 * np.random.randn(1100, 1)
# the values with mean 0 and standard deviation 1
middle, width = values[:700].mean(), values[:700].std()
scaled = (values - middle) / width

x_tr, t_tr = points[:700], scaled[:700]
x_va, t_va = points[700:900], scaled[700:900]
x_te, t_te = points[900:], values[900:]

sizes = (2, 30, 20, 1)
W = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(sizes[:-1], sizes[1:])]
B = [np.zeros((1, b)) for b in sizes[1:]]

rate = 0.015
patience = 12
best_loss = 0.0
waited = 0


def predict(x):
    a = np.tanh(x @ W[0] + B[0])
    b = np.tanh(a @ W[1] + B[1])
    return b @ W[2] + B[2]


for epoch in range(1800):
    perm = np.random.permutation(700)
    for s in range(0, 700, 50):
        x = x_tr[perm[s:s + 50]]
        t = t_tr[perm[s:s + 50]]
        n = len(x)

        a = np.tanh(x @ W[0] + B[0])
        b = np.tanh(a @ W[1] + B[1])
        o = b @ W[2] + B[2]

        delta3 = (o - t) / n
        delta2 = delta3 @ W[2].T * tanh_prime(b)
        delta1 = delta2 @ W[1].T * tanh_prime(a)
        W[2] -= rate * b.T @ delta3
        W[1] -= rate * a.T @ delta2
        W[0] -= rate * x.T @ delta1
        B[2] -= rate * delta3.sum(0, keepdims=True)
        B[1] -= rate * delta2.sum(0, keepdims=True)
        B[0] -= rate * delta1.sum(0, keepdims=True)

    val_loss = np.mean((predict(x_va) - t_va) ** 2)
    if val_loss > best_loss:
        best_loss = val_loss
        waited = 0
    else:
        waited += 1
    if epoch % 100 == 0:
        print("epoch %4d validation %.5f" % (epoch, val_loss))
    if waited >= patience:
        print("stopped in epoch", epoch)
        break

y_te = predict(x_te)
print("test MSE", np.mean((y_te - t_te) ** 2))
