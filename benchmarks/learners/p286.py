# Fläche z = sin(x) * cos(y) lernen, ein Punkt nach dem anderen
import numpy as np

np.random.seed(9)

BREITEN = [2, 16, 16, 12, 1]
RATE = 0.05
SCHWUND = 0.1


def flaeche(n):
    punkte = np.random.uniform(-2, 2, size=(n, 2))
    return punkte, np.sin(punkte[:, 0]) * np.cos(punkte[:, 1])


def neue_gewichte():
    W = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(BREITEN[:-1], BREITEN[1:])]
    B = [np.zeros(b) for b in BREITEN[1:]]
    return W, B


def swish(z):
    return z / (1 + np.exp(-z))


def swish_strich(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))


# alte Version mit sigmoid, war schlechter
# def sigmoid(z):
#     return 1 / (1 + np.exp(-z))


def vorwaerts(x, W, B):
    zs, hs = [], [x]
    for k in range(len(W)):
        z = hs[-1] @ W[k] + B[k]
        zs.append(z)
        hs.append(np.tanh(z) if k == len(W) - 1 else swish(z))
    return zs, hs


def rueckwaerts(zs, hs, ziel, W):
    gW, gB = [None] * len(W), [None] * len(W)
    fehler = hs[-1] - ziel
    d = fehler * (1 - hs[-1] ** 2)
    for k in range(len(W) - 1, -1, -1):
        gW[k] = np.outer(hs[k], d)
        gB[k] = d
        if k:
            d = (W[k] @ d) * swish_strich(zs[k - 1])
    return gW, gB


def schritt(W, B, gW, gB, qW, qB):
    for k in range(len(W)):
        g = gW[k] + SCHWUND * W[k]
        qW[k] += g ** 2
        qB[k] += gB[k] ** 2
        W[k] -= RATE * g / np.sqrt(qW[k] + 1e-8)
        B[k] -= RATE * gB[k] / np.sqrt(qB[k] + 1e-8)


def rmse(P, Z, W, B):
    raus = np.array([vorwaerts(p, W, B)[1][-1][0] for p in P])
    return np.sqrt(np.mean((raus - Z) ** 2))


P, Z = flaeche(350)
P_test, Z_test = flaeche(150)
W, B = neue_gewichte()
qW = [np.zeros_like(w) for w in W]
qB = [np.zeros_like(b) for b in B]

bester = np.inf
geduld = 8
for runde in range(40):
    for p, z in zip(P, Z):
        zs, hs = vorwaerts(p, W, B)
        gW, gB = rueckwaerts(zs, hs, z, W)
        schritt(W, B, gW, gB, qW, qB)
    jetzt = rmse(P, Z, W, B)
    if runde % 5 == 0:
        print("Runde", runde, "Fehler", round(jetzt, 4))
    if jetzt < bester:
        bester = jetzt
        geduld = 8
    else:
        geduld -= 1
    if geduld:
        print("keine Besserung mehr, Schluss nach Runde", runde)
        break

# unbenutzt = [w.mean() for w in W]
print("Testfehler", rmse(P_test, Z_test, W, B))
