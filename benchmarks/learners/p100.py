import numpy as np
import sys

# Fit of a damped-free oscillation x(t) = sin(t), t in [0, 6 pi]
# network: psi(t) = C . tanh(A t + B) + D
rng = np.random.default_rng(3)

n_meas = 240
t = rng.uniform(0.0, 6 * np.pi, n_meas)
sigma = 0.05
x = np.sin(t) + sigma * rng.standard_normal(n_meas)

# coordinates made dimensionless
t0, T = t.mean(), t.std()
tau = t / T

# held-out grid
t_grid = np.linspace(0.3, 6 * np.pi - 0.3, 150)
x_grid = np.sin(t_grid)

N = 60
A = rng.normal(0, 3.0, (N, 1))
B = rng.uniform(-5, 5, (N, 1))
C = rng.normal(0, 1 / np.sqrt(N), (1, N))
D = np.zeros((1, 1))


def psi(tau_row):
    phi = np.tanh(A @ tau_row + B)
    return phi, C @ phi + D


eta, mu = 0.02, 0.95
vel = [np.zeros_like(p) for p in (A, B, C, D)]
tau_row = tau[None, :]
x_row = x[None, :]

for step in range(12000):
    phi, model = psi(tau_row)
    residual = model - x_row
    chi2 = np.mean(residual ** 2)

    gC = 2 * residual @ phi.T / n_meas
    gD = 2 * residual.mean(keepdims=True)
    back = (C.T @ residual) * (1 - np.tanh(phi) ** 2)
    gA = 2 * back @ tau_row.T / n_meas
    gB = 2 * back.mean(axis=1, keepdims=True)

    for p, v, g in zip((A, B, C, D), vel, (gA, gB, gC, gD)):
        v *= mu
        v -= eta * g
        p += v

    if step % 3000 == 0:
        print(f"step {step:6d}   chi2/n = {chi2:.5f}")

if "--plot" in sys.argv:
    import matplotlib.pyplot as plt
    plt.plot(t, x, ".")
    plt.plot(t_grid, psi(((t_grid - t0) / T)[None, :])[1][0])
    plt.show()

_, prediction = psi(((t_grid - t0) / T)[None, :])
print("mean squared error on grid:", float(np.mean((prediction[0] - x_grid) ** 2)))
