# ¿es vino de la bodega A (1) o de la B (0)?   datos copiados del cuaderno
import numpy as np

azar = np.random.default_rng(2)

# alcohol, ácido málico, intensidad de color, bodega
VINOS = [
    (12.75, 1.33, 6.34, 1), (10.94, 2.00, 1.20, 0),
    (14.01, 2.00, 7.09, 1), (11.92, 2.38, 2.74, 0),
    (12.99, 1.97, 4.22, 1), (12.00, 2.59, 3.05, 0),
    (13.17, 2.99, 5.66, 1), (11.88, 2.21, 2.53, 0),
    (13.19, 1.72, 7.83, 1), (12.21, 2.22, 3.61, 0),
    (14.51, 1.79, 4.91, 1), (13.56, 1.08, 2.67, 0),
    (13.77, 3.04, 4.56, 1), (10.86, 2.56, 2.53, 0),
    (13.19, 2.13, 5.85, 1), (12.36, 1.80, 4.16, 0),
    (14.23, 1.92, 5.10, 1), (12.60, 2.43, 2.06, 0),
    (13.15, 2.42, 5.49, 1), (12.02, 2.25, 2.97, 0),
    (13.40, 0.93, 7.52, 1), (12.31, 1.49, 3.88, 0),
    (13.57, 1.91, 6.75, 1), (13.44, 2.49, 4.43, 0),
    (14.59, 1.39, 5.02, 1), (12.63, 0.90, 2.76, 0),
    (14.11, 2.42, 6.24, 1), (11.16, 3.75, 3.50, 0),
    (13.82, 2.15, 3.71, 1), (11.41, 1.25, 4.73, 0),
    (12.94, 1.78, 5.32, 1), (12.51, 2.45, 3.24, 0),
    (12.71, 0.70, 5.78, 1), (12.35, 2.96, 2.91, 0),
    (13.06, 2.11, 3.89, 1), (11.63, 1.40, 3.26, 0),
    (14.55, 2.28, 6.86, 1), (12.33, 2.30, 2.60, 0),
    (13.25, 0.70, 4.28, 1), (11.49, 2.69, 3.60, 0),
    (14.03, 2.68, 5.26, 1), (12.78, 3.47, 2.99, 0),
    (14.00, 1.82, 3.83, 1), (12.27, 1.52, 3.10, 0),
]

tabla = np.array(VINOS)
azar.shuffle(tabla)
datos, bodega = tabla[:, :3].T, tabla[:, 3]
N_ENT = 30
media = datos[:, :N_ENT].mean(axis=1, keepdims=True)
desv = datos[:, :N_ENT].std(axis=1, keepdims=True)
datos = (datos - media) / desv


def con_uno(col):
    """pone un 1 abajo, así el sesgo va dentro de la matriz"""
    return np.vstack([col, np.ones((1, col.shape[1]))])


OCULTAS = 6
W = azar.normal(0, 0.5, (OCULTAS, 4))
V = azar.normal(0, 0.5, (1, OCULTAS + 1))
velW = np.zeros_like(W)
velV = np.zeros_like(V)


def adelante(x):
    z = W @ con_uno(x)
    a = con_uno(np.sin(z))
    y = 1 / (1 + np.exp(-(V @ a)))
    return z, a, y


def entrenador(X, t, paso=0.02, inercia=0.8):
    """generador: cada next() hace un paso con un vino al azar"""
    global W, V, velW, velV
    while True:
        i = azar.integers(X.shape[1])
        x = X[:, i:i + 1]
        z, a, y = adelante(x)
        dy = y - t[i]
        velV = inercia * velV - paso * (dy @ a.T)
        V = V + velV
        dz = (V.T @ dy)[:-1] * np.cos(z)
        velW = inercia * velW - paso * (dz @ con_uno(x).T)
        W = W + velW
        yield float(-(t[i] * np.log(y[0, 0] + 1e-12) + (1 - t[i]) * np.log(1 - y[0, 0] + 1e-12)))


paso_a_paso = entrenador(datos[:, :N_ENT], bodega[:N_ENT])
n = 0
media_movil = 0.7
while n < 4000:
    media_movil = 0.99 * media_movil + 0.01 * next(paso_a_paso)
    n += 1
    if n % 800 == 0:
        print(f"paso {n}: pérdida media {media_movil:.4f}")

_, _, y = adelante(datos)
y = y.ravel()
respuesta = (y > 0).astype(int)
print("entrenamiento", np.mean(respuesta[:N_ENT] == bodega[:N_ENT]))
print("todos los vinos", np.mean(respuesta == bodega))
