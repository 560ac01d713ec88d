import math
import random

random.seed(30)

SIZES = ["S", "M", "L"]


class Neuron:
    def __init__(self, n):
        self.w = [random.uniform(-1, 1) for _ in range(n)]
        self.b = random.uniform(-1, 1)

    def fire(self, x):
        self.x = x
        net = self.b
        for wi, xi in zip(self.w, x):
            net += wi * xi
        # the same as 1 / (1 + exp(-net)) but without OverflowError
        self.o = 0.5 + 0.5 * math.tanh(net / 2)
        return self.o

    def learn(self, blame, lr):
        # blame = dE/do
        d = blame * self.o * (1 - self.o)
        down = [d * wi for wi in self.w]
        self.w = [wi - lr * d * xi for wi, xi in zip(self.w, self.x)]
        self.b -= lr * d
        return down


class Net:
    def __init__(self, n_in, n_hidden):
        self.hidden = [Neuron(n_in) for _ in range(n_hidden)]
        self.last = Neuron(n_hidden)

    def ask(self, x):
        return self.last.fire([h.fire(x) for h in self.hidden])

    def teach(self, x, goal, lr):
        o = self.ask(x)
        down = self.last.learn(o - goal, lr)
        for h, d in zip(self.hidden, down):
            h.learn(d, lr)
        return (o - goal) ** 2

    def size_of(self, x):
        return int(self.ask(x) * 2)


def person():
    """ height (cm), weight (kg), fits loosely (0/1) -> size """
    h = random.gauss(172, 10)
    w = random.gauss(22.5, 3) * (h / 100) ** 2
    loose = random.randint(0, 1)
    score = (h - 172) / 10 + (w - 66) / 11 + 0.9 * loose - 0.45
    size = 0 if score < -0.9 else 2 if score > 0.9 else 1
    return [h, w, loose], size


def norm(x):
    return [(x[0] - 170) / 20, (x[1] - 65) / 20, x[2] - 0.5]


people = [person() for _ in range(300)]
others = [person() for _ in range(200)]

net = Net(3, 5)
for epoch in range(400):
    random.shuffle(people)
    err = 0
    for x, size in people:
        err += net.teach(norm(x), size, 0.5)
    if epoch % 40 == 0:
        print("epoch", epoch, "error", round(err / len(people), 5))

table = [[0, 0, 0] for _ in SIZES]
for x, size in others:
    table[size][net.size_of(x)] += 1
print("      ", *SIZES)
for name, row in zip(SIZES, table):
    print("real", name, row)
print("share of right sizes:", sum(table[i][i] for i in range(3)) / len(others))
