# two moons, binary cross entropy, keras-like API written from scratch
from typing import List, Tuple
import numpy as np
import random

np.random.seed(4)
random.seed(4)


def two_moons(n: int, noise: float) -> Tuple[np.ndarray, np.ndarray]:
    half = n // 2
    t = np.linspace(0, np.pi, half)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])
    X = np.vstack([upper, lower]) + np.random.normal(scale=noise, size=(2 * half, 2))
    y = np.array([0] * half + [1] * half)
    return X, y


ACTIVATIONS = {
    "relu": (lambda z: z * (z > 0), lambda z, a: (z > 0).astype(float)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a: a * (1 - a)),
    "linear": (lambda z: z, lambda z, a: np.ones_like(z)),
}


class Dense:
    def __init__(self, units: int, activation: str = "linear"):
        self.units = units
        self.act, self.act_prime = ACTIVATIONS[activation]

    def build(self, n_in: int) -> int:
        self.W = np.random.randn(n_in, self.units) * np.sqrt(2 / n_in)
        self.b = np.zeros(self.units)
        return self.units

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        self.z = x @ self.W + self.b
        self.a = self.act(self.z)
        return self.a

    def backward(self, da: np.ndarray) -> np.ndarray:
        dz = da * self.act_prime(self.z, self.a)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.W.T


class Sequential:
    def __init__(self, layers: List[Dense], input_dim: int):
        self.layers = layers
        for layer in layers:
            input_dim = layer.build(input_dim)

    def predict(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer(x)
        return x

    def fit(self, X, y, epochs=100, batch_size=16, lr=0.1, clip=5.0, verbose=25):
        y = y.reshape(-1, 1)
        rows = list(range(len(X)))
        for epoch in range(1, epochs + 1):
            random.shuffle(rows)
            losses = []
            for s in range(0, len(rows), batch_size):
                xb, yb = X[rows[s:s + batch_size]], y[rows[s:s + batch_size]]
                p = np.clip(self.predict(xb), 1e-7, 1 - 1e-7)
                losses.append(-np.mean(yb * np.log(p) + (1 - yb) * np.log(1 - p)))
                grad = (p - yb) / (p * (1 - p)) / len(xb)
                for layer in reversed(self.layers):
                    grad = layer.backward(grad)
                for layer in self.layers:
                    norm = np.linalg.norm(layer.dW)
                    scale = clip / norm if norm > clip else 1.0
                    layer.W -= lr * scale * layer.dW
                    layer.b -= lr * scale * layer.db
            if epoch % verbose == 0:
                print(f"Epoch {epoch}/{epochs} - loss: {np.mean(losses):.4f}")

    def evaluate(self, X, y) -> float:
        p = self.predict(X)
        return float(np.mean((p > 0.5).astype(int) == y))


X, y = two_moons(600, 0.12)
order = np.random.permutation(len(X))
X, y = X[order], y[order]
X_train, y_train, X_test, y_test = X[:450], y[:450], X[450:], y[450:]

model = Sequential([Dense(16, "relu"), Dense(16, "relu"), Dense(1, "sigmoid")], input_dim=2)
model.fit(X_train, y_train, epochs=75)
print("Test accuracy:", model.evaluate(X_test, y_test))
