import numpy as np

# bag of words with learnt word vectors: is a made-up review good or bad?
np.random.seed(42)
GOOD = "great lovely superb brilliant charming fine enjoyable moving".split()
BAD = "awful dull terrible boring poor weak clumsy annoying".split()
FILL = "the a film movie actor scene plot music was and it with of story very camera".split()
vocab = {w: i for i, w in enumerate(GOOD + BAD + FILL)}


def review(good):
    words = list(np.random.choice(GOOD if good else BAD, 3))
    words += list(np.random.choice(BAD if good else GOOD, 1))
    words += list(np.random.choice(FILL, 8))
    np.random.shuffle(words)
    return [vocab[w] for w in words]


labels = np.random.randint(0, 2, 500)
docs = np.array([review(l) for l in labels])
train_docs, train_labels = docs[:400], labels[:400]
test_docs, test_labels = docs[400:], labels[400:]

D, H = 10, 12
E = np.random.randn(len(vocab), D) * 0.1
W = np.random.randn(D, H) / np.sqrt(D)
b = np.zeros(H)
U = np.random.randn(H, 2) / np.sqrt(H)
c = np.zeros(2)
alpha = 0.3

for epoch in range(100):
    perm = np.random.permutation(len(train_docs))
    total = 0
    for s in range(0, len(perm), 16):
        ids = train_docs[perm[s:s + 16]]
        t = train_labels[perm[s:s + 16]]
        n, length = ids.shape

        # forward
        vec = E[ids].mean(axis=1)
        h = np.tanh(vec.dot(W) + b)
        scores = h.dot(U) + c
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        total -= np.log(p[range(n), t]).sum()

        # backward
        p[range(n), t] -= 1
        p /= n
        dU = h.T.dot(p)
        dc = p.sum(axis=0)
        dh = p.dot(U.T) * (1 - h * h)
        dW = vec.T.dot(dh)
        db = dh.sum(axis=0)
        dvec = dh.dot(W.T) / length
        dE = np.zeros_like(E)
        np.add.at(dE, ids, dvec[:, None, :])

        E -= alpha * dE
        W -= alpha * dW
        b -= alpha * db
        U -= alpha * dU
        c -= alpha * dc
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", total / len(perm))

h = np.tanh(E[test_docs].mean(axis=1).dot(W) + b)
print("test accuracy:", np.mean((h.dot(U) + c).argmax(axis=1) == test_labels))
