import numpy as np
np.random.seed(303)

# ------------ settings (would be argparse) ------------
LR = 0.5
STEPS = 1200
L2 = 1e-4
ALPHA = 0.01
N_HIDDEN = 30
TAGS = ["python", "food", "travel", "music", "money"]
WORDS_PER_TAG = 12
COMMON = 20
# --------------------------------------------------------


def make_posts(count):
    """every tag has its own words, plus a heap of words that mean nothing"""
    n_words = len(TAGS) * WORDS_PER_TAG + COMMON
    X = np.zeros((count, n_words))
    T = np.zeros((count, len(TAGS)))
    for i in range(count):
        on = np.random.rand(len(TAGS)) < [0.3, 0.3, 0.25, 0.2, 0.15]
        T[i] = on
        for k in np.flatnonzero(on):
            for w in np.random.randint(0, WORDS_PER_TAG, 4):
                X[i, k * WORDS_PER_TAG + w] += 1
        # strays: words used in another sense
        for w in np.random.randint(0, n_words, 6):
            X[i, w] += 1
    # authors forget tags
    forgot = (np.random.rand(*T.shape) < 0.06) & (T == 1)
    T[forgot] = 0
    return np.log1p(X), T


def leaky(z):
    return np.where(z > 0, z, ALPHA * z)


def logistic(z):
    return 1 / (1 + np.exp(-np.clip(z, -50, 50)))


def train(X, T):
    n, d = X.shape
    A = np.random.randn(d, N_HIDDEN) * np.sqrt(2 / d)
    a = np.zeros(N_HIDDEN)
    B = np.random.randn(N_HIDDEN, T.shape[1]) * np.sqrt(1 / N_HIDDEN)
    b = np.log(T.mean(0) / (1 - T.mean(0)))          # begin at the frequency of the tags
    for it in range(STEPS + 1):
        Z = X @ A + a
        H = leaky(Z)
        P = logistic(H @ B + b)
        if it % 200 == 0:
            ce = -(T * np.log(P + 1e-12) + (1 - T) * np.log(1 - P + 1e-12)).sum(1).mean()
            print(f"{it:5d}  loss {ce:.4f}")
        D = (P - T) / n
        E = (D @ B.T) * np.where(Z > 0, 1, ALPHA)
        B = B - LR * (H.T @ D + L2 * B)
        b = b - LR * D.sum(0)
        A = A - LR * (X.T @ E + L2 * A)
        a = a - LR * E.sum(0)
    return A, a, B, b


def evaluate(model, X, T):
    A, a, B, b = model
    said = leaky(X @ A + a) @ B + b > 0              # logit over 0 is p over one half
    for k, tag in enumerate(TAGS):
        print(f"  {tag:7s} right {np.mean(said[:, k] == (T[:, k] > 0)):.3f}  share {T[:, k].mean():.3f}")
    return np.mean(np.all(said == (T > 0), axis=1))


posts, tags = make_posts(1400)
model = train(posts[:1000], tags[:1000])
print("training:")
print("all five right:", evaluate(model, posts[:1000], tags[:1000]))
print("test:")
print("all five right:", evaluate(model, posts[1000:], tags[1000:]))
