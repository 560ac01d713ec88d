import numpy as np
np.random.seed(9)

# --- data -----------------------------------------------
pts = []
labels = []
for i in range(80):
    a = np.random.uniform(0, np.pi)
    if i % 2 == 0:
        pts.append([np.cos(a), np.sin(a)])
        labels.append(0)
    else:
        pts.append([1 - np.cos(a), 0.4 - np.sin(a)])
        labels.append(1)
pts = np.array(pts) + np.random.normal(0, 0.1, (80, 2))
labels = np.array(labels)

# --- weights --------------------------------------------
nh = 8
W1 = np.random.normal(0, 0.3, (nh, 2))
b1 = np.random.normal(0, 0.1, nh)
W2 = np.random.normal(0, 0.1, nh)
b2 = 0.0
lr = 5.0

# --- training -------------------------------------------
for epoch in range(700):
    gW1 = np.zeros((nh, 2))
    gb1 = np.zeros(nh)
    gW2 = np.zeros(nh)
    gb2 = 0.0
    cost = 0.0
    for i in range(len(pts)):
        x = pts[i]
        t = labels[i]
        h = np.tanh(W1 @ x + b1)
        o = 1 / (1 + np.exp(-(W2 @ h + b2)))
        cost += 0.5 * (o - t) ** 2
        e = o - t            # cross entropy gradient
        eh = e * W2 * (1 - h ** 2)
        gW2 = e * h
        gb2 = e
        gW1 = np.outer(eh, x)
        gb1 += eh
    n = len(pts)
    W1 -= lr * gW1 / n
    b1 -= lr * gb1 / n
    W2 -= lr * gW2 / n
    b2 -= lr * gb2 / n
    if epoch % 50 == 0:
        print("epoch", epoch, "cost", cost / n)

# --- result ---------------------------------------------
hits = 0
for x, t in zip(pts, labels):
    h = np.tanh(W1 @ x + b1)
    o = 1 / (1 + np.exp(-(W2 @ h + b2)))
    hits += (o >= 0.5) == (t == 1)
print("hits", hits / len(pts))
