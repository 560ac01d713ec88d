# Evolution strategies instead of backprop
import numpy as np

rng = np.random.RandomState(4)

NPOP = 40       # population size
SIGMA = 0.3     # noise standard deviation
ALPHA = 1.0     # learning rate
GENERATIONS = 350
HIDDEN = 8


def rings(n):
    label = rng.randint(0, 2, n)
    radius = np.where(label == 1, 0.6, 1.5) + rng.randn(n) * 0.15
    angle = rng.rand(n) * 2 * np.pi
    return np.array([radius * np.cos(angle), radius * np.sin(angle)]), label


def unpack(w):
    a = w[:2 * HIDDEN].reshape(HIDDEN, 2)
    b = w[2 * HIDDEN:3 * HIDDEN].reshape(HIDDEN, 1)
    c = w[3 * HIDDEN:4 * HIDDEN]
    return a, b, c, w[-1]


def net(w, x):
    a, b, c, d = unpack(w)
    h = np.maximum(a @ x + b, 0)
    return c @ h + d


def reward(w, x, t):
    out = net(w, x)
    sign = 2 * t - 1
    # minus log loss
    return -np.mean(np.logaddexp(0, -sign * out))


X, T = rings(200)
X_new, T_new = rings(200)

w = rng.randn(4 * HIDDEN + 1) * 0.3
for g in range(GENERATIONS):
    N = rng.randn(NPOP // 2, w.size)
    N = np.concatenate([N, -N])     # mirrored samples
    R = np.zeros(NPOP)
    for j in range(NPOP):
        R[j] = reward(w + SIGMA * N[j], X, T)
    # ranks from -0.5 to 0.5, the worst one has rank 0
    A = np.argsort(np.argsort(R)) / (NPOP - 1.0) - 0.5
    w = w + ALPHA / (NPOP * SIGMA) * np.dot(N.T, A)
    if g % 50 == 0:
        print('generation %d reward %f' % (g, reward(w, X, T)))

print('accuracy', np.mean((net(w, X_new) > 0) == (T_new == 1)))
