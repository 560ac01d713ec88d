# majority of 7 votes, layers = tuples
import itertools
import numpy as np

rng = np.random.RandomState(9)


def dense(n, m):
    return ("dense", rng.randn(n, m) / np.sqrt(n), np.zeros((1, m)))


layers = [dense(7, 12), ("sin",), dense(12, 1), ("tanh",)]


def forward(x, layers):
    outs = [x]
    for l in layers:
        if l[0] == "dense":
            x = np.einsum("ni,ij->nj", x, l[1]) + l[2]
        elif l[0] == "sin":
            x = np.sin(x)
        elif l[0] == "tanh":
            x = np.tanh(x)
        outs.append(x)
    return outs


def backward(outs, g, layers, lr):
    for k in range(len(layers) - 1, -1, -1):
        l, x, a = layers[k], outs[k], outs[k + 1]
        if l[0] == "dense":
            gW = np.einsum("ni,nj->ij", x, g)
            gb = g.sum(axis=0, keepdims=True)
            g = np.einsum("nj,ij->ni", g, l[1])
            l[1][...] -= lr * gW
            l[2][...] -= lr * gb
        elif l[0] == "sin":
            g = g * np.cos(a)
        elif l[0] == "tanh":
            g = g * (1 - a ** 2)


def encode(votes):
    return 2 * votes - 1


votes = rng.randint(0, 2, (300, 7)).astype(np.uint8)
X = encode(votes)
T = np.where(votes.sum(axis=1, keepdims=True) >= 4, 1.0, -1.0)
order = rng.permutation(300)
X, T = X[order], T[order]

lr, bs = 0.1, 20
best, best_loss = None, np.inf
hist = []
for epoch in range(500):
    loss = 0
    for s in range(0, 300, bs):
        x, t = X[s:s + bs], T[s:s + bs]
        outs = forward(x, layers)
        p = np.tanh(outs[-1])
        loss += np.sum((p - t) ** 2) / 300
        g = 2 * (p - t) * (1 - p ** 2) / len(x)
        backward(outs, g, layers, lr)
    hist.append(loss)
    if loss < best_loss:
        best_loss = loss
        best = [tuple(np.copy(q) if isinstance(q, np.ndarray) else q for q in l) for l in layers]
    if epoch % 50 == 0:
        print(epoch, loss)

# plt.plot(hist)

all_votes = np.array(list(itertools.product([0, 1], repeat=7)), dtype=np.uint8)
want = all_votes.sum(axis=1) >= 4
got = forward(encode(all_votes), best)[-1][:, 0] > 0
print("best loss", best_loss)
print("right", np.mean(got == want))
