# Funktion lernen: g(u, v) = sin(3u) * cos(2v), u und v aus [-1, 1]
import numpy as np

zufall = np.random.default_rng(6)


def ziehen(anzahl):
    punkte = zufall.uniform(-1, 1, size=(anzahl, 2))
    werte = np.sin(3 * punkte[:, 0]) * np.cos(2 * punkte[:, 1])
    return punkte, werte


punkte, werte = ziehen(500)
neue_punkte, neue_werte = ziehen(300)

breite = 30
G1 = zufall.normal(0, 1.0, size=(2, breite))
s1 = zufall.normal(0, 0.5, size=breite)
G2 = zufall.normal(0, 1 / np.sqrt(breite), size=(breite, breite))
s2 = np.zeros(breite)
G3 = zufall.normal(0, 1 / np.sqrt(breite), size=(breite, 1))
s3 = np.zeros(1)


def vorwaerts(p):
    h1 = np.tanh(p @ G1 + s1)
    h2 = np.tanh(h1 @ G2 + s2)
    return h1, h2, np.maximum(h2 @ G3 + s3, 0)


def gradient(p, w):
    h1, h2, aus = vorwaerts(p)
    fehler = aus[:, 0] - w
    d3 = 2 * fehler[:, None] / len(w)
    d2 = d3 @ G3.T * (1 - h2 ** 2)
    d1 = d2 @ G2 * (1 - h1 ** 2)
    return [p.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)]


parameter = [G1, s1, G2, s2, G3, s3]
schwung = [np.zeros_like(x) for x in parameter]

# Lernrate faellt wie ein Kosinus
runden = 250
for runde in range(runden):
    rate = 0.05 * 0.5 * (1 + np.cos(np.pi * runde / runden))
    reihenfolge = zufall.permutation(len(werte))
    for teil in reihenfolge.reshape(20, 25):
        for x, s, g in zip(parameter, schwung, gradient(punkte[teil], werte[teil])):
            s *= 0.9
            s += g
            x -= rate * s
    if runde % 50 == 0:
        print(runde, np.mean((vorwaerts(punkte)[2][:, 0] - werte) ** 2))

vorhersage = vorwaerts(neue_punkte)[2][:, 0]
rest = np.mean((vorhersage - neue_werte) ** 2) / np.var(neue_werte)
print("relativer Fehler auf neuen Punkten:", rest)
