# 4 or 9?
import numpy as np

np.random.seed(17)

data = np.load("digits.npz")


def pick(images, labels):
    keep = (labels == 4) | (labels == 9)
    x = images[keep].reshape(-1, 784, 1) / 255.0
    return x, (labels[keep] == 9).astype(int)


x_all, y_all = pick(data["images"], data["labels"])
x_test, y_test = pick(data["test_images"], data["test_labels"])
n_val = 40
x_val, y_val = x_all[:n_val], y_all[:n_val]
x, y = x_all[n_val:], y_all[n_val:]

eta, mu = 0.002, 0.9
hidden = 20
# one more row in front: the neuron that always says 1
theta = [
    np.random.randn(hidden, 785) / np.sqrt(785),
    np.random.randn(2, hidden + 1) / np.sqrt(hidden + 1),
]
nu = [np.zeros_like(t) for t in theta]


def sigma(z):
    return 1 / (1 + np.exp(-z))


def always(a):
    return np.vstack([[[1.0]], a])


def h(x, theta):
    a0 = always(x)
    z1 = theta[0] @ a0
    a1 = always(z1 * sigma(z1))
    z2 = theta[1] @ a1
    e = np.exp(z2 - z2.max())
    return a0, z1, a1, e / e.sum()


def J(xs, ys, theta):
    return -np.mean([np.log(h(x, theta)[-1][y, 0] + 1e-12) for x, y in zip(xs, ys)])


def descend(epochs):
    for epoch in range(epochs):
        for i in np.random.permutation(len(x)):
            a0, z1, a1, p = h(x[i], theta)
            delta2 = p.copy()
            delta2[y[i]] -= 1
            s = sigma(z1)
            delta1 = (theta[1].T @ delta2)[1:] * (s + z1 * s * (1 - s))
            for k, grad in enumerate((delta1 @ a0.T, delta2 @ a1.T)):
                nu[k] *= mu
                nu[k] -= eta * grad
                theta[k] += nu[k]
        yield epoch, J(x, y, theta), J(x_val, y_val, theta)


theta_star, J_star = None, np.inf
for epoch, J_train, J_val in descend(40):
    if J_val < J_star:
        J_star = J_val
        theta_star = list(theta)
    if epoch % 5 == 0:
        print("epoch", epoch, "J", round(J_train, 4), "J val", round(J_val, 4))

print("best J val", J_star)
right = [h(a, theta_star)[-1].argmax() == b for a, b in zip(x_test, y_test)]
print("test accuracy", np.mean(right))
