# Multiplexer: due bit di indirizzo scelgono uno dei quattro dati
import numpy as np

caso = np.random.default_rng(7)


class Strato:
    parametri = False

    def avanti(self, x):
        raise NotImplementedError

    def indietro(self, g):
        raise NotImplementedError


class Lineare(Strato):
    parametri = True

    def __init__(self, n, m):
        # l'ultima colonna fa da soglia
        self.W = caso.normal(0, np.sqrt(1.0 / (n + 1)), (m, n + 1))
        self.vel = np.zeros_like(self.W)

    def avanti(self, x):
        uno = np.ones((x.shape[0], 1, 1))
        self.x = np.concatenate([x, uno], axis=1)
        return np.matmul(self.W, self.x)

    def indietro(self, g):
        self.gW = np.matmul(g, self.x.transpose(0, 2, 1)).sum(axis=0)
        return np.matmul(self.W[:, :-1].T, g)

    def aggiorna(self, passo, inerzia):
        self.vel = inerzia * self.vel - passo * self.gW
        self.W = self.W + self.vel


class HardTanh(Strato):
    def avanti(self, x):
        self.x = x
        return np.clip(x, -1, 1)

    def indietro(self, g):
        return g * (np.abs(self.x) < 1)


class Perdita:
    """softmax ed entropia incrociata con bersagli ammorbiditi"""

    def __init__(self, eps=0.1):
        self.eps = eps

    def calcola(self, z, t):
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        t = (1 - self.eps) * t + self.eps / t.shape[1]
        return -np.sum(t * np.log(p)) / len(t), (p - t) / len(t)


def dati(n):
    bit = caso.integers(0, 2, (n, 6))
    scelto = 2 * bit[:, 0] + bit[:, 1]
    risposta = bit[np.arange(n), 2 + scelto]
    x = 2.0 * bit - 1 + caso.normal(0, 0.1, (n, 6))
    t = np.zeros((n, 2, 1))
    t[np.arange(n), risposta, 0] = 1
    return x[:, :, None], t, risposta


rete = [Lineare(6, 32), HardTanh(), Lineare(32, 16), HardTanh(), Lineare(16, 2)]
perdita = Perdita()


def passa(x):
    for strato in rete:
        x = strato.avanti(x)
    return x


def giuste(x, risposta):
    return np.mean(passa(x)[:, :, 0].argmax(axis=1) == risposta)


x, t, r = dati(800)
x_prova, _, r_prova = dati(400)

for epoca in range(200):
    ordine = caso.permutation(len(x))
    totale = 0
    for inizio in range(0, len(x), 25):
        quali = ordine[inizio:inizio + 25]
        valore, g = perdita.calcola(passa(x[quali]), t[quali])
        totale += valore * len(quali) / len(x)
        for strato in reversed(rete):
            g = strato.indietro(g)
        for strato in rete:
            if strato.parametri:
                strato.aggiorna(0.01, 0.9)
    if epoca % 10 == 0:
        print(f"epoca {epoca}: perdita {totale:.4f}, giuste {giuste(x, r):.3f}")
    if totale < 0.2005:
        print("basta così, epoca", epoca)
        break
else:
    print("non è mai arrivata sotto la soglia")

print("giuste nella prova:", giuste(x_prova, r_prova))
