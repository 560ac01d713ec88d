"""Inverse kinematics of a 2-link arm, learned by a network"""
import numpy as np

L1, L2 = 0.6, 0.4
rng = np.random.default_rng(2)


class Scaler:
    def fit(self, a):
        self.mean = a.mean(axis=0)
        self.std = a.std(axis=0)
        return self

    def transform(self, a):
        return (a - self.mean) / self.std

    def inverse_transform(self, a):
        return a * self.std


def forward_kinematics(theta):
    t1, t2 = np.radians(theta[:, 0]), np.radians(theta[:, 1])
    x = L1 * np.cos(t1) + L2 * np.cos(t1 + t2)
    y = L1 * np.sin(t1) + L2 * np.sin(t1 + t2)
    return np.column_stack([x, y])


# angles in degrees, elbow always to the same side
theta = np.column_stack([rng.uniform(0, 90, 700), rng.uniform(10, 150, 700)])
pos = forward_kinematics(theta)

# the gripper cannot go below the table or behind the base
ok = (pos[:, 1] > 0.1) & (pos[:, 0] > -0.3)
pos = pos[ok]
theta = theta[:len(pos)]
print("samples:", len(pos))

split = int(0.8 * len(pos))
pos_scaler = Scaler().fit(pos[:split])
theta_scaler = Scaler().fit(theta[:split])
P, T = pos_scaler.transform(pos[:split]), theta_scaler.transform(theta[:split])


def init(n_in, n_hidden, n_out):
    w = rng.normal(0, 1, (n_in, n_hidden))
    v = rng.normal(0, 1 / np.sqrt(n_hidden), (n_hidden, n_out))
    return w, rng.normal(0, 0.5, n_hidden), v, np.zeros(n_out)


def model(params, p):
    w, a, v, b = params
    return np.tanh(p @ w + a) @ v + b


def gradients(params, p, t):
    w, a, v, b = params
    hidden = np.tanh(p @ w + a)
    err = 2 * (hidden @ v + b - t) / t.size
    back = err @ v.T * (1 - hidden ** 2)
    return p.T @ back, back.sum(0), hidden.T @ err, err.sum(0)


def learn(params, epochs=250, batch=25, rate=0.1):
    velocity = [np.zeros_like(q) for q in params]
    for epoch in range(epochs):
        idx = rng.permutation(len(P))
        for k in range(0, len(P), batch):
            g = gradients(params, P[idx[k:k + batch]], T[idx[k:k + batch]])
            velocity = [0.9 * u - rate * dq for u, dq in zip(velocity, g)]
            params = tuple(q + u for q, u in zip(params, velocity))
        if epoch % 50 == 0:
            print("epoch", epoch, "mse", np.mean((model(params, P) - T) ** 2))
    return params


params = learn(init(2, 24, 2))

predicted = theta_scaler.inverse_transform(model(params, pos_scaler.transform(pos[split:])))
real = theta[split:]
print("first test pose:", real[0], "network:", predicted[0])
miss = np.linalg.norm(forward_kinematics(predicted) - pos[split:], axis=1)
print("mean distance of the gripper (m):", miss.mean())
r2 = 1 - ((real - predicted) ** 2).sum(0) / ((real - real.mean(0)) ** 2).sum(0)
print("R2 of the angles:", r2.mean())
