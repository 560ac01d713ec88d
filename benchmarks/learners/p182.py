import numpy as np

np.random.seed(33)


class DiscNet:
    def __init__(self, hidden):
        self.w_in = np.random.uniform(-1.0, 1.0, (hidden, 2))
        self.b_in = np.full(hidden, -5.0)
        self.w_out = np.random.uniform(-0.5, 0.5, hidden)
        self.b_out = 0.0

    def feed(self, point):
        self.pre = self.w_in.dot(point) + self.b_in
        self.act = np.maximum(self.pre, 0.0)
        return 1.0 / (1.0 + np.exp(-(self.w_out.dot(self.act) + self.b_out)))

    def learn(self, point, label, eta):
        y = self.feed(point)
        # derivative of the cross entropy
        delta = y - label
        self.w_out -= eta * delta * self.act
        self.b_out -= eta * delta
        delta_in = delta * self.w_out * (self.pre > 0)
        self.w_in -= eta * np.outer(delta_in, point)
        self.b_in -= eta * delta_in
        return abs(delta)

    def says(self, point):
        return int(self.feed(point) > 0.5)


def sample(n):
    points = np.random.uniform(-1, 1, (n, 2))
    labels = (np.hypot(points[:, 0], points[:, 1]) < 0.8).astype(int)
    return points, labels


points, labels = sample(300)
print("share of points in the disc:", labels.mean())
test_points, test_labels = sample(400)

net = DiscNet(hidden=2)
eta = 0.05
for epoch in range(120):
    wrong = 0.0
    for k in np.random.permutation(len(points)):
        wrong += net.learn(points[k], labels[k], eta)
    if epoch % 20 == 0:
        print("epoch %3d  mean deviation %.4f" % (epoch, wrong / len(points)))

found = sum(net.says(p) == t for p, t in zip(test_points, test_labels))
print("right:", found, "share:", found / len(test_points))
