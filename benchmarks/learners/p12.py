import numpy as np

np.random.seed(4)

# two rings
n = 300
ang = np.random.rand(n) * 2 * np.pi
rad = np.r_[np.full(n // 2, 0.4), np.full(n // 2, 1.0)] + np.random.randn(n) * 0.08
D = np.c_[rad * np.cos(ang), rad * np.sin(ang)]
T = np.r_[np.ones(n // 2), np.zeros(n // 2)][:, None]

# shuffle and split
p = np.random.permutation(n)
D = D[p]
T = T[p]
D = np.c_[D, np.ones(n)]  # column of ones = bias
Dtr, Ttr, Dte, Tte = D[:200], T[:200], D[200:], T[200:]

units = 12
U = np.random.uniform(-1, 1, (3, units))
V = np.random.uniform(-1, 1, (units + 1, 1))
eta = 0.05

def sg(x):
    return 1 / (1 + np.exp(-x))

losses = []
for it in range(12000):
    S = np.tanh(Dtr @ U)
    S1 = np.c_[S, np.ones(len(S))]
    O = sg(S1 @ V)
    losses.append(np.mean(-Ttr * np.log(O) - (1 - Ttr) * np.log(1 - O)))
    G = (O - Ttr) / len(Ttr)
    gV = S1.T @ G
    # the bias row of V does not go back
    gS = (G @ V[:-1].T) * (1 - S ** 2)
    gU = Dtr.T @ gS
    V -= eta * gV
    U -= eta * gU
    if it % 1000 == 0:
        print(it, round(losses[-1], 4))

S = np.tanh(Dte @ U)
O = sg(np.c_[S, np.ones(len(S))] @ V)
print("test acc", ((O > 0.5) == (Tte > 0.5)).mean())
