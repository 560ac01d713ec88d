# Ein kleines Netz ohne numpy, das sin(winkel) lernt
from math import sin, radians, tanh, sqrt
import random

random.seed(42)

N = 10           # verdeckte Neuronen
RATE = 0.05
RUNDEN = 2500

winkel = [random.uniform(0, 360) for _ in range(60)]
daten = []
for w in winkel:
    daten.append((w, sin(radians(w))))

# Gewichte und Schwellen anlegen
w_ein = [0.0] * N
b_ein = [0.0] * N
w_aus = [0.0] * N
b_aus = 0.0


def netz(x):
    h = [tanh(w_ein[j] * x + b_ein[j]) for j in range(N)]
    y = b_aus
    for j in range(N):
        y += w_aus[j] * h[j]
    return h, y


for runde in range(RUNDEN):
    random.shuffle(daten)
    summe = 0.0
    rate = RATE / (1 + runde / 500)
    for x, ziel in daten:
        h, y = netz(x)
        fehler = y - ziel
        summe += fehler * fehler
        for j in range(N):
            # erst den Fehler nach hinten geben, dann w_aus aendern
            zurueck = fehler * w_aus[j] * (1 - h[j] ** 2)
            w_aus[j] -= rate * fehler * h[j]
            w_ein[j] -= rate * zurueck * x
            b_ein[j] -= rate * zurueck
        b_aus -= rate * fehler
    if runde % 500 == 0:
        print("Runde", runde, "mittlerer Fehler", summe / len(daten))

quadrat = 0.0
anzahl = 0
for grad in range(0, 360, 5):
    _, y = netz(grad)
    quadrat += (y - sin(radians(grad))) ** 2
    anzahl += 1
    if grad % 45 == 0:
        print(grad, "Grad: Netz", round(y, 3), "echt", round(sin(radians(grad)), 3))
print("Wurzel aus dem mittleren Fehlerquadrat:", sqrt(quadrat / anzahl))
