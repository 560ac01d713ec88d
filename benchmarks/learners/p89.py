import numpy as np

CONFIG = {
    'seed': 123,
    'per_class': 90,
    'hidden': [48, 2, 24],
    'lr': 3e-3,
    'weight_decay': 1e-2,
    'betas': (0.9, 0.999),
    'epochs': 15,
    'batch': 45,
}

np.random.seed(CONFIG['seed'])
npz = np.load('digits.npz')


def balanced_subset(images, labels, n):
    # same number of pictures of every digit
    picks = []
    for digit in range(1, 10):
        where = np.flatnonzero(labels == digit)
        picks.append(np.random.choice(where, min(n, len(where)), replace=False))
    picks = np.concatenate(picks)
    return images[picks], labels[picks]


def preprocess(images):
    return images.reshape(len(images), -1).astype(np.float64) / 255.0


imgs, y_train = balanced_subset(npz['images'], npz['labels'], CONFIG['per_class'])
X_train = preprocess(imgs)
X_test, y_test = preprocess(npz['test_images']), npz['test_labels']
print(f"train: {X_train.shape}, test: {X_test.shape}")

# build the layers
layers = []
sizes = [784] + CONFIG['hidden'] + [10]
for n_in, n_out in zip(sizes[:-1], sizes[1:]):
    layers.append({
        'W': np.random.randn(n_in, n_out) * np.sqrt(2 / n_in),
        'b': np.zeros(n_out),
        'mW': 0., 'vW': 0., 'mb': 0., 'vb': 0.,
    })


def forward(x):
    for i, layer in enumerate(layers):
        layer['in'] = x
        x = x @ layer['W'] + layer['b']
        if i < len(layers) - 1:
            x = np.where(x > 0, x, 0)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def backward(probs, y):
    d = probs
    d[np.arange(len(y)), y] -= 1
    d = d / len(y)
    for layer in reversed(layers):
        layer['dW'] = layer['in'].T @ d
        layer['db'] = d.sum(axis=0)
        d = (d @ layer['W'].T) * (layer['in'] > 0)


def adamw(t):
    b1, b2 = CONFIG['betas']
    lr, wd = CONFIG['lr'], CONFIG['weight_decay']
    for layer in layers:
        for p in ('W', 'b'):
            g = layer['d' + p]
            layer['m' + p] = b1 * layer['m' + p] + (1 - b1) * g
            layer['v' + p] = b2 * layer['v' + p] + (1 - b2) * g ** 2
            m_hat = layer['m' + p] / (1 - b1 ** t)
            v_hat = layer['v' + p] / (1 - b2 ** t)
            layer[p] -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)
            layer[p] -= lr * wd * layer[p]


t = 0
for epoch in range(CONFIG['epochs']):
    order = np.random.permutation(len(X_train))
    losses = []
    for i in range(0, len(order), CONFIG['batch']):
        idx = order[i:i + CONFIG['batch']]
        probs = forward(X_train[idx])
        losses.append(-np.log(probs[np.arange(len(idx)), y_train[idx]] + 1e-12).mean())
        backward(probs, y_train[idx])
        t += 1
        adamw(t)
    if epoch % 3 == 0:
        print(f"epoch {epoch:>2} | loss {np.mean(losses):.4f}")

pred = forward(X_test).argmax(axis=1)
print(f"test accuracy: {np.mean(pred == y_test):.4f}")
