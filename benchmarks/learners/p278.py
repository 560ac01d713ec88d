import numpy as np

np.random.seed(21)


# drie ringen om elkaar heen
def ringen(n):
    stralen = (0.6, 1.4, 2.2)
    pun, lab = [], []
    for k, r in enumerate(stralen):
        hoek = np.random.rand(n) * 2 * np.pi
        rr = r + 0.12 * np.random.randn(n)
        pun.append(np.c_[rr * np.cos(hoek), rr * np.sin(hoek)])
        lab.append(np.full(n, k))
    pun = np.concatenate(pun)
    lab = np.concatenate(lab)
    doel = -np.ones((3, 3 * n))
    doel[lab, np.arange(3 * n)] = 1          # +1 voor de goede ring, anders -1
    return pun.reshape(2, -1), doel, lab


class Laag:
    def vooruit(self, x):
        raise NotImplementedError

    def terug(self, g):
        raise NotImplementedError

    def stap(self, tempo, wrijving):
        pass


class Dicht(Laag):
    def __init__(self, n_in, n_uit):
        self.G = np.random.randn(n_uit, n_in) * np.sqrt(1.5 / n_in)
        self.d = np.random.uniform(-1, 1, n_uit)[:, np.newaxis]
        self.vG = np.zeros_like(self.G)
        self.vd = np.zeros_like(self.d)

    def vooruit(self, x):
        self.x = x
        return self.G @ x + self.d

    def terug(self, g):
        self.gG = g @ self.x.T
        self.gd = g.sum(axis=1)[:, np.newaxis]
        return self.G.T @ g

    def stap(self, tempo, wrijving):
        self.vG = wrijving * self.vG - tempo * self.gG
        self.vd = wrijving * self.vd - tempo * self.gd
        self.G += self.vG
        self.d += self.vd


class Swish(Laag):
    def vooruit(self, z):
        self.z = z
        self.uit = z / (1 + np.exp(-z))
        return self.uit

    def terug(self, g):
        z = self.z
        s = 1 / (1 + np.exp(-z))
        return g * (s + z * s * (1 - s))


class Tanh(Laag):
    def vooruit(self, z):
        self.uit = np.tanh(z)
        return self.uit

    def terug(self, g):
        return g * (1 - self.uit ** 2)


net = [Dicht(2, 24), Swish(), Dicht(24, 3), Tanh()]


def reken(x):
    for laag in net:
        x = laag.vooruit(x)
    return x


X, D, _ = ringen(150)
Xt, Dt, Lt = ringen(80)

# --- controle van de gradient, stond goed
# eps = 1e-5
# net[0].G[0, 0] += eps; hoog = 0.5 * ((reken(X) - D) ** 2).mean(1).sum()
# net[0].G[0, 0] -= 2 * eps; laag_ = 0.5 * ((reken(X) - D) ** 2).mean(1).sum()
# print((hoog - laag_) / (2 * eps), net[0].gG[0, 0])

for i in range(4000):
    keus = np.random.choice(X.shape[1], 32, replace=False)
    fout = reken(X[:, keus]) - D[:, keus]
    g = fout / 32
    for laag in reversed(net):
        g = laag.terug(g)
    for laag in net:
        laag.stap(0.02, 0.9)
    if i % 500 == 0:
        print(i, "fout", 0.5 * np.mean(np.sum(fout ** 2, axis=0)))

goed = np.argmax(reken(Xt), axis=0) == Lt
print("goed op de toets: %.4f" % goed.mean())
