"""Layers of a ReLU that pass nothing are told; those of which some units are off are not."""

import pytest

from tests.telling.telling import kinds, told

DEAD = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W1 = rng.normal(size=(4, 6))
b1 = np.zeros(6) - 50
W2 = rng.normal(size=(6, 2))
for step in range(8):
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    d = (h @ W2 - Y) / len(X)
    dz = d @ W2.T * (z > 0)
    W2 -= 0.1 * h.T @ d
    W1 -= 0.1 * X.T @ dz
    b1 -= 0.1 * dz.sum(axis=0)
"""
ALIVE = DEAD.replace(" - 50", "")
MOST = DEAD.replace("np.zeros(6) - 50", "np.array([0, 0, -50, -50, -50, -50.0])")
SOME = DEAD.replace("np.zeros(6) - 50", "np.array([0, 0, 0, 0, -50, -50.0])")
WHERE = DEAD.replace("np.maximum(z, 0)", "np.where(z > 0, z, 0)")
COLUMNS = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(4, 40))
Y = np.eye(2)[(X[0] > 0).astype(int)].T
W1 = rng.normal(size=(6, 4))
b1 = np.array([[0], [0], [-50], [-50], [-50], [-50.0]])
W2 = rng.normal(size=(2, 6))
for step in range(8):
    z = W1 @ X + b1
    h = np.maximum(z, 0)
    d = (W2 @ h - Y) / X.shape[1]
    dz = W2.T @ d * (z > 0)
    W2 -= 0.1 * d @ h.T
    W1 -= 0.1 * dz @ X.T
    b1 -= 0.1 * dz.sum(axis=1, keepdims=True)
"""
FIRES = {
    "all": (DEAD, 11, "of the 6 units that `np.maximum(z, 0)` makes, 6 are 0"),
    "where": (WHERE, 11, "of the 6 units that `np.where(z > 0, z, 0)` makes, 6 are 0"),
    "most": (MOST, 11, "makes, 4 are 0 for every one of"),
    "columns": (COLUMNS, 11, "of the 6 units that `np.maximum(z, 0)` makes, 4 are 0"),
}


@pytest.mark.parametrize("case", FIRES)
def test_units_that_are_off_for_every_sample_are_told(case):
    text, line, said = FIRES[case]
    (one,) = [one for one in told(text) if one.kind == "dead-units"]
    assert one.line == line
    assert said in one.observed


@pytest.mark.parametrize("text", [ALIVE, SOME, DEAD.replace("(40, 4)", "(3, 4)")])
def test_a_layer_that_passes_something_is_sound_and_of_few_samples_nothing_is_known(text):
    assert "dead-units" not in {kind for kind, _ in kinds(text)}


@pytest.mark.parametrize(
    "activation",
    [
        "np.log1p(np.exp(-abs(z))) + np.maximum(z, 0)",
        "np.maximum(z, 0) + 0.1 * np.minimum(z, 0)",
        "np.where(z > 0, z, 0) - (z < 0) * (1 - np.exp(np.minimum(z, 0)))",
    ],
)
def test_what_another_part_of_the_number_is_added_to_is_no_relu(activation):
    text = MOST.replace("np.maximum(z, 0)", activation)
    assert "dead-units" not in {kind for kind, _ in kinds(text)}


def test_what_a_number_or_the_layer_before_is_added_to_is_one():
    moved = MOST.replace("np.maximum(z, 0)", "np.maximum(z, 0) + 0.5")
    assert "dead-units" in {kind for kind, _ in kinds(moved)}
    skipped = MOST.replace("    z = ", "    g = X @ W1\n    z = ").replace(
        "np.maximum(z, 0)", "g + np.maximum(z, 0)"
    )
    assert "dead-units" in {kind for kind, _ in kinds(skipped)}
