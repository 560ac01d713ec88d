# I usually work in R (nnet). Trying to do the same by hand in python.
import numpy as np

set_seed = np.random.seed
set_seed(2024)
np.random.seed(2024)

# --- fake "flowers": 3 species, 4 measurements -------------------------------
n = 120
mu = np.array([[5.0, 3.4, 1.5, 0.3], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.5, 2.0]])
sd = np.array([0.45, 0.35, 0.40, 0.2])
df = np.vstack([mu[k] + sd * np.random.randn(n, 4) for k in range(3)])
species = np.repeat(np.arange(1, 4), n)          # factor levels 1, 2, 3

# --- scale() ------------------------------------------------------------------
def scale(tab):
    return (tab - tab.mean(axis=0)) / tab.std(axis=0, ddof=1)

# --- train / test -------------------------------------------------------------
idx = np.arange(3 * n)
train_idx = idx[:240]
test_idx = idx[240:]

x_train, x_test = df[train_idx], df[test_idx]
center = x_train.mean(axis=0)
spread = x_train.std(axis=0, ddof=1)
x_train = scale(x_train)
x_test = scale(x_test)

# model.matrix(~ species - 1)
dummies = (species[train_idx][:, None] == np.array([1, 2, 3])[None, :]) * 1.0

# --- nnet(size = 6, decay = 1e-4) --------------------------------------------
size, decay, eta = 6, 1e-4, 0.05
wts = {
    "i_h": np.random.uniform(-0.7, 0.7, (5, size)),
    "h_o": np.random.uniform(-0.7, 0.7, (size + 1, 3)),
}
bind1 = lambda m: np.column_stack([np.ones(len(m)), m])     # cbind(1, m)

def fitted(x):
    hid = 1 / (1 + np.exp(-bind1(x) @ wts["i_h"]))
    lin = bind1(hid) @ wts["h_o"]
    ex = np.exp(lin - lin.max(axis=1, keepdims=True))
    return hid, ex / ex.sum(axis=1, keepdims=True)

for it in range(1, 4001):
    hid, fit = fitted(x_train)
    d_out = (fit - dummies) / len(x_train)
    d_hid = (d_out @ wts["h_o"][1:].T) * hid * (1 - hid)
    wts["h_o"] -= eta * (bind1(hid).T @ d_out + decay * wts["h_o"]) * 10
    wts["i_h"] -= eta * (bind1(x_train).T @ d_hid + decay * wts["i_h"]) * 10
    if it % 1000 == 0:
        print("iter", it, "value", -np.sum(dummies * np.log(fit + 1e-12)))

_, prob = fitted(x_test)
predicted = prob.argmax(axis=1) + 1
print("table:", np.bincount(predicted, minlength=4)[1:])
print("accuracy", (predicted == species[test_idx]).mean())
