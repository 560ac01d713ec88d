"""Parameters that hold whole numbers, into which each step is written without its fraction."""

import numpy as np
import pytest

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (60, 2))
Y = (X[:, :1] > X[:, 1:]).astype(float)
W = np.array([[1, -1, 2], [-1, 2, 1]]KIND)
V = rng.standard_normal((3, 1))
for epoch in range(40):
    h = np.tanh(X @ W)
    out = 1 / (1 + np.exp(-(h @ V)))
    d = (out - Y) / len(X)
    dh = d @ V.T * (1 - h ** 2)
    V -= 2 * h.T @ d
    W[:] = W - 2 * X.T @ dh
print(((out > .5) == Y).mean())
"""


@pytest.mark.parametrize(("kind", "whole"), [("", True), (", dtype=float", False)])
def test_what_was_read_writes_into_them_as_the_script_does(tmp_path, kind, whole):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.replace("KIND", kind), encoding="utf-8")
    network = watch(path).network
    assert network is not None
    parameters = network.init(0)
    x = network.lay_out(network.prepare(network.data().images))
    given = network.backward(parameters, network.forward(parameters, x), x, network.data().labels)
    weight = network.layers[0].weight
    stepped = network.update(parameters, given, 2.0)[weight]
    assert (np.asarray(stepped).dtype.kind == "i") is whole
