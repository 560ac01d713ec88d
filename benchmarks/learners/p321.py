# Sieć uczy się sinusa, próbka po próbce (kolumny)
import numpy as np

np.random.seed(8)


class Warstwa:
    def __init__(self, wejscia, wyjscia, liniowa=False):
        self.W = np.random.randn(wyjscia, wejscia + 1) * np.sqrt(2 / (wejscia + 1))
        self.V = np.zeros_like(self.W)
        self.liniowa = liniowa

    def naprzod(self, x):
        self.x = np.vstack([x, [[1.0]]])         # jedynka na dole
        self.z = self.W @ self.x
        if self.liniowa:
            return self.z
        return np.where(self.z > 0, self.z, 0.1 * self.z)

    def wstecz(self, d):
        if not self.liniowa:
            d = d * np.where(self.z > 0, 1.0, 0.1)
        self.G = d @ self.x.T
        return self.W[:, :-1].T @ d

    def wychyl(self, ped):
        # Nesterov: gradient liczymy tam, dokąd i tak lecimy
        self.W = self.W + ped * self.V

    def krok(self, tempo, ped):
        self.W = self.W - ped * self.V
        self.V = ped * self.V - tempo * self.G
        self.W = self.W + self.V


siec = [Warstwa(1, 16), Warstwa(16, 16), Warstwa(16, 1, liniowa=True)]


def przewidz(x):
    for w in siec:
        x = w.naprzod(x)
    return x


def blad(xs, ys):
    return np.mean([(przewidz(np.array([[x]]))[0, 0] - y) ** 2 for x, y in zip(xs, ys)])


xs = np.random.uniform(-3.2, 3.2, 260)
ys = np.sin(xs) + 0.05 * np.random.randn(260)
x_ucz, y_ucz = xs[:200], ys[:200]
x_wal, y_wal = xs[200:], ys[200:]

TEMPO, PED = 0.002, 0.9
for epoka in range(120):
    if epoka == 80:
        TEMPO /= 5
    strata = 0.0
    for i in np.random.permutation(200):
        for w in siec:
            w.wychyl(PED)
        r = przewidz(np.array([[x_ucz[i]]])) - y_ucz[i]
        strata += r[0, 0] ** 2 / 200
        d = 2 * r
        for w in reversed(siec):
            d = w.wstecz(d)
        for w in siec:
            w.krok(TEMPO, PED)
    if epoka % 15 == 0 or epoka == 119:
        print("epoka", epoka, "strata", round(strata, 5), "walidacja", round(blad(x_wal, y_wal), 5))

x_test = np.linspace(-3, 3, 100)
print("błąd na siatce (mse)", blad(x_test, np.sin(x_test)))
