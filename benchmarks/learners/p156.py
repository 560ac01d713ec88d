# réseau de neurones en Python pur, sans numpy
from math import tanh
import random

random.seed(3)


class Neurone:
    def __init__(self, entrees):
        self.poids = [random.gauss(0, 0.7) for _ in range(entrees)]
        self.biais = random.gauss(0, 0.1)

    def sortie(self, x):
        self.x = x
        self.y = tanh(sum(p * v for p, v in zip(self.poids, x)) + self.biais)
        return self.y

    def corrige(self, derreur, taux):
        """derreur = derivee de l'erreur par rapport a la sortie ; rend celle par rapport aux entrees"""
        d = derreur * (1 - self.y * self.y)
        rendu = [d * p for p in self.poids]
        for i in range(len(self.poids)):
            self.poids[i] -= taux * d * self.x[i]
        self.biais -= taux * d
        return rendu


def exemple():
    a, b = random.choice([-1, 1]), random.choice([-1, 1])
    return [a + random.gauss(0, 0.3), b + random.gauss(0, 0.3)], (1 if a * b < 0 else -1)


apprentissage = [exemple() for _ in range(120)]
essai = [exemple() for _ in range(200)]

couche = [Neurone(2) for _ in range(6)]
final = Neurone(6)
taux = 0.01

for epoque in range(600):
    random.shuffle(apprentissage)
    total = 0.0
    for x, cible in apprentissage:
        h = [n.sortie(x) for n in couche]
        s = final.sortie(h)
        total += 0.5 * (s - cible) ** 2
        retour = final.corrige(s - cible, taux)
        for n, r in zip(couche, retour):
            n.corrige(r, taux)
    if epoque % 100 == 0:
        print("époque", epoque, "erreur", round(total / len(apprentissage), 4))

bons = 0
for x, cible in essai:
    s = final.sortie([n.sortie(x) for n in couche])
    if s * cible > 0:
        bons += 1
print("taux de réussite:", bons / len(essai))
