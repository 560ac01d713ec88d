import numpy as np

np.random.seed(31)

CLASSES = 10
SMOOTH = 0.1


def load():
    with np.load("digits.npz") as f:
        tr = f["images"].astype("float64").reshape(len(f["images"]), -1)
        te = f["test_images"].astype("float64").reshape(len(f["test_images"]), -1)
        return tr / 255 - 0.13, f["labels"].astype(int), te / 255 - 0.13, f["test_labels"].astype(int)


def smooth_one_hot(labels, eps):
    hot = np.eye(CLASSES)[labels]
    return eps * hot + (1 - eps) / CLASSES


def forward(params, x):
    W1, b1, W2, b2 = params
    z = x.dot(W1) + b1
    h = np.maximum(z, 0)
    logits = h.dot(W2) + b2
    logits -= logits.max(axis=1)[:, None]
    p = np.exp(logits)
    p /= p.sum(axis=1)[:, None]
    return z, h, p


def loss_and_grads(params, x, t):
    W1, b1, W2, b2 = params
    z, h, p = forward(params, x)
    loss = -(t * np.log(p + 1e-12)).sum(axis=1).mean()
    dlogits = (p - t) * p * (1 - p) / len(x)
    dz = dlogits.dot(W2.T)
    dz[z <= 0] = 0
    return loss, [x.T.dot(dz), dz.sum(axis=0), h.T.dot(dlogits), dlogits.sum(axis=0)]


def train(x, labels, epochs=25, lr=0.1, mu=0.9, batch=50):
    params = [
        np.random.randn(784, 40) * np.sqrt(2 / 784),
        np.zeros(40),
        np.random.randn(40, CLASSES) * np.sqrt(1 / 40),
        np.zeros(CLASSES),
    ]
    velocity = [np.zeros_like(p) for p in params]
    t = smooth_one_hot(labels, SMOOTH)
    for epoch in range(epochs):
        idx = np.random.permutation(len(x))
        running = []
        for i in range(0, len(x), batch):
            j = idx[i:i + batch]
            # Nesterov: look ahead, then take the gradient there
            ahead = [p + mu * v for p, v in zip(params, velocity)]
            loss, grads = loss_and_grads(ahead, x[j], t[j])
            for k in range(4):
                velocity[k] = mu * velocity[k] - lr * grads[k]
                params[k] = params[k] + velocity[k]
            running.append(loss)
        if epoch % 5 == 4:
            print("epoch %d: loss %.4f" % (epoch + 1, np.mean(running)))
    return params


def accuracy(params, x, labels):
    p = forward(params, x)[2]
    guess = p.argmax(axis=1)
    hits = 0
    for g, l in zip(guess, labels):
        if g == l:
            hits += 1
    return hits / len(x_train)


x_train, y_train, x_test, y_test = load()
params = train(x_train, y_train)
print("test accuracy", accuracy(params, x_test, y_test))
