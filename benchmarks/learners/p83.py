import numpy as np

np.random.seed(11)


class Node(object):
    def __init__(self, inbound_nodes=[]):
        self.inbound_nodes = inbound_nodes
        self.value = None
        self.outbound_nodes = []
        self.gradients = {}
        for node in inbound_nodes:
            node.outbound_nodes.append(self)


class Input(Node):
    def __init__(self):
        Node.__init__(self)

    def forward(self):
        pass

    def backward(self):
        self.gradients = {self: 0}
        for n in self.outbound_nodes:
            self.gradients[self] += n.gradients[self]


class Linear(Node):
    def __init__(self, X, W, b):
        Node.__init__(self, [X, W, b])

    def forward(self):
        X, W, b = [n.value for n in self.inbound_nodes]
        self.value = np.dot(X, W) + b

    def backward(self):
        self.gradients = {n: np.zeros_like(n.value) for n in self.inbound_nodes}
        for n in self.outbound_nodes:
            grad_cost = n.gradients[self]
            self.gradients[self.inbound_nodes[0]] += np.dot(grad_cost, self.inbound_nodes[1].value.T)
            self.gradients[self.inbound_nodes[1]] += np.dot(self.inbound_nodes[0].value.T, grad_cost)
            self.gradients[self.inbound_nodes[2]] += np.sum(grad_cost, axis=0, keepdims=False)


class Sigmoid(Node):
    def __init__(self, node):
        Node.__init__(self, [node])

    def _sigmoid(self, x):
        return 1. / (1. + np.exp(-x))

    def forward(self):
        self.value = self._sigmoid(self.inbound_nodes[0].value)

    def backward(self):
        self.gradients = {n: np.zeros_like(n.value) for n in self.inbound_nodes}
        for n in self.outbound_nodes:
            grad_cost = n.gradients[self]
            sigmoid = self.inbound_nodes[0].value
            self.gradients[self.inbound_nodes[0]] += sigmoid * (1 - sigmoid) * grad_cost


class MSE(Node):
    def __init__(self, y, a):
        Node.__init__(self, [y, a])

    def forward(self):
        y = self.inbound_nodes[0].value.reshape(-1, 1)
        a = self.inbound_nodes[1].value.reshape(-1, 1)
        self.m = y.shape[0]
        self.diff = y - a
        self.value = np.mean(self.diff**2)

    def backward(self):
        self.gradients[self.inbound_nodes[0]] = (2 / self.m) * self.diff
        self.gradients[self.inbound_nodes[1]] = (-2 / self.m) * self.diff


def topological_sort(feed_dict):
    L, S = [], list(feed_dict.keys())
    seen = {}
    while S:
        n = S.pop(0)
        if isinstance(n, Input):
            n.value = feed_dict[n]
        L.append(n)
        for m in n.outbound_nodes:
            seen[m] = seen.get(m, 0) + 1
            if seen[m] == len(m.inbound_nodes):
                S.append(m)
    return L


def forward_and_backward(graph):
    for n in graph:
        n.forward()
    for n in graph[::-1]:
        n.backward()


def sgd_update(trainables, learning_rate=1e-2):
    for t in trainables:
        t.value = t.value - learning_rate * t.gradients[t]


# Load data
n = 400
rooms = np.random.normal(6.3, 0.7, n)
lstat = np.random.uniform(2, 35, n)
tax = np.random.uniform(190, 700, n)
crim = np.random.exponential(3, n)
X_ = np.array([rooms, lstat, tax, crim]).T
y_ = 22 + 6*(rooms - 6.3) + 14*np.exp(-lstat/8) - 0.01*(tax - 400) - 0.4*crim + np.random.normal(0, 1, n)

# Normalize data
mean, std = np.mean(X_), np.std(X_)
X_ = (X_ - mean) / std
y_ = (y_ - y_.mean()) / y_.std()

X_train, y_train, X_test, y_test = X_[:320], y_[:320], X_[320:], y_[320:]

n_features, n_hidden = X_.shape[1], 10
X, y = Input(), Input()
W1, b1 = Input(), Input()
W2, b2 = Input(), Input()

l1 = Linear(X, W1, b1)
s1 = Sigmoid(l1)
l2 = Linear(s1, W2, b2)
cost = MSE(y, l2)

feed_dict = {
    X: X_train, y: y_train,
    W1: np.random.randn(n_features, n_hidden), b1: np.zeros(n_hidden),
    W2: np.random.randn(n_hidden, 1), b2: np.zeros(1),
}
graph = topological_sort(feed_dict)
trainables = [W1, b1, W2, b2]

batch_size = 16
for i in range(60):
    loss = 0
    for j in range(320 // batch_size):
        pick = np.random.choice(320, batch_size)
        X.value, y.value = X_train[pick], y_train[pick]
        forward_and_backward(graph)
        sgd_update(trainables, 0.03)
        loss += cost.value
    if i % 10 == 0:
        print("Epoch: {}, Loss: {:.3f}".format(i + 1, loss / (320 // batch_size)))

X.value, y.value = X_test, y_test
for node in graph:
    node.forward()
print("R2: {:.4f}".format(1 - cost.value / np.var(y_test)))
