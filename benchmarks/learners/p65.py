# Learning modular subtraction (a - b) mod 7 with a tiny network
# inputs: two one hot vectors of length 7 next to each other
# hidden layer: maxout with 2 pieces, output: softmax
import numpy as np
np.random.seed(17)

P = 7
H = 32
PIECES = 2

# training table: every pair shows up about 20 times, 2% of the answers are noise
A = np.random.randint(0, P, 1000)
B = np.random.randint(0, P, 1000)
C = (A - B) % P
noise = np.random.rand(1000) < 0.02
C[noise] = np.random.randint(0, P, noise.sum())

def encode(a, b):
    x = np.zeros((len(a), 2 * P))
    x[np.arange(len(a)), a] = 1
    x[np.arange(len(a)), b] = 1
    return x

def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

# W: (pieces, inputs, hidden)
W = np.random.normal(0, 0.5, (PIECES, 2 * P, H))
bW = np.zeros((PIECES, 1, H))
V = np.random.normal(0, 0.2, (H, P))
bV = np.zeros(P)

def maxout(x):
    z = np.matmul(x, W) + bW            # (pieces, n, hidden)
    return z.max(axis=0), z.argmax(axis=0)

# RMSprop
cache = {k: 0.0 for k in ("W", "bW", "V", "bV")}
rate, rho, eps = 0.01, 0.9, 1e-8

def rms_step(key, param, grad):
    cache[key] = rho * cache[key] + (1 - rho) * grad ** 2
    param += rate * grad / (np.sqrt(cache[key]) + eps)

X_train, X_test = encode(A[:800], B[:800]), encode(A[800:], B[800:])
y_train, y_test = C[:800], C[800:]

accs = []
for epoch in range(40):
    idx = np.arange(len(X_train))
    np.random.shuffle(idx)
    for part in np.array_split(idx, 20):
        x, y = X_train[part], y_train[part]
        h, who = maxout(x)
        p = softmax(h @ V + bV)

        d = p.copy()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)

        dV = h.T @ d
        dbV = d.sum(axis=0)
        dh = d @ V.T
        dW = np.zeros_like(W)
        dbW = np.zeros_like(bW)
        for k in range(PIECES):
            dz = dh * (who == k)
            dW[k] = x.T @ dz
            dbW[k] = dz.sum(axis=0, keepdims=True)

        rms_step("W", W, dW)
        rms_step("bW", bW, dbW)
        rms_step("V", V, dV)
        rms_step("bV", bV, dbV)

    acc = np.mean(np.argmax(maxout(X_test)[0] @ V + bV, axis=1) == y_test)
    accs.append(acc)
    if epoch % 8 == 7:
        print("epoch", epoch + 1, "test accuracy", acc)

print("3 - 5 mod 7 =", np.argmax(maxout(encode([3], [5]))[0] @ V + bV))
print("accuracy after training:", accs[-1])
