# Klassifikation von Blumen (so aehnlich wie der Iris-Datensatz), 3 Arten, 4 Merkmale
import numpy as np

np.random.seed(8)

# Mittelwerte der 4 Merkmale pro Art
mitte = np.array([[5.0, 3.4, 1.5, 0.25],
                  [5.9, 2.8, 4.3, 1.30],
                  [6.6, 3.0, 5.6, 2.05]])
streuung = np.array([0.4, 0.3, 0.35, 0.2])

daten = []
arten = []
for art in range(3):
    for i in range(60):
        daten.append(mitte[art] + streuung * np.random.randn(4))
        arten.append(art)
daten = np.array(daten)
arten = np.array(arten)

# auf 0..1 bringen
daten = (daten - daten.min(axis=0)) / (daten.max(axis=0) - daten.min(axis=0))

# Training und Test trennen
x_train = daten[:130]
y_train = arten[:130]
x_test = daten[130:]
y_test = arten[130:]

ziel = np.eye(3)[y_train]

W1 = np.random.uniform(-1, 1, (8, 4))
b1 = np.zeros(8)
W2 = np.random.uniform(-1, 1, (3, 8))
b2 = np.zeros(3)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


lernrate = 0.5

for epoche in range(150):
    fehler = 0
    for i in range(len(x_train)):
        x = x_train[i]
        # vorwaerts
        h = sigmoid(W1.dot(x) + b1)
        o = sigmoid(W2.dot(h) + b2)
        e = ziel[i] - o
        fehler += np.sum(e ** 2)
        # rueckwaerts
        d2 = e * o * (1 - o)
        d1 = W2.T.dot(d2) * h * (1 - h)
        W2 += lernrate * np.outer(d2, h)
        b2 -= lernrate * d2
        W1 += lernrate * np.outer(d1, x)
        b1 += lernrate * d1
    if epoche % 30 == 0:
        print("Epoche", epoche, "Fehler", fehler / len(x_train))

richtig = 0
for x, y in zip(x_test, y_test):
    h = sigmoid(W1.dot(x) + b1)
    o = sigmoid(W2.dot(h) + b2)
    if np.argmax(o) == y:
        richtig += 1
print("richtig im Test:", richtig, "von", len(x_test))
print("Genauigkeit:", richtig / len(x_test))
