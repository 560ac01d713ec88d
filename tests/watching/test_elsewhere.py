"""An activation is what its lines say also where the training met few of its values."""

import numpy as np
import pytest

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = np.abs(rng.normal(size=(60, 3)))
Y = np.eye(2)[(X[:, 0] > X[:, 1]).astype(int)]
W1, b1 = START
W2, b2 = rng.normal(size=(5, 2)) / 3, np.zeros(2)
for epoch in range(20):
    for i in rng.permutation(60):
        x, t = X[i:i + 1], Y[i:i + 1]
        z = x @ W1 + b1
        h = ACTIVATION
        o = h @ W2 + b2
        p = 1 / (1 + np.exp(-o))
        d = p - t
        dz = d @ W2.T * SLOPE
        W2 -= 0.01 * h.T @ d
        b2 -= 0.01 * d[0]
        W1 -= 0.0001 * x.T @ dz
        b1 -= 0.0001 * dz[0]
"""
ABOVE = "np.abs(rng.normal(size=(3, 5))) + 1, np.ones(5)"
USUAL = "rng.normal(size=(3, 5)), np.zeros(5)"


@pytest.mark.parametrize(
    ("activation", "slope", "start", "name"),
    [
        ("np.tanh(z)", "(1 - h ** 2)", "rng.normal(size=(3, 5)) / 9, np.full(5, 40.0)", "tanh"),
        ("np.maximum(z, 0.05 * z)", "np.where(z > 0, 1, 0.05)", ABOVE, "leaky-relu"),
        # these say what they are, or can be nothing else there
        ("np.maximum(z, 0)", "(z > 0)", ABOVE, "relu"),
        ("np.tanh(z)", "(1 - h ** 2)", USUAL, "tanh"),
        ("1 / (1 + np.exp(-np.clip(z, -30, 30)))", "(h * (1 - h))", USUAL, "sigmoid"),
    ],
)
def test_an_activation_is_that_of_its_lines(tmp_path, activation, slope, start, name):
    text = SCRIPT.replace("START", start).replace("ACTIVATION", activation)
    (tmp_path / "mine.py").write_text(text.replace("SLOPE", slope), encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.network is not None
    layer = seen.network.layers[0]
    assert layer.activation == name
    assert seen.roles["layer 1"]["text"].endswith(f", {name}")
    if name == "leaky-relu":
        assert np.isclose(layer.slope, 0.05)
