"""Gradients that are taken with weights which the same step has changed, by momentum."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import DATA

EARLY = f"""{DATA}
W, V = np.random.randn(4, 5) * 0.5, np.random.randn(5, 3) * 0.5
w, v = np.zeros_like(W), np.zeros_like(V)
for epoch in range(30):
    for s in range(0, 90, 15):
        x, t = X[s:s + 15], Y[s:s + 15]
        h = np.tanh(x @ W)
        d = (1 / (1 + np.exp(-(h @ V))) - t) / len(x)
        v = 0.9 * v - 0.1 * h.T @ d
        V = V + v
        below = d @ V.T * (1 - h ** 2)
        w = 0.9 * w - 0.1 * x.T @ below
        W = W + w
"""
IN_PLACE = EARLY.replace("V = V + v", "V += v")


def seen_of(tmp_path, text):
    """What watching a script tells."""
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    return watch(file, seconds=30)


@pytest.mark.parametrize("script", [EARLY, IN_PLACE])
def test_a_weight_that_is_stepped_before_its_gradient_goes_on_is_told(script, tmp_path):
    seen = seen_of(tmp_path, script)
    assert seen.network is None
    told = [one for one in seen.seen if one.kind == "stepped-too-early"]
    assert [script.splitlines()[one.line - 1].split()[0] for one in told] == ["below"]


@pytest.mark.parametrize(
    "script",
    [
        # the error of the layer below first
        EARLY.replace("        below = d @ V.T * (1 - h ** 2)\n", "").replace(
            "        v = 0.9", "        below = d @ V.T * (1 - h ** 2)\n        v = 0.9"
        ),
        # the weights as they were
        EARLY.replace("        V = V + v\n        below = d @ V.T",
                      "        old = V\n        V = V + v\n        below = d @ old.T"),
    ],
)  # fmt: skip
def test_gradients_of_the_weights_as_they_were_are_not(script, tmp_path):
    seen = seen_of(tmp_path, script)
    assert seen.parted is None
    assert not [one for one in seen.seen if one.kind == "stepped-too-early"]
