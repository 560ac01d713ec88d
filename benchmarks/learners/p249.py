# After SICP I wanted to do a neural net without any assignment to a weight.
# A network is a tuple of (W, b), training is a reduce over batches.
import numpy as np
from functools import reduce

rng = np.random.default_rng(10)

sigma = lambda v: 1 / (1 + np.exp(-np.clip(v, -50, 50)))
swish = lambda v: v * sigma(v)
dswish = lambda v: sigma(v) + v * sigma(v) * (1 - sigma(v))


def layer(n, m):
    return rng.normal(0, np.sqrt(2 / n), (n, m)), rng.normal(0, 0.3, m)


def run(net, x):
    """value of the network and the list of pullbacks, outermost first"""
    pulls = ()
    for W, b in net[:-1]:
        z = x @ W + b
        pulls = ((lambda d, x=x, W=W: back(d * dswish(z), x, W)),) + pulls
        x = swish(z)
    W, b = net[-1]
    y = sigma(x @ W + b)
    # sigmoid with cross entropy: the derivative is only (y - t)
    pulls = ((lambda d, x=x, W=W: back(d, x, W)),) + pulls
    return y, pulls


def back(dz, x, W):
    return dz @ W.T, (x.T @ dz, dz.sum(axis=0))


def gradient(net, x, t):
    y, pulls = run(net, x)

    def go(acc, pull):
        d, gs = acc
        d, g = pull(d)
        return d, (g,) + gs

    return reduce(go, pulls, ((y - t) / len(x), ()))[1]


def descend(net, gs, eta):
    return tuple((W - eta * gW, b - eta * gb) for (W, b), (gW, gb) in zip(net, gs))


def epoch(net, n):
    eta = 0.5 / (1 + n / 150)
    order = rng.permutation(len(x_train))
    batches = [order[i:i + 25] for i in range(0, len(order), 25)]
    net = reduce(lambda w, b: descend(w, gradient(w, x_train[b], t_train[b]), eta), batches, net)
    if n % 100 == 0:
        print("epoch", n, "rmse", error(net, x_train, t_train))
    return net


def error(net, x, t):
    # targets live in 0..1, the sine itself in -1..1
    return 2 * np.sqrt(np.mean((run(net, x)[0] - t) ** 2))


target = lambda x: (np.sin(x * 3) + 1) / 2
x_train = rng.uniform(-np.pi, np.pi, (400, 1))
x_test = rng.uniform(-np.pi, np.pi, (200, 1))
t_train, t_test = target(x_train), target(x_test)

start = (layer(1, 20), layer(20, 20), layer(20, 20), layer(20, 1))
final = reduce(epoch, range(400), start)
print("rmse of the sine on new points:", error(final, x_test, t_test))
