# 8-3-8: acht Muster durch drei Einheiten zwängen
import random
import numpy as np

random.seed(1)
np.random.seed(1)

N, ENG = 8, 3
RATE = 0.004


def softsign(z):
    return z / (1 + np.abs(z))


def softsign_ableitung(z):
    return 1 / (1 + np.abs(z)) ** 2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def anfang():
    V = np.random.normal(0, 0.7, (ENG, N))      # ohne Bias, jede Spalte ist ja schon frei
    W = np.random.normal(0, 0.7, (N, ENG))
    b = np.zeros((N, 1))
    return V, W, b


def vorwaerts(parameter, x):
    V, W, b = parameter
    z = V @ x
    h = softsign(z)
    y = sigmoid(W @ h + b)
    return z, h, y


def lerne(parameter, mittel, x, ziel, rate, traegheit=0.98):
    V, W, b = parameter
    mV, mW, mb = mittel
    z, h, y = vorwaerts(parameter, x)
    dy = (y - ziel) * y * (1 - y)
    mW = traegheit * mW + (1 - traegheit) * (dy @ h.T)
    mb = traegheit * mb + (1 - traegheit) * dy
    W = W - rate * np.sign(mW)
    b = b - rate * np.sign(mb)
    dz = (W.T @ dy) * softsign_ableitung(z)
    mV = traegheit * mV + (1 - traegheit) * (dz @ x.T)
    V = V - rate * np.sign(mV)
    return (V, W, b), (mV, mW, mb), 0.5 * float(np.sum((y - ziel) ** 2))


eingaben = [np.eye(N)[:, [i]] for i in range(N)]
ziele = [0.1 + 0.8 * x for x in eingaben]       # nicht ganz 0 und 1, das erreicht sigmoid nie

parameter = anfang()
mittel = tuple(0 * p for p in parameter)     # vom Gradienten, nur das Vorzeichen zählt
verlauf = []
for epoche in range(3000):
    paare = list(zip(eingaben, ziele))
    random.shuffle(paare)
    summe = 0.0
    for x, ziel in paare:
        parameter, mittel, verlust = lerne(parameter, mittel, x, ziel, RATE)
        summe += verlust
    verlauf.append(summe)
    if epoche % 500 == 0:
        print("Epoche", epoche, "Verlust", round(summe, 5))

try:
    import matplotlib.pyplot as plt
    if False:
        plt.plot(verlauf)
        plt.show()
except ImportError:
    pass

quadrate = 0.0
for x in eingaben:
    z, h, y = vorwaerts(parameter, x)
    zurueck = (y - 0.1) / 0.8
    print(int(x.argmax()), "Code", np.round(h.ravel(), 2), "->", int(y.argmax()))
    quadrate += np.mean((zurueck - x) ** 2) / N
print("mittlerer Fehler", float(np.sqrt(quadrate)))
