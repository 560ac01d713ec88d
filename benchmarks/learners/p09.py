import numpy as np

np.random.seed(99)

f = np.load('digits.npz')
x_tr = (f['images'] // 255).reshape(-1, 784).astype(np.float32)
x_te = (f['test_images'] // 255).reshape(-1, 784).astype(np.float32)
t_tr = f['labels'].astype(np.int64)
t_te = f['test_labels'].astype(np.int64)
print(x_tr.shape, x_te.shape)

H = 48

# He init
prm = {
    'w1': (np.random.randn(784, H) * np.sqrt(2 / 784)).astype(np.float32),
    'b1': np.zeros(H, dtype=np.float32),
    'w2': (np.random.randn(H, 10) * np.sqrt(2 / H)).astype(np.float32),
    'b2': np.zeros(10, dtype=np.float32),
}
vel = {k: np.zeros_like(v) for k, v in prm.items()}


def forward(x):
    z = x @ prm['w1'] + prm['b1']
    h = np.maximum(z, 0)
    s = h @ prm['w2'] + prm['b2']
    s -= s.max(1, keepdims=True)
    e = np.exp(s)
    return z, h, e / e.sum(0)


def loss_and_grad(x, t):
    n = len(t)
    z, h, p = forward(x)
    loss = -np.log(p[range(n), t] + 1e-10).mean()
    ds = p.copy()
    ds[range(n), t] -= 1
    ds /= n
    g = {'w2': h.T @ ds, 'b2': ds.sum(0)}
    dh = ds @ prm['w2'].T
    dh[z <= 0] = 0
    g['w1'] = x.T @ dh
    g['b1'] = dh.sum(0)
    return loss, g


mu, lr = 0.9, 0.02
bs = 64
for ep in range(12):
    perm = np.random.permutation(len(x_tr))
    losses = []
    for i in range(0, len(perm), bs):
        j = perm[i:i + bs]
        loss, g = loss_and_grad(x_tr[j], t_tr[j])
        losses.append(loss)
        for k in prm:
            vel[k] = mu * vel[k] - lr * g[k]
            prm[k] += vel[k]
    print('ep %2d  loss %.4f' % (ep, np.mean(losses)))

acc = (forward(x_te)[2].argmax(1) == t_te).mean()
print('test acc = %.4f' % acc)
