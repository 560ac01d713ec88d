import numpy as np

r = np.random.default_rng(1)
mnist = np.load("digits.npz")

train = mnist["images"].reshape((-1, 784)).astype("float32") / 255
test = mnist["test_images"].reshape((-1, 784)).astype("float32") / 255
lab = mnist["labels"]
test_lab = mnist["test_labels"]

# mean picture away
mean_pic = train.mean(0)
train = train - mean_pic
test = test - mean_pic

shape = [784, 60, 30, 10]
Ws = [r.standard_normal((i, o)) / np.sqrt(i) for i, o in zip(shape, shape[1:])]
Bs = [np.zeros(o) for o in shape[1:]]


def fwd(x):
    outs = [x]
    for n, (W, B) in enumerate(zip(Ws, Bs)):
        z = outs[-1] @ W + B
        if n < len(Ws) - 1:
            outs.append(np.tanh(z))
        else:
            z = np.exp(z - z.max(1, keepdims=True))
            outs.append(z / z.sum(1, keepdims=True))
    return outs


step = 0.1
for ep in range(1, 41):
    idx = r.permutation(len(train))
    err = []
    for chunk in np.array_split(idx, 40):
        outs = fwd(train[chunk])
        hot = np.eye(10)[lab[chunk]]
        err.append(-(hot * np.log(outs[-1] + 1e-9)).sum(1).mean())

        dW, dB = [], []
        d = (outs[-1] - hot) / len(chunk)
        for n in range(len(Ws) - 1, -1, -1):
            dW.insert(0, outs[n].T @ d)
            dB.insert(0, d.sum(0))
            if n > 0:
                d = d @ Ws[n].T * (1 - outs[n] ** 2)

        for W, B, gW, gB in zip(Ws, Bs, dW, dB):
            W = W - step * gW
            B = B - step * gB
    if ep % 5 == 0:
        acc = np.mean(fwd(train)[-1].argmax(1) == lab)
        print(f"ep {ep} err {np.mean(err):.3f} train acc {acc:.3f}")

print("test acc:", np.mean(fwd(test)[-1].argmax(1) == test_lab))
