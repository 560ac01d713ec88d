import sys
import numpy as np

np.random.seed(99)


class MLP:
    def __init__(self, *sizes, lr=0.1):
        self.sizes = sizes
        self.depth = len(sizes) - 1
        self.lr = lr
        for i in range(1, self.depth + 1):
            setattr(self, f'W{i}', np.random.randn(sizes[i - 1], sizes[i]))
            setattr(self, f'b{i}', np.zeros(sizes[i]))

    @property
    def n_params(self):
        return sum(getattr(self, f'W{i}').size + getattr(self, f'b{i}').size
                   for i in range(1, self.depth + 1))

    @staticmethod
    def activation(z):
        return z.clip(min=0)

    @staticmethod
    def softmax(z):
        z = np.exp(z - z.max(axis=-1, keepdims=True))
        return z / z.sum(axis=-1, keepdims=True)

    def __call__(self, x):
        self.A = [x]
        for i in range(1, self.depth + 1):
            z = self.A[-1] @ getattr(self, f'W{i}') + getattr(self, f'b{i}')
            self.A.append(self.activation(z))
        return self.softmax(self.A[-1])

    def backprop(self, x, y):
        d = self(x)
        loss = -np.log(d[np.arange(y.size), y] + 1e-9).mean()
        d[np.arange(y.size), y] -= 1
        d /= y.size
        for i in range(self.depth, 0, -1):
            d = d * (self.A[i] > 0)
            gW, gb = self.A[i - 1].T @ d, d.sum(0)
            d = d @ getattr(self, f'W{i}').T
            setattr(self, f'W{i}', getattr(self, f'W{i}') - self.lr * gW)
            setattr(self, f'b{i}', getattr(self, f'b{i}') - self.lr * gb)
        return loss

    def fit(self, X, y, epochs, batch):
        for e in range(epochs):
            idx = np.random.permutation(y.size)
            L = [self.backprop(X[b], y[b]) for b in np.array_split(idx, y.size // batch)]
            sys.stdout.write(f'epoch {e}: loss {np.mean(L):.4f}\n')

    def accuracy(self, X, y):
        return (self(X).argmax(-1) == y).mean()


if __name__ == '__main__':
    with np.load('digits.npz') as d:
        X, y = d['images'].reshape(-1, 784) / 255, d['labels']
        Xt, yt = d['test_images'].reshape(-1, 784) / 255, d['test_labels']
    net = MLP(784, 64, 32, 10)
    print('parameters:', net.n_params)
    net.fit(X, y, epochs=12, batch=30)
    print('test accuracy:', net.accuracy(Xt, yt))
