import numpy as np
import itertools

np.random.seed(14)

# all 16 patterns with -1 / +1
P = np.array(list(itertools.product([-1, 1], repeat=4)), dtype=float)
T = np.prod(P, axis=1).reshape(-1, 1)      # +1 if even number of -1

n = 12
W1 = np.random.randn(4, n) * 0.5
W2 = np.random.randn(n, n) * 0.3
W3 = np.random.randn(n, 1) * 0.3
b1 = np.random.randn(1, n) * 0.5
b2 = np.random.randn(1, n) * 0.3
b3 = np.zeros((1, 1))
mW1 = mW2 = mW3 = mb1 = mb2 = mb3 = 0

alpha = 0.05
beta = 0.9

def forward(P):
    a1 = np.tanh(P @ W1)
    a2 = np.tanh(a1 @ W2)
    return a1, a2, np.tanh(a2 @ W3)

for i in range(3000):
    a1, a2, out = forward(P)
    E = out - T
    d3 = E * (1 - out ** 2) / len(P)

    d2 = (d3 @ W3.T) * (1 - a2 ** 2)

    # second hidden -> first hidden
    d1 = (d3 @ W3.T) * (1 - a1 ** 2)

    mW3 = beta * mW3 + a2.T @ d3
    mW2 = beta * mW2 + a1.T @ d2
    mW1 = beta * mW1 + P.T @ d1
    mb3 = beta * mb3 + d3.sum(0)
    mb2 = beta * mb2 + d2.sum(0)
    mb1 = beta * mb1 + d1.sum(0)

    W3 = W3 - alpha * mW3
    W2 = W2 - alpha * mW2
    W1 = W1 - alpha * mW1
    b3 = b3 - alpha * mb3
    b2 = b2 - alpha * mb2
    b1 = b1 - alpha * mb1

    if i % 300 == 0:
        print("step", i, "error", np.mean(E ** 2))

_, _, out = forward(P)
for row, o, t in zip(P, out, T):
    print(row, "%.2f" % o[0], t[0])
print("correct:", np.mean(np.sign(out) == T))
