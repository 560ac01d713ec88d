# next letter of a word that is said again and again, no libraries at all
# w = weights, v = speed, u = weights where we look ahead (nesterov)
import math
import random

random.seed(14)

WORD = "kaleidoskop "
TEXT = WORD * 4
ABC = sorted(set(TEXT))
BACK = 2


class Reader:
    def __init__(self, sizes, mu=0.8, h=0.03):
        self.mu, self.h = mu, h
        self.w, self.v = [], []
        for n, m in zip(sizes, sizes[1:]):
            s = 1.0 / math.sqrt(n)
            # last number of each row is the bias
            self.w.append([[random.gauss(0, s) for _ in range(n)] + [0.05] for _ in range(m)])
            self.v.append([[0.0] * (n + 1) for _ in range(m)])
        self.history = {"loss": [], "right": []}

    def ahead(self):
        mu = self.mu
        return [[[a + mu * b for a, b in zip(wr, vr)] for wr, vr in zip(w, v)]
                for w, v in zip(self.w, self.v)]

    @staticmethod
    def lin(u, q):
        return [sum(a * b for a, b in zip(row, q)) + row[-1] for row in u]

    def run(self, u, q):
        q1 = [math.tanh(z) for z in self.lin(u[0], q)]
        q2 = [max(0.0, z) for z in self.lin(u[1], q1)]
        z = self.lin(u[2], q2)
        top = max(z)
        e = [math.exp(k - top) for k in z]
        tot = sum(e)
        return q1, q2, [k / tot for k in e]

    def learn(self, q, target):
        u = self.ahead()
        q1, q2, p = self.run(u, q)
        f3 = [pk - (1.0 if k == target else 0.0) for k, pk in enumerate(p)]
        f2 = [sum(f3[k] * u[2][k][j] for k in range(len(f3))) if q2[j] > 0 else 0.0
              for j in range(len(q2))]
        f1 = [sum(f2[k] * u[1][k][j] for k in range(len(f2))) * (1 - q1[j] ** 2)
              for j in range(len(q1))]
        for w, v, f, inp in zip(self.w, self.v, (f1, f2, f3), (q, q1, q2)):
            for r, fr in enumerate(f):
                for c, x in enumerate(inp + [1.0]):
                    v[r][c] = self.mu * v[r][c] - self.h * fr * x
                    w[r][c] += v[r][c]
        return -math.log(p[target] + 1e-12)

    def guess(self, q):
        p = self.run(self.w, q)[-1]
        return p.index(max(p))


def onehot(letters):
    out = []
    for ch in letters:
        out += [1.0 if ch == a else 0.0 for a in ABC]
    return out


pairs = [(onehot(TEXT[i - BACK:i]), ABC.index(TEXT[i])) for i in range(BACK, len(TEXT))]
net = Reader([BACK * len(ABC), 14, 14, len(ABC)])

epoch = 0
while epoch < 60:
    loss = 0.0
    for q, target in pairs:
        loss += net.learn(q, target)
    net.history["loss"].append(loss / len(pairs))
    net.history["right"].append(sum(net.guess(q) == t for q, t in pairs))
    if epoch % 10 == 0:
        print(epoch, net.history["loss"][-1], net.history["right"][-1], "of", len(pairs))
    epoch += 1

said = "ka"
while len(said) < 30:
    said += ABC[net.guess(onehot(said[-BACK:]))]
print(said)
ok = sum(net.guess(q) == t for q, t in pairs)
print("accuracy =", ok / len(pairs))
