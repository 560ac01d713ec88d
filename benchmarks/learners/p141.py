# three groups of customers, the answers in the table are not very reliable (about 20 % of them are wrong)
import copy
import numpy as np

rng = np.random.RandomState(10)


def customers(n):
    group = rng.randint(0, 3, n)
    age = rng.normal(np.array([30, 45, 60])[group], 6)
    income = rng.normal(np.array([2500, 4200, 3100])[group], 500)
    visits = rng.poisson(np.array([9, 4, 2])[group])
    answer = group.copy()
    liars = rng.rand(n) < 0.2
    answer[liars] = (group[liars] + rng.randint(1, 3, liars.sum())) % 3
    return np.stack([age, income, visits], axis=1).astype(float), answer


def layer(n_in, n_out):
    return {"w": rng.randn(n_in, n_out) * np.sqrt(2 / n_in), "b": np.zeros(n_out)}


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def d_elu(z):
    return np.where(z > 0, 1, np.exp(np.minimum(z, 0)))


def forward(net, x):
    z = x @ net[0]["w"] + net[0]["b"]
    a = elu(z)
    s = a @ net[1]["w"] + net[1]["b"]
    # log softmax
    s = s - s.max(1, keepdims=True)
    return z, a, s - np.log(np.exp(s).sum(1, keepdims=True))


def nll(net, x, y):
    return -forward(net, x)[2][np.arange(len(y)), y].mean()


def sgd(net, x, y, lr):
    z, a, logp = forward(net, x)
    ds = np.exp(logp)
    ds[np.arange(len(y)), y] -= 1
    ds /= len(y)
    dz = ds @ net[1]["w"].T * d_elu(z)
    net[1]["w"] -= lr * a.T @ ds
    net[1]["b"] -= lr * ds.sum(0)
    net[0]["w"] -= lr * x.T @ dz
    net[0]["b"] -= lr * dz.sum(0)


x, y = customers(1500)
mu, sd = x[:900].mean(0), x[:900].std(0)
x = (x - mu) / sd
x_tr, y_tr = x[:900], y[:900]
x_va, y_va = x[900:1100], y[900:1100]
x_te, y_te = x[1100:], y[1100:]

net = [layer(3, 12), layer(12, 3)]
best, best_net, bad = 1e9, None, 0
for epoch in range(500):
    for rows in np.array_split(rng.permutation(900), 30):
        sgd(net, x_tr[rows], y_tr[rows], 0.05)
    v = nll(net, x_va, y_va)
    if v < best:
        best, best_net, bad = v, copy.deepcopy(net), 0
    else:
        bad += 1
        if bad == 250:
            break
    if epoch % 50 == 0:
        print("epoch", epoch, "validation", round(v, 4))

print("stopped after epoch", epoch, "best validation", best)
print("accuracy on the test customers", np.mean(forward(best_net, x_te)[2].argmax(1) == y_te))
