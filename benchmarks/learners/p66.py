# Stacked autoencoder: first train 784 -> 60 -> 784 to compress the digits,
# then put a softmax on the 60 code numbers.
import numpy as np
import matplotlib.pyplot as plt

np.random.seed(31)

d = np.load("digits.npz")
X = d["images"].reshape(1200, 784) / 255
Xt = d["test_images"].reshape(400, 784) / 255
y, yt = d["labels"], d["test_labels"]

code_size = 60


def sig(z):
    return 1 / (1 + np.exp(-z))


# ---------------------------------------------------------------- autoencoder
enc_W = np.random.randn(784, code_size) * 0.05
enc_b = np.zeros(code_size)
dec_W = np.random.randn(code_size, 784) * 0.05
dec_b = np.zeros(784)

alpha = 0.02
errors = []
for ep in range(8):
    p = np.random.permutation(1200)
    for k in range(0, 1200, 20):
        x = X[p[k:k + 20]]
        code = sig(x @ enc_W + enc_b)
        out = sig(code @ dec_W + dec_b)
        # cross entropy for pixels -> derivative is simply out - x
        d_out = out - x
        d_code = d_out @ dec_W.T * code * (1 - code)
        dec_W -= alpha * code.T @ d_out
        dec_b -= alpha * d_out.sum(0)
        enc_W -= alpha * x.T @ d_code
        enc_b -= alpha * d_code.sum(0)
    err = np.mean((sig(sig(X @ enc_W + enc_b) @ dec_W + dec_b) - X) ** 2)
    errors.append(err)
    print("autoencoder epoch", ep, "reconstruction error %.4f" % err)

# ----------------------------------------------------------------- classifier
codes = sig(X @ enc_W + enc_b)
codes_t = sig(Xt @ enc_W + enc_b)
c_mean, c_std = codes.mean(0), codes.std(0) + 1e-6
codes = (codes - c_mean) / c_std
codes_t = (codes_t - codes_t.mean(0)) / (codes_t.std(0) + 1e-6)

S = np.zeros((code_size, 10))
sb = np.zeros(10)
Y = np.zeros((1200, 10))
Y[range(1200), y] = 1

for ep in range(120):
    scores = codes @ S + sb
    probs = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    g = (Y - probs) / 1200
    S -= 0.5 * codes.T @ g
    sb -= 0.5 * g.sum(0)
    if ep % 30 == 0:
        print("classifier epoch", ep, "loss %.3f" % -np.mean(np.log(probs[range(1200), y] + 1e-12)))

fig, ax = plt.subplots(1, 2)
ax[0].imshow(Xt[0].reshape(28, 28), cmap="gray")
ax[1].imshow(sig(sig(Xt[:1] @ enc_W + enc_b) @ dec_W + dec_b).reshape(28, 28), cmap="gray")
fig.savefig("autoencoder.png")

right = np.argmax(codes_t @ S + sb, axis=1) == yt
print("right:", right.sum(), "of", len(yt), "=", right.mean())
