import numpy as np
np.random.seed(123)

# points of two arms, second one turned by half a turn
def arms(n):
    s = np.random.rand(n) ** 0.5
    side = (np.arange(n) % 2)
    w = s * 5.0 + np.pi * side
    P = np.array([s * np.cos(w), s * np.sin(w)]) + np.random.randn(2, n) * 0.03
    return 3 * P, np.where(side == 1, 0.9, 0.1).reshape(1, n)

P, T = arms(300)
Pt, Tt = arms(300)

# all weights of the net in one long vector, cut into views
H1, H2 = 15, 10
n_all = H1 * 2 + H1 + H2 * H1 + H2 + H2 + 1
theta = np.random.uniform(-1, 1, n_all)

def cut(v):
    k = 0
    parts = []
    for rows, cols in ((H1, 2), (H1, 1), (H2, H1), (H2, 1), (1, H2), (1, 1)):
        parts.append(v[k:k + rows * cols].reshape(rows, cols))
        k += rows * cols
    return parts

def go(v, P):
    A, a, B, b, C, c = cut(v)
    h = np.tanh(A.dot(P) + a)
    k = np.tanh(B.dot(h) + b)
    o = 1 / (1 + np.exp(-(C.dot(k) + c)))
    return h, k, o

def slope(v, P, T):
    A, a, B, b, C, c = cut(v)
    h, k, o = go(v, P)
    e = (o - T) * o * (1 - o) / P.shape[1]
    ek = C.T.dot(e) * (1 - k ** 2)
    eh = B.T.dot(ek) * (1 - h ** 2)
    g = [eh.dot(P.T), eh.sum(1), ek.dot(h.T), ek.sum(1), e.dot(k.T), e.sum(1)]
    return np.concatenate([q.ravel() for q in g])

def cost(v):
    return 0.5 * np.mean((go(v, P)[2] - T) ** 2)

# bold driver: a step that makes it better is followed by a larger one, else go back and halve
lr = 1.0
now = cost(theta)
move = np.zeros(n_all)
for it in range(5000):
    move = 0.8 * move - lr * slope(theta, P, T)
    trial = theta + move
    then = cost(trial)
    if then < now * 1.01:
        theta, now = trial, then
        lr *= 1.02
    else:
        move[:] = 0
        lr *= 0.5
    if it % 1000 == 0:
        print(it, now, lr)

o = go(theta, Pt)[2]
print("share of right answers", np.mean((o > 0.5) == (Tt > 0.5)))
