# I don't trust my calculus so the gradient is measured, not derived.
import numpy as np

rs = np.random.RandomState(10)

def sample(n):
    p = rs.uniform(-1, 1, size=(n, 2))
    return p, np.sign(p[:, 0] * p[:, 1])       # classes are -1 / +1

train_p, train_s = sample(250)
check_p, check_s = sample(250)

HID = 10
SHAPES = [(2, HID), (HID,), (HID,), (1,)]
CUTS = np.cumsum([int(np.prod(s)) for s in SHAPES])[:-1]

def unpack(vec):
    return [part.reshape(s) for part, s in zip(np.split(vec, CUTS), SHAPES)]

def out(vec, p):
    K, k0, M, m0 = unpack(vec)
    return np.tanh(np.tanh(p @ K + k0) @ M + m0)

def cost(vec, p, s):
    return np.mean((out(vec, p) - s) ** 2)

def slope(vec, p, s, h=1e-5):
    g = np.empty_like(vec)
    for i in range(vec.size):
        keep = vec[i]
        vec[i] = keep + h
        up = cost(vec, p, s)
        vec[i] = keep - h
        down = cost(vec, p, s)
        vec[i] = keep
        g[i] = (up - down) / (2 * h)
    return g

vec = rs.normal(0, 0.8, sum(int(np.prod(s)) for s in SHAPES))
speed = np.zeros_like(vec)
for it in range(900):
    rows = rs.choice(250, 60, replace=False)
    g = slope(vec, train_p[rows], train_s[rows])
    # Nesterov-ish momentum
    old = speed
    speed = 0.85 * speed - 0.08 * g
    vec = vec - 0.85 * old + 1.85 * speed
    if it % 150 == 0:
        print(it, round(cost(vec, train_p, train_s), 4))

right = np.sign(out(vec, check_p)) == check_s
print("right on fresh points:", right.mean())
