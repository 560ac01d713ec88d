"""A step that goes through all samples in a loop of its own, and adds their gradients up."""

import numpy as np
import pytest

from diagnose.recording import keeping
from diagnose.recording.recorder import Recorder

# The target of each sample is an array of one number, the same in each step for the first sample.
COLUMN = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(24, 4))
Y = (X[:, :1] > 0) * 1.0
W1, b1 = rng.normal(size=(4, 6)) / 2, np.zeros(6)
W2, b2 = rng.normal(size=(6, 1)) / 2, np.zeros(1)
for epoch in range(30):
    G1, g1, G2, g2 = np.zeros_like(W1), np.zeros_like(b1), np.zeros_like(W2), np.zeros_like(b2)
    for x, y in zip(X, Y):
        h = np.tanh(x @ W1 + b1)
        d = h @ W2 + b2 - y
        G2 += np.outer(h, d)
        g2 += d
        e = (W2 @ d) * (1 - h * h)
        G1 += np.outer(x, e)
        g1 += e
    W1 -= 0.1 * G1 / 24
    b1 -= 0.1 * g1 / 24
    W2 -= 0.1 * G2 / 24
    b2 -= 0.1 * g2 / 24
"""


@pytest.mark.parametrize("drawn", ["X[:, :1]", "X[:, 0]"])
def test_targets_of_one_number_are_targets_in_whatever_shape(drawn, read):
    seen = read(COLUMN.replace("X[:, :1]", drawn))
    assert seen.parted is None
    assert len(seen.network.layers) == 2
    assert seen.roles["targets"]["text"] == "y"
    assert seen.roles["batches"]["text"] == "24 of 24 samples, as given"


def test_of_a_long_step_only_what_is_looked_at_is_kept(monkeypatch):
    monkeypatch.setattr(keeping, "SMALL", 8)
    monkeypatch.setattr(keeping, "KEPT", 400)
    tape = Recorder(lambda site: None, set())
    total, x = np.zeros(5), np.ones(5)
    tape.keeping.always = True
    for _ in range(2):
        tape.keeping.begin(len(tape.nodes), tape.calls)
        for _ in range(20):
            made = tape.binary(1, "Mult", x, 2.0)
            total = tape.in_place(2, "Add", total, made)
    products = [one for one in tape.nodes if one.site == 1]
    # and what its last turn leaves, which a step behind the loop takes
    kept = [True] * 2 + [False] * 17 + [True]
    assert [one.value is not None for one in products[20:]] == kept
    assert len(tape.versions) == 1
    assert total.tolist() == [80.0] * 5
