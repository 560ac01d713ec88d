import numpy as np

rng = np.random.default_rng(2)

# a language with few words
subj = ["the cat", "my dog", "a bird", "our neighbour", "the teacher", "grandma"]
verb = ["likes", "sees", "wants", "hides", "finds"]
obj = ["fish", "an apple", "the ball", "old bread", "a green hat", "milk"]
text = ""
for _ in range(160):
    text += rng.choice(subj) + " " + rng.choice(verb) + " " + rng.choice(obj) + ". "
chars = sorted(set(text))
code = {c: k for k, c in enumerate(chars)}
V, CONTEXT = len(chars), 3
print(len(text), "letters,", V, "different")

ids = np.array([code[c] for c in text])
eye = np.eye(V)
X = np.hstack([eye[ids[k:len(ids) - CONTEXT + k]] for k in range(CONTEXT)])
Y = eye[ids[CONTEXT:]]
X = np.hstack([X, np.ones((len(X), 1))])     # last column of ones -> bias is part of the weights

n_train = int(0.8 * len(X))
Xtest, Ytest = X[n_train:], Y[n_train:]
mix = rng.permutation(n_train)
X, Y = X[mix], Y[mix]

dims = [V * CONTEXT, 48, 40, 32, V]
W = [rng.standard_normal((a + 1, b)) / np.sqrt(a) for a, b in zip(dims, dims[1:])]
M = [np.zeros_like(w) for w in W]
S = [np.zeros_like(w) for w in W]


def add_one(h):
    return np.hstack([h, np.ones((len(h), 1))])


def answer(x):
    h = x
    for w in W[:-1]:
        h = add_one(np.tanh(h @ w))
    return (h @ W[-1]).argmax(axis=1)


batch, lr, t = 50, 0.003, 0
for epoch in range(25):
    loss, count = 0.0, 0
    for i in range(0, n_train - batch + 1, batch):
        acts = [X[i:i + batch]]
        for i in range(len(W) - 1):
            acts.append(add_one(np.tanh(acts[i] @ W[i])))
        z = acts[-1] @ W[-1]
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        target = Y[i:i + batch]
        loss -= np.sum(target * np.log(p + 1e-10))
        count += batch

        grads = []
        d = (p - target) / batch
        for layer in range(len(W) - 1, -1, -1):
            grads.insert(0, acts[layer].T @ d)
            if layer > 0:
                h = acts[layer][:, :-1]
                d = (d @ W[layer][:-1].T) * (1 - h * h)
        norm = np.sqrt(sum((g * g).sum() for g in grads))
        t += 1
        for layer, g in enumerate(grads):
            if norm > 2:
                g = g * 2 / norm
            M[layer] = 0.9 * M[layer] + 0.1 * g
            S[layer] = 0.99 * S[layer] + 0.01 * g * g
            W[layer] -= lr * (M[layer] / (1 - 0.9 ** t)) / (np.sqrt(S[layer] / (1 - 0.99 ** t)) + 1e-8)
    if epoch % 3 == 0:
        print("epoch", epoch, "loss per letter", round(loss / count, 3))

# let it write a bit
line = "the"
for _ in range(40):
    x = np.hstack([eye[code[c]] for c in line[-CONTEXT:]] + [[1.0]])
    line += chars[answer(x[None, :])[0]]
print(line)
print("next letter right:", np.mean(answer(Xtest) == Ytest.argmax(axis=1)))
