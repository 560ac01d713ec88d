# Autoencoder: 196 -> 20 -> 196. Decoder uses the transposed weights of the encoder.
import numpy as np

np.random.seed(33)


def shrink(images):
    """28x28 -> 14x14 by taking means of 2x2"""
    im = images.reshape(-1, 14, 2, 14, 2).astype(float)
    return im.mean(axis=(2, 4)).reshape(-1, 196) / 255


def sig(x):
    return 1 / (1 + np.exp(-x))


class TiedAutoencoder:
    def __init__(self, n_visible, n_code):
        self.W = np.random.normal(0, 0.1, (n_visible, n_code))
        self.b_code = np.zeros(n_code)
        self.b_vis = np.zeros(n_visible)

    def encode(self, x):
        return sig(x @ self.W + self.b_code)

    def decode(self, code):
        z = code @ self.W.T + self.b_vis
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def update(self, x, lr):
        code = self.encode(x)
        out = self.decode(code)
        # cross entropy, so the difference is all that is needed
        d_out = (out - x) / len(x)
        d_code = (d_out @ self.W) * code * (1 - code)
        # W is used twice, so two parts
        dW = x.T @ d_code + d_out.T @ code
        self.W -= lr * dW
        self.b_code -= lr * d_code.sum(axis=0)
        self.b_vis -= lr * d_out.sum(axis=0)
        return np.mean((out - x) ** 2)


data = np.load("digits.npz")
train = shrink(data["images"])
test = shrink(data["test_images"])

net = TiedAutoencoder(196, 20)
for epoch in range(60):
    order = np.random.permutation(len(train))
    errors = []
    for i in range(0, len(train), 20):
        errors.append(net.update(train[order[i:i + 20]], lr=0.4))
    if epoch % 5 == 0:
        print("epoch", epoch, "error per pixel", np.mean(errors))

back = net.decode(net.encode(test))
for line in back[0].reshape(14, 14):
    print("".join(" .:*#"[int(v * 4.99)] for v in line))
print("error per pixel on test pictures:", np.mean((back - test) ** 2))
