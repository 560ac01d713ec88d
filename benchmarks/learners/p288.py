from __future__ import annotations

import random
from typing import Callable

import numpy as np

np.random.seed(40)

Colonne = np.ndarray


def anneaux(n: int) -> list[tuple[Colonne, float]]:
    """des points (colonnes 2x1) avec +1 dehors et -1 dedans"""
    signes = [1.0 if i % 2 else -1.0 for i in range(n)]
    rayons = [(1.7 if s > 0 else 0.8) + 0.15 * np.random.randn() for s in signes]
    angles = [2 * np.pi * np.random.rand() for _ in signes]
    return [(np.array([[r * np.cos(a)], [r * np.sin(a)]]), s)
            for r, a, s in zip(rayons, angles, signes)]


def couche(n_in: int, n_out: int, relu: bool) -> tuple[Callable, Callable]:
    W = np.random.randn(n_out, n_in) * np.sqrt(1.8 / n_in)
    b = np.zeros((n_out, 1))
    vW = np.zeros_like(W)
    vb = np.zeros_like(b)
    memoire: dict[str, Colonne] = {}

    def avant(x: Colonne) -> Colonne:
        z = W @ x + b
        memoire["x"], memoire["z"] = x, z
        return np.maximum(z, 0) if relu else np.tanh(z)

    def arriere(grad: Colonne, taux: float, elan: float, l2: float) -> Colonne:
        nonlocal W, b, vW, vb
        z = memoire["z"]
        if relu:
            delta = grad
        else:
            delta = grad * (1 - np.tanh(z) ** 2)
        retour = W.T @ delta
        vW, vb = 0 * W, 0 * b
        vW = elan * vW - taux * (delta @ memoire["x"].T + l2 * W)
        vb = elan * vb - taux * delta
        W = W + vW
        b = b + vb
        return retour

    return avant, arriere


TAILLES = [2, 14, 14, 10, 1]
reseau = [couche(a, b, k < len(TAILLES) - 2)
          for k, (a, b) in enumerate(zip(TAILLES, TAILLES[1:]))]


def sortie(x: Colonne) -> float:
    for avant, _ in reseau:
        x = avant(x)
    return x[0, 0]


def justes(points: list[tuple[Colonne, float]]) -> float:
    return sum([sortie(x) * s > 0 for x, s in points]) / len(points)


appris, essai = anneaux(300), anneaux(200)
ELAN, TAUX, L2 = 0.8, 0.004, 0.5

for pas in range(16000):
    x, s = appris[np.random.randint(len(appris))]
    g = np.array([[sortie(x) - s]])
    for _, arriere in reseau[::-1]:
        g = arriere(g, TAUX, ELAN, L2)
    if pas % 4000 == 0:
        print(pas, "erreur moyenne", np.mean([(sortie(x) - s) ** 2 for x, s in appris]))

print("justes sur l'essai :", justes(essai))
