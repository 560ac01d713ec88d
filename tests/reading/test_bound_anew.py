"""What a step binds anew and then writes into is what it made of it at last."""

import pytest

from tests.watching.scripts import FLAT, READ
from tests.watching.test_reading import anew

DECAYED = FLAT.replace(
    "W2 -= lr * a1.T @ d2", "W2 = W2 * (1 - lr * 0.01)\n        W2 -= lr * a1.T @ d2"
)
COPIED = FLAT.replace(
    "W2 -= lr * a1.T @ d2", "W2 = W2.copy()\n        W2 -= lr * a1.T @ d2\n        W2 *= 0.999"
)
FADING = READ["momentum"].replace(
    "vW = 0.9 * vW - rate * x.T @ p", "vW = 0.9 * vW\n        vW -= rate * x.T @ p"
)


@pytest.mark.parametrize("text", [DECAYED, COPIED, FADING], ids=["decay", "copy", "momentum"])
def test_what_is_bound_anew_and_then_stepped_in_place_is_read(text, tmp_path):
    seen = anew(tmp_path, text)
    assert seen.network is not None, seen.parted


STEPS = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 6))
Y = np.eye(3)[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
W, b = rng.normal(size=(6, 3)) * 0.1, np.zeros(3)
for epoch in range(40):
    for i in range(0, 120, 10):
        e = np.exp(X[i:i + 10] @ W + b)
        d = (e / e.sum(1, keepdims=True) - Y[i:i + 10]) / 10
        W -= 0.5 * X[i:i + 10].T @ d
        b -= 0.5 * d.sum(0)
"""


@pytest.mark.parametrize("after", ["W = W * 0.999", "W = np.clip(W, -2, 2)", "b = b * 1"])
def test_what_is_made_anew_after_a_loop_of_steps_is_refused(after, tmp_path):
    """All steps of an epoch would be one, of the samples of the first."""
    seen = anew(tmp_path, f"{STEPS}    {after}\n")
    assert seen.network is None
    assert "changed once more, and made anew, after a loop of several steps" in seen.parted.reason
