# iris met dataclasses en gewone lijsten
import csv
import math
import random
from dataclasses import dataclass, field

random.seed(14)

SOORTEN = ["setosa", "versicolor", "virginica"]
VERBORGEN = 8


def rijen(n, m):
    return [[random.gauss(0, 0.5) for _ in range(m)]] * n


@dataclass
class Net:
    # laatste getal van elke rij hoort bij de 1 die achter de invoer komt
    W1: list = field(default_factory=lambda: rijen(VERBORGEN, 5))
    W2: list = field(default_factory=lambda: [[random.gauss(0, 0.4) for _ in range(VERBORGEN + 1)] for _ in range(3)])
    tempo: float = 0.12
    ronden: int = 120


def som(rij, x):
    return sum(w * v for w, v in zip(rij, x + [1.0]))


def vooruit(net, x):
    z = [som(rij, x) for rij in net.W1]
    h = [math.sin(a) for a in z]
    y = [math.tanh(som(rij, h)) for rij in net.W2]
    return z, h, y


def gradient(net, x, doel, G1, G2):
    z, h, y = vooruit(net, x)
    d2 = [(a - b) * (1 - a * a) for a, b in zip(y, doel)]
    for j, d in enumerate(d2):
        for i, v in enumerate(h + [1.0]):
            G2[j][i] += d * v
    for i in range(VERBORGEN):
        d1 = sum(d2[j] * net.W2[j][i] for j in range(3)) * math.cos(z[i])
        for k, v in enumerate(x + [1.0]):
            G1[i][k] += d1 * v
    return sum((a - b) ** 2 for a, b in zip(y, doel)) / 2


def leren(net, voorbeelden):
    for ronde in range(net.ronden):
        tempo = 0.5 * net.tempo * (1 + math.cos(math.pi * ronde / net.ronden))
        random.shuffle(voorbeelden)
        grootte = 2 + ronde // 15
        verlies = 0.0
        for s in range(0, len(voorbeelden), grootte):
            stuk = voorbeelden[s:s + grootte]
            G1 = [[0.0] * 5 for _ in net.W1]
            G2 = [[0.0] * (VERBORGEN + 1) for _ in net.W2]
            for x, doel in stuk:
                verlies += gradient(net, x, doel, G1, G2)
            for W, G in ((net.W1, G1), (net.W2, G2)):
                for rij, g in zip(W, G):
                    for i in range(len(rij)):
                        rij[i] -= tempo * g[i] / len(stuk)
        yield ronde, verlies / len(voorbeelden)


with open("iris.csv") as f:
    bloemen = [([float(r[k]) for k in ("sepal_length", "sepal_width", "petal_length", "petal_width")],
                SOORTEN.index(r["species"])) for r in csv.DictReader(f)]
random.shuffle(bloemen)
leer, proef = bloemen[:100], bloemen[100:]
gem = [sum(x[i] for x, _ in leer) / 100 for i in range(4)]
spr = [math.sqrt(sum((x[i] - gem[i]) ** 2 for x, _ in leer) / 100) for i in range(4)]


def schaal(x):
    return [(v - g) / s for v, g, s in zip(x, gem, spr)]


voorbeelden = [(schaal(x), [1.0 if j == k else -1.0 for j in range(3)]) for x, k in leer]

net = Net()
beste, laagste = None, float("inf")
for ronde, verlies in leren(net, voorbeelden):
    if verlies < laagste:
        laagste = verlies
        beste = net
    if ronde % 20 == 0:
        print("ronde", ronde, "verlies", round(verlies, 4))

goed = 0
for x, k in proef:
    y = vooruit(beste, schaal(x))[2]
    goed += y.index(max(y)) == k
print("goed:", goed, "van", len(proef))
print("deel goed:", goed / len(proef))
