# classic spiral toy problem
import numpy as np
import random

np.random.seed(10)

K = 3      # classes
n = 100    # points per class
X = np.zeros((n * K, 2))
y = np.zeros(n * K, dtype=int)
for k in range(K):
    r = np.linspace(0.05, 1, n)
    th = np.linspace(k * 4, k * 4 + 3.2, n) + np.random.randn(n) * 0.15
    X[k * n:(k + 1) * n] = np.c_[r * np.sin(th), r * np.cos(th)]
    y[k * n:(k + 1) * n] = k

nhid = 2
step = 1.0

# regularization strength
reg = 0.5

Wa = np.random.randn(2, nhid) * 0.7
ba = np.zeros((1, nhid))
Wb = np.random.randn(nhid, K) * 0.3
bb = np.zeros((1, K))

def scores(pts):
    hidden = np.tanh(pts @ Wa + ba)
    return hidden, hidden @ Wb + bb

def probs(s):
    s = s - s.max(axis=1, keepdims=True)
    q = np.exp(s)
    return q / q.sum(axis=1, keepdims=True)

def one_step():
    global Wa, ba, Wb, bb
    hidden, s = scores(X)
    p = probs(s)
    m = len(X)
    data_loss = -np.log(p[np.arange(m), y]).mean()
    reg_loss = 0.5 * reg * (np.sum(Wa * Wa) + np.sum(Wb * Wb))
    ds = p
    ds[np.arange(m), y] -= 1
    ds /= m
    gWb = hidden.T @ ds + reg * Wb
    gbb = ds.sum(axis=0, keepdims=True)
    dh = ds @ Wb.T * (1 - hidden ** 2)
    gWa = X.T @ dh + reg * Wa
    gba = dh.sum(axis=0, keepdims=True)
    Wa -= step * gWa
    ba -= step * gba
    Wb -= step * gWb
    bb -= step * gbb
    return data_loss + reg_loss

for it in range(3000):
    L = one_step()
    if it % 300 == 0:
        print("iteration %d: loss %f" % (it, L))

guess = np.argmax(scores(X)[1], axis=1)
print('training accuracy: %.3f' % np.mean(guess == y))
