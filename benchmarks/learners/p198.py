# Red neuronal para digitos escritos a mano
import numpy as np

np.random.seed(99)


class Red:
    def __init__(self, entradas, ocultas, salidas):
        self.w1 = np.random.randn(entradas, ocultas) / np.sqrt(entradas)
        self.b1 = np.zeros((1, ocultas))
        self.w2 = np.random.randn(ocultas, salidas) / np.sqrt(ocultas)
        self.b2 = np.zeros((1, salidas))
        self.v = {"w1": 0, "b1": 0, "w2": 0, "b2": 0}

    def adelante(self, x):
        self.x = x
        self.h = np.tanh(x.dot(self.w1) + self.b1)
        s = self.h.dot(self.w2) + self.b2
        s = np.exp(s - s.max(axis=1, keepdims=True))
        self.p = s / s.sum(axis=1, keepdims=True)
        return self.p

    def atras(self, t, tasa, momento):
        n = t.shape[0]
        d2 = (self.p - t) / n
        d1 = d2.dot(self.w2.T) * (1 - self.h ** 2)
        g = {"w1": self.x.T.dot(d1), "b1": d1.sum(axis=0, keepdims=True),
             "w2": self.h.T.dot(d2), "b2": d2.sum(axis=0, keepdims=True)}
        for k in g:
            self.v[k] = momento * self.v[k] + g[k]
            setattr(self, k, getattr(self, k) - tasa * self.v[k])

    def entrenar(self, X, T, epocas, lote, tasa=0.04, momento=0.9):
        n_lotes = len(X) // lote
        for ep in range(epocas):
            error = 0
            for k in np.random.permutation(n_lotes):
                x = X[k:k + lote]
                t = T[k:k + lote]
                p = self.adelante(x)
                error -= np.sum(t * np.log(p + 1e-9)) / lote
                self.atras(t, tasa, momento)
            if ep % 5 == 0:
                print("epoca", ep, "error", error / n_lotes)


def cargar():
    d = np.load("digits.npz")
    x, y = d["images"].reshape(-1, 784) / 255, d["labels"].astype(int)
    xp, yp = d["test_images"].reshape(-1, 784) / 255, d["test_labels"].astype(int)
    # las guardo ordenadas por digito, asi las puedo mirar
    o = np.argsort(y, kind="stable")
    return x[o], y[o], xp, yp


x, y, x_prueba, y_prueba = cargar()
print("cuantas hay de cada digito:", np.bincount(y))
t = np.eye(10)[y]

red = Red(784, 30, 10)
red.entrenar(x, t, epocas=40, lote=20)

respuestas = red.adelante(x_prueba).argmax(axis=1)
aciertos = (respuestas == y[:len(respuestas)]).sum()
print("precision:", aciertos / len(x_prueba))
