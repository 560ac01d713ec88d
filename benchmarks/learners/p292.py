# gerade oder ungerade Ziffer
import numpy as np

zufall = np.random.default_rng(13)

daten = np.load("digits.npz")
bilder = daten["images"].reshape(1200, 784) / 255.0
klassen = daten["labels"] % 2
bilder_test = daten["test_images"].reshape(400, 784) / 255.0
klassen_test = daten["test_labels"] % 2

# die letzten 200 zum Prüfen zwischendurch
bilder_pruef, klassen_pruef = bilder[1000:], klassen[1000:]
bilder, klassen = bilder[:1000], klassen[:1000]

versteckt = 30
W1 = zufall.random((784, versteckt))
b1 = np.zeros(versteckt)
W2 = zufall.random((versteckt, 2))
b2 = np.zeros(2)
rate = 0.05


def swish(z):
    return z / (1 + np.exp(-np.clip(z, -60, 60)))


def logsummexp(z):
    m = z.max()
    return m + np.log(np.sum(np.exp(z - m)))


# def softmax(z):                 # war nicht stabil
#     return np.exp(z) / np.exp(z).sum()

for epoche in range(12):
    verlust = 0
    paare = list(zip(bilder, klassen))
    zufall.shuffle(klassen_reihe := np.arange(len(paare)))
    for i in klassen_reihe:
        x, t = paare[i]
        z1 = x @ W1 + b1
        h = swish(z1)
        z2 = h @ W2 + b2
        lse = logsummexp(z2)
        verlust += lse - z2[t]
        d2 = np.exp(z2 - lse)
        d2[t] -= 1
        s = 1 / (1 + np.exp(-np.clip(z1, -60, 60)))
        d1 = (W2 @ d2) * (s + h * (1 - s))
        W2 -= rate * np.outer(h, d2)
        b2 -= rate * d2
        W1 -= rate * np.outer(x, d1)
        b1 -= rate * d1
    aus = swish(bilder_pruef @ W1 + b1) @ W2 + b2
    print("Epoche", epoche, "Verlust", round(verlust / len(paare), 4),
          "Prüfung", np.mean(aus.argmax(1) == klassen_pruef))
    # rate *= 0.95

if False:
    # Gewichte ansehen
    import matplotlib.pyplot as plt
    plt.imshow(W1[:, 0].reshape(28, 28))
    plt.show()

aus = swish(bilder_test @ W1 + b1) @ W2 + b2
richtig = np.mean(np.argmax(aus, axis=1) == klassen_test)
print("richtig im Test:", richtig)
