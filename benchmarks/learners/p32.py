import numpy as np
np.random.seed(28)

# study minutes, hours of sleep, points in mid-term test, passed
table = np.array([
    [620, 7, 55, 1], [150, 6, 30, 0], [400, 8, 70, 1], [90, 5, 62, 0],
    [700, 4, 40, 1], [310, 7, 45, 0], [520, 8, 66, 1], [60, 9, 80, 0],
    [450, 6, 58, 1], [200, 7, 50, 0], [560, 5, 35, 1], [120, 8, 71, 0],
    [480, 9, 48, 1], [260, 4, 38, 0], [640, 6, 74, 1], [330, 5, 33, 0],
    [590, 8, 28, 1], [180, 6, 64, 0], [410, 7, 77, 1], [280, 8, 41, 0],
    [350, 9, 81, 1], [220, 5, 57, 0], [500, 7, 52, 1], [40, 7, 69, 0],
])
inputs = table[:, :3]
passed = table[:, 3]
for c in range(3):
    inputs[:, c] = (inputs[:, c] - inputs[:, c].min()) / (inputs[:, c].max() - inputs[:, c].min())

w_h = np.random.uniform(-1, 1, (5, 3))
b_h = np.zeros(5)
w_o = np.random.uniform(-1, 1, 5)
b_o = 0.0

result = np.zeros(len(passed))

def s(v):
    return 1 / (1 + np.exp(-v))

def forward(i):
    h = s(w_h @ inputs[i] + b_h)
    result[i] = s(w_o @ h + b_o)
    return h

def learn(i, lr):
    global w_h, b_h, w_o, b_o
    h = forward(i)
    err = result[i] - passed[i]
    w_o = w_o - lr * err * h
    b_o = b_o - lr * err
    dh = err * w_o * h * (1 - h)
    w_h = w_h - lr * np.outer(dh, inputs[i])
    b_h = b_h - lr * dh

rate = 0.5
for epoch in range(400):
    for i in np.random.permutation(len(table)):
        learn(i, rate)
    if epoch % 50 == 0:
        print("epoch", epoch, "error", np.sum((result - passed) ** 2))

for i in range(len(table)):
    forward(i)
    print(table[i, :3], "passed" if result[i] > 0.5 else "failed", passed[i])
print("accuracy", np.mean(result == passed))
