import numpy as np
rng = np.random.default_rng(11)

# three rings, which one is the point on?
def data(n):
    lab = rng.integers(0, 3, n)
    r = 0.5 + lab * 0.9 + rng.normal(0, 0.1, n)
    t = rng.uniform(0, 2*np.pi, n)
    return np.stack([r*np.cos(t), r*np.sin(t)], axis=1), lab

X0, lab0 = data(450)
X1, lab1 = data(200)
Y0 = np.eye(3)[lab0]

fn = {
    "relu": lambda z: z * (z > 0),
    "drelu": lambda l: 1.0 * (l > 0),
    "sig": lambda z: 1 / (1 + np.exp(-np.clip(z, -50, 50))),
    "bce": lambda p, y: -np.mean(y*np.log(p+1e-9) + (1-y)*np.log(1-p+1e-9)),
    "rate": lambda epoch: 0.0015 / (1 + 0.01*epoch),
}

syn0 = rng.normal(0, 1, (2, 24))
syn1 = rng.normal(0, np.sqrt(2/24), (24, 24))
syn2 = rng.normal(0, np.sqrt(1/24), (24, 3))
b0 = rng.uniform(-.5, .5, 24)
b1 = np.zeros(24)
b2 = np.zeros(3)

def predict(l0):
    l1 = fn["relu"](l0 @ syn0 + b0)
    l2 = fn["relu"](l1 @ syn1 + b1)
    l3 = fn["sig"](l2 @ syn2 + b2)
    return l1, l2, l3

history = {"loss": [], "train": [], "test": []}
for epoch in range(100):
    lr = fn["rate"](epoch)
    idx = np.arange(len(X0))
    rng.shuffle(idx)
    for i in range(0, len(idx), 15):
        j = idx[i:i+15]
        l0 = X0[j]
        l1, l2, l3 = predict(l0)
        l3_delta = (l3 - Y0[j]) / len(j)
        l2_delta = (l3_delta @ syn2.T) * fn["drelu"](l2)
        l1_delta = (l2_delta @ -syn1.T) * fn["drelu"](l1)
        syn2 -= lr * l2.T @ l3_delta
        syn1 -= lr * l1.T @ l2_delta
        syn0 -= lr * l0.T @ l1_delta
        b2 -= lr * l3_delta.sum(0)
        b1 -= lr * l2_delta.sum(0)
        b0 -= lr * l1_delta.sum(0)
    out = predict(X0)[-1]
    history["loss"].append(fn["bce"](out, Y0))
    history["train"].append((out.argmax(1) == lab0).mean())
    history["test"].append((predict(X1)[-1].argmax(1) == lab1).mean())
    if epoch % 20 == 0:
        print(epoch, *(f"{k}={v[-1]:.3f}" for k, v in history.items()))

print("final test acc", history["test"][-1])
