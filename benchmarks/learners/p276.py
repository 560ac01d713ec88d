import numpy as np

np.random.seed(33)

# chess board 3x3, coordinates -1.5 .. 1.5, black = 1 if the field numbers add up to an even number
P = np.random.uniform(-1.5, 1.5, (900, 2))
field = np.floor(P + 1.5).astype(int)
black = (field.sum(axis=1) % 2 == 0).astype(float)
P_train, black_train = P[:600], black[:600]
P_test, black_test = P[600:], black[600:]
print("black in test:", black_test.mean())

h1, h2 = 24, 12
W1 = np.random.randn(h1, 2) * 1.5
b1 = np.random.randn(h1) * 1.0
W2 = np.random.randn(h2, h1) / np.sqrt(h1)
b2 = np.zeros(h2)
w3 = np.random.randn(h2) / np.sqrt(h2)
b3 = 0.0


def go(p):
    a1 = np.tanh(W1 @ p + b1)
    a2 = W2 @ a1 + b2
    out = w3 @ a2 + b3
    return a1, a2, 1 / (1 + np.exp(-np.clip(out, -40, 40)))


rate = 0.05
for epoch in range(60):
    if epoch in (30, 45, 54):
        rate *= 0.4
    err = 0.0
    for i in np.random.permutation(len(P_train)):
        # a little noise against learning by heart
        p = P_train[i] + 0.04 * np.random.rand(2)
        a1, a2, out = go(p)
        t = black_train[i]
        err -= np.log(out + 1e-12) if t else np.log(1 - out + 1e-12)

        d3 = out - t
        # I got nan once, so limit them
        d2 = np.clip(d3 * w3 * (1 - a2 ** 2), -2, 2)
        d1 = np.clip(W2.T @ d2 * (1 - a1 ** 2), -2, 2)
        w3 -= rate * d3 * a2
        b3 -= rate * d3
        W2 -= rate * np.outer(d2, a1)
        b2 -= rate * d2
        W1 -= rate * np.outer(d1, p)
        b1 -= rate * d1
    if epoch % 6 == 0:
        print("epoch %d, cross entropy %.4f, rate %.4f" % (epoch, err / len(P_train), rate))

hits = 0
for p, t in zip(P_test, black_test):
    said = int(go(p)[2])
    hits += said == t
print("right on the test board:", hits / len(P_test))
