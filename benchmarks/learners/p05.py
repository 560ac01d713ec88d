import numpy as np

rng = np.random.default_rng(7)

d = np.load('digits.npz')

# half the pixels to make it faster
def prep(imgs):
    small = imgs[:, ::2, ::2].astype(float) / 255
    return small.reshape(len(imgs), 14 * 14)

train_x = prep(d['images'])
test_x = prep(d['test_images'])
train_y = np.eye(10)[d['labels']]
test_lab = d['test_labels']

w_h = rng.normal(0, 0.1, (196, 30))
b_h = np.zeros(30)
w_o = rng.normal(0, 0.3, (30, 10))
b_o = np.zeros(10)
RATE = 0.003

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def predict(x):
    global hid, out
    hid = sigmoid(x @ w_h + b_h)
    out = sigmoid(hid @ w_o + b_o)
    return out

def learn(x, y):
    global w_h, b_h, w_o, b_o
    predict(x)
    # squared error, sum over the whole set
    d_o = (out - y) * out * (1 - out)
    d_h = (d_o @ w_o.T) * hid * (1 - hid)
    w_o -= RATE * (hid.T @ d_o)
    b_o -= RATE * d_o.sum(axis=0)
    w_h -= RATE * (x.T @ d_h)
    b_h -= RATE * d_h.sum(axis=0)

history = []
for epoch in range(2000):
    learn(train_x, train_y)
    err = ((out - train_y) ** 2).mean()
    history.append(err)
    if epoch % 100 == 0:
        acc = (predict(test_x).argmax(axis=1) == test_lab).mean()
        print(f'{epoch:4d}  mse {err:.4f}  test acc {acc:.3f}')

right = 0
for row, lab in zip(predict(test_x), test_lab):
    if row.argmax() == lab:
        right += 1
print('final accuracy', right / len(test_lab))
