"""Of a gradient that is that of no loss, how it is written tells which one was meant."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

SOFTMAX = """        e = np.exp(z2 - z2.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d2 = (p - y) / len(x)
"""
SIGMOID = "        p = 1 / (1 + np.exp(-z2))\n        d2 = {} / len(x)\n"
WRONG = "z2 * (1 - z2)"
PRINTED = "        d2", "        cost = -np.mean(y * np.log(p + 1e-9))\n        d2"


@pytest.mark.parametrize(
    ("error", "more", "loss"),
    [
        (f"(p - y) * {WRONG}", (), "squared-error"),
        (f"{WRONG} * (p - y)", (), "squared-error"),
        ("(p - y) * p * (1 - p)", (), "squared-error"),
        (f"(p - y) * {WRONG}", PRINTED, "cross-entropy"),
        (f"(p - y) / (p * (1 - p)) * {WRONG}", (), "cross-entropy"),
        ("(p - y)", (), "cross-entropy"),
    ],
)
def test_who_multiplies_the_error_by_a_slope_means_the_squared_error(error, more, loss, tmp_path):
    assert SOFTMAX in FLAT
    text = FLAT.replace(SOFTMAX, SIGMOID.format(error)).replace(
        "W2 = np.random", "W2 = 4 * np.random"
    )
    (tmp_path / "mine.py").write_text(text.replace(*more, 1) if more else text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=60)
    assert seen.network is not None, seen.parted
    assert seen.network.loss == loss
