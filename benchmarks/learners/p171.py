# Red de dos capas para aproximar alturas de un terreno (datos inventados)
import numpy as np

np.random.seed(31)


def terreno(lugar):
    x, y = lugar[:, 0], lugar[:, 1]
    return 520 + 90 * np.sin(x / 1.3) + 60 * np.cos(y / 1.1) + 5 * x


lugares = np.random.uniform(0, 10, (800, 2))
alturas = terreno(lugares)
entrena, prueba = np.arange(0, 600), np.arange(600, 800)

media, desv = lugares[entrena].mean(axis=0), lugares[entrena].std(axis=0)
media_h, desv_h = alturas[entrena].mean(), alturas[entrena].std()

X = (lugares - media) / desv
T = (alturas - media_h) / desv_h


def crear_red(n_oculta):
    W = [np.random.normal(0, 1.5, (2, n_oculta)), np.random.normal(0, 0.2, (n_oculta, 1))]
    B = [np.random.normal(0, 1.0, n_oculta), np.zeros(1)]

    def adelante(x):
        h = np.tanh(np.tensordot(x, W[0], axes=1) + B[0])
        return h, np.tensordot(h, W[1], axes=1) + B[1]

    def paso(x, t, lr):
        h, o = adelante(x)
        m = len(x)
        e = o - t[:, None]
        # contraer siempre sobre el eje de las muestras
        gW2 = np.tensordot(h, e, axes=(0, 0)) / m
        gB2 = e.sum(axis=0)
        eh = np.tensordot(e, W[1], axes=(1, 1)) * (1 - h ** 2)
        gW1 = np.tensordot(x, eh, axes=(0, 0)) / m
        gB1 = eh.mean(axis=0)
        W[1] -= lr * gW2
        B[1] -= lr * gB2
        W[0] -= lr * gW1
        B[0] -= lr * gB1
        return float((e ** 2).mean())

    return adelante, paso


adelante, paso = crear_red(40)

lr = 0.05
decae = 0.99
for epoca in range(300):
    mezcla = np.random.permutation(entrena)
    perdidas = []
    for k in range(0, len(mezcla), 20):
        trozo = mezcla[k:k + 20]
        perdidas.append(paso(X[trozo], T[trozo], lr))
    # la tasa baja poco a poco
    lr = lr * decae ** epoca
    if epoca % 50 == 0:
        print("epoca", epoca, "perdida", np.mean(perdidas))

_, salida = adelante(X[prueba])
metros = salida.ravel() * desv.mean() + media.mean()
for k in range(4):
    print("calculado %.1f  real %.1f" % (metros[k], alturas[prueba][k]))
print("error medio en metros:", np.sqrt(np.mean((metros - alturas[prueba]) ** 2)))
