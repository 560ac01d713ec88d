# Reconnaissance de chiffres : perte "hinge" multi-classes, un exemple a la fois
import numpy as np

rng = np.random.default_rng(17)

donnees = np.load("digits.npz")


def reduire(images):
    # 28x28 -> 14x14 en prenant la moyenne des carres 2x2
    n = images.shape[0]
    return images.reshape(n, 14, 2, 14, 2).mean(axis=(2, 4)) / 255.0


x_app = reduire(donnees["images"])
y_app = donnees["labels"].astype(int)
x_test = reduire(donnees["test_images"])
y_test = donnees["test_labels"].astype(int)

n_cache = 40
V = rng.normal(0, 0.08, (n_cache, 196))
c = np.zeros(n_cache)
U = rng.normal(0, 0.15, (10, n_cache))
d = np.zeros(10)


def decaler(img):
    """un pixel au hasard dans une des directions (ou pas du tout)"""
    dy, dx = rng.integers(-1, 2, size=2)
    return np.roll(np.roll(img, dy, axis=0), dx, axis=1)


def scores(v):
    s = V @ v + c
    h = np.where(s > 0, s, 0.1 * s)
    return s, h, U @ h + d


eta0 = 0.01
n_epoques = 20
for epoque in range(n_epoques):
    eta = eta0 / (1 + 0.2 * epoque)
    perte = 0.0
    for i in rng.permutation(len(x_app)):
        v = decaler(x_app[i]).ravel()
        juste = y_app[i]
        s, h, o = scores(v)

        marge = o - o[juste] + 1.0
        marge[juste] = 0.0
        viole = marge > 0
        perte += marge[viole].sum()

        # gradient de la somme des marges violees
        g = viole.astype(float)
        g[juste] = -viole.sum()
        gh = U.T @ g
        gs = gh * np.where(s > 0, 1.0, 0.1)

        U -= eta * np.outer(g, h)
        d -= eta * g
        V -= eta * np.outer(gs, v)
        c -= eta * gs
    if epoque % 4 == 0:
        print("epoque", epoque, "perte moyenne", perte / len(x_app))

justes = 0
for img, y in zip(x_test, y_test):
    justes += int(np.argmax(scores(img.ravel())[2]) == y)
print("taux de reussite:", justes / len(y_test))
