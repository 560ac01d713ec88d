# welches Zeichen kommt als nächstes? Text nur aus L und K
import itertools
import math
import random

random.seed(6)

FENSTER = 5
VERSTECKT = 10


def schreibe(n):
    """nach einer Regel, manchmal vertippt"""
    text = [random.choice("LK") for _ in range(FENSTER)]
    while len(text) < n:
        zeichen = "L" if text[-2] != text[-5] else "K"
        if random.random() < 0.03:
            zeichen = "K" if zeichen == "L" else "L"
        text.append(zeichen)
    return "".join(text)


def zahl(zeichen):
    return 1.0 if zeichen == "L" else -1.0


def beispiele(text):
    xs, ts = [], []
    for i in range(len(text) - FENSTER):
        xs.append([zahl(z) for z in text[i:i + FENSTER]])
        ts.append(zahl(text[i + FENSTER]))
    return xs, ts


# erste Zeile: Bias
W = [[random.uniform(-0.8, 0.8) for _ in range(VERSTECKT)] for _ in range(FENSTER + 1)]
V = [[random.uniform(-0.8, 0.8)] for _ in range(VERSTECKT + 1)]


def vorwaerts(x):
    z = [W[0][j] + sum(x[i] * W[i + 1][j] for i in range(FENSTER)) for j in range(VERSTECKT)]
    h = [a / (1 + abs(a)) for a in z]
    o = V[0][0] + sum(h[j] * V[j + 1][0] for j in range(VERSTECKT))
    return z, h, o


def gradient(xs, ts):
    gW = [[0.0] * VERSTECKT for _ in W]
    gV = [[0.0] for _ in V]
    verlust = 0.0
    for x, t in zip(xs, ts):
        z, h, o = vorwaerts(x)
        e = math.exp(max(-20.0, min(20.0, -t * o)))
        verlust += e / len(xs)
        do = -t * e / len(xs)
        gV[0][0] += do
        for j in range(VERSTECKT):
            gV[j + 1][0] += do * h[j]
            dz = do * V[j + 1][0] / (1 + abs(z[j])) ** 2
            gW[0][j] += dz
            for i in range(FENSTER):
                gW[i + 1][j] += dz * x[i]
    return gW, gV, verlust


def vorzeichen(a):
    return (a > 0) - (a < 0)


def schritt(M, G, rate):
    for zeile, g in zip(M, G):
        for j in range(len(zeile)):
            zeile[j] -= rate * vorzeichen(g[j])


def trefferquote(xs, ts):
    richtig = 0
    for x, t in zip(xs, ts):
        antwort = 1.0 if vorwaerts(x)[2] > 0.5 else -1.0
        richtig += antwort == t
    return richtig / len(ts)


xs, ts = beispiele(schreibe(300))
xs_test, ts_test = beispiele(schreibe(300))

for runde in itertools.count():
    gW, gV, verlust = gradient(xs, ts)
    rate = 0.02 if runde < 200 else 0.004
    schritt(W, gW, rate)
    schritt(V, gV, rate)
    if runde % 50 == 0:
        print("Runde", runde, "Verlust", round(verlust, 4), "Training", trefferquote(xs, ts))
    if verlust < 0.05 or runde >= 400:
        break

print("richtig vorhergesagt:", trefferquote(xs_test, ts_test))
