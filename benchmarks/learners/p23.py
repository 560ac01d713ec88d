import numpy as np

np.random.seed(100)

class XorNet:

    def __init__(self, hidden):
        self.wh = np.random.normal(0, 1, (hidden, 2))
        self.bh = np.random.normal(0, 1, hidden)
        self.wo = np.random.normal(0, 1, hidden)
        self.bo = 0.0

    @staticmethod
    def s(x):
        return 1 / (1 + np.exp(-x))

    def think(self, x):
        self.x = x
        self.h = self.s(np.dot(self.wh, x) + self.bh)
        self.o = self.s(np.dot(self.wo, self.h) + self.bo)
        return self.o

    def learn(self, target, lr):
        # error of the output times slope
        delta_o = (self.o - target) * self.o * (1 - self.o)
        # error of hidden layer
        delta_h = delta_o * self.h * (1 - self.h)
        self.wo -= lr * delta_o * self.h
        self.bo -= lr * delta_o
        self.wh -= lr * np.outer(delta_h, self.x)
        self.bh -= lr * delta_h


samples = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
net = XorNet(4)

epochs = 100
for epoch in range(epochs):
    loss = 0
    for k in np.random.permutation(4):
        x, target = samples[k]
        o = net.think(np.array(x))
        loss += (o - target) ** 2
        net.learn(target, 0.5)
    if epoch % (epochs // 10) == 0:
        print("epoch", epoch, "loss", loss)

good = 0
for x, target in samples:
    o = net.think(np.array(x))
    print(x, "->", o)
    good += int(round(o) == target)
print("share correct", good / 4)
