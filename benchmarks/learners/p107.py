# Clasificador binario: ¿es impar el dígito?
import numpy as np

np.random.seed(33)
archivo = np.load("digits.npz", allow_pickle=False)

def cargar(img, et):
    img = img.reshape(len(img), 28 * 28)
    return img / 255.0 - 0.13, (et % 2).reshape(-1, 1)

x_ent, y_ent = cargar(archivo["images"], archivo["labels"])
x_pru, y_pru = cargar(archivo["test_images"], archivo["test_labels"])
x_ent, x_val = x_ent[:1000], x_ent[1000:]
y_ent, y_val = y_ent[:1000], y_ent[1000:]

def sigmoide(z):
    return 1.0 / (1.0 + np.exp(-np.clip(z, -50, 50)))

def relu_fugaz(z):
    return np.where(z > 0, z, 0.1 * z)

n_oculta = 50
pesos = [np.random.randn(784, n_oculta) * np.sqrt(2 / 784),
         np.random.randn(n_oculta, 1) * np.sqrt(1 / n_oculta)]
sesgos = [np.zeros((1, n_oculta)), np.zeros((1, 1))]
vel_p = [np.zeros_like(p) for p in pesos]
vel_s = [np.zeros_like(s) for s in sesgos]
tasa, beta = 0.05, 0.9

for epoca in range(30):
    perm = np.random.permutation(len(x_ent))
    for ini in range(0, len(perm), 20):
        lote = perm[ini:ini + 20]
        xl, yl = x_ent[lote], y_ent[lote]
        z1 = xl.dot(pesos[0]) + sesgos[0]
        a1 = relu_fugaz(z1)
        salida = sigmoide(a1.dot(pesos[1]) + sesgos[1])

        # retropropagación
        d2 = (yl - salida) / len(lote)
        grad_p1 = a1.T.dot(d2)
        grad_s1 = d2.sum(axis=0, keepdims=True)
        d1 = d2.dot(pesos[1].T) * np.where(a1 > 0, 1, 0)
        grad_p0 = xl.T.dot(d1)
        grad_s0 = d1.sum(axis=0, keepdims=True)

        # momento
        for k, (gp, gs) in enumerate([(grad_p0, grad_s0), (grad_p1, grad_s1)]):
            vel_p[k] = beta * vel_p[k] + gp
            vel_s[k] = beta * vel_s[k] + gs
            pesos[k] = pesos[k] - tasa * vel_p[k]
            sesgos[k] = sesgos[k] - tasa * vel_s[k]
    if epoca % 5 == 0:
        s = sigmoide(relu_fugaz(x_val.dot(pesos[0]) + sesgos[0]).dot(pesos[1]) + sesgos[1])
        print("época", epoca, "validación", np.mean((s > 0.5) == y_val))

def predecir(x):
    oculta = relu_fugaz(x.dot(pesos[0]) + sesgos[0])
    return oculta.dot(pesos[1]) + sesgos[1] > 0.5

aciertos = (predecir(x_pru) == y_pru).mean()
print("exactitud en prueba:", aciertos)
