# word2vec, skip-gram with negative sampling, one pair at a time
import numpy as np

rng = np.random.default_rng(8)
groups = [["cat", "dog", "horse", "cow"], ["red", "green", "blue", "yellow"],
          ["one", "two", "three", "four"], ["rome", "paris", "oslo", "bern"]]
words = [w for g in groups for w in g]
index = {w: i for i, w in enumerate(words)}
sentences = []
for _ in range(300):
    g = groups[rng.integers(len(groups))]
    sentences.append([index[w] for w in rng.choice(g, 5)])

dim, negatives, window, lr = 12, 3, 2, 0.08
V_in = rng.uniform(-0.5, 0.5, (len(words), dim)) / dim
V_out = rng.uniform(-0.5, 0.5, (len(words), dim)) / dim


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(4):
    loss, count = 0.0, 0
    for k in rng.permutation(len(sentences)):
        sentence = sentences[k]
        for i, centre in enumerate(sentence):
            for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
                if j == i:
                    continue
                # the word that was there, and some that were not
                sampled = rng.integers(0, len(words), negatives)
                targets = np.concatenate([[sentence[j]], sampled])
                y = np.array([1.0] + [0.0] * negatives)
                v = V_in[centre]
                u = V_out[targets]
                p = sigmoid(u @ v)
                loss -= np.log(p[0] + 1e-10) + np.log(1 - p[1:] + 1e-10).sum()
                count += 1

                err = p - y
                grad_in = err @ u
                grad_out = np.outer(err, v)
                np.subtract.at(V_out, targets, lr * grad_out)
                V_in[centre] -= lr * grad_in
    print("epoch", epoch, "loss per pair", loss / count)

unit = V_in / np.linalg.norm(V_in, axis=1, keepdims=True)
cos = unit @ unit.T
same = np.kron(np.eye(4), np.ones((4, 4))) > 0
print("cosine within groups", cos[same & ~np.eye(16, dtype=bool)].mean())
print("... minus across groups", cos[same & ~np.eye(16, dtype=bool)].mean() - cos[~same].mean())
