# tic tac toe referee
import numpy as np

np.random.seed(909)
LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def random_board():
    """two players put stones at random until somebody has three or the chosen length is over"""
    board = [0] * 9
    cells = np.random.permutation(9)
    length = np.random.randint(5, 10)
    for turn, c in enumerate(cells[:length]):
        who = 1 if turn % 2 == 0 else -1
        board[c] = who
        for line in LINES:
            if all(board[i] == who for i in line):
                return board, (0 if who == 1 else 1)
    return board, 2


games = [random_board() for _ in range(3000)]
boards = np.array([g[0] for g in games], dtype=float)
result = np.array([g[1] for g in games])
train, test = slice(0, 2400), slice(2400, 3000)
print("X, O, nobody:", np.bincount(result) / len(result))

shapes = [(9, 48), (48,), (48, 32), (32,), (32, 24), (24,), (24, 3), (3,)]
ends = np.cumsum([int(np.prod(s)) for s in shapes])
theta = np.zeros(ends[-1])


def cut(vec):
    return [v.reshape(s) for v, s in zip(np.split(vec, ends[:-1]), shapes)]


for part in cut(theta):
    if part.ndim == 2:
        part[:] = np.random.normal(0, 1 / np.sqrt(part.shape[1]), size=part.shape)


def net(vec, x):
    w = cut(vec)
    acts = [x]
    for i in (0, 2, 4):
        acts.append(acts[-1] @ w[i] + w[i + 1])
    z = acts[-1] @ w[6] + w[7]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return acts, e / e.sum(axis=1, keepdims=True)


def gradient(vec, x, t):
    w = cut(vec)
    acts, p = net(vec, x)
    g = np.zeros_like(vec)
    gw = cut(g)
    d = (p - t) / len(x)
    for k, i in ((3, 6), (2, 4), (1, 2), (0, 0)):
        gw[i][:] = acts[k].T @ d
        gw[i + 1][:] = d.sum(axis=0)
        if k > 0:
            d = d @ w[i].T
    return g, -np.mean(np.sum(t * np.log(p + 1e-12), axis=1))


smooth = 0.1
targets = np.eye(3)[result] * (1 - smooth) + smooth / 3
x_tr, t_tr = boards[train], targets[train]

mu, eta = 0.9, 0.02
velocity = np.zeros_like(theta)
for epoch in range(50):
    perm = np.random.permutation(len(x_tr))
    losses = []
    for s in range(0, len(perm), 30):
        b = perm[s:s + 30]
        g, loss = gradient(theta, x_tr[b], t_tr[b])
        losses.append(loss)
        velocity += g
        theta -= eta * velocity
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", np.mean(losses))

_, p = net(theta, boards[test])
print("referee is right in", np.mean(p.argmax(axis=1) == result[test]))
