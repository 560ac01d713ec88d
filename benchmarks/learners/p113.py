import numpy as np

gen = np.random.default_rng(21)

# ---- data: two interleaved arms, 1.25 turns
def arms(n, gen):
    phi = np.sqrt(gen.uniform(0.02, 1, n)) * 2.5 * np.pi
    arm = gen.integers(0, 2, n)
    rad = phi / (2.5 * np.pi)
    ang = phi + np.pi * arm
    pos = np.array([rad * np.cos(ang), rad * np.sin(ang)])
    return pos + 0.02 * gen.standard_normal(pos.shape), arm

x_tr, c_tr = arms(400, gen)
x_te, c_te = arms(300, gen)
d_tr = np.where(c_tr == 1, 1.0, -1.0)[None, :]

# ---- network 2 - 40 - 20 - 1, tanh everywhere
dims = (2, 40, 20, 1)
W = [gen.standard_normal((o, i)) * g / np.sqrt(i) for i, o, g in zip(dims[:-1], dims[1:], (4.0, 1.0, 1.0))]
th = [np.zeros((o, 1)) for o in dims[1:]]
# bias of the first layer spread over the square
th[0] = gen.uniform(-1, 1, (40, 1))

lam = 0.01
mu = 0.02
G2 = [np.zeros_like(w) for w in W]
Gt = [np.zeros_like(t) for t in th]

def propagate(u):
    sig = [u]
    for w, t in zip(W, th):
        sig.append(np.tanh(w @ sig[-1] + t))
    return sig

# ---- RMSprop
for n in range(1200):
    pick = gen.choice(400, 100, replace=False)
    sig = propagate(x_tr[:, pick])
    err = sig[-1] - d_tr[:, pick]
    loc = err * (1 - sig[-1] ** 2)
    dW, dt = [0] * 3, [0] * 3
    for k in (2, 1, 0):
        dW[k] = loc @ sig[k].T / 100
        dt[k] = loc.mean(axis=1, keepdims=True)
        loc = (W[k].T @ loc) * (1 - sig[k + 1 - 1] ** 2)
    # ridge term only on the weights
    for k in range(3):
        dW[k] = dW[k] + lam * W[k]

    for k in range(3):
        G2[k] = 0.95 * G2[k] + 0.05 * dW[k] ** 2
        Gt[k] = 0.95 * Gt[k] + 0.05 * dt[k] ** 2
        W[k] -= mu * dW[k] / (G2[k] + 1e-3)
        th[k] -= mu * dt[k] / (np.sqrt(Gt[k]) + 1e-3)
    if n % 300 == 0:
        print("n =", n, " mse =", float((err ** 2).mean()))

y_hat = propagate(x_te)[-1][0]
print("hit rate:", float(((y_hat > 0) == (c_te == 1)).mean()))
