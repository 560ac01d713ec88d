import numpy as np
import random

random.seed(0)
np.random.seed(0)

good = "great lovely superb delicious wonderful friendly excellent tasty charming perfect".split()
bad = "awful terrible horrible cold rude disgusting slow dirty boring stale".split()
things = "food waiter room view soup music place menu pizza table wine staff".split()
filler = "the was and really so we think that very it quite".split()


def sentence(label):
    words = []
    for _ in range(2):
        words += random.sample(filler, 2) + [random.choice(things)]
        words.append(random.choice(good if label else bad))
    random.shuffle(words)
    return " ".join(words)


labels = [i % 2 for i in range(300)]
texts = [sentence(l) for l in labels]
train_texts, test_texts = texts[:220], texts[220:]
train_y, test_y = np.array(labels[:220]), np.array(labels[220:])


def build_vocab(docs):
    vocab = {}
    for doc in docs:
        for w in doc.split():
            if w not in vocab:
                vocab[w] = len(vocab)
    return vocab


def vectorize(docs, vocab):
    out = np.zeros((len(docs), len(vocab)))
    for i, doc in enumerate(docs):
        for w in doc.split():
            if w in vocab:
                out[i, vocab[w]] += 1
    return out


vocab = build_vocab(train_texts)
train_x = vectorize(train_texts, vocab)
test_x = vectorize(test_texts, build_vocab(test_texts))
print("vocabulary:", len(vocab))

H = 16
w_in = np.random.randn(len(vocab), H) * 0.1
b_in = np.zeros(H)
w_out = np.random.randn(H, 1) * 0.1
b_out = np.zeros(1)

lr = 0.1
for epoch in range(60):
    order = list(range(len(train_x)))
    random.shuffle(order)
    loss = 0
    for i in order:
        x = train_x[i:i + 1]
        t = train_y[i]
        a = np.tanh(x @ w_in + b_in)
        p = 1 / (1 + np.exp(-(a @ w_out + b_out)))
        loss -= t * np.log(p[0, 0] + 1e-9) + (1 - t) * np.log(1 - p[0, 0] + 1e-9)
        dp = p - t
        # update output first, then hidden
        w_out -= lr * a.T @ dp
        b_out -= lr * dp[0]
        da = dp @ w_out.T * (1 - a ** 2)
        w_in -= lr * x.T @ da
        b_in -= lr * da[0]
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", loss / len(order))

prob = 1 / (1 + np.exp(-(np.tanh(test_x @ w_in + b_in) @ w_out + b_out)))
print("test accuracy", np.mean((prob[:, 0] > 0.5) == test_y))
