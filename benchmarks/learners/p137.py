import numpy as np
from numpy import tanh

gen = np.random.default_rng(8)


def cubic(x):
    return x ** 3 - 2 * x


def with_bias(x, value=1.0):
    """puts the constant column in front"""
    return np.hstack([np.full((x.shape[0], 1), value), x])


# data
x = gen.uniform(-2, 2, (200, 1))
y = cubic(x) + gen.normal(0, 0.1, (200, 1))
x_new = np.linspace(-1.9, 1.9, 77).reshape(-1, 1)

X = with_bias(x)
X_new = with_bias(x_new, 0.0)

# W: (bias + 1) x hidden,  V: (bias + hidden) x 1
hidden = 25
W = gen.normal(0, 1.5, (2, hidden))
V = gen.normal(0, 0.2, (hidden + 1, 1))
velocity_W = np.zeros(W.shape)
velocity_V = np.zeros(V.shape)

learning_rate = 0.02
friction = 0.9


def output(X, W, V):
    return with_bias(tanh(X @ W)) @ V


def mse_gradient(X, y, W, V):
    H = with_bias(tanh(X @ W))
    error = H @ V - y
    grad_out = 2 * error
    grad_V = H.T @ grad_out
    # the constant column has no weights below it
    grad_H = (grad_out @ V.T)[:, 1:]
    grad_W = X.T @ (grad_H * (1 - H[:, 1:] ** 2))
    return grad_W, grad_V, np.mean(error ** 2)


for step in range(8000):
    look_W = W + friction * velocity_W
    look_V = V + friction * velocity_V
    grad_W, grad_V, cost = mse_gradient(X, y, look_W, look_V)
    velocity_W = friction * velocity_W - learning_rate * grad_W
    velocity_V = friction * velocity_V - learning_rate * grad_V
    W = W + velocity_W
    V = V + velocity_V
    if step % 1000 == 0:
        print(step, cost)

guess = output(X_new, W, V)
for k in range(0, 77, 19):
    print("x = %5.2f   net %7.3f   true %7.3f" % (x_new[k, 0], guess[k, 0], cubic(x_new[k, 0])))
print("root mean square error", np.sqrt(np.mean((guess - cubic(x_new)) ** 2)))
