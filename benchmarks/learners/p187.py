import numpy as np
np.random.seed(21)


def make_flats(n):
    """surface m2, number of rooms, year built, floor, minutes to the centre -> price (k euro)"""
    surface = np.random.gamma(9, 8, n)
    rooms = np.clip(np.round(surface / 22 + np.random.randn(n) * .6), 1, 9)
    year = np.random.randint(1900, 2021, n)
    floor = np.random.randint(0, 9, n)
    minutes = np.random.uniform(2, 60, n)
    price = 30 + 3.1 * surface + 6 * rooms + 3 * floor + 150 * np.exp(-minutes / 15)
    price += np.where(year > 1990, (year - 1990) * 2.0, 0) - 25 * ((year > 1945) & (year < 1975))
    return np.column_stack([surface, rooms, year, floor, minutes]).astype(float), price + np.random.randn(n) * 8


class PriceNet(object):
    def __init__(self, nh=24, lr=0.02, mom=0.9, epochs=500, bs=20):
        self.nh, self.lr, self.mom, self.epochs, self.bs = nh, lr, mom, epochs, bs

    def _scale(self, X):
        return (X - self.xm) / self.xs

    def fit(self, X, y):
        self.xm = X.mean()
        self.xs = X.std()
        self.ym = y.mean()
        self.ys = y.std()
        X = self._scale(X)
        t = ((y - self.ym) / self.ys)[:, None]

        d = X.shape[1]
        self.params = [np.random.randn(d, self.nh) / np.sqrt(d), np.zeros((1, self.nh)),
                       np.random.randn(self.nh, 1) / np.sqrt(self.nh), np.zeros((1, 1))]
        vel = [np.zeros(p.shape) for p in self.params]
        for e in range(self.epochs):
            perm = np.random.permutation(len(X))
            err = 0.0
            for s in range(0, len(X), self.bs):
                xb = X[perm[s:s + self.bs]]
                tb = t[perm[s:s + self.bs]]
                grads, l = self._grads(xb, tb)
                err += l
                for p, v, g in zip(self.params, vel, grads):
                    v *= self.mom
                    v -= self.lr * g
                    p -= v
            if e % 100 == 0:
                print('epoch %4d   sq. error %.4f' % (e, err / len(X)))
        return self

    def _forward(self, X):
        W1, b1, W2, b2 = self.params
        h = np.tanh(X @ W1 + b1)
        return h, h @ W2 + b2

    def _grads(self, xb, tb):
        W1, b1, W2, b2 = self.params
        h, o = self._forward(xb)
        e = (o - tb) / len(xb)
        back = (e @ W2.T) * (1 - h * h)
        return [xb.T @ back, back.sum(0, keepdims=True), h.T @ e, e.sum(0, keepdims=True)], np.sum((o - tb) ** 2)

    def predict(self, X):
        o = self._forward(self._scale(X))[1]
        return o[:, 0] * self.ys


X, y = make_flats(600)
Xt, yt = make_flats(200)
net = PriceNet()
net.fit(X, y)
p = net.predict(Xt)
print('first ones  :', np.round(p[:5]))
print('should be   :', np.round(yt[:5]))
print('average error in k euro:', np.mean(np.abs(p - yt)))
