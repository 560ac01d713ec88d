# Breedte van het kroonblad voorspellen uit de drie andere maten (iris), eigen mini-autograd
import csv
import numpy as np

np.random.seed(21)


class Knoop:
    def __init__(self, w, ouders=(), terug=None):
        self.w = np.asarray(w, dtype=float)
        self.g = np.zeros_like(self.w)
        self.ouders = ouders
        self.terug = terug

    def __matmul__(self, ander):
        uit = Knoop(self.w @ ander.w, (self, ander))

        def terug():
            self.g += uit.g @ ander.w.T
            ander.g += self.w.T @ uit.g
        uit.terug = terug
        return uit

    def __add__(self, ander):
        uit = Knoop(self.w + ander.w, (self, ander))

        def terug():
            self.g += uit.g
            ander.g += uit.g.sum(axis=0, keepdims=True)
        uit.terug = terug
        return uit

    def tanh(self):
        t = np.tanh(2 / 3 * self.w)
        uit = Knoop(1.7159 * t, (self,))

        def terug():
            self.g += uit.g * 1.7159 * 2 / 3 * (1 - t ** 2)
        uit.terug = terug
        return uit

    def half_kwadraat(self, doel):
        uit = Knoop(0.5 * np.sum((self.w - doel) ** 2), (self,))

        def terug():
            self.g += uit.g * (self.w - doel)
        uit.terug = terug
        return uit

    def achteruit(self):
        rij, gezien = [], set()

        def bezoek(k):
            if id(k) not in gezien:
                gezien.add(id(k))
                for o in k.ouders:
                    bezoek(o)
                rij.append(k)
        bezoek(self)
        self.g = np.ones_like(self.w)
        for k in reversed(rij):
            if k.terug:
                k.terug()


with open("iris.csv") as f:
    tabel = np.array([[float(v) for v in r[:4]] for r in list(csv.reader(f))[1:]])
np.random.shuffle(tabel)
X, y = tabel[:, :3], tabel[:, 3:]
X = (X - X[:100].mean(axis=0)) / X[:100].std(axis=0)

VERBORGEN = 1
VERVAL = 0.3
RHO, EPS = 0.95, 1e-6

W1 = Knoop(np.random.randn(3, VERBORGEN) / np.sqrt(3))
b1 = Knoop(np.zeros((1, VERBORGEN)))
W2 = Knoop(np.random.randn(VERBORGEN, 1) / np.sqrt(VERBORGEN))
b2 = Knoop(np.zeros((1, 1)))
alles = [W1, b1, W2, b2]
Eg = [np.zeros_like(k.w) for k in alles]
Ed = [np.zeros_like(k.w) for k in alles]


def voorspel(x):
    return (Knoop(x) @ W1 + b1).tanh() @ W2 + b2


def afwijking(van, tot):
    return np.sqrt(np.mean((voorspel(X[van:tot]).w - y[van:tot]) ** 2))


for ronde in range(100):
    for i in range(100):
        verlies = voorspel(X[i:i + 1]).half_kwadraat(y[i:i + 1])
        for k in alles:
            k.g = np.zeros_like(k.w)
        verlies.achteruit()
        for j, k in enumerate(alles):
            g = k.g + VERVAL * k.w if k in (W1, W2) else k.g
            Eg[j] = RHO * Eg[j] + (1 - RHO) * g ** 2
            stap = -np.sqrt(Ed[j] + EPS) / np.sqrt(Eg[j] + EPS) * g
            Ed[j] = RHO * Ed[j] + (1 - RHO) * stap ** 2
            k.w = k.w + stap
    if ronde % 10 == 0:
        print("ronde", ronde, "training", afwijking(0, 100), "validatie", afwijking(100, 120))

print("afwijking in cm op de laatste 30 bloemen:", afwijking(120, 150))
