import numpy as np

np.random.seed(0)

donnees = np.load("digits.npz")
images = donnees["images"].reshape(1200, 784) / 255.0
etiquettes = donnees["labels"].astype(int)
images_test = donnees["test_images"].reshape(400, 784) / 255.0
etiquettes_test = donnees["test_labels"].astype(int)

# 1000 pour apprendre, 200 pour valider
melange = np.random.permutation(1200)
xa, ya = images[melange[:1000]], etiquettes[melange[:1000]]
xv, yv = images[melange[1000:]], etiquettes[melange[1000:]]

n_cache = 40
p = {}
p["W1"] = np.random.randn(784, n_cache)
p["W2"] = np.random.randn(n_cache, 10)
p["b1"] = np.zeros(n_cache)
p["b2"] = np.zeros(10)


def avant(p, x):
    z1 = x @ p["W1"] + p["b1"]
    a1 = np.maximum(0, z1)
    z2 = a1 @ p["W2"] + p["b2"]
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    return z1, a1, e / e.sum(axis=1, keepdims=True)


def exactitude(p, x, y):
    return np.mean(avant(p, x)[2].argmax(axis=1) == y)


def gradients(p, x, y, lam):
    z1, a1, s = avant(p, x)
    s[np.arange(len(y)), y] -= 1
    s /= len(y)
    da1 = s @ p["W2"].T
    dz1 = da1 * (z1 > 0)
    return {"W2": a1.T @ s - lam * p["W2"], "b2": s.sum(axis=0),
            "W1": x.T @ dz1 - lam * p["W1"], "b1": dz1.sum(axis=0)}


taux = 0.1
lam = 0.01
patience = 5
meilleure = 0.0
meilleurs_p = {k: v.copy() for k, v in p.items()}
attente = 0

for epoque in range(40):
    ordre = np.random.permutation(1000)
    for i in range(0, 1000, 20):
        lot = ordre[i:i + 20]
        g = gradients(p, xa[lot], ya[lot], lam)
        for k in p:
            p[k] -= taux * g[k]
    ex = exactitude(p, xv, yv)
    print("époque %2d   validation %.3f" % (epoque, ex))
    if ex < meilleure:
        meilleure = ex
        meilleurs_p = {k: v.copy() for k, v in p.items()}
        attente = 0
    else:
        attente += 1
        if attente >= patience:
            print("arrêt")
            break

print("exactitude sur le test :", exactitude(meilleurs_p, images_test, etiquettes_test))
