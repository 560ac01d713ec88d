import math
import random

random.seed(1337)


class Value:
    """a number that remembers where it came from"""

    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))

        def _backward():
            self.grad += (1 - t * t) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


class Neuron:
    def __init__(self, nin, linear=False):
        self.w = [Value(random.gauss(0, 1) / math.sqrt(nin)) for _ in range(nin)]
        self.b = Value(0.0)
        self.linear = linear

    def __call__(self, x):
        act = self.b
        for wi, xi in zip(self.w, x):
            act = act + wi * xi
        return act if self.linear else act.tanh()

    def parameters(self):
        return self.w + [self.b]


class MLP:
    def __init__(self, sizes):
        self.layers = [[Neuron(a, i == len(sizes) - 2) for _ in range(b)]
                       for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]

    def __call__(self, x):
        for layer in self.layers:
            x = [n(x) for n in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for n in layer for p in n.parameters()]


points = []
for i in range(60):
    x, y = random.uniform(-1, 1), random.uniform(-1, 1)
    points.append(([x, y], 1.0 if x * y > 0 else -1.0))

model = MLP([2, 6, 4, 1])
for step in range(70):
    batch = random.sample(points, 20)
    loss = Value(0.0)
    for x, target in batch:
        diff = model(x) + -target
        loss = loss + diff * diff
    loss = loss * (1 / len(batch))
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    for p in model.parameters():
        p.data -= 0.3 * p.grad
    if step % 10 == 0:
        print(step, loss.data)

right = sum((model(x).data > 0) == (t > 0) for x, t in points)
print("accuracy", right / len(points))
