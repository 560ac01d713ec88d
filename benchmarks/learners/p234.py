import numpy as np

np.random.seed(9)

# ---- data: ring 1 inside ring 2 inside ring 3 ----
def rings(n):
    label = np.random.randint(1, 4, n)
    radius = label + np.random.randn(n) * 0.2
    angle = np.random.rand(n) * 2 * np.pi
    return np.stack([radius * np.cos(angle) + 0.5, 1.4 * radius * np.sin(angle)], axis=1), label


X, labels = rings(900)
X_test, labels_test = rings(300)

mean, std = X.mean(), X.std()
X = (X - mean) / std
X_test = (X_test - mean) / std


def with_ones(A):
    # bias trick: a column of ones at the end
    return np.hstack([A, np.ones((A.shape[0], 1))])


Y = np.zeros((len(labels), 3))
Y[np.arange(len(labels)), labels - 1] = 1

n_hidden = 8
W1 = np.random.randn(2 + 1, n_hidden) * 0.7
W2 = np.random.randn(n_hidden + 1, 3) * 0.25
lr = 1.0

X1 = with_ones(X)
for it in range(1, 2001):
    H = np.tanh(X1.dot(W1))
    H1 = with_ones(H)
    scores = np.exp(H1.dot(W2))
    probs = scores / scores.sum(axis=1, keepdims=True)

    d_scores = (probs - Y) / len(X)
    grad_W2 = H1.T.dot(d_scores)
    d_hidden = d_scores.dot(W2[1:].T) * (1 - H ** 2)
    grad_W1 = X1.T.dot(d_hidden)

    W1 -= lr * grad_W1
    W2 -= lr * grad_W2
    if it % 200 == 0:
        print("it", it, "loss", -np.mean(np.log(probs[np.arange(len(X)), labels - 1])))

H = np.tanh(with_ones(X_test).dot(W1))
out = with_ones(H).dot(W2)
answer = out.argmax(axis=1)
print("Accuracy (%):", 100 * np.mean(answer == labels_test))
