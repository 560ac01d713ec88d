# iris classification, k-fold cross validation, no sklearn allowed (assignment 3)
import csv
import math
import numpy as np

rng = np.random.default_rng(7)

# I do not have the original iris.csv here so I draw flowers with the mean / std of each
# species from wikipedia and write them in the same format
species = ["setosa", "versicolor", "virginica"]
means = [[5.01, 3.43, 1.46, 0.25], [5.94, 2.77, 4.26, 1.33], [6.59, 2.97, 5.55, 2.03]]
stds = [[0.35, 0.38, 0.17, 0.11], [0.52, 0.31, 0.47, 0.20], [0.64, 0.32, 0.55, 0.27]]
with open("iris.csv", "w", newline="") as f:
    writer = csv.writer(f)
    writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
    for s in range(3):
        for _ in range(50):
            row = rng.normal(means[s], stds[s])
            writer.writerow(["%.1f" % v for v in row] + [species[s]])

features, classes = [], []
with open("iris.csv") as f:
    for row in csv.DictReader(f):
        features.append([float(row[c]) for c in ("sepal_length", "sepal_width", "petal_length", "petal_width")])
        classes.append(species.index(row["species"]))
features = np.array(features)
classes = np.array(classes)

# min-max scaling
lo, hi = features.min(axis=0), features.max(axis=0)
features = (features - lo) / (hi - lo)


def one_hot(c):
    return np.eye(3)[c]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def fit(x, t, hidden=8, epochs=300, eta=0.5):
    V = rng.uniform(-0.5, 0.5, (x.shape[1] + 1, hidden))      # last row = bias
    W = rng.uniform(-0.5, 0.5, (hidden + 1, 3))
    x = np.c_[x, np.ones(len(x))]
    for epoch in range(epochs):
        h = sigmoid(x @ V)
        hb = np.c_[h, np.ones(len(h))]
        o = sigmoid(hb @ W)
        delta_o = (t - o) * o * (1 - o)
        delta_h = (delta_o @ W[:-1].T) * h * (1 - h)
        W += eta * hb.T @ delta_o / len(x) * 10
        V += eta * x.T @ delta_h / len(x) * 10
    return V, W


def classify(x, V, W):
    h = sigmoid(np.c_[x, np.ones(len(x))] @ V)
    o = sigmoid(np.c_[h, np.ones(len(h))] @ W)
    return np.argmax(o, axis=1)


k = 3
order = np.arange(len(features))
fold_size = math.ceil(len(features) / k)
scores = []
for fold in range(k):
    test = order[fold * fold_size:(fold + 1) * fold_size]
    train = np.setdiff1d(order, test)
    V, W = fit(features[train], one_hot(classes[train]))
    right = (classify(features[test], V, W) == classes[test]).sum()
    scores.append(right / len(test))
    print("fold", fold + 1, "train", len(train), "test", len(test), "accuracy", round(scores[-1], 3))

print("mean accuracy over folds:", sum(scores) / k)
