# two spirals; hidden layers with batch norm, the second one with a skip connection
import numpy as np

rng = np.random.default_rng(5)
N, H, lr, eps, mom = 400, 24, 0.3, 1e-5, 0.9

t = np.sqrt(rng.uniform(0.02, 1, N)) * 2.2 * np.pi
label = np.arange(N) % 2
X = np.stack([t * np.cos(t + np.pi * label), t * np.sin(t + np.pi * label)], axis=1) / 5
X += rng.normal(0, 0.02, X.shape)
T = label.reshape(-1, 1).astype(float)
Xtr, Ttr, Xte, Tte = X[:300], T[:300], X[300:], T[300:]

W1 = rng.normal(0, np.sqrt(2 / 2), (2, H))
g1, b1 = np.ones(H), np.zeros(H)
W2 = rng.normal(0, np.sqrt(2 / H), (H, H))
g2, b2 = np.ones(H), np.zeros(H)
W3 = rng.normal(0, np.sqrt(1 / H), (H, 1))
b3 = np.zeros(1)
run_m1, run_v1 = np.zeros(H), np.ones(H)
run_m2, run_v2 = np.zeros(H), np.ones(H)

for epoch in range(400):
    perm = rng.permutation(len(Xtr))
    for k in range(0, len(Xtr), 50):
        x, y = Xtr[perm[k:k + 50]], Ttr[perm[k:k + 50]]
        m = len(x)

        u1 = x @ W1
        mu1, var1 = u1.mean(axis=0), u1.var(axis=0)
        n1 = (u1 - mu1) / np.sqrt(var1 + eps)
        h1 = np.maximum(g1 * n1 + b1, 0)

        u2 = h1 @ W2
        mu2, var2 = u2.mean(axis=0), u2.var(axis=0)
        n2 = (u2 - mu2) / np.sqrt(var2 + eps)
        h2 = np.maximum(g2 * n2 + b2, 0) + h1

        out = 1 / (1 + np.exp(-(h2 @ W3 + b3)))
        loss = -np.mean(y * np.log(out + 1e-12) + (1 - y) * np.log(1 - out + 1e-12))

        run_m1 = mom * run_m1 + (1 - mom) * mu1
        run_v1 = mom * run_v1 + (1 - mom) * var1
        run_m2 = mom * run_m2 + (1 - mom) * mu2
        run_v2 = mom * run_v2 + (1 - mom) * var2

        dout = (out - y) / m
        dW3 = h2.T @ dout
        db3 = dout.sum(axis=0)
        dh2 = dout @ W3.T

        ds2 = dh2 * (g2 * n2 + b2 > 0)
        dg2 = (ds2 * n2).sum(axis=0)
        db2 = ds2.sum(axis=0)
        dn2 = ds2 * g2
        du2 = (m * dn2 - dn2.sum(axis=0) - n2 * (dn2 * n2).sum(axis=0)) / (m * np.sqrt(var2 + eps))
        dW2 = h1.T @ du2
        dh1 = du2 @ W2.T + dh2

        ds1 = dh1 * (g1 * n1 + b1 > 0)
        dg1 = (ds1 * n1).sum(axis=0)
        db1 = ds1.sum(axis=0)
        dn1 = ds1 * g1
        du1 = (m * dn1 - dn1.sum(axis=0) - n1 * (dn1 * n1).sum(axis=0)) / (m * np.sqrt(var1 + eps))
        dW1 = x.T @ du1

        W1 -= lr * dW1
        g1 -= lr * dg1
        b1 -= lr * db1
        W2 -= lr * dW2
        g2 -= lr * dg2
        b2 -= lr * db2
        W3 -= lr * dW3
        b3 -= lr * db3
    if epoch % 40 == 0:
        print(f"epoch {epoch}: loss {loss:.4f}")

h1 = np.maximum(g1 * (Xte @ W1 - run_m1) / np.sqrt(run_v1 + eps) + b1, 0)
h2 = np.maximum(g2 * (h1 @ W2 - run_m2) / np.sqrt(run_v2 + eps) + b2, 0) + h1
print("accuracy on new points:", np.mean((h2 @ W3 + b3 > 0) == (Tte > 0.5)))
