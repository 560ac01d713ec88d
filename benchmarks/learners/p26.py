# one image at a time, no batches
import numpy as np

np.random.seed(1234)

file = np.load('digits.npz')
pics = file['images']
digits = file['labels']
pics_t = file['test_images']
digits_t = file['test_labels']

n_in = 14 * 14
n_mid = 20

w1 = np.random.randn(n_mid, n_in) * 0.01
c1 = np.zeros(n_mid)
w2 = np.random.randn(10, n_mid) * 0.01
c2 = np.zeros(10)
lr = 0.005

def shrink(pic):
    # mean of 2x2 pixels
    return pic.reshape(14, 2, 14, 2).mean(axis=(1, 3)).ravel() / 255

inputs = [shrink(p) for p in pics]
inputs_t = [shrink(p) for p in pics_t]

for rnd in range(30):
    loss = 0
    # the file is mixed already
    for x, k in zip(inputs, digits):
        mid = np.tanh(w1 @ x + c1)
        u = w2 @ mid + c2
        u = np.exp(u - u.max())
        prob = u / u.sum()
        loss -= np.log(prob[k])
        du = prob.copy()
        du[k] -= 1
        dmid = (w2.T @ du) * (1 - mid ** 2)
        w2 -= lr * np.outer(du, mid)
        c2 -= lr * du
        w1 -= lr * np.outer(dmid, x)
        c1 -= lr * dmid
    print('round', rnd, 'loss', round(loss / len(inputs), 4))

hit = 0
for x, k in zip(inputs_t, digits_t):
    mid = np.tanh(w1 @ x + c1)
    if np.argmax(w2 @ mid + c2) == k:
        hit += 1
print('hit rate', hit / len(inputs_t))
