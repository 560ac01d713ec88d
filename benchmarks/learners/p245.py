# Port of XorNet.java (my old school project) to Python, line by line.
# Two sensors in [-1, 1]; alarm = the signs differ. The labels were typed in
# by hand, so about one in eight is wrong.
import random


class XorNet:

    HIDDEN = 6
    ETA = 0.004
    MU = 0.8
    LAMBDA = 0.0005

    def __init__(self, rnd):
        self.rnd = rnd
        self.w = [[0.0] * 3 for i in range(XorNet.HIDDEN)]
        self.dw = [[0.0] * 3 for i in range(XorNet.HIDDEN)]
        self.v = [0.0] * (XorNet.HIDDEN + 1)
        self.dv = [0.0] * (XorNet.HIDDEN + 1)
        self.hid = [0.0] * (XorNet.HIDDEN + 1)
        for i in range(XorNet.HIDDEN):
            for j in range(3):
                self.w[i][j] = rnd.random() * 3.0 - 1.5
        for i in range(XorNet.HIDDEN + 1):
            self.v[i] = rnd.random() * 1.0 - 0.5

    def tanh(self, x):
        if x > 20.0:
            return 1.0
        if x < -20.0:
            return -1.0
        e = 2.718281828459045 ** (2.0 * x)
        return (e - 1.0) / (e + 1.0)

    def compute(self, a, b):
        inp = [a, b, 1.0]
        for i in range(XorNet.HIDDEN):
            total = 0.0
            for j in range(3):
                total += self.w[i][j] * inp[j]
            self.hid[i] = self.tanh(total)
        self.hid[XorNet.HIDDEN] = 1.0
        out = 0.0
        for i in range(XorNet.HIDDEN + 1):
            out += self.v[i] * self.hid[i]
        return out

    def train(self, a, b, target):
        inp = [a, b, 1.0]
        out = self.compute(a, b)
        # absolute error, so the derivative is only a sign
        if out > target:
            delta = 1.0
        elif out < target:
            delta = -1.0
        else:
            delta = 0.0
        back = [0.0] * XorNet.HIDDEN
        for i in range(XorNet.HIDDEN):
            back[i] = delta * self.v[i] * (1.0 - self.hid[i] * self.hid[i])
        for i in range(XorNet.HIDDEN + 1):
            old = self.dv[i]
            grad = delta * self.hid[i]
            if i < XorNet.HIDDEN:
                grad += XorNet.LAMBDA * self.v[i]
            self.dv[i] = XorNet.MU * old - XorNet.ETA * grad
            # Nesterov
            self.v[i] += (1.0 + XorNet.MU) * self.dv[i] - XorNet.MU * old
        for i in range(XorNet.HIDDEN):
            for j in range(3):
                old = self.dw[i][j]
                grad = back[i] * inp[j]
                if j < 2:
                    grad += XorNet.LAMBDA * self.w[i][j]
                self.dw[i][j] = XorNet.MU * old - XorNet.ETA * grad
                self.w[i][j] += (1.0 + XorNet.MU) * self.dw[i][j] - XorNet.MU * old
        return abs(out - target)


def main():
    random.seed(77)
    rnd = random
    samples = []
    for n in range(90):
        a = rnd.random() * 2.0 - 1.0
        b = rnd.random() * 2.0 - 1.0
        t = 1.0 if a * b < 0.0 else -1.0
        if rnd.random() < 0.12:
            t = -t
        samples.append([a, b, t])

    net = XorNet(rnd)
    for epoch in range(900):
        rnd.shuffle(samples)
        err = 0.0
        for n in range(len(samples)):
            err += net.train(samples[n][0], samples[n][1], samples[n][2])
        if epoch % 100 == 0:
            print("Epoch " + str(epoch) + ": error = " + str(err / len(samples)))

    right = 0
    count = 0
    while count < 500:
        a = rnd.random() * 2.0 - 1.0
        b = rnd.random() * 2.0 - 1.0
        t = 1.0 if a * b < 0.0 else -1.0
        if rnd.random() < 0.12:
            t = -t
        out = net.compute(a, b)
        if (out > 0.0 and t > 0.0) or (out <= 0.0 and t < 0.0):
            right += 1
        count += 1
    print("Test samples: " + str(count))
    print("Hit rate = " + str(right / count))


main()
