# cijfer groter dan 4 of niet; alle gewichten in één lange vector
import itertools
import numpy as np

np.random.seed(5)

bestand = np.load("digits.npz")


def klein(beelden):
    # 28x28 -> 14x14
    b = beelden.astype(float).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255
    return [rij.ravel().tolist() for rij in b]


leer = klein(bestand["images"])
leer_klasse = [int(c > 4) for c in bestand["labels"]]
proef = klein(bestand["test_images"])
proef_klasse = [int(c > 4) for c in bestand["test_labels"]]

N_IN, N_VERB, N_UIT = 196, 25, 2
vormen = [(N_VERB, N_IN), (N_VERB,), (N_UIT, N_VERB), (N_UIT,)]
aantal = sum(int(np.prod(v)) for v in vormen)


def zichten(vector):
    """stukken van de vector, elk in zijn eigen vorm (geen kopie)"""
    stukken, plek = [], 0
    for v in vormen:
        n = int(np.prod(v))
        stukken.append(vector[plek:plek + n].reshape(v))
        plek += n
    return stukken


theta = np.zeros(aantal)
grad = np.zeros(aantal)
snelheid = np.zeros(aantal)
W1, b1, W2, b2 = zichten(theta)
gW1, gb1, gW2, gb2 = zichten(grad)
W1[:] = np.random.randn(*W1.shape) / np.sqrt(N_IN)
W2[:] = np.random.randn(*W2.shape) / np.sqrt(N_VERB)

TEMPO = 0.8
WRIJVING = 0.9


def vooruit(x):
    h = np.dot(W1, x) + b1
    return h, np.dot(W2, h) + b2


def goed(beelden, klassen):
    return sum(int(np.argmax(vooruit(x)[1])) == k for x, k in zip(beelden, klassen)) / len(klassen)


lopend = 0.0
for stap in itertools.count(1):
    i = np.random.randint(len(leer))
    x, k = leer[i], leer_klasse[i]
    doel = [1.0, 0.0] if k == 0 else [0.0, 1.0]
    h, uit = vooruit(x)
    fout = uit - np.array(doel)
    lopend = 0.999 * lopend + 0.001 * np.sum(fout ** 2)

    d2 = 2 * fout
    d1 = np.dot(W2.T, d2)
    gW2[:] = np.outer(d2, h)
    gb2[:] = d2
    gW1[:] = np.outer(d1, x)
    gb1[:] = d1

    snelheid = WRIJVING * snelheid - TEMPO * grad
    theta += snelheid

    if stap % 3000 == 0:
        print("stap", stap, "fout", lopend)
    if stap >= 18000:
        break

print("goed geleerd", goed(leer, leer_klasse))
print("goed op de proef", goed(proef, proef_klasse))
