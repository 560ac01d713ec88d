import time
import numpy as np

np.random.seed(5)
inicio = time.time()

# tabela de ativações: (função, derivada a partir da saída)
ATIV = {
    "tanh": (lambda z: np.tanh(z), lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
    "sig": (lambda z: 1 / (1 + np.exp(-z)), lambda a: 1.0),   # entropia cruzada
}
CAMADAS = [("tanh", 2, 16), ("relu", 16, 16), ("relu", 16, 12), ("sig", 12, 2)]


def aneis(n):
    pts, rot = [], []
    for i in range(n):
        classe = i % 2
        raio = (0.7 if classe == 0 else 1.6) + 0.15 * np.random.randn()
        ang = np.random.uniform(0, 2 * np.pi)
        x, y = raio * np.cos(ang), raio * np.sin(ang)
        pts.append([x, x])
        rot.append([1.0, 0.0] if classe == 0 else [0.0, 1.0])
    return np.array(pts), np.array(rot)


X, Y = aneis(300)
Xv, Yv = aneis(80)
Xt, Yt = aneis(200)

pesos = [np.random.randn(s, e) * np.sqrt(1.6 / e) for _, e, s in CAMADAS]
vies = [np.zeros(s) for _, e, s in CAMADAS]


def adiante(x):
    saidas = [x]
    for (nome, _, _), W, b in zip(CAMADAS, pesos, vies):
        saidas.append(ATIV[nome][0](W.dot(saidas[-1]) + b))
    return saidas


def acerto(P, R):
    return np.mean([np.argmax(adiante(p)[-1]) == np.argmax(r) for p, r in zip(P, R)])


taxa, lam, lote = 0.1, 1e-4, 10
melhor, guardado = 0, None
for epoca in range(45):
    ordem = np.random.permutation(len(X))
    Xe = X[ordem]
    Ye = Y[np.random.permutation(len(Y))]
    for ini in range(0, len(X), lote):
        gW = [np.zeros_like(W) for W in pesos]
        gb = [np.zeros_like(b) for b in vies]
        bloco = Xe[ini:ini + lote]
        for x, y in zip(bloco, Ye[ini:ini + lote]):
            s = adiante(x)
            delta = s[-1] - y
            for c in range(len(CAMADAS) - 1, -1, -1):
                gW[c] += np.outer(delta, s[c])
                gb[c] += delta
                if c > 0:
                    delta = pesos[c].T.dot(delta) * ATIV[CAMADAS[c - 1][0]][1](s[c])
        for c in range(len(CAMADAS)):
            pesos[c] -= taxa * (gW[c] / len(bloco) + lam * pesos[c])
            vies[c] -= taxa * gb[c] / len(bloco)
    av = acerto(Xv, Yv)
    if av > melhor:
        melhor = av
        guardado = [W.copy() for W in pesos], [b.copy() for b in vies]
    if epoca % 9 == 0:
        print(f"época {epoca:3d} validação {av:.3f}")

pesos, vies = guardado
print("tempo: %.1f s" % (time.time() - inicio))
print("acerto no teste: ", acerto(Xt, Yt))
