# 3 mu 8 mi?  np.matrix ile, cunku carpma isareti daha rahat
import numpy as np

np.random.seed(17)

veri = np.load("digits.npz")


def hazirla(resim, etiket):
    sec = np.logical_or(etiket == 3, etiket == 8)
    X = np.matrix(resim[sec].reshape(sec.sum(), -1) / 255.0)
    y = np.matrix((etiket[sec] == 8) * 1.0).T
    assert X.shape[0] == y.shape[0]
    return X, y


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def ileri(p, X):
    gizli = sigmoid(X * p["W1"])
    cikis = sigmoid(gizli * p["W2"] + p["b2"])
    return gizli, cikis


def geri(p, X, y):
    gizli, cikis = ileri(p, X)
    n = X.shape[0]
    d2 = np.multiply(cikis - y, np.multiply(cikis, 1 - cikis))
    d1 = np.multiply(d2 * p["W2"].T, np.multiply(gizli, 1 - gizli))
    g = {"W2": gizli.T * d2 / n, "b2": d2.sum(axis=0) / n,
         "W1": X.T * d1 / n, "b1": d1.sum(axis=0) / n}
    for ad in g:
        assert g[ad].shape == p[ad].shape, ad
    return g


def guncelle(p, g, hiz):
    for ad in p:
        p[ad] = p[ad] - hiz * g[ad]
    return p


def basari(p, X, y):
    _, cikis = ileri(p, X)
    return np.mean((cikis > 0.5) == (y > 0.5))


X, y = hazirla(veri["images"], veri["labels"])
Xt, yt = hazirla(veri["test_images"], veri["test_labels"])
print("egitim", X.shape, "sinama", Xt.shape)

GIZLI = 24
p = {
    "W1": np.matrix(np.random.randn(784, GIZLI)) * 0.05,
    "b1": np.matrix(np.zeros((1, GIZLI))),
    "W2": np.matrix(np.random.randn(GIZLI, 1)) * 0.3,
    "b2": np.matrix(np.zeros((1, 1))),
}

# bir kere karistir
sira = np.random.permutation(X.shape[0])
X, y = X[sira], y[sira]

PARCA = 24
for devir in range(80):
    # her devirde resimlere biraz gurultu ekle, ezberlemesin
    G = X
    G += 0.3 * np.random.randn(*X.shape)
    Xler = np.array_split(G, PARCA)
    yler = np.array_split(y, PARCA)
    for k in range(PARCA):
        g = geri(p, Xler[0], yler[0])
        p = guncelle(p, g, 0.6)
    if devir % 10 == 9:
        _, c = ileri(p, X)
        print("devir", devir + 1, "mse", np.mean(np.square(c - y)))

print("sinama basarisi: %", 100 * basari(p, Xt, yt))
print("oran", basari(p, Xt, yt))
