# ¿qué clientes se van? (tabla inventada, 1 = se fue)
import numpy as np

rng = np.random.default_rng(12)


def tabla(n):
    edad = rng.normal(45, 12, n)
    meses = rng.exponential(24, n)
    quejas = rng.poisson(1.0, n)
    cuota = rng.uniform(10, 60, n)
    s = -1.6 + 1.5 * quejas - 0.09 * meses + 0.05 * (cuota - 35) - 0.02 * (edad - 45)
    se_fue = (s + rng.logistic(0, 0.6, n) > 0).astype(float)
    return np.column_stack([edad, meses, quejas, cuota]), se_fue


def con_uno(a):
    return np.hstack([a, np.ones((len(a), 1))])


def sigmoide(z):
    return 1.0 / (1.0 + np.exp(-z))


def propagar(x, V, w):
    h = np.tanh(con_uno(x) @ V)
    return h, sigmoide(con_uno(h) @ w)


def entrenar(x, y, ocultas=8, tasa=0.1, vueltas=120, lote=50):
    V = rng.normal(0, 1 / np.sqrt(x.shape[1] + 1), (x.shape[1] + 1, ocultas))
    w = rng.normal(0, 1 / np.sqrt(ocultas + 1), ocultas + 1)
    for v in range(vueltas):
        orden = rng.permutation(len(x))
        for i in range(0, len(x), lote):
            xb, yb = x[orden[i:i + lote]], y[orden[i:i + lote]]
            h, o = propagar(xb, V, w)
            # entropía cruzada con sigmoide: la derivada es o - y
            d = (o - yb) / len(yb)
            grad_w = con_uno(h).T @ d
            dh = np.outer(d, w[:-1]) * (1 - h ** 2)
            grad_V = con_uno(xb).T @ dh
            w -= tasa * grad_w
            V -= tasa * grad_V
        if v % 20 == 0:
            _, o = propagar(x, V, w)
            perdida = -np.mean(y * np.log(o + 1e-12) + (1 - y) * np.log(1 - o + 1e-12))
            print("vuelta", v, "pérdida", round(perdida, 4))
    return V, w


x, y = tabla(1200)
x_nuevo, y_nuevo = tabla(600)
print("se fueron:", y.mean())

media, desv = x.mean(axis=0), x.std(axis=0)
x = (x - media) / desv
x_nuevo = (x_nuevo - media) / desv

V, w = entrenar(x, y)
_, o = propagar(x_nuevo, V, w)
dice = (o >= 0.5).astype(float)
print("dice 1 en", int(dice.sum()), "de", len(dice), "casos; eran", int(y_nuevo.sum()))
print("aciertos:", np.mean(dice == y_nuevo))
