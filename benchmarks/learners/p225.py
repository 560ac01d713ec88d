# tiny autograd on single numbers, then an MLP on top of it. Plain python.
import math
import random

random.seed(21)


class Value:
    __slots__ = ("data", "grad", "kids", "local")

    def __init__(self, data, kids=(), local=()):
        self.data = data
        self.grad = 0.0
        self.kids = kids
        self.local = local  # d(self)/d(kid) for each kid

    def __add__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), (other,))
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def softplus(self):
        # log(1 + e^x)
        d = self.data
        v = d + math.log1p(math.exp(-d)) if d > 0 else math.log1p(math.exp(d))
        return Value(v, (self,), (1 / (1 + math.exp(-d)),))

    def backward(self):
        # iterative topological sort, recursion was too deep for me
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
                continue
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack.append((node, True))
            for kid in node.kids:
                if id(kid) not in seen:
                    stack.append((kid, False))
        self.grad = 1.0
        for node in reversed(order):
            g = node.grad
            for kid, loc in zip(node.kids, node.local):
                kid.grad += g * loc


class Neuron:
    def __init__(self, n_in, squash):
        k = 1 / math.sqrt(n_in)
        self.w = [Value(random.gauss(0, k)) for _ in range(n_in)]
        self.b = Value(0.0)
        self.squash = squash

    def __call__(self, xs):
        total = self.b
        for w, x in zip(self.w, xs):
            total = total + w * x
        return total.tanh() if self.squash else total


class Net:
    def __init__(self, sizes):
        self.layers = []
        for i in range(len(sizes) - 1):
            last = i == len(sizes) - 2
            self.layers.append([Neuron(sizes[i], not last) for _ in range(sizes[i + 1])])

    def __call__(self, xs):
        for layer in self.layers:
            xs = [neuron(xs) for neuron in layer]
        return xs[0]

    def parameters(self):
        return [p for layer in self.layers for n in layer for p in n.w + [n.b]]


def moons(n):
    points = []
    for i in range(n):
        a = random.uniform(0, math.pi)
        if i % 2 == 0:
            p = (math.cos(a), math.sin(a), 1)
        else:
            p = (1 - math.cos(a), 0.5 - math.sin(a), -1)
        points.append((p[0] + random.gauss(0, 0.12), p[1] + random.gauss(0, 0.12), p[2]))
    return points


train, test = moons(80), moons(200)
net = Net([2, 8, 5, 1])
params = net.parameters()
print(len(params), "parameters")

STEPS = 70
for step in range(STEPS):
    loss = Value(0.0)
    for x, y, sign in train:
        # logistic loss for labels -1 and +1
        loss = loss + (net([x, y]) * -sign).softplus()
    loss = loss * (1 / len(train))
    for p in params:
        p.grad = 0.0
    loss.backward()
    rate = 1.5 - 0.8 * step / STEPS
    for p in params:
        p.data -= rate * p.grad
    if step % 7 == 0:
        print("step", step, "loss", round(loss.data, 4))

hits = sum((net([x, y]).data > 0) == (sign > 0) for x, y, sign in test)
print("test accuracy", hits / len(test))
