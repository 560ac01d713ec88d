import math
import random

random.seed(1337)


class Value:
    """ stores a single number and its gradient """

    def __init__(self, data, _prev=()):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._backward = None

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

    def relu(self):
        out = Value(self.data if self.data > 0 else 0.0, (self,))

        def _backward():
            if out.data > 0:
                self.grad += out.grad
        out._backward = _backward
        return out

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        topo, visited, stack = [], set(), [(self, False)]
        while stack:
            v, done = stack.pop()
            if done:
                topo.append(v)
            elif id(v) not in visited:
                visited.add(id(v))
                stack.append((v, True))
                for p in v._prev:
                    stack.append((p, False))
        self.grad = 1.0
        for v in reversed(topo):
            if v._backward:
                v._backward()


class Neuron:
    def __init__(self, nin, nonlin=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x):
        act = self.b
        for wi, xi in zip(self.w, x):
            act = act + wi * xi
        return act.relu() if self.nonlin else act

    def parameters(self):
        return self.w + [self.b]


class MLP:
    def __init__(self, nin, nouts):
        sz = [nin] + nouts
        self.layers = [[Neuron(sz[i], i != len(nouts) - 1) for _ in range(sz[i + 1])]
                       for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = [n(x) for n in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for n in layer for p in n.parameters()]


def moon(label):
    t = random.uniform(0, math.pi)
    if label == 1:
        p = (math.cos(t), math.sin(t))
    else:
        p = (1 - math.cos(t), 0.5 - math.sin(t))
    return [p[0] + random.gauss(0, 0.08), p[1] + random.gauss(0, 0.08)]


ys = [random.choice([-1, 1]) for _ in range(250)]
xs = [moon(y) for y in ys]
model = MLP(2, [12, 1])
print("number of parameters", len(model.parameters()))

# online: one picture at a time, the step gets smaller and smaller
steps = 2500
for k in range(steps):
    i = random.randrange(150)
    # svm "max-margin" loss
    loss = (1 + -ys[i] * model(xs[i])).relu()
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    learning_rate = 0.15 - 0.13 * k / steps
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    if k % 500 == 0:
        print("step %d loss %.4f" % (k, loss.data))

hits = [(model(x).data > 0) == (y > 0) for x, y in zip(xs[150:], ys[150:])]
print("test accuracy", sum(hits) / len(hits))
