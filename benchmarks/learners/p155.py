import numpy as np
np.random.seed(17)

# two moons
N = 300
t = np.random.rand(N) * np.pi
label = np.random.randint(0, 2, N)
x1 = np.where(label == 0, np.cos(t), 1 - np.cos(t))
x2 = np.where(label == 0, np.sin(t), 0.4 - np.sin(t))
X = np.stack([x1, x2], axis=1) + 0.08 * np.random.randn(N, 2)
X_train, X_test = X[:200], X[200:]
y_train, y_test = label[:200].astype(float), label[200:].astype(float)
print(X_train.shape, y_train.shape)

W1 = np.random.randn(2, 20)
b1 = np.zeros(20)
W2 = np.random.randn(20, 1) * 0.3
b2 = np.zeros(1)
vel = [0, 0, 0, 0]

lr = 0.2
for it in range(1500):
    a1 = np.tanh(X_train @ W1 + b1)
    y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))

    error = y_hat - y_train
    # has to be (200, 1) again, otherwise the matrix product below complains
    delta2 = error.mean(axis=1, keepdims=True)
    delta1 = delta2 @ W2.T * (1 - a1 ** 2)

    grads = [X_train.T @ delta1 / 200, delta1.mean(axis=0), a1.T @ delta2 / 200, delta2.mean(axis=0)]
    for k, (par, g) in enumerate(zip([W1, b1, W2, b2], grads)):
        vel[k] = 0.9 * vel[k] + g
        par -= lr * vel[k]
    if it % 250 == 0:
        print("step", it, "mean abs error", np.abs(error).mean())

a1 = np.tanh(X_test @ W1 + b1)
y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
print("some outputs:", y_hat[:6].round(3).tolist())
correct = (y_hat > 0.5) == (y_test == 1)
print("accuracy =", correct.mean())
