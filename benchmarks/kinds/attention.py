"""One attention head: look up in a list of (key, value) pairs the value that belongs to a query."""
import numpy as np

rng = np.random.default_rng(0)
KEYS, VALUES, PAIRS, D = 6, 4, 4, 16


def sample(n):
    """keys (n, pairs, KEYS) and values (n, pairs, VALUES) one-hot, query (n, KEYS), answer (n,)"""
    keys = np.array([rng.permutation(KEYS)[:PAIRS] for _ in range(n)])
    values = rng.integers(0, VALUES, (n, PAIRS))
    at = rng.integers(0, PAIRS, n)
    rows = np.arange(n)
    pairs = np.concatenate([np.eye(KEYS)[keys], np.eye(VALUES)[values]], axis=2)
    return pairs, np.eye(KEYS)[keys[rows, at]], values[rows, at]


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def forward(theta, pairs, query):
    Wq, Wk, Wv, Wo, bo = theta
    q = query @ Wq  # (n, D)
    k = pairs @ Wk  # (n, pairs, D)
    v = pairs @ Wv
    scores = np.einsum("nd,npd->np", q, k) / np.sqrt(D)
    att = softmax(scores)
    mixed = np.einsum("np,npd->nd", att, v)
    probs = softmax(mixed @ Wo + bo)
    return probs, (pairs, query, q, k, v, att, mixed)


def gradients(theta, cache, probs, answer):
    Wq, Wk, Wv, Wo, bo = theta
    pairs, query, q, k, v, att, mixed = cache
    d = probs.copy()
    d[np.arange(len(answer)), answer] -= 1
    d /= len(answer)
    dWo = mixed.T @ d
    dbo = d.sum(axis=0)
    dmixed = d @ Wo.T
    datt = np.einsum("nd,npd->np", dmixed, v)
    dv = att[:, :, None] * dmixed[:, None, :]
    dscores = att * (datt - (datt * att).sum(axis=1, keepdims=True)) / np.sqrt(D)
    dq = np.einsum("np,npd->nd", dscores, k)
    dk = dscores[:, :, None] * q[:, None, :]
    dWq = query.T @ dq
    dWk = np.einsum("npi,npd->id", pairs, dk)
    dWv = np.einsum("npi,npd->id", pairs, dv)
    return dWq, dWk, dWv, dWo, dbo


def train(steps=1500, rate=1.0):
    sizes = [(KEYS, D), (KEYS + VALUES, D), (KEYS + VALUES, D), (D, VALUES)]
    theta = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in sizes] + [np.zeros(VALUES)]
    velocity = [np.zeros_like(w) for w in theta]
    for step in range(steps):
        pairs, query, answer = sample(32)
        probs, cache = forward(theta, pairs, query)
        if step % 150 == 0:
            print(step, -np.log(probs[np.arange(32), answer]).mean())
        grads = gradients(theta, cache, probs, answer)
        for i in range(len(theta)):
            velocity[i] = 0.8 * velocity[i] - rate * 0.2 * grads[i]
            theta[i] = theta[i] + velocity[i]
    return theta


theta = train()
pairs, query, answer = sample(500)
print("right answers", np.mean(forward(theta, pairs, query)[0].argmax(axis=1) == answer))
