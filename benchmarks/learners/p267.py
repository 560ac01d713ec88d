import numpy as np
np.random.seed(16)

# 16 letters, every number is one row of 5 pixels
font = {
    "A": [14, 17, 17, 31, 17, 17, 17], "B": [30, 17, 17, 30, 17, 17, 30],
    "C": [14, 17, 16, 16, 16, 17, 14], "D": [30, 17, 17, 17, 17, 17, 30],
    "E": [31, 16, 16, 30, 16, 16, 31], "F": [31, 16, 16, 30, 16, 16, 16],
    "G": [14, 17, 16, 23, 17, 17, 14], "H": [17, 17, 17, 31, 17, 17, 17],
    "I": [14, 4, 4, 4, 4, 4, 14], "K": [17, 18, 20, 24, 20, 18, 17],
    "L": [16, 16, 16, 16, 16, 16, 31], "M": [17, 27, 21, 21, 17, 17, 17],
    "N": [17, 25, 21, 19, 17, 17, 17], "O": [14, 17, 17, 17, 17, 17, 14],
    "P": [30, 17, 17, 30, 16, 16, 16], "S": [15, 16, 16, 14, 1, 1, 30],
}
names = list(font)
letters = np.array([[(row >> s) & 1 for row in font[c] for s in (4, 3, 2, 1, 0)] for c in names], dtype=float)
letters = letters * 2 - 1          # -1 white, +1 black
n_letters = len(names)
copies = 10
clean = np.repeat(letters, copies, axis=0)
label = np.repeat(np.arange(n_letters), copies)
onehot = np.eye(n_letters)[label]

# the exam: 25 noisy versions of each
exam_x = np.repeat(letters, 25, axis=0) + 0.7 * np.random.randn(25 * n_letters, 35)
exam_label = np.repeat(np.arange(n_letters), 25)

n1, n2, n3 = 40, 30, 24
W1 = np.random.randn(35, n1) / np.sqrt(35)
W2 = np.random.randn(n1, n2) / np.sqrt(n1)
W3 = np.random.randn(n2, n3) / np.sqrt(n2)
W4 = np.random.randn(n3, n_letters) / np.sqrt(n3)
b1, b2, b3, b4 = np.zeros(n1), np.zeros(n2), np.zeros(n3), np.zeros(n_letters)

lr = 0.3
for step in range(1201):
    # new noise in each step, so it cannot learn the pictures by heart
    x = clean
    x += 0.5 * np.random.randn(len(clean), 35)

    a1 = np.tanh(x @ W1 + b1)
    a2 = np.tanh(a1 @ W2 + b2)
    a3 = np.tanh(a2 @ W3 + b3)
    s = a3 @ W4 + b4
    e = np.exp(s - s.max())
    p = e / e.sum()

    if step % 100 == 0:
        print("step", step, "loss", -np.log(p[range(len(p)), label] + 1e-12).mean())

    d4 = (p - onehot) / len(clean)
    d3 = d4 @ W4.T * (1 - a3 * a3)
    d2 = d3 @ W3.T * (1 - a2 * a2)
    d1 = d2 @ W2.T * (1 - a1 * a1)

    W4 -= lr * a3.T @ d4
    b4 -= lr * d4.sum(axis=0)
    W3 -= lr * a2.T @ d3
    W2 -= lr * a1.T @ d2
    b2 -= lr * d2.sum(axis=0)
    W1 -= lr * x.T @ d1
    b1 -= lr * d1.sum(axis=0)

a1 = np.tanh(exam_x @ W1 + b1)
a2 = np.tanh(a1 @ W2 + b2)
a3 = np.tanh(a2 @ W3 + b3)
answer = (a3 @ W4 + b4).argmax(axis=1)
wrong = [names[k] for k in exam_label[answer != exam_label]]
print("letters with most mistakes:", sorted(set(wrong), key=wrong.count)[-3:])
print("percent right:", 100.0 * np.mean(answer == exam_label))
