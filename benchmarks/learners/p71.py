# Convolutional network from scratch (im2col), 8 filters 5x5 stride 2, relu, softmax
import numpy as np
import time

np.random.seed(21)

dat = np.load('digits.npz')
train_x, train_y = dat['images'], dat['labels']
test_x, test_y = dat['test_images'], dat['test_labels']

# look at some examples per class
srt = np.argsort(train_y, kind='stable')
train_x, train_y = train_x[srt], train_y[srt]
for c in range(10):
    print('class', c, ':', np.sum(train_y == c), 'images, mean pixel', round(train_x[train_y == c].mean(), 1))

train_x = train_x.astype(np.float64)
test_x = test_x.astype(np.float64)

K = 5            # filter size
ST = 2           # stride
F = 8            # number of filters
OUT = (28 - K) // ST + 1      # 12


def im2col(imgs):
    # (n, 28, 28) -> (n, OUT*OUT, K*K)
    win = np.lib.stride_tricks.sliding_window_view(imgs, (K, K), axis=(1, 2))[:, ::ST, ::ST]
    return win.reshape(len(imgs), OUT * OUT, K * K)


class ConvNet:
    def __init__(self):
        self.filters = np.zeros((K * K, F))
        self.fbias = np.zeros(F)
        n_flat = OUT * OUT * F
        self.fc = np.random.randn(n_flat, 10) / np.sqrt(n_flat)
        self.fcbias = np.zeros(10)

    def forward(self, imgs):
        self.cols = im2col(imgs)
        self.conv = self.cols @ self.filters + self.fbias
        self.relu = np.maximum(self.conv, 0)
        self.flat = self.relu.reshape(len(imgs), -1)
        logits = self.flat @ self.fc + self.fcbias
        logits -= logits.max(axis=1, keepdims=True)
        e = np.exp(logits)
        self.probs = e / e.sum(axis=1, keepdims=True)
        return self.probs

    def backward(self, labels, lr):
        n = len(labels)
        grad = self.probs.copy()
        grad[np.arange(n), labels] -= 1
        grad /= n
        d_fc = self.flat.T @ grad
        d_flat = grad @ self.fc.T
        d_conv = d_flat.reshape(self.conv.shape) * (self.conv > 0)
        d_filters = np.tensordot(self.cols, d_conv, axes=((0, 1), (0, 1)))

        self.fc -= lr * d_fc
        self.fcbias -= lr * grad.sum(axis=0)
        self.filters -= lr * d_filters
        self.fbias -= lr * d_conv.sum(axis=(0, 1))


net = ConvNet()
BS = 30
LR = 0.05
for epoch in range(5):
    tic = time.perf_counter()
    loss = 0
    for i in range(0, len(train_x), BS):
        xb = train_x[i:i + BS]
        yb = train_y[i:i + BS]
        p = net.forward(xb)
        loss += -np.log(p[np.arange(len(yb)), yb] + 1e-10).sum()
        net.backward(yb, LR)
    print('Epoch %d loss %.4f (%.2fs)' % (epoch + 1, loss / len(train_x), time.perf_counter() - tic))

print('filters min/max', net.filters.min(), net.filters.max())
pred = np.argmax(net.forward(test_x), axis=1)
print('Test Accuracy: %.3f' % np.mean(pred == test_y))
