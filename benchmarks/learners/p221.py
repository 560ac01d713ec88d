# chessboard puzzle: which colour is under the needle?
# note: z / (1 + |z|) instead of tanh because my calculator has no tanh
import numpy as np

np.random.seed(404)


def needle(k):
    P = np.random.rand(2, k) * 3
    black = (np.floor(P[0]) + np.floor(P[1])) % 2
    return P, black


def lift(M):
    "puts a row of ones below"
    return np.vstack([M, np.ones(M.shape[1])])


def soft(z):
    return z / (1 + abs(z))


def dsoft(z):
    return 1 / (1 + abs(z)) ** 2


def rates(n, top=0.35):
    "slow start, then a long way down"
    for k in range(n):
        yield top * min(1, (k + 1) / 50) * (1 - k / n)


P, black = needle(500)
Q, black_q = needle(600)
P, Q = (P - 1.5) / 0.87, (Q - 1.5) / 0.87
T = np.array([1 - black, black])                    # row 0 white, row 1 black

A = np.random.randn(30, 3) * 2
B = np.random.randn(20, 31) / 31 ** .5
C = np.random.randn(2, 21) / 21 ** .5
mA = mB = mC = 0                                    # floats, become arrays with the first step

for k, r in enumerate(rates(3000)):
    x = lift(P)
    za = A @ x
    ha = lift(soft(za))
    zb = B @ ha
    hb = lift(soft(zb))
    O = C @ hb                                      # linear output, squared error
    E = (O - T) / P.shape[1]
    DB = (C.T @ E)[:-1] * dsoft(zb)
    DA = (B.T @ DB)[:-1] * dsoft(za)
    mC = .9 * mC + E @ hb.T
    mB = .9 * mB + DB @ ha.T
    mA = .9 * mA + DA @ x.T
    A, B, C = A - r * mA, B - r * mB, C - r * mC
    if k % 200 == 0:
        print(k, "half mse", ((O - T) ** 2).mean() / 2)

O = C @ lift(soft(B @ lift(soft(A @ lift(Q)))))
print("colour right in", 100 * np.mean((O[1] > O[0]) == black_q), "% of new needles".replace("%", "per cent"))
