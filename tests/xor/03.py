import numpy as np
np.random.seed(10)

def sig(z):
    return 1.0 / (1.0 + np.exp(-z))

X = np.array([[0,0],[0,1],[1,0],[1,1]], dtype=float)
Y = np.array([[0],[1],[1],[0]], dtype=float)

w1 = np.random.randn(2, 3)
b1 = np.zeros(3)
w2 = np.random.randn(3, 1)
b2 = np.zeros(1)

alpha = 1.0
for i in range(6000):
    # forward
    a1 = sig(X.dot(w1) + b1)
    a2 = sig(a1.dot(w2) + b2)
    # backward
    delta2 = (a2 - Y) * a2 * (1 - a2)
    delta1 = delta2.dot(w2.T)
    w2 -= alpha * a1.T.dot(delta2)
    b2 -= alpha * delta2.sum(axis=0)
    w1 -= alpha * X.T.dot(delta1)
    b1 -= alpha * delta1.sum(axis=0)

print(a2)
