"""Slopes that are written into an array of ones where a unit is off, for one sample at a time."""

TEXT = """
import numpy as np
rng = np.random.default_rng(0)
x = np.linspace(-3, 3, 12)
y = np.sin(x)
W1, b1 = rng.normal(size=(6, 1)), rng.uniform(-2, 2, (6, 1))
W2, b2 = rng.normal(size=(1, 6)) * 0.4, np.zeros((1, 1))

def slope(z):
    d = np.ones_like(z)
    d[z < 0] = 0.01
    return d

for epoch in range(40):
    gW1, gb1, gW2, gb2 = [np.zeros_like(one) for one in (W1, b1, W2, b2)]
    for xi, yi in zip(x, y):
        one = np.array([[xi]])
        z = W1 @ one + b1
        a = np.maximum(0.01 * z, z)
        e = W2 @ a + b2 - yi
        gW2 += e @ a.T
        gb2 += e
        d = (W2.T @ e) * slope(z)
        gW1 += d @ one.T
        gb1 += d
    W1 -= 0.05 * gW1 / 12
    b1 -= 0.05 * gb1 / 12
    W2 -= 0.05 * gW2 / 12
    b2 -= 0.05 * gb2 / 12
"""


def test_a_batch_gone_through_sample_by_sample_has_samples_whose_slopes_are_written(read):
    seen = read(TEXT)
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["leaky-relu", "linear"]
    assert seen.network.data().images.shape == (12, 1)
