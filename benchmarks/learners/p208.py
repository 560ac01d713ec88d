#!/usr/bin/env python3
# two moons, without any library. slow but mine.
import math, random
random.seed(2024)

def moon(upper):
    t = random.random() * math.pi
    if upper:
        p = [math.cos(t), math.sin(t)]
    else:
        p = [1 - math.cos(t), 0.4 - math.sin(t)]
    return [p[0] + random.gauss(0, .12), p[1] + random.gauss(0, .12)]

def heap(n):
    out = []
    while len(out) < n:
        side = len(out) % 2
        out.append((moon(side == 1), .9 if side else -.9))   # alternating, so no shuffle needed
    return out

lessons = heap(240)
exam = heap(300)

HID = 9
# one list per neuron: two inputs and its threshold (comes in with a minus!)
neurons = [[random.gauss(0, 1), random.gauss(0, 1), random.gauss(0, .5)] for _ in range(HID)]
boss = [random.gauss(0, .4) for _ in range(HID + 1)]
push = [[0, 0, 0] for _ in range(HID)]
boss_push = [0] * (HID + 1)
RATE, INERTIA = .02, .7

def run(p):
    hs = [math.tanh(n[0] * p[0] + n[1] * p[1] - n[2]) for n in neurons]
    s = -boss[HID]
    for k in range(HID):
        s += boss[k] * hs[k]
    return hs, math.tanh(s)

for lap in range(300):
    wrong = 0
    for p, goal in lessons:
        hs, o = run(p)
        if o * goal < 0:
            wrong += 1
        d = (goal - o) * (1 - o * o)
        signals = [d * boss[k] * (1 - hs[k] ** 2) for k in range(HID)]
        for k in range(HID):
            boss_push[k] = RATE * d * hs[k] + INERTIA * boss_push[k]
            boss[k] += boss_push[k]
            inp = (p[0], p[1], -1)
            for i in range(3):
                push[k][i] = RATE * signals[k] * inp[i] + INERTIA * push[k][i]
                neurons[k][i] += push[k][i]
        boss_push[HID] = RATE * d * -1 + INERTIA * boss_push[HID]
        boss[HID] += boss_push[HID]
    if lap % 30 == 0:
        print("lap", lap, "wrong", wrong)

good = 0
for p, goal in exam:
    if (run(p)[1] > 0) is (goal > 0):
        good += 1
print("exam:", good, "of", len(exam), "=", good / len(exam))
