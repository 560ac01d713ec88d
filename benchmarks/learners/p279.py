"""Approcher une cubique avec un petit réseau, sans numpy (pour bien comprendre)."""
import math
import random

random.seed(8)

CONFIG = {
    "n_train": 160,
    "n_test": 60,
    "cachees": 12,
    "pas": 0.9,
    "baisse": 0.01,
    "epoques": 150,
    "paquet": 10,
    "pente": 0.05,
}
compteur = 0            # nombre total de mises à jour


def main():
    H = CONFIG["cachees"]
    pente = CONFIG["pente"]

    def cubique(x):
        # entre 0 et 1 pour que la sigmoïde puisse l'atteindre
        return 0.5 + 0.3 * (x ** 3 - 1.2 * x) + 0.2 * x * x - 0.05

    def tirer(n):
        xs = [random.uniform(-1.3, 1.3) for _ in range(n)]
        return xs, [cubique(x) for x in xs]

    def fuite(z):
        return z if z > 0 else pente * z

    def d_fuite(a):
        return 1.0 if a > 0 else pente

    def sigmoide(z):
        z = max(-40.0, min(40.0, z))
        return 1.0 / (1.0 + math.exp(-z))

    def d_sigmoide(z):
        s = sigmoide(z)
        return s * (1 - s)

    def matrice(n, m):
        k = math.sqrt(2.0 / m)
        return [[random.gauss(0, k) for _ in range(m)] for _ in range(n)]

    w1 = [random.choice([-1, 1]) * random.uniform(0.7, 1.6) for _ in range(H)]
    b1 = [random.uniform(-1, 1) for _ in range(H)]
    w2, b2 = matrice(H, H), [0.0] * H
    w3, b3 = [random.gauss(0, 0.4) for _ in range(H)], [0.0]

    def avant(x):
        a1 = [fuite(w * x + b) for w, b in zip(w1, b1)]
        a2 = [fuite(sum(w * a for w, a in zip(ligne, a1)) + b) for ligne, b in zip(w2, b2)]
        z3 = sum(w * a for w, a in zip(w3, a2)) + b3[0]
        return a1, a2, z3, sigmoide(z3)

    def entrainer_paquet(xs, ys, pas):
        global compteur
        g1, gb1 = [0.0] * H, [0.0] * H
        g2, gb2 = [[0.0] * H for _ in range(H)], [0.0] * H
        g3, gb3 = [0.0] * H, 0.0
        for x, y in zip(xs, ys):
            a1, a2, z3, p = avant(x)
            d3 = 2 * (p - y) * d_sigmoide(p)
            d2 = [d3 * w3[j] * d_fuite(a2[j]) for j in range(H)]
            d1 = [-sum(d2[j] * w2[j][i] for j in range(H)) * d_fuite(a1[i]) for i in range(H)]
            for j in range(H):
                g3[j] += d3 * a2[j]
                gb2[j] += d2[j]
                g1[j] += d1[j] * x
                gb1[j] += d1[j]
                for i in range(H):
                    g2[j][i] += d2[j] * a1[i]
            gb3 += d3
        k = pas / len(xs)
        for j in range(H):
            w3[j] -= k * g3[j]
            b2[j] -= k * gb2[j]
            w1[j] -= k * g1[j]
            b1[j] -= k * gb1[j]
            for i in range(H):
                w2[j][i] -= k * g2[j][i]
        b3[0] -= k * gb3
        compteur += 1

    def erreur(xs, ys):
        return math.sqrt(sum((avant(x)[-1] - y) ** 2 for x, y in zip(xs, ys)) / len(xs))

    xs, ys = tirer(CONFIG["n_train"])
    xt, yt = tirer(CONFIG["n_test"])
    for ep in range(CONFIG["epoques"]):
        paires = list(zip(xs, ys))
        random.shuffle(paires)
        pas = CONFIG["pas"] / (1 + CONFIG["baisse"] * ep)
        for s in range(0, len(paires), CONFIG["paquet"]):
            bout = paires[s:s + CONFIG["paquet"]]
            entrainer_paquet([p[0] for p in bout], [p[1] for p in bout], pas)
        if ep % 40 == 0:
            print("époque", ep, "erreur", round(erreur(xs, ys), 4))
    print("mises à jour:", compteur)
    print("erreur (rmse) sur le test", erreur(xt, yt))


main()
