# Two-joint arm, both bones 1 m long. angles in -> hand position out
# pure python because numpy is not on the robot
import random
import math

random.seed(55)


def hand(a, b):
    return [math.cos(a) + math.cos(a + b), math.sin(a) + math.sin(a + b)]


def examples(n):
    xs, ys = [], []
    for _ in range(n):
        a = random.uniform(-1.5, 1.5)
        b = random.uniform(0, 2)
        xs.append([a, b - 1])
        ys.append(hand(a, b))
    return xs, ys


X, Y = examples(200)
X_test, Y_test = examples(150)

IN, HID, OUT = 2, 12, 2
w_in = [[random.gauss(0, 0.8) for i in range(IN)] for h in range(HID)]
b_in = [random.gauss(0, 0.3) for h in range(HID)]
w_out = [[random.gauss(0, 0.3) for h in range(HID)] for o in range(OUT)]
b_out = [0.0 for o in range(OUT)]


def calc(x):
    hidden = []
    for h in range(HID):
        s = b_in[h]
        for i in range(IN):
            s += w_in[h][i] * x[i]
        hidden.append(math.tanh(s))
    out = []
    for o in range(OUT):
        s = b_out[o]
        for h in range(HID):
            s += w_out[o][h] * hidden[h]
        out.append(1 / (1 + math.exp(-max(-50, min(50, s)))))
    return hidden, out


lr = 0.02
for epoch in range(250):
    together = list(zip(X, Y))
    random.shuffle(together)
    loss = 0
    for x, y in together:
        hidden, out = calc(x)

        err = [0.0] * OUT
        for o in range(OUT):
            err[o] = out[o] - y[0]
            loss += err[o] ** 2

        back = [0.0] * HID
        for o in range(OUT):
            for h in range(HID):
                back[h] = err[o] * w_out[o][h]

        for o in range(OUT):
            b_out[o] -= lr * err[o]
            for h in range(HID):
                w_out[o][h] -= lr * err[o] * hidden[h]
        for h in range(HID):
            d = back[h] * (1 - hidden[h] ** 2)
            b_in[h] -= lr * d
            for i in range(IN):
                w_in[h][i] -= lr * d * x[i]
    if epoch % 25 == 0:
        print("epoch", epoch, "loss per example", loss / len(X))

miss = 0
for x, y in zip(X_test, Y_test):
    _, out = calc(x)
    miss += math.hypot(out[0] - y[0], out[1] - y[1])
print("hand is on average off by (m):", miss / len(X_test))
