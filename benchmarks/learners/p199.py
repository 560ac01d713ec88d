"""
"Efficient BackProp" (1998) in numpy:
   f(a) = 1.7159 * tanh(2/3 a), targets +1 / -1, inputs with mean 0, weights ~ 1/sqrt(fan in)
   stochastic (one by one), every layer with its own learning rate
"""
import numpy as np

np.random.seed(1998)
A, S = 1.7159, 2.0 / 3.0


def pool(img):
    """28x28 -> 14x14, mean of 2x2"""
    return img.reshape(14, 2, 14, 2).mean(axis=(1, 3))


class Layer:
    def __init__(self, nin, nout, rate):
        # last column = bias
        self.W = np.random.randn(nout, nin + 1) / np.sqrt(nin + 1)
        self.rate = rate / np.sqrt(nin)

    def f(self, x):
        self.x = np.append(x, 1.0)
        self.y = A * np.tanh(S * self.W.dot(self.x))
        return self.y

    def b(self, dy):
        # f' = S/A * (A - y) (A + y)
        da = dy * S / A * (A - self.y) * (A + self.y)
        dx = self.W[:, :-1].T.dot(da)
        self.W -= self.rate * np.outer(da, self.x)
        return dx


def load():
    d = np.load("digits.npz")
    a = np.array([pool(i).ravel() for i in d["images"].astype(float)])
    b = np.array([pool(i).ravel() for i in d["test_images"].astype(float)])
    m = a.mean()
    s = a.std()
    return (a - m) / s, d["labels"], (b - m) / s, d["test_labels"]


def target(l):
    t = -np.ones(10)
    t[l] = 1
    return t


X, L, XT, LT = load()
net = [Layer(196, 40, 0.06), Layer(40, 10, 0.03)]


def forward(x):
    for l in net:
        x = l.f(x)
    return x


for sweep in range(30):
    E = 0
    wrong = 0
    for i in np.random.permutation(len(X)):
        out = forward(X[i])
        e = out - target(L[i])
        E += 0.5 * e.dot(e)
        wrong += out.argmax() != L[i]
        for l in net[::-1]:
            e = l.b(e)
    if sweep % 5 == 4:
        print("sweep %d  E %.4f  wrong in training %d" % (sweep + 1, E / len(X), wrong))
        for l in net:
            l.rate *= 0.7

ok = [forward(x).argmax() == l for x, l in zip(XT, LT)]
print("test, right:", sum(ok), "of", len(ok), "=", sum(ok) / len(ok))
