# my own autograd, scalar valued
import math
import random
import sys

sys.setrecursionlimit(20000)
random.seed(1337)


class Value:
    __slots__ = ("data", "grad", "kids", "_back")

    def __init__(self, data, kids=()):
        self.data = data
        self.grad = 0.0
        self.kids = kids
        self._back = None

    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        out = Value(self.data + o.data, (self, o))

        def _back():
            self.grad += out.grad
            o.grad += out.grad
        out._back = _back
        return out

    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        out = Value(self.data * o.data, (self, o))

        def _back():
            self.grad = o.data * out.grad
            o.grad = self.data * out.grad
        out._back = _back
        return out

    def relu(self):
        out = Value(self.data if self.data > 0 else 0.0, (self,))

        def _back():
            self.grad += (out.data > 0) * out.grad
        out._back = _back
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))

        def _back():
            self.grad += (1 - t * t) * out.grad
        out._back = _back
        return out

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        topo, seen = [], set()

        def build(v):
            if id(v) not in seen:
                seen.add(id(v))
                for k in v.kids:
                    build(k)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            if v._back:
                v._back()


class Neuron:
    def __init__(self, nin, nonlin):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x):
        act = self.b
        for wi, xi in zip(self.w, x):
            act = act + wi * xi
        return act.tanh() if self.nonlin else act

    def parameters(self):
        return self.w + [self.b]


class MLP:
    def __init__(self, nin, nouts):
        sz = [nin] + nouts
        self.layers = [[Neuron(sz[i], i != len(nouts) - 1) for _ in range(sz[i + 1])] for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = [n(x) for n in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for n in layer for p in n.parameters()]


def moons(n):
    X, y = [], []
    for i in range(n):
        a = random.uniform(0, math.pi)
        if i % 2 == 0:
            px, py = math.cos(a), math.sin(a)
        else:
            px, py = 1 - math.cos(a), 0.4 - math.sin(a)
        X.append([px + random.gauss(0, 0.08), py + random.gauss(0, 0.08)])
        y.append(i % 2)
    return X, y


X, y = moons(40)
Xt, yt = moons(150)
goal = y

model = MLP(2, [8, 1])
print(len(model.parameters()), "parameters")

for step in range(120):
    # svm "max-margin" loss
    scores = [model(x) for x in X]
    losses = [(1 + -g * s).relu() for g, s in zip(goal, scores)]
    loss = sum(losses) * (1.0 / len(losses))

    loss.backward()
    lr = 0.5 - 0.4 * step / 120
    for p in model.parameters():
        p.data -= lr * p.grad
    if step % 20 == 0:
        acc = sum((s.data > 0) == (k == 1) for s, k in zip(scores, y)) / len(y)
        print(f"step {step} loss {loss.data:.4f} accuracy {acc:.3f}")

right = sum((model(x).data > 0) == (k == 1) for x, k in zip(Xt, yt))
print("test accuracy", right / len(yt))
