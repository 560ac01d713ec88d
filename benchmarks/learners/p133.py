import numpy as np


def make_classifier(n_in, n_hidden, n_out, rng):
    """Returns the two functions (train_step, predict) that share the weights"""
    U = rng.normal(size=(n_in, n_hidden)) * 1.2
    a = rng.normal(size=n_hidden) * 0.3
    V = rng.normal(size=(n_hidden, n_out)) / np.sqrt(n_hidden)
    c = np.zeros(n_out)

    def scores(x):
        h = np.tanh(x @ U + a)
        return h, h @ V + c

    def clip(g, limit):
        norm = np.sqrt((g ** 2).sum())
        return g * limit / (norm + 1e-12)

    def train_step(x, y, lr, limit):
        h, s = scores(x)
        e = np.exp(s - s.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        loss = -np.log(p[range(len(y)), y] + 1e-12).mean()
        d = p
        d[range(len(y)), y] -= 1
        d = d / len(y)
        dh = d @ V.T * (1 - h ** 2)
        gV, gc = h.T @ d, d.sum(0)
        gU, ga = x.T @ dh, dh.sum(0) * len(y)
        for w, g in ((U, gU), (a, ga), (V, gV), (c, gc)):
            # in place, so that the closure sees it
            w -= lr * clip(g, limit)
        return loss

    def predict(x):
        return scores(x)[1].argmax(1)

    return train_step, predict


def three_arms(n, rng):
    r = rng.uniform(0.05, 1, n)
    arm = rng.integers(0, 3, n)
    angle = 4.2 * r + arm * 2 * np.pi / 3 + rng.normal(0, 0.12, n)
    return np.column_stack((r * np.sin(angle), r * np.cos(angle))) * 2, arm


def main():
    rng = np.random.default_rng(17)
    x, y = three_arms(450, rng)
    x_test, y_test = three_arms(300, rng)
    train_step, predict = make_classifier(2, 3, 3, rng)
    for epoch in range(600):
        order = rng.permutation(len(x))
        losses = [train_step(x[i], y[i], 0.3, 0.001) for i in np.split(order, 15)]
        if epoch % 100 == 0:
            print(epoch, "loss", np.mean(losses))
    print("correct on new points:", np.mean(predict(x_test) == y_test))


main()
