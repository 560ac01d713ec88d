# simple autoencoder 196 -> 24 -> 196 in numpy
# judge: how much of the variance of the test images is explained
import numpy as np
import matplotlib.pyplot as plt

SEED = 17
np.random.seed(17)

d = np.load('digits.npz')
train = d['images'].reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
test = d['test_images'].reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
train = train.astype('float') / 255
test = test.astype('float') / 255
print(train.min(), train.max(), train.shape)

n_vis = 196
n_code = 24

class Encoder:
    def __init__(self):
        self.W = np.random.rand(n_code, n_vis)
        self.b = np.zeros((n_code, 1))
    def __call__(self, x):
        self.x = x
        self.z = self.W @ x + self.b
        self.code = np.maximum(self.z, 0)
        return self.code
    def backprop(self, g):
        g = g * (self.code > 0)
        self.gW = g @ self.x.T
        self.gb = g.sum(1, keepdims=True)

class Decoder:
    def __init__(self):
        self.W = np.random.randn(n_vis, n_code) * 0.05
        self.b = np.zeros((n_vis, 1))
    def __call__(self, c):
        self.c = c
        self.out = 1 / (1 + np.exp(-(self.W @ c + self.b)))
        return self.out
    def backprop(self, g):
        self.gW = g @ self.c.T
        self.gb = g.sum(1, keepdims=True)
        return self.W.T @ g

enc = Encoder()
dec = Decoder()

lr = 0.01
mu = 0.9
parts = [enc, dec]
for p in parts:
    p.vW = 0 * p.W
    p.vb = 0 * p.b

hist = []
for epoch in range(1, 61):
    np.random.shuffle(train)
    err = 0
    for k in range(0, len(train), 40):
        x = train[k:k+40].T
        y = dec(enc(x))
        err += ((y - x) ** 2).sum()
        # cross entropy, so the sigmoid of the output cancels
        g = (y - x) / x.shape[1]
        enc.backprop(dec.backprop(g))
        for p in parts:
            p.vW = mu * p.vW + lr * p.gW
            p.vb = mu * p.vb + lr * p.gb
        enc.W -= enc.vW
        enc.b -= enc.vb
        dec.b -= dec.vb
    hist.append(err / len(train))
    if epoch % 10 == 0:
        print(epoch, hist[-1])

rec = dec(enc(test.T)).T

fig, ax = plt.subplots(2, 6)
for i in range(6):
    ax[0, i].imshow(test[i].reshape(14, 14), cmap='gray')
    ax[1, i].imshow(rec[i].reshape(14, 14), cmap='gray')
plt.savefig('rec.png')

mse = ((rec - test) ** 2).sum()
var = ((test - train.mean(0)) ** 2).sum()
print('explained variance on test:', 1 - mse / var)
