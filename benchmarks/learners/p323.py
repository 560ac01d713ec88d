# Letras 5x5 com ruído; rede montada com >>
import math
import random
import numpy as np
random.seed(12)
np.random.seed(12)

DESENHOS = {
    "T": "#####..#....#....#....#..",
    "L": "#....#....#....#....#####",
    "X": "#...#.#.#...#...#.#.#...#",
    "O": ".###.#...##...##...#.###.",
    "H": "#...##...#######...##...#",
    "Z": "#####...#...#...#...#####",
}
LETRAS = list(DESENHOS)

def exemplo():
    k = random.randrange(len(LETRAS))
    limpo = np.array([c == "#" for c in DESENHOS[LETRAS[k]]], dtype=np.uint8)
    trocar = np.random.rand(25) < 0.06
    tinta = np.where(trocar, 1 - limpo, limpo).astype(np.uint8) * 190
    sujeira = np.random.randint(0, 110, 25).astype(np.uint8)
    return ((tinta + sujeira) / 255.0).tolist(), k


class Bloco:
    zerar = passo = lambda *nada: None

    def __rshift__(self, outro):
        return Cadeia(self, outro)


class Cadeia(Bloco):
    def __init__(self, a, b):
        self.a, self.b = a, b
    def frente(self, x):
        return self.b.frente(self.a.frente(x))

    def tras(self, g):
        return self.a.tras(self.b.tras(g))
    def zerar(self):
        self.a.zerar(), self.b.zerar()
    def passo(self, taxa):
        self.a.passo(taxa), self.b.passo(taxa)


class Densa(Bloco):
    def __init__(self, n, m):
        self.W = [[random.gauss(0, math.sqrt(2 / n)) for _ in range(n)] for _ in range(m)]
        self.b = [0.1] * m
        self.cW, self.cb = [[0.0] * n for _ in range(m)], [0.0] * m
        self.zerar()

    def zerar(self):
        self.gW = [[0.0] * len(linha) for linha in self.W]
        self.gb = [0.0] * len(self.b)

    def frente(self, x):
        self.x = x
        return [sum(w * v for w, v in zip(linha, x)) + b for linha, b in zip(self.W, self.b)]

    def tras(self, g):
        for j, gj in enumerate(g):
            self.gb[j] += gj
            self.gW[j] = [a + gj * v for a, v in zip(self.gW[j], self.x)]
        return [sum(gj * linha[i] for gj, linha in zip(g, self.W)) for i in range(len(self.x))]

    def passo(self, taxa):
        # RMSprop
        for j, (linha, c, g) in enumerate(zip(self.W, self.cW, self.gW)):
            for i in range(len(linha)):
                c[i] = 0.95 * c[i] + 0.05 * g[i] ** 2
                linha[i] -= taxa * g[i] / (math.sqrt(c[i]) + 1e-6)
            self.cb[j] = 0.95 * self.cb[j] + 0.05 * self.gb[j] ** 2
            self.b[j] -= taxa * self.gb[j] / (math.sqrt(self.cb[j]) + 1e-6)


class Relu(Bloco):
    def frente(self, x):
        self.y = [max(0.0, v) for v in x]
        return self.y

    def tras(self, g):
        return [a if v > 0 else 0.0 for a, v in zip(g, self.y)]


class Sigmoide(Bloco):
    def frente(self, x):
        self.y = [1 / (1 + math.exp(-max(-50.0, min(50.0, v)))) for v in x]
        return self.y

    def tras(self, g):
        return [a * v * (1 - v) for a, v in zip(g, self.y)]


rede = Densa(25, 16) >> Relu() >> Densa(16, 10) >> Sigmoide() >> Densa(10, 6)
saida = Sigmoide()
treino = [exemplo() for _ in range(240)]
teste = [exemplo() for _ in range(200)]

FASES = [(8, 0.01), (6, 0.003)]
for epocas, taxa in FASES:
    for epoca in range(epocas):
        perda = 0.0
        random.shuffle(treino)
        for x, k in treino:
            p = saida.frente(rede.frente(x))
            alvo = [float(j == k) for j in range(6)]
            perda -= sum(math.log(q + 1e-9) if a else math.log(1 - q + 1e-9) for q, a in zip(p, alvo))
            rede.tras([q - a for q, a in zip(p, alvo)])
            rede.passo(taxa)
            taxa *= 0.95
        print("taxa", round(taxa, 6), "perda", round(perda / len(treino), 4))

certas = 0
for x, k in teste:
    p = rede.frente(x)
    certas += p.index(max(p)) == k
print("certas no teste:", certas / len(teste))
