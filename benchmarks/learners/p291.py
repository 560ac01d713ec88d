"""Ressort amorti : x(t) appris par un réseau, biais rangé dans la matrice."""
import time

import numpy as np

hasard = np.random.default_rng(26)


class Couche:
    def __call__(self, x):
        raise NotImplementedError


class Lineaire(Couche):
    def __init__(self, n_entree, n_sortie, echelle, etale=0.0):
        poids = hasard.normal(0, echelle, (n_sortie, n_entree))
        biais = hasard.uniform(-etale, etale, (n_sortie, 1))
        self.M = np.hstack([poids, biais])

    def __call__(self, x):
        self.x1 = np.vstack([x, np.ones(x.shape[1])])
        return self.M @ self.x1

    def retour(self, g):
        self.gM = g @ self.x1.T
        return self.M[:, :-1].T @ g


class Swish(Couche):
    def __call__(self, z):
        self.s = 1 / (1 + np.exp(-z))
        self.y = z * self.s
        return self.y

    def retour(self, g):
        return g * (self.s + self.y * (1 - self.s))


def ressort(t):
    return np.exp(-0.6 * t) * np.cos(2.5 * t)


def mesures(n, bruit):
    t = np.sort(hasard.uniform(0, 4, (1, n)))
    return t - 2, ressort(t) + bruit * hasard.normal(size=(1, n))


T, X = mesures(200, 0.03)
T_essai, X_essai = mesures(100, 0.0)

couches = [Lineaire(1, 40, 1.5, etale=2.0), Swish(), Lineaire(40, 1, 0.15)]
debut = time.time()


def passe(t):
    for c in couches:
        t = c(t)
    return t


pas, seuil = 0.03, 1.0
for k in range(8000):
    e = passe(T) - X
    if k and k % 1000 == 0:
        pas *= 0.7
    g = 2 * e / e.size
    for c in couches[::-1]:
        g = c.retour(g)
    lin = [c for c in couches if isinstance(c, Lineaire)]
    norme = np.sqrt(sum((c.gM ** 2).sum() for c in lin))
    facteur = 1.0 if norme < seuil else seuil / norme
    for c in lin:
        c.M -= pas * facteur * c.gM
    if k % 2000 == 0:
        print(f"{k:5d}  mse {np.mean(e ** 2):.5f}  norme {norme:.3f}")

print("durée", round(time.time() - debut, 2), "s")
print("rmse essai", np.sqrt(np.mean((passe(T_essai) - X_essai) ** 2)))
