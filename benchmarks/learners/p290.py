# XOR met een generator die steeds een ronde traint
import numpy as np

np.random.seed(6)

voorbeelden = [
    (np.array([0.0, 0.0]), 0.0),
    (np.array([0.0, 1.0]), 1.0),
    (np.array([1.0, 0.0]), 1.0),
    (np.array([1.0, 1.0]), 0.0),
]
VERBORGEN = 5
GRENS = 0.5        # knik van huber

gewicht1 = np.random.rand(VERBORGEN, 2) * 1.5
drempel1 = np.random.uniform(-1, 1, VERBORGEN)
gewicht2 = np.random.randn(VERBORGEN) * 0.8
drempel2 = np.zeros(1)
alles = [gewicht1, drempel1, gewicht2, drempel2]


def voorspel(x, w=alles):
    h = np.tanh(w[0] @ x + w[1])
    return h, w[2] @ h + w[3][0]


def huber(r):
    return 0.5 * r * r if abs(r) < GRENS else GRENS * (abs(r) - 0.5 * GRENS)


def trainer(tempo=0.02, b1=0.9, b2=0.999):
    eerste = [np.zeros_like(w) for w in alles]
    tweede = [np.zeros_like(w) for w in alles]
    t = 0
    while True:
        som = 0.0
        grad = [np.zeros_like(w) for w in alles]
        for x, doel in voorbeelden:
            h, y = voorspel(x)
            r = y - doel
            som += huber(r)
            dy = np.clip(r, -GRENS, GRENS)
            dh = -dy * gewicht2 * (1 - h ** 2)
            grad[0] += np.outer(dh, x)
            grad[1] += dh
            grad[2] += dy * h
            grad[3] += dy
        t += 1
        # controle:
        # eps = 1e-6; gewicht1[0, 0] += eps
        # print((sum(huber(voorspel(x)[1] - d) for x, d in voorbeelden) - som) / eps, grad[0][0, 0])
        # gewicht1[0, 0] -= eps
        for w, g, m, v in zip(alles, grad, eerste, tweede):
            g = g / len(voorbeelden)
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * g * g
            w -= tempo * (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + 1e-8)
        yield som / len(voorbeelden)


beste = float("inf")
bewaard = None
for ronde, verlies in enumerate(trainer()):
    if verlies < beste:
        beste = verlies
        bewaard = [w.copy() for w in alles]
    if ronde % 200 == 0:
        print("ronde", ronde, "verlies", verlies)
    if ronde >= 800:
        break

afwijking = 0
for x, doel in voorbeelden:
    y = voorspel(x, bewaard)[1]
    print(x, "->", round(float(y), 3), "moet zijn", doel)
    afwijking += abs(y - doel) / 4
print("gemiddelde afwijking", float(afwijking))
