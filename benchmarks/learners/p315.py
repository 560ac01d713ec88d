# Aprender una colina sobre el plano, con una cinta que guarda cómo volver atrás
import numpy as np

np.random.seed(11)

EPOCAS = 200
BASE = 0.01
NB, TAM = 20, 20


def colina(P):
    x, y = P[:, :1], P[:, 1:]
    return 1.5 * np.exp(-(x - 0.4) ** 2 - 2 * (y + 0.3) ** 2) - 0.4


P = np.random.uniform(-2, 2, (NB * TAM, 2))
Z = colina(P)
P_prueba = np.random.uniform(-2, 2, (300, 2))
Z_prueba = colina(P_prueba)

# la última fila de cada matriz es el peso que viene de la neurona constante
pesos = {
    "entrada": np.random.randn(3, 20) * 0.8,
    "medio": np.random.randn(21, 10) / np.sqrt(21),
    "salida": np.random.randn(11, 1) / np.sqrt(11),
}
grads = {}
cinta = []


def anota(nombre, g):
    grads[nombre] = g


def constante(A):
    cinta.append(lambda g: g[:, :-1])
    return np.hstack([A, np.ones((len(A), 1))])


def multiplica(A, nombre):
    W = pesos[nombre]

    def vuelta(g):
        anota(nombre, A.T @ g)
        return g @ W.T
    cinta.append(vuelta)
    return A @ W


def swish(A):
    s = 1 / (1 + np.exp(-A))
    cinta.append(lambda g: g * (s + A * s * (1 - s)))
    return A * s


def adelante(A):
    cinta.clear()
    A = swish(multiplica(constante(A), "entrada"))
    A = swish(multiplica(constante(A), "medio"))
    return multiplica(constante(A), "salida")


def entrena():
    paso = 0
    for epoca in range(EPOCAS):
        orden = np.random.permutation(NB * TAM)
        suma = 0.0
        for p, z in zip(P[orden].reshape(NB, TAM, 2), Z[orden].reshape(NB, TAM, 1)):
            avance = min(paso / EPOCAS, 1)
            ritmo = 0.5 * BASE * (1 + np.cos(np.pi * avance))
            r = adelante(p) - z
            suma += 0.5 * np.sum(r ** 2)
            g = r
            for vuelta in reversed(cinta):
                g = vuelta(g)
            for nombre in pesos:
                pesos[nombre] = pesos[nombre] - ritmo * grads[nombre]
            paso += 1
        yield epoca, suma


for epoca, suma in entrena():
    if epoca % 20 == 0:
        print("época", epoca, "pérdida", round(suma, 3))

error = np.sqrt(np.mean((adelante(P_prueba) - Z_prueba) ** 2))
print("desviación de la prueba:", Z_prueba.std())
print("error (rms):", error)
