# adder  a1a0 + b1b0 = s2s1s0  with a neural net instead of gates
import numpy as np

np.random.seed(16)

rows_in = []
rows_out = []
for n in range(16):
    a1, a0, b1, b0 = [int(bit) for bit in format(n, '04b')]
    c0 = a0 & b0
    s0 = a0 + b0
    c1 = (a1 & b1) | (a1 & c0) | (b1 & c0)
    s1 = a1 + b1 + c0
    rows_in.append([a1, a0, b1, b0])
    rows_out.append([c1, s1, s0])

IN = np.matrix(rows_in, dtype=float)
OUT = np.matrix(rows_out, dtype=float)
print(np.hstack([IN, OUT])[:6])


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


HIDDEN = 12
Wh = np.matrix(np.random.uniform(-1, 1, (4, HIDDEN)))
bh = np.matrix(np.random.uniform(-1, 1, (1, HIDDEN)))
Wo = np.matrix(np.random.uniform(-1, 1, (HIDDEN, 3)))
bo = np.matrix(np.random.uniform(-1, 1, (1, 3)))
eta = 0.7

total_steps = 16 * 1000
for i in range(total_steps):
    row = i // 1000
    x = IN[row]
    d = OUT[row]

    h = sigmoid(x * Wh + bh)
    o = sigmoid(h * Wo + bo)

    # local gradients
    go = np.multiply(d - o, np.multiply(o, 1 - o))
    gh = np.multiply(go * Wo.T, np.multiply(h, 1 - h))

    Wo += eta * h.T * go
    bo += eta * go
    Wh += eta * x.T * gh
    bh += eta * gh

    if i % 2000 == 0:
        print(i, 'error', float(np.sum(np.square(d - o))))

correct_bits = 0
for n in range(16):
    a, b = n >> 2, n & 3
    o = sigmoid(sigmoid(IN[n] * Wh + bh) * Wo + bo)
    bits = (o > 0.5).astype(int).tolist()[0]
    want = [int(c) for c in format(a + b, '03b')]
    print(a, '+', b, '=', bits, want)
    correct_bits += sum(p == q for p, q in zip(bits, want))
print('correct bits:', correct_bits / 48)
