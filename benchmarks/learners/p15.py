import numpy as np

np.random.seed(6)

n = 120
x = np.linspace(-1, 1, n).reshape(-1, 1)
y = np.sin(4 * x[:, 0])

# layer sizes 1 - 16 - 16 - 1
W1 = np.random.randn(1, 16) * 1.5
b1 = np.random.randn(16) * 0.5
W2 = np.random.randn(16, 16) / 4
b2 = np.zeros(16)
W3 = np.random.randn(16, 1) / 4
b3 = np.zeros(1)

learning_rate = 1e-4

for i in range(4000):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    out = h2 @ W3 + b3
    diff = out - y
    mse = (diff ** 2).mean()
    if i % 400 == 0:
        print(i, mse)
    # gradients of the mse (without the mean over axis 1 the matmul below did not work)
    g = 2 * diff.mean(axis=1, keepdims=True) / n
    gW3 = h2.T @ g
    gb3 = g.sum(axis=0)
    g2 = g @ W3.T * (1 - h2 * h2)
    gW2 = h1.T @ g2
    gb2 = g2.sum(axis=0)
    g1 = g2 @ W2 * (1 - h1 * h1)
    gW1 = x.T @ g1
    gb1 = g1.sum(axis=0)
    for P, G in [(W1, gW1), (b1, gb1), (W2, gW2), (b2, gb2), (W3, gW3), (b3, gb3)]:
        P -= learning_rate * G

h1 = np.tanh(x @ W1 + b1)
h2 = np.tanh(h1 @ W2 + b2)
out = h2 @ W3 + b3
final = 0.0
for a, b in zip(out.ravel(), y.ravel()):
    final += (a - b) ** 2
print("final mse:", final / n)
