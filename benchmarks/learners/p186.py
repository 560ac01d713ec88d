import numpy as np

np.random.seed(3)
f = np.load('digits.npz')


def prepare(imgs):
    """ every column is one image """
    m = imgs.shape[0]
    return imgs.reshape(784, m) / 255


Xtr = prepare(f['images'])
Xte = prepare(f['test_images'])
Ltr = f['labels'].astype(int)
Lte = f['test_labels'].astype(int)
Ttr = np.eye(10)[Ltr].T            # (10, m)
print(Xtr.shape, Ttr.shape, Xte.shape)

P = {
    'W1': np.random.randn(40, 784) * np.sqrt(2 / 784),
    'b1': np.zeros((40, 1)),
    'W2': np.random.randn(10, 40) * np.sqrt(2 / 40),
    'b2': np.zeros((10, 1)),
}
# running average of squared gradients
S = {k: np.zeros_like(v) for k, v in P.items()}


def softmax(Z):
    E = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return E / np.sum(E, axis=1, keepdims=True)


def forward(X):
    Z1 = P['W1'] @ X + P['b1']
    A1 = np.where(Z1 > 0, Z1, 0)
    Z2 = P['W2'] @ A1 + P['b2']
    return Z1, A1, softmax(Z2)


def gradients(X, T):
    m = X.shape[1]
    Z1, A1, Y = forward(X)
    dZ2 = (Y - T) / m
    G = {}
    G['W2'] = dZ2 @ A1.T
    G['b2'] = dZ2.sum(axis=1, keepdims=True)
    dZ1 = (P['W2'].T @ dZ2) * (Z1 > 0)
    G['W1'] = dZ1 @ X.T
    G['b1'] = dZ1.sum(axis=1, keepdims=True)
    cost = -np.sum(T * np.log(Y + 1e-12)) / m
    return G, cost


def rmsprop(G, alpha=0.001, rho=0.9, eps=1e-8):
    for k in P:
        S[k] = rho * S[k] + (1 - rho) * G[k] ** 2
        P[k] -= alpha * G[k] / (S[k] + eps)


B = 32
for ep in range(70):
    perm = np.random.permutation(Xtr.shape[1])
    c = 0
    for s in range(0, len(perm), B):
        ii = perm[s:s + B]
        G, cost = gradients(Xtr[:, ii], Ttr[:, ii])
        rmsprop(G)
        c += cost * len(ii)
    if ep % 10 == 0:
        print('epoch', ep, 'cost', c / len(perm))

guess = np.argmax(forward(Xte)[2], axis=0)
print('test accuracy', np.mean(guess == Lte))
