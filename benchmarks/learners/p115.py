import numpy as np

np.random.seed(64)

NUM_TEAMS = 5
PER_TEAM = 90


def spawn(count):
    """every team owns two opposite camps on a ring, so no straight line can part them"""
    pos, team = [], []
    for t in range(NUM_TEAMS):
        for camp in (0, 1):
            ang = np.pi * t / NUM_TEAMS + camp * np.pi
            center = 3 * np.array([np.cos(ang), np.sin(ang)])
            pos.append(center + np.random.randn(count // 2, 2) * 0.28)
            team.append(np.full(count // 2, t))
    return np.vstack(pos), np.hstack(team)


class Dense:
    def __init__(self, n_in, n_out, last=False):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        self.b = np.zeros(n_out)
        self.mW, self.mb = np.zeros((n_in, n_out)), np.zeros(n_out)
        self.last = last

    def __call__(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return self.z if self.last else np.maximum(self.z, 0)

    def back(self, g):
        if not self.last:
            g = g * (self.z > 0)
        self.gW = self.x.T @ g
        self.gb = g.sum(axis=0)
        return g @ self.W.T

    def tick(self, lr, friction=0.9):
        self.mW = friction * self.mW + self.gW
        self.mb = friction * self.mb + self.gb
        self.W -= lr * self.mW
        self.b -= lr * self.mb


class Brain:
    def __init__(self):
        self.stack = [Dense(2, 2), Dense(2, 2), Dense(2, NUM_TEAMS, last=True)]

    def think(self, x):
        for d in self.stack:
            x = d(x)
        e = np.exp(x - x.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def learn(self, x, t, lr):
        p = self.think(x)
        g = p.copy()
        g[range(len(t)), t] -= 1
        g /= len(t)
        for d in reversed(self.stack):
            g = d.back(g)
        for d in self.stack:
            d.tick(lr)
        return -np.log(p[range(len(t)), t] + 1e-9).mean()


train_pos, train_team = spawn(PER_TEAM)
test_pos, test_team = spawn(60)
brain = Brain()

for frame in range(60):
    # go through the map, camp after camp
    queue = np.arange(len(train_pos))
    losses = []
    for at in range(0, len(queue), 15):
        who = queue[at:at + 15]
        losses.append(brain.learn(train_pos[who], train_team[who], lr=0.02))
    if frame % 20 == 0:
        print("frame", frame, "loss", np.mean(losses))

best = brain.think(test_pos).argmax(axis=1)
print("win rate:", (best == test_team).mean())
