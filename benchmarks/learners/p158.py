import random
import numpy as np

random.seed(6)
np.random.seed(6)

# Trainingsdaten: gedaempfte Schwingung
punkte = np.linspace(-1, 1, 120)
werte = np.exp(-0.8 * punkte) * np.sin(6 * punkte) * 0.6
werte = werte + 0.03 * np.random.randn(120)

verdeckt = 2
W1 = np.random.rand(verdeckt, 1) * 0.01
b1 = np.zeros((verdeckt, 1))
W2 = np.zeros((1, verdeckt))
b2 = np.zeros((1, 1))
eta = 0.05


def vorwaerts(x):
    h = np.tanh(np.dot(W1, x) + b1)
    return h, np.dot(W2, h) + b2


def lerne(x, soll):
    global W1, b1, W2, b2
    h, ist = vorwaerts(x)
    d_aus = ist - soll
    d_verd = np.dot(W2.T, d_aus) * (1 - h ** 2)
    W2 = W2 - eta * np.dot(d_aus, h.T)
    b2 = b2 - eta * d_aus
    W1 = W1 - eta * np.dot(d_verd, x.T)
    b1 = b1 - eta * d_verd
    return float(d_aus[0, 0] ** 2)


reihenfolge = list(range(120))
for epoche in range(300):
    random.shuffle(reihenfolge)
    summe = 0
    for i in reihenfolge:
        summe += lerne(np.array([[punkte[i]]]), werte[i])
        eta *= 0.99   # Lernrate langsam verkleinern
    if epoche % 50 == 0:
        print("Epoche", epoche, "Fehler", summe / 120, "Lernrate", eta)

# Test auf Punkten dazwischen
test = np.linspace(-0.99, 0.99, 75)
soll = np.exp(-0.8 * test) * np.sin(6 * test) * 0.6
ist = np.array([vorwaerts(np.array([[x]]))[1][0, 0] for x in test])
for x, s, y in list(zip(test, soll, ist))[::15]:
    print("x = %5.2f   soll %6.3f   ist %6.3f" % (x, s, y))
print("RMSE:", np.sqrt(np.mean((ist - soll) ** 2)))
