# no calculus version :)  slow but it works
import numpy as np

rng = np.random.default_rng(2)

x = rng.uniform(-2, 2, 80)
y = np.sin(2.2 * x) + 0.4 * np.sign(x) + rng.normal(0, 0.05, 80)
x_new = np.linspace(-1.95, 1.95, 60)
y_new = np.sin(2.2 * x_new) + 0.4 * np.sign(x_new)

UNITS = 9
# weights of the hidden units | their offsets | weights of the output | its offset
theta = np.concatenate([
    rng.normal(0, 2.0, UNITS),
    rng.normal(0, 1.5, UNITS),
    rng.normal(0, 0.4, UNITS),
    [0.0],
])


def net(t, x):
    a, b, c, d = t[:UNITS], t[UNITS:2 * UNITS], t[2 * UNITS:3 * UNITS], t[-1]
    return np.tanh(np.outer(x, a) + b) @ c + d


def cost(t):
    return ((net(t, x) - y) ** 2).mean()


def slope(t, wiggle=1e-5):
    g = np.empty_like(t)
    for i in range(len(t)):
        keep = t[i]
        t[i] = keep + wiggle
        up = cost(t)
        t[i] = keep - wiggle
        down = cost(t)
        t[i] = keep
        g[i] = (up - down) / (2 * wiggle)
    return g


push = np.zeros_like(theta)
for step in range(1000):
    push = 0.9 * push + slope(theta)
    theta -= 0.03 * push
    if step % 100 == 0:
        print("step", step, "cost", cost(theta))

print("largest weight:", np.abs(theta).max().round(2))
print("rms error on the grid:", np.sqrt(((net(theta, x_new) - y_new) ** 2).mean()))
