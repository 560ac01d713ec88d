# Réseau de neurones "à la main": une colonne = une image
import numpy as np

np.random.seed(0)
d = np.load("digits.npz")
def prepare(im):
    return im.reshape(im.shape[0], -1).T.astype(float) / 127.5 - 1   # (784, n), entre -1 et 1

entree = prepare(d["images"])
sortie_voulue = np.full((10, 1200), 0.05)
sortie_voulue[d["labels"], np.arange(1200)] = 0.95

f = lambda z: 1 / (1 + np.exp(-z))

# le biais est une ligne de uns ajoutée aux entrées
uns = lambda M: np.vstack([M, np.ones((1, M.shape[1]))])
P = np.random.uniform(-0.05, 0.05, (40, 785))
Q = np.random.uniform(-0.3, 0.3, (10, 41))
Q[:, -1] = -1.8     # au départ chaque chiffre est jugé peu probable

pas = 0.0002    # petit, parce que les gradients sont des sommes
inertie_P = 0 * P
inertie_Q = 0 * Q

for tour in range(600):
    e1 = uns(entree)
    h = f(P @ e1)
    e2 = uns(h)
    s = f(Q @ e2)

    # moins le gradient
    delta_s = (sortie_voulue - s) * s * (1 - s)
    delta_h = (Q[:, :-1].T @ delta_s) * h * (1 - h)

    inertie_Q = 0.9 * inertie_Q + delta_s @ e2.T
    inertie_P = 0.9 * inertie_P + delta_h @ e1.T
    Q += pas * inertie_Q
    P += pas * 0.5 * inertie_P     # première couche plus prudente
    if tour % 100 == 0:
        print(tour, ((sortie_voulue - s) ** 2).sum() / 1200)

test = prepare(d["test_images"])
reponse = (Q @ uns(f(P @ uns(test)))).argmax(0)
print("justes:", (reponse == d["test_labels"]).sum() / 400)
