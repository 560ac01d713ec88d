# 3 against 8, hidden layer + hinge loss, trained sample by sample
import numpy as np

np.random.seed(2)
f = np.load("digits.npz")


def pick(images, labels):
    keep = (labels == 3) | (labels == 8)
    x = images[keep].reshape(keep.sum(), -1).astype(float)
    is_eight = labels[keep] == 8
    return x, is_eight


x_train, eight_train = pick(f["images"], f["labels"])
x_test, eight_test = pick(f["test_images"], f["test_labels"])
y_train = np.where(eight_train, 1, 0)
print(len(x_train), "training images,", len(x_test), "for the test")

H = 20
W = np.random.randn(H, 784) * 0.05
b = np.zeros(H)
u = np.random.randn(H) * 0.2
c = 0.0
eta = 0.01

for sweep in range(120):
    wrong = 0
    for i in np.random.permutation(len(x_train)):
        x, y = x_train[i], y_train[i]
        h = np.tanh(W @ x + b)
        s = u @ h + c
        # inside the margin? then push
        if y * s < 1:
            wrong += 1
            du = -y * h
            dc = -y
            dh = -y * u * (1 - h ** 2)
            u = u - eta * du
            c = c - eta * dc
            W -= eta * np.outer(dh, x)
            b -= eta * dh
    if sweep % 20 == 0:
        print("sweep", sweep, "inside the margin:", wrong)

right = 0
for x, e in zip(x_test, eight_test):
    s = u @ np.tanh(W @ x + b) + c
    if (s > 0) == e:
        right += 1
print("right on the test:", right / len(x_test))
