# ten small yes/no networks, one per digit ("one vs all"), winner takes it
# I know softmax exists, wanted to see if this works too
import numpy as np

rand = np.random.RandomState(99)

D = np.load("digits.npz")
# labels are all there in the first 600, checked
images = D["images"][:600]
labels = D["labels"][:600]

# pixel row sums would be too little, so take every pixel but in -1..1
flat = lambda a: a.reshape(a.shape[0], -1) / 127.5 - 1
X = flat(images)
XT = flat(D["test_images"])

def sig(u):
    return 0.5 * (1 + np.tanh(u / 2))

class YesNo:
    def __init__(self, digit):
        self.digit = digit
        # only 5 hidden units, zero weights at the top (bottom is random so it is fine)
        self.A = rand.normal(0, 0.03, (784, 5))
        self.a = rand.normal(0, 0.1, 5)
        self.B = np.zeros(5)
        self.c = -2.0

    def hidden(self, X):
        return np.tanh(X @ self.A + self.a)

    def score(self, X):
        return self.hidden(X) @ self.B + self.c

    def learn(self, X, want, eta=0.5, enough=0.03, most=250):
        n = 0
        loss = 9.9
        while loss > enough and n < most:
            h = self.hidden(X)
            p = sig(h @ self.B + self.c)
            loss = -np.mean(np.where(want, np.log(p + 1e-9), np.log(1 - p + 1e-9)))
            up = want - p                      # note: want - p, so += below
            back = np.outer(up, self.B) * (1 - h * h)
            self.B += eta * (up @ h) / len(X)
            self.c += eta * up.mean()
            self.A += eta * 0.2 * (X.T @ back) / len(X)
            self.a += eta * 0.2 * back.mean(axis=0)
            n += 1
        return n, loss

team = []
for digit in range(10):
    member = YesNo(digit)
    rounds, loss = member.learn(X, labels == digit)
    print("digit", digit, "rounds", rounds, "loss %.4f" % loss)
    team.append(member)

votes = np.stack([t.score(XT) for t in team])
right = 0
for k, truth in enumerate(D["test_labels"]):
    best = 0
    for digit in range(1, 10):
        if votes[digit, k] > votes[best, k]:
            best = digit
    right += best == truth
print("right on test:", right / len(XT))
