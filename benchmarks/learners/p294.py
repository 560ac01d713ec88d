import numpy as np

# graine = 55
alea = np.random.RandomState(55)

SEGMENTS = """1110111 0010010 1011101 1011011 0111010
              1101011 1101111 1010010 1111111 1111011""".split()
TABLE = np.array([[int(c) for c in s] for s in SEGMENTS], float)


class Afficheur:
    """lit un afficheur à 7 segments dont les tensions sont bruitées"""

    TAUX = 0.002

    def __init__(self, cachees=(24, 24)):
        tailles = [7, *cachees, 10]
        self.poids = [alea.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in zip(tailles, tailles[1:])]
        self.biais = [np.zeros(b) for b in tailles[1:]]
        self.m = [np.zeros_like(p) for p in self.parametres]
        self.v = [np.zeros_like(p) for p in self.parametres]
        self.t = 0

    @property
    def parametres(self):
        return self.poids + self.biais

    @staticmethod
    def lire(n):
        chiffres = alea.randint(0, 10, n)
        return TABLE[chiffres] + 0.25 * alea.randn(n, 7), chiffres

    @staticmethod
    def sigmoide(z):
        return 1.0 / (1.0 + np.exp(-z))

    def propage(self, x):
        z1 = x @ self.poids[0] + self.biais[0]
        h1 = np.sin(z1)
        z2 = h1 @ self.poids[1] + self.biais[1]
        h2 = np.sin(z2)
        return z1, h1, z2, h2, self.sigmoide(h2 @ self.poids[2] + self.biais[2])

    def apprend(self, x, y):
        z1, h1, z2, h2, p = self.propage(x)
        d3 = (p - y) / len(x)
        d2 = d3 @ self.poids[2].T * np.cos(z2)
        d1 = d2 @ self.poids[1].T * np.cos(z1)
        grads = [x.T @ d1, h1.T @ d2, h2.T @ d3, d1.sum(0), d2.sum(0), d3.sum(0)]
        # vérification du gradient
        # e = 1e-5; self.poids[0][2, 3] += e; ... ; print(num, grads[0][2, 3])
        self.t += 1
        for p, g, m, v in zip(self.parametres, grads, self.m, self.v):
            m[...] = 0.9 * m + 0.1 * g
            v[...] = 0.999 * v + 0.001 * g * g
            p -= self.TAUX * m / (1 - 0.9 ** self.t) / (np.sqrt(v / (1 - 0.999 ** self.t)) + 1e-8)

    def juste(self, x, chiffres):
        return (self.propage(x)[-1].argmax(1) == chiffres).mean()


x, chiffres = Afficheur.lire(600)
x_test, chiffres_test = Afficheur.lire(300)
y = np.zeros((600, 10))
y[range(600), chiffres] = 1

lecteur = Afficheur()
for epoque in range(2):
    ordre = alea.permutation(600)
    xm, ym = x[ordre], y[ordre]
    for i in range(0, 600, 20):
        lecteur.apprend(xm[i:i + 20], ym[i:i + 20])
    if epoque % 10 == 0:
        print("époque", epoque, "appris", lecteur.juste(x, chiffres))

print("chiffres bien lus:", lecteur.juste(x_test, chiffres_test))
