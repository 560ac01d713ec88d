import random
import numpy as np

random.seed(42)
np.random.seed(2147483)

# words of a small language: consonant, vowel that depends on the consonant, twice or three times
pairs = {'b': 'a', 'd': 'e', 'g': 'i', 'k': 'o', 'm': 'u', 'p': 'a', 't': 'e'}
after = {'b': 'd', 'd': 'k', 'g': 'm', 'k': 'p', 'm': 't', 'p': 'g', 't': 'b'}


def new_word():
    c = random.choice(list(pairs))
    w = ''
    for _ in range(3):
        w += c + pairs[c]
        c = after[c] if random.random() < 0.9 else random.choice(list(pairs))
    return w


words = [new_word() for _ in range(400)]
print(words[:8])

chars = sorted(list(set(''.join(words))))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi['.'] = 0
itos = {i: s for s, i in stoi.items()}
vocab_size = len(itos)
block_size = 3  # context length: how many characters do we take to predict the next one?


def build_dataset(words):
    X, Y = [], []
    for w in words:
        context = [stoi[w[0]]] * block_size
        for ch in w[1:]:
            ix = stoi[ch]
            X.append(context)
            Y.append(ix)
            context = context[1:] + [ix]  # crop and append
    return np.array(X), np.array(Y)


n1 = int(0.8 * len(words))
n2 = int(0.9 * len(words))
Xtr, Ytr = build_dataset(words[:n1])
Xdev, Ydev = build_dataset(words[n1:n2])
Xte, Yte = build_dataset(words[n2:])

n_embd = 4
n_hidden = 24
C = np.random.randn(vocab_size, n_embd)
W1 = np.random.randn(n_embd * block_size, n_hidden) * (5/3) / ((n_embd * block_size) ** 0.5)
b1 = np.random.randn(n_hidden) * 0.01
W2 = np.random.randn(n_hidden, vocab_size) * 0.01
b2 = np.random.randn(vocab_size) * 0
parameters = [C, W1, b1, W2, b2]
print(sum(p.size for p in parameters))


def forward(X):
    emb = C[X]
    embcat = emb.reshape(emb.shape[0], -1)
    h = np.tanh(embcat @ W1 + b1)
    logits = h @ W2 + b2
    logits = logits - logits.max(1, keepdims=True)
    probs = np.exp(logits)
    probs /= probs.sum(1, keepdims=True)
    return embcat, h, probs


max_steps = 3000
batch_size = 32
for i in range(max_steps):
    # minibatch construct
    ix = np.random.randint(0, Xtr.shape[0], (batch_size,))
    Xb, Yb = Xtr[ix], Ytr[ix]
    embcat, h, probs = forward(Xb)
    loss = -np.log(probs[range(batch_size), Yb]).mean()

    dlogits = probs
    dlogits[range(batch_size), Yb] -= 1
    dlogits /= batch_size
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - h**2) * (dlogits @ W2.T)
    dW1 = embcat.T @ dhpreact
    db1 = dhpreact.sum(0)
    demb = (dhpreact @ W1.T).reshape(batch_size, block_size, n_embd)
    dC = np.zeros_like(C)
    np.add.at(dC, Xb, demb)

    lr = 0.3 if i < 2000 else 0.05  # step learning rate decay
    for p, grad in zip(parameters, [dC, dW1, db1, dW2, db2]):
        p += -lr * grad

    if i % 500 == 0:
        print(f'{i:7d}/{max_steps:7d}: {loss:.4f}')

for name, (x, y) in {'train': (Xtr, Ytr), 'dev': (Xdev, Ydev), 'test': (Xte, Yte)}.items():
    print(name, 'accuracy', (forward(x)[2].argmax(1) == y).mean())
