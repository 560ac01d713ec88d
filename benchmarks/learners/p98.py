import numpy as np

"""Three-arm spiral, MLP + Adam. Inspired by a kernel I read, rewritten in numpy."""

RANDOM_STATE = 42
N_PER_CLASS = 150
N_CLASSES = 3


def make_spiral(rng):
    feats, target = [], []
    for c in range(N_CLASSES):
        r = np.linspace(0.05, 1, N_PER_CLASS)
        theta = np.linspace(c * 2.1, c * 2.1 + 4.2, N_PER_CLASS) + rng.normal(0, 0.15, N_PER_CLASS)
        feats.append(np.c_[r * np.sin(theta), r * np.cos(theta)])
        target += [c] * N_PER_CLASS
    return np.concatenate(feats), np.array(target)


class MLP:
    def __init__(self, sizes, rng):
        self.params = {}
        for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
            self.params[f"W{i}"] = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
            self.params[f"b{i}"] = np.zeros(n_out)
        self.L = len(sizes) - 1
        self.m = {k: np.zeros_like(v) for k, v in self.params.items()}
        self.v = {k: np.zeros_like(v) for k, v in self.params.items()}
        self.t = 0

    def forward(self, X):
        self.acts = [X]
        for i in range(1, self.L + 1):
            z = self.acts[-1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
            self.acts.append(np.maximum(z, 0) if i < self.L else z)
        logits = self.acts[-1]
        logits = logits - logits.max(1, keepdims=True)
        p = np.exp(logits)
        return p / p.sum(1, keepdims=True)

    def backward(self, probs, y):
        grads = {}
        delta = probs.copy()
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        for i in range(self.L, 0, -1):
            grads[f"W{i}"] = self.acts[i - 1].T @ delta
            grads[f"b{i}"] = delta.sum(0)
            delta = (delta @ self.params[f"W{i}"].T) * (self.acts[i - 1] > 0)
        return grads

    def adam(self, grads, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.t += 1
        for k, g in grads.items():
            self.m[k] = b1 * self.m[k] + (1 - b1) * g
            self.v[k] = b2 * self.v[k] + (1 - b2) * g * g
            mh = self.m[k] / (1 - b1 ** self.t)
            vh = self.v[k] / (1 - b2 ** self.t)
            self.params[k] -= lr * mh / (np.sqrt(vh) + eps)


rng = np.random.default_rng(RANDOM_STATE)
X, y = make_spiral(rng)
idx = rng.permutation(len(y))
tr, va = idx[:360], idx[360:]
net = MLP([2, 32, 32, 3], rng)

for ep in range(120):
    order = rng.permutation(tr)
    for s in range(0, len(order), 32):
        b = order[s:s + 32]
        net.adam(net.backward(net.forward(X[b]), y[b]))
    if ep % 30 == 0:
        p = net.forward(X[tr])
        print(f"ep {ep:4d} logloss {-np.log(p[np.arange(len(tr)), y[tr]] + 1e-12).mean():.4f}")

acc = (net.forward(X[va]).argmax(1) == y[va]).mean()
print(f"valid acc {acc:.4f}")
