import numpy as np
from typing import List, Optional

rng = np.random.default_rng(77)


class FullyConnected:
    def __init__(self, fan_in: int, fan_out: int, activation: Optional[str] = "tanh"):
        limit = np.sqrt(6 / (fan_in + fan_out))
        self.weight = rng.uniform(-limit, limit, size=(fan_in, fan_out))
        self.bias = np.zeros(fan_out)
        self.activation = activation
        self.inp = None
        self.out = None
        self.weight_speed = np.zeros_like(self.weight)
        self.bias_speed = np.zeros_like(self.bias)

    def __call__(self, inp):
        self.inp = inp
        self.out = inp @ self.weight + self.bias
        if self.activation == "tanh":
            self.out = np.tanh(self.out)
        return self.out

    def back(self, up):
        if self.activation == "tanh":
            up = up * (1 - self.out ** 2)
        self.weight_grad = self.inp.T @ up
        self.bias_grad = up.sum(axis=0)
        return up @ self.weight.T

    def move(self, lr, momentum):
        self.weight_speed = momentum * self.weight_speed - lr * self.weight_grad
        self.bias_speed = momentum * self.bias_speed - lr * self.bias_grad
        self.weight += self.weight_speed
        self.bias += self.bias_speed


class Model:
    def __init__(self, layers: List[FullyConnected]):
        self.layers = layers
        self.curve = []

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def fit(self, x, y, x_val, y_val, steps=1800, lr=0.1, momentum=0.9):
        for step in range(steps):
            out = self(x)
            val = self(x_val)
            loss = ((out - y) ** 2).mean()
            self.curve.append((loss, ((val - y_val) ** 2).mean()))

            up = 2 * (out - y) / y.size
            for layer in self.layers[::-1]:
                up = layer.back(up)
            for layer in self.layers:
                layer.move(lr, momentum)
            if step % 250 == 0:
                print("step %d  loss %.4f  val loss %.4f" % (step, *self.curve[-1]))


def moons(n):
    a = rng.uniform(0, np.pi, n)
    upper = rng.random(n) < 0.5
    px = np.where(upper, np.cos(a), 1 - np.cos(a))
    py = np.where(upper, np.sin(a), 0.5 - np.sin(a))
    pts = np.stack((px, py), axis=1) + rng.normal(0, 0.1, (n, 2))
    # -1 and +1 because of the tanh at the end
    return pts, np.where(upper, 1.0, -1.0)[:, None]


x_train, y_train = moons(300)
x_val, y_val = moons(300)
x_test, y_test = moons(400)

model = Model([FullyConnected(2, 16), FullyConnected(16, 16), FullyConnected(16, 1)])
model.fit(x_train, y_train, x_val, y_val, momentum=1.0)

print("test accuracy:", (np.sign(model(x_test)) == y_test).mean())
