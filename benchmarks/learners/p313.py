"""Parzystość czterech bitów. Bity są trochę zaszumione, żeby nie było tylko 16 punktów."""
import numpy as np


def main():
    los = np.random.default_rng(4)

    def dane(n):
        bity = los.integers(0, 2, (n, 4))
        X = 2.0 * bity - 1 + 0.15 * los.normal(size=(n, 4))
        t = np.where(bity.sum(axis=1) % 2 == 1, 1.0, -1.0)
        return X, t[:, None]

    def z_jedynka(A):
        return np.hstack([A, np.zeros((len(A), 1))])

    def relu(Z):
        return np.maximum(Z, 0)

    W1 = los.normal(0, np.sqrt(2 / 5), (5, 24))
    W2 = los.normal(0, np.sqrt(1 / 25), (25, 12))
    W3 = los.normal(0, np.sqrt(1 / 13), (13, 1))

    def naprzod(X):
        A0 = z_jedynka(X)
        Z1 = A0 @ W1
        A1 = z_jedynka(Z1)
        Z2 = A1 @ W2
        A2 = z_jedynka(Z2)
        return A0, Z1, A1, A2, A2 @ W3

    def strata(f, t):
        # wykładnicza, jak w AdaBoost
        return np.exp(np.clip(-t * f, -30, 30))

    def gradienty(X, t):
        A0, Z1, A1, A2, f = naprzod(X)
        D3 = -t * strata(f, t) / len(X)
        D2 = (D3 @ W3[:-1].T) * (1 - A2[:, :-1] ** 2)
        D1 = (D2 @ W2[:-1].T) * (Z1 > 0)
        return A0.T @ D1, A1.T @ D2, A2.T @ D3

    def przytnij(G, granica):
        norma = np.sqrt(sum(np.sum(g ** 2) for g in G))
        if norma > granica:
            G = [g * granica / norma for g in G]
        return G

    def trafione(X, t):
        return np.mean(np.sign(naprzod(X)[-1]) == t)

    X, t = dane(800)
    Xu, tu = X[:600], t[:600]
    Xw, tw = X[600:], t[600:]        # do sprawdzania po drodze
    Xt, tt = dane(400)

    tempo = 0.2
    for epoka in range(150):
        kolejnosc = los.permutation(len(Xu))
        for kawalek in np.array_split(kolejnosc, 30):
            G = przytnij(gradienty(Xu[kawalek], tu[kawalek]), 1.0)
            for W, g in zip((W1, W2, W3), G):
                W -= tempo * g
        # tempo *= 0.99
        if epoka % 15 == 0:
            print("epoka", epoka,
                  "strata", round(float(np.mean(strata(naprzod(Xu)[-1], tu))), 4),
                  "walidacja", round(float(trafione(Xw, tw)), 3))

    print("trafione na teście:", trafione(Xt, tt))


if __name__ == "__main__":
    main()
