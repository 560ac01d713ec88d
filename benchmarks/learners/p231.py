# 3-fold cross validation of a small network
import numpy as np

rng = np.random.default_rng(14)

K = 3
kinds = [
    # alcohol, acid, colour, sugar
    ([13.7, 2.0, 5.5, 17.0], [0.5, 0.7, 1.2, 2.5]),
    ([12.3, 1.9, 3.1, 20.2], [0.5, 1.0, 0.9, 3.3]),
    ([13.1, 3.3, 7.4, 21.4], [0.5, 1.1, 2.3, 2.3]),
]
rows, kind = [], []
for k, (mean, sd) in enumerate(kinds):
    rows.append(rng.normal(mean, sd, (100, 4)))
    kind += [k] * 100
table = np.concatenate(rows)
kind = np.array(kind)
print("table", table.shape, "first row", table[0].round(2))


def make_net(n_in, n_hidden, n_out):
    """returns two functions: train(X, y) and guess(X)"""
    W1 = rng.normal(size=(n_in, n_hidden)) / np.sqrt(n_in)
    b1 = np.zeros(n_hidden)
    W2 = rng.normal(size=(n_hidden, n_out)) / np.sqrt(n_hidden)
    b2 = np.zeros(n_out)

    def forward(X):
        H = np.tanh(X @ W1 + b1)
        S = H @ W2 + b2
        S = np.exp(S - S.max(1, keepdims=True))
        return H, S / S.sum(1, keepdims=True)

    def train(X, y, rate, epochs):
        nonlocal W1, b1, W2, b2
        Y = np.eye(n_out)[y]
        for epoch in range(epochs):
            H, P = forward(X)
            D2 = (P - Y) / len(X)
            D1 = D2 @ W2.T * (1 - H * H)
            W2 = W2 - rate * H.T @ D2
            b2 = b2 - rate * D2.sum(0)
            W1 = W1 - rate * X.T @ D1
            b1 = b1 - rate * D1.sum(0)
        return (forward(X)[1].argmax(1) == y).mean()

    def guess(X):
        return forward(X)[1].argmax(1)

    return train, guess


folds = np.array_split(np.arange(len(table)), K)

scores = []
for k in range(K):
    test_rows = folds[k]
    train_rows = np.concatenate([folds[j] for j in range(K) if j != k])
    mean = table[train_rows].mean(0)
    sd = table[train_rows].std(0)
    scaled = (table - mean) / sd

    train, guess = make_net(4, 8, 3)
    seen = train(scaled[train_rows], kind[train_rows], 0.5, 2000)
    score = (guess(scaled[test_rows]) == kind[test_rows]).mean()
    scores.append(score)
    print(f"fold {k + 1}: train {seen:.3f}  test {score:.3f}")

print("mean test accuracy over the folds:", np.mean(scores))
