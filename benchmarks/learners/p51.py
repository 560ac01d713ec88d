# iris-like flowers, typed numbers are only the means... 2 hidden layers with a shortcut
# everything global, tried to keep it as short as possible
import random, csv
import numpy as np

np.random.seed(31)
random.seed(31)

# write and read back a csv so that it is like the real file
with open('flowers.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow(['sl', 'sw', 'pl', 'pw', 'kind'])
    for i in range(50):
        w.writerow([round(random.gauss(5.0, .35), 1), round(random.gauss(3.4, .38), 1), round(random.gauss(1.5, .17), 1), round(random.gauss(.25, .1), 1), 'setosa'])
    for i in range(50):
        w.writerow([round(random.gauss(5.9, .5), 1), round(random.gauss(2.8, .3), 1), round(random.gauss(4.2, .45), 1), round(random.gauss(1.3, .2), 1), 'versicolor'])
    for i in range(50):
        w.writerow([round(random.gauss(6.6, .6), 1), round(random.gauss(3.0, .3), 1), round(random.gauss(5.7, .5), 1), round(random.gauss(2.1, .25), 1), 'virginica'])

rows = list(csv.reader(open('flowers.csv')))[1:]
random.shuffle(rows)
names = ['virginica', 'setosa', 'versicolor']
X = np.array([r[:4] for r in rows]).astype(float) - [5.8, 3.0, 3.8, 1.2]
T = np.array([[1.0 if r[4] == n else -1.0 for n in names] for r in rows])

W1 = np.random.rand(4, 10) - .5
W2 = np.random.rand(10, 10) - .5
W3 = np.random.rand(10, 3) - .5

def softplus(z): return np.log1p(np.exp(z))
def dsoftplus(z): return 1 / (1 + np.exp(-z))

def run(x):
    global z1, h1, z2, h2, o
    z1 = x @ W1
    h1 = np.tanh(z1)
    z2 = h1 @ W2
    h2 = h1 + softplus(z2)
    o = np.tanh(h2 @ W3)
    return o

def learn(x, t, rate):
    global W1, W2, W3
    run(x)
    d3 = (t - o) * (1 - o * o)
    g = np.outer(d3, W3.T.ravel()).shape  # just to look at the size
    dh2 = W3 @ d3
    d2 = dh2 * dsoftplus(z2)
    d1 = (dh2 + W2 @ d2) * (1 - h1 * h1)
    W3 += rate * np.outer(h2, d3)
    W2 += rate * np.outer(h1, d2)
    W1 += rate * np.outer(x, d1)

train, test = range(0, 100), range(100, 150)
rate = 0.02
while rate > 0.0005:
    for i in train:
        learn(X[i], T[i], rate)
    rate *= 0.95
    print('rate %.5f' % rate, 'error %.4f' % np.mean((run(X[:100]) - T[:100]) ** 2))

hits = [names[int(np.argmax(run(X[i])))] == rows[i][4] for i in test]
print('right:', sum(hits) / len(hits))
