# Dropout experiment on the digits.  Does dropout help with only 1000 images?
import numpy as np

np.random.seed(2)

KEEP = 0.5
N_HIDDEN = 80
LEARNING_RATE = 0.002
MOMENTUM = 0.9
EPOCHS = 20
BATCH = 50

npz = np.load('digits.npz')
xs = npz['images'].astype(np.float64).reshape(1200, 784) / 255
ys = npz['labels'].astype(int)
x_te = npz['test_images'].astype(np.float64).reshape(400, 784) / 255
y_te = npz['test_labels'].astype(int)

targets = np.eye(10)[ys]

params = dict(
    w1=np.random.uniform(-0.08, 0.08, (784, N_HIDDEN)),
    b1=np.zeros(N_HIDDEN),
    w2=np.random.uniform(-0.2, 0.2, (N_HIDDEN, 10)),
    b2=np.zeros(10),
)
velocity = {k: np.zeros_like(v) for k, v in params.items()}


def net(x, train=True):
    h = np.maximum(np.einsum('ni,ih->nh', x, params['w1'], optimize=True) + params['b1'], 0)
    mask = np.ones_like(h)
    if train:
        mask = (np.random.rand(*h.shape) > KEEP) / KEEP
        h = h * mask
    s = h @ params['w2'] + params['b2']
    s = s - s.max(1)[:, None]
    p = np.exp(s)
    p = p / p.sum(1)[:, None]
    return h, mask, p


for epoch in range(EPOCHS):
    perm = np.random.permutation(1200)
    running = 0.0
    for start in range(0, 1200, BATCH):
        xb = xs[perm[start:start + BATCH]]
        tb = targets[perm[start:start + BATCH]]
        h, mask, p = net(xb)
        running += -np.sum(tb * np.log(p + 1e-10))

        d2 = (p - tb) / BATCH
        grads = {'w2': h.T @ d2, 'b2': d2.sum(0)}
        d1 = (d2 @ params['w2'].T) * mask * (h > 0)
        grads['w1'] = np.einsum('ni,nh->ih', xb, d1, optimize=True)
        grads['b1'] = d1.sum(0)

        for k in params:
            velocity[k] = MOMENTUM * velocity[k] - LEARNING_RATE * grads[k]
            params[k] += LEARNING_RATE * velocity[k]
    if epoch % 5 == 4:
        print('epoch', epoch + 1, 'loss', running / 1200)


def accuracy(x, y):
    hits = 0
    for i in range(0, len(x), 100):
        _, _, p = net(x[i:i + 100])
        hits += (p.argmax(1) == y[i:i + 100]).sum()
    return hits / len(x)


print('train accuracy', accuracy(xs, ys))
print('test accuracy', accuracy(x_te, y_te))
