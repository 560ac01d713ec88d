# rete neurale fatta in casa: 4 nuvole di punti, un solo strato nascosto
# (tutto dentro la classe, anche l'allenamento, cosi' basta scrivere Rete(...))
import numpy as np

caso = np.random.default_rng(3)
CENTRI = [(-2.0, -2.0), (2.0, -1.5), (-1.5, 2.0), (2.5, 2.5)]


def nuvole(quanti):
    pezzi, classi = [], []
    for k, c in enumerate(CENTRI):
        pezzi.append(caso.normal(c, 0.8, size=(quanti, 2)))
        classi += [k] * quanti
    return np.vstack(pezzi).T, np.array(classi)      # 2 x N


def bersagli(classi):
    return (np.arange(len(CENTRI))[:, None] == classi[None, :]).astype(float)


class Rete:
    def __init__(self, X, c, Xv, cv, nascosti=14, giri=60, passo=0.02, fette=16):
        self.W = caso.normal(0, 0.7, (nascosti, X.shape[0]))
        self.b = np.zeros((nascosti, 1))
        self.V = caso.normal(0, 0.3, (len(CENTRI), nascosti))
        self.d = np.zeros((len(CENTRI), 1))
        nomi = ("W", "b", "V", "d")
        m = {n: np.zeros_like(getattr(self, n)) for n in nomi}
        s = {n: np.zeros_like(getattr(self, n)) for n in nomi}
        T = bersagli(c)
        migliore, salvati = -1.0, None
        giro, t = 0, 0
        while (giro := giro + 1) <= giri:
            mescola = caso.permutation(X.shape[1])
            for fetta in np.array_split(mescola, fette):
                x, y = X[:, fetta], T[:, fetta]
                a = self.strato(x)
                uscita = self.V @ a + self.d
                # errore quadratico, uscita lineare
                e = (uscita - y) * 2 / x.shape[1]
                ea = (self.V.T @ e) * a * (1 - a)
                grad = (ea @ x.T, ea.sum(axis=1, keepdims=True),
                        e @ a.T, e.sum(axis=1, keepdims=True))
                t += 1
                lr = passo / (1 + 0.002 * t)
                for n, g in zip(nomi, grad):
                    m[n] = 0.9 * m[n] + 0.1 * g
                    s[n] = 0.999 * s[n] + 0.001 * g ** 2
                    mc, sc = m[n] / (1 - 0.9 ** t), s[n] / (1 - 0.999 ** t)
                    setattr(self, n, getattr(self, n) - lr * mc / (np.sqrt(sc) + 1e-8))
            if (giusti := self.bravura(Xv, cv)) > migliore:
                migliore = giusti
                salvati = {n: getattr(self, n).copy() for n in nomi}
            if giro % 15 == 0:
                print("giro", giro, "validazione", round(giusti, 3))
        for n in nomi:
            setattr(self, n, salvati[n])

    def strato(self, x):
        return 1 / (1 + np.exp(-(self.W @ x + self.b)))

    def indovina(self, x):
        return np.argmax(self.V @ self.strato(x) + self.d, axis=0)

    def bravura(self, x, c):
        return float(np.mean(self.indovina(x) == c))


X, c = nuvole(120)
Xv, cv = nuvole(30)
Xp, cp = nuvole(75)
rete = Rete(X, c, Xv, cv)
print("prova:", rete.bravura(Xp, cp))
