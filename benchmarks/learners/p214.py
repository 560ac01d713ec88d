import numpy as np
from numpy import tanh
np.random.seed(8)

# map of our garden 10 x 6 metres, there is a pond in it (an ellipse)
def is_pond(x, y):
    return ((x - 6.0) / 2.6) ** 2 + ((y - 2.6) / 1.7) ** 2 < 1

N, M = 400, 500
pts = np.random.rand(N + M, 2) * [10, 6]
pond = is_pond(pts[:, 0], pts[:, 1])

# scale to about -1..1
P = (pts - [5, 3]) / [5, 3]
# extra column for the bias
P = np.column_stack([P, np.zeros(N + M)])

# what the net should say
goal = np.where(pond, 1.0, 0.0)

Ptrain, gtrain = P[:N], goal[:N]
Ptest, pondtest = P[N:], pond[N:]

n = 12
V = np.random.randn(n, 3)            # hidden
U = np.random.randn(n + 1) * 0.3     # output, last one is its bias

alpha = 0.02
for sweep in range(120):
    order = np.random.permutation(N)
    sse = 0.0
    for i in order:
        inp = Ptrain[i]
        hid = np.append(tanh(V @ inp), 1.0)
        out = tanh(U @ hid)
        miss = gtrain[i] - out
        sse += miss ** 2
        delta = miss * (1 - out ** 2)
        U = U + alpha * delta * hid
        delta_hid = delta * U[:n] * (1 - hid[:n] ** 2)
        V = V + alpha * np.outer(delta_hid, inp)
    if sweep % 20 == 0:
        print("sweep", sweep, "sse", round(sse, 3))

H = np.column_stack([tanh(Ptest @ V.T), np.ones(M)])
says_pond = tanh(H @ U) > 0
print("pond share in test", pondtest.mean())
print("right:", (says_pond == pondtest).mean() * 100, "percent")
