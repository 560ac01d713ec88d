import numpy as np


def one_hot(labels, k=10):
    out = np.zeros((labels.size, k))
    for row, lab in enumerate(labels):
        out[row, int(lab) - 1] = 1.0
    return out


def init(sizes):
    params = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        limit = np.sqrt(6 / (n_in + n_out))
        params.append(np.random.uniform(-limit, limit, (n_in, n_out)))
        params.append(np.zeros((1, n_out)))
    return params


def softmax(z):
    z = z - np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


def forward(params, x):
    W1, b1, W2, b2 = params
    h = np.tanh(x @ W1 + b1)
    return h, softmax(h @ W2 + b2)


def gradients(params, x, t):
    W1, b1, W2, b2 = params
    h, p = forward(params, x)
    d2 = (p - t) / len(x)
    d1 = (d2 @ W2.T) * (1 - h * h)
    return [x.T @ d1, d1.sum(0, keepdims=True), h.T @ d2, d2.sum(0, keepdims=True)]


def train(params, x, t, epochs=12, batch=32, alpha=0.003, beta1=0.9, beta2=0.999, eps=1e-8):
    m = [np.zeros_like(p) for p in params]
    v = [np.zeros_like(p) for p in params]
    for epoch in range(epochs):
        step = 0
        idx = np.arange(len(x))
        np.random.shuffle(idx)
        for s in range(0, len(x), batch):
            rows = idx[s:s + batch]
            g = gradients(params, x[rows], t[rows])
            step += 1
            for i in range(len(params)):
                m[i] = beta1 * m[i] + (1 - beta1) * g[i]
                v[i] = beta2 * v[i] + (1 - beta2) * g[i]
                m_hat = m[i] / (1 - beta1 ** step)
                v_hat = v[i] / (1 - beta2 ** step)
                params[i] -= alpha * m_hat / (np.sqrt(v_hat) + eps)
        _, p = forward(params, x)
        print("epoch", epoch + 1, "loss", -np.mean(np.sum(t * np.log(p + 1e-12), axis=1)))
    return params


def main():
    np.random.seed(123)
    d = np.load("digits.npz")
    x_train = d["images"].reshape(len(d["images"]), -1) / 255
    x_test = d["test_images"].reshape(len(d["test_images"]), -1) / 255
    t_train = one_hot(d["labels"])
    params = train(init([784, 32, 10]), x_train, t_train)
    _, p = forward(params, x_test)
    guess = np.argmax(p, axis=1)
    print("first guesses:", guess[:20])
    print("true labels:  ", d["test_labels"][:20])
    print("accuracy:", np.mean(guess == d["test_labels"]))


if __name__ == "__main__":
    main()
