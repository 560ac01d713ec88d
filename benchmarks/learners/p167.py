import numpy as np

np.random.seed(13)


def surface(p):
    return np.sin(1.5 * p[:, 0]) + 0.5 * np.cos(2 * p[:, 1])


# points on a square, and every 20th measurement is rubbish
pts = np.random.uniform(-2, 2, size=(700, 2))
val = surface(pts) + 0.05 * np.random.standard_normal(700)
rubbish = np.random.choice(700, 35, replace=False)
val[rubbish] += np.random.choice([-8.0, 8.0], 35)

check = np.random.uniform(-2, 2, size=(300, 2))
check_val = surface(check)


class Huber:
    """ quadratic in the middle, linear outside of +-d """

    def __init__(self, d=0.5):
        self.d = d

    def value(self, r):
        a = np.abs(r)
        return np.where(a <= self.d, 0.5 * r ** 2, self.d * (a - 0.5 * self.d)).mean()

    def grad(self, r):
        return np.clip(r, -self.d, self.d) / len(r)


class Net:
    def __init__(self, h=40):
        self.A = np.random.standard_normal((2, h)) * 1.2
        self.a = np.random.uniform(-1, 1, h)
        self.B = np.random.standard_normal(h) / h ** 0.5
        self.b = 0.0
        self.mom = [0.0, 0.0, 0.0, 0.0]

    def __call__(self, x):
        self.x = x
        self.h = np.tanh(np.einsum("ni,ih->nh", x, self.A) + self.a)
        return np.einsum("nh,h->n", self.h, self.B) + self.b

    def learn(self, g, rate, beta, limit):
        gB = np.einsum("n,nh->h", g, self.h)
        gb = g.sum()
        gz = np.einsum("n,h,nh->nh", g, self.B, 1 - self.h * self.h)
        gA = np.einsum("ni,nh->ih", self.x, gz)
        ga = np.einsum("nh->h", gz)

        # clip by the norm of all of them together
        grads = [gA, ga, gB, gb]
        norm = np.sqrt(sum(np.sum(q ** 2) for q in grads))
        if norm > limit:
            grads = [q * (limit / norm) for q in grads]

        self.mom = [beta * m + q for m, q in zip(self.mom, grads)]
        self.A -= rate * self.mom[0]
        self.a -= rate * self.mom[1]
        self.B -= rate * self.mom[2]
        self.b -= rate * self.mom[3]


net = Net()
loss = Huber()
for it in range(3500):
    r = net(pts) - val
    net.learn(loss.grad(r), rate=0.02, beta=0.95, limit=0.5)
    if it % 500 == 0:
        print(it, "huber", loss.value(r))

print("mean absolute error on clean points:", np.abs(net(check) - check_val).mean())
