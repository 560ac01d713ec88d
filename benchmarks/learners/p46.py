# Ex4-like: all weights in one long vector, unrolled with reshape (octave course ported to python)
# data: wine-ish table with 4 columns and 3 kinds
import numpy as np

np.random.seed(8)


def make_table():
    means = np.array([[13.7, 2.0, 17.0, 2.9], [12.3, 1.9, 20.2, 2.1], [13.1, 3.3, 21.4, 1.0]])
    sds = np.array([0.45, 0.6, 2.3, 0.35])
    rows, kinds = [], []
    for k in range(3):
        for _ in range(60):
            rows.append(means[k] + sds * np.random.randn(4))
            kinds.append(k)
    return np.array(rows), np.array(kinds)


def unroll(theta, n_in, n_hid, n_out):
    cut = n_hid * (n_in + 1)
    Theta1 = np.reshape(theta[:cut], (n_hid, n_in + 1))
    Theta2 = np.reshape(theta[cut:], (n_out, n_hid + 1))
    return Theta1, Theta2


def g(z):
    return 1.0 / (1.0 + np.exp(-z))


def cost_function(theta, X, Y, sizes, lam):
    m = X.shape[0]
    Theta1, Theta2 = unroll(theta, *sizes)
    a1 = np.insert(X, 0, 1, axis=1)
    z2 = a1.dot(Theta1.T)
    a2 = np.insert(g(z2), 0, 1, axis=1)
    h = g(a2.dot(Theta2.T))

    J = np.sum(-Y * np.log(h) - (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))

    d3 = h - Y
    d2 = d3.dot(Theta2)[:, 1:] * g(z2) * (1 - g(z2))
    grad1 = d2.T.dot(a1) / m
    grad2 = d3.T.dot(a2) / m
    grad1[:, 1:] += lam / m * Theta1[:, 1:]
    grad2[:, 1:] += lam / m * Theta2[:, 1:]
    return J, np.concatenate([grad1.ravel(), grad2.ravel()])


def check_gradient(theta, X, Y, sizes, lam):
    _, grad = cost_function(theta, X, Y, sizes, lam)
    worst = 0
    for i in range(0, len(theta), 5):
        e = np.zeros_like(theta)
        e[i] = 1e-4
        num = (cost_function(theta + e, X, Y, sizes, lam)[0] - cost_function(theta - e, X, Y, sizes, lam)[0]) / 2e-4
        worst = max(worst, abs(num - grad[i]))
    return worst


X, kinds = make_table()
Y = (kinds.reshape(-1, 1) == np.arange(3)).astype(float)

X_train, Y_train = X[:120], Y[:120]
X_test, kinds_test = X[120:], kinds[120:]

mu, sigma = X_train.mean(0), X_train.std(0)
X_train = (X_train - mu) / sigma
X_test = (X_test - mu) / sigma

sizes = (4, 6, 3)
n_theta = sizes[1] * (sizes[0] + 1) + sizes[2] * (sizes[1] + 1)
theta = np.random.uniform(-0.12, 0.12, n_theta)
lam = 0.1

print("gradient check, largest difference:", check_gradient(theta, X_train, Y_train, sizes, lam))

for it in range(1500):
    J, grad = cost_function(theta, X_train, Y_train, sizes, lam)
    theta = theta - 0.8 * grad
    if it % 300 == 0:
        print("iteration", it, "J =", J)

Theta1, Theta2 = unroll(theta, *sizes)
h1 = g(np.insert(X_test, 0, 1, axis=1).dot(Theta1.T))
h2 = g(np.insert(h1, 0, 1, axis=1).dot(Theta2.T))
pred = np.argmax(h2, axis=1)
print("Test set accuracy:", np.mean(pred == kinds_test) * 100)
