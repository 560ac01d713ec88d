# Does somebody like tea or coffee?  8 questions, answers from a survey.
# About 15 of 100 people click the wrong button (the professor built that in on purpose)
import numpy as np

rng = np.random.default_rng(77)


def survey(n):
    q = rng.integers(1, 6, size=(n, 8))          # 1 = never ... 5 = always
    likes_tea = (q[:, 0] + q[:, 3] - q[:, 5] + 0.5 * (q[:, 1] - 3) * (q[:, 2] - 3) > 3)
    clicked_wrong = rng.random(n) < 0.15
    return q, likes_tea ^ clicked_wrong


def make_net(n_in, n_hid):
    A = rng.normal(0, 1 / np.sqrt(n_in), (n_in + 1, n_hid))
    B = rng.normal(0, 1 / np.sqrt(n_hid), (n_hid + 1, 1))
    meanA, meanB = np.zeros_like(A), np.zeros_like(B)

    def with_one(x):
        return np.hstack([x, np.ones((len(x), 1))])

    def think(x):
        h = np.tanh(with_one(x) @ A)
        return h, 1 / (1 + np.exp(-with_one(h) @ B))

    def learn(x, t, rate):
        h, o = think(x)
        e = (o - t) / len(x)
        gB = with_one(h).T @ e
        gA = with_one(x).T @ (e @ B[:-1].T * (1 - h * h))
        for P, g, mean in ((A, gA + 0.001 * A, meanA), (B, gB + 0.001 * B, meanB)):
            mean *= 0.95
            mean += 0.05 * g * g
            P -= rate * g / (np.sqrt(mean) + 1e-7)
        return float(-np.mean(t * np.log(o + 1e-9) + (1 - t) * np.log(1 - o + 1e-9)))

    return think, learn


def batches(x, t, size, times):
    for k in range(times):
        where = rng.permutation(len(x))
        for a in range(0, len(x), size):
            yield k, x[where[a:a + size]], t[where[a:a + size]]


q, tea = survey(2500)
q_new, tea_new = survey(1500)
scale = lambda q: (q - 3) / 1.4
think, learn = make_net(8, 14)

losses, last = [], 0
for k, bx, bt in batches(scale(q), tea[:, None].astype(float), 50, 180):
    if k != last:
        if k % 10 == 0:
            print("pass", k, "loss", round(np.mean(losses), 4))
        losses, last = [], k
    losses.append(learn(bx, bt, 0.004 if k < 130 else 0.001))

_, o = think(scale(q_new))
print("new people guessed right:", np.mean((o[:, 0] > 0.5) == tea_new))
