import numpy as np
from time import time

# small residual MLP:  x -> 48 -> [48 + block(48)] -> 10
# ELU everywhere

rng = np.random.default_rng(0)

with np.load('digits.npz') as d:
    x_train, y_train = d['images'], d['labels']
    x_test, y_test = d['test_images'], d['test_labels']

x_train = x_train.reshape(len(x_train), -1) / 255
x_test = x_test.reshape(len(x_test), -1) / 255

def elu(x, a=1.0):
    return np.where(x > 0, x, a * (np.exp(np.minimum(x, 0)) - 1))

def d_elu(x, a=1.0):
    return np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))

def softmax(x):
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x), axis=0)

def he(n_in, n_out):
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)

D = 48
Win,  bin_  = he(784, D), np.zeros(D)
Wa,   ba    = he(D, D),   np.zeros(D)
Wb,   bb    = he(D, D) * 0.1, np.zeros(D)
Wout, bout  = he(D, 10),  np.zeros(10)

def forward(x):
    z0 = x @ Win + bin_
    h0 = elu(z0)
    za = h0 @ Wa + ba
    ha = elu(za)
    h1 = h0 + ha @ Wb + bb          # skip connection
    logits = h1 @ Wout + bout
    return z0, h0, za, ha, h1, softmax(logits)

def batches(x, y, size):
    order = rng.permutation(len(x))
    for i in range(0, len(x), size):
        yield x[order[i:i + size]], y[order[i:i + size]]

learning_rate = 0.0002
batch_size = 50
epochs = 25

t0 = time()
for epoch in range(epochs):
    correct = 0
    for xb, yb in batches(x_train, y_train, batch_size):
        z0, h0, za, ha, h1, p = forward(xb)
        correct += np.sum(p.argmax(1) == yb)

        g = p.copy()
        g[np.arange(len(yb)), yb] -= 1
        g /= len(yb)

        gWout, gbout = h1.T @ g, g.sum(0)
        gh1 = g @ Wout.T
        gWb, gbb = ha.T @ gh1, gh1.sum(0)
        gza = (gh1 @ Wb.T) * d_elu(za)
        gWa, gba = h0.T @ gza, gza.sum(0)
        gh0 = gza @ Wa.T + gh1
        gz0 = gh0 * d_elu(z0)
        gWin, gbin = xb.T @ gz0, gz0.sum(0)

        for param, grad in zip((Win, bin_, Wa, ba, Wb, bb, Wout, bout),
                               (gWin, gbin, gWa, gba, gWb, gbb, gWout, gbout)):
            param -= learning_rate * grad

    if epoch % 5 == 4:
        print(f'epoch {epoch + 1:3d}   train acc {correct / len(x_train):.3f}   {time() - t0:.1f}s')

p = forward(x_test)[-1]
print('test acc', np.mean(p.argmax(1) == y_test))
