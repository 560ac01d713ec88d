"""A training that breaks off has as many epochs as there were, and not as many as are written."""

import pytest

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X.sum(axis=1) > 0).astype(int)
W, b = rng.normal(size=(3, 2)) / 10, np.zeros(2)
for epoch in range(80):
    for i in range(0, 60, 10):
        z = X[i:i + 10] @ W + b
        e = np.exp(z - z.max(axis=1, keepdims=True))
        d = e / e.sum(axis=1, keepdims=True)
        d[np.arange(10), y[i:i + 10]] -= 1
        W -= 0.01 * X[i:i + 10].T @ d
        b -= 0.01 * d.sum(axis=0)
    if epoch == LAST:
        break
"""


@pytest.mark.parametrize(
    ("last", "epochs"), [("9", 10), ("0 * epoch + 40", 41), ("79", 80), ("-1", 80)]
)
def test_the_epochs_are_those_that_there_were(tmp_path, last, epochs):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.replace("LAST", last), encoding="utf-8")
    seen = watch(path, seconds=30, further=20.0)
    assert seen.network.epochs == epochs
    said = seen.roles.get("epochs", {"text": "", "line": 7})
    assert said["text"].startswith(f"{epochs} of 80" if epochs < 80 else "")
    assert said["line"] == 7


def test_of_several_trainings_the_first_is_as_long_as_it_was(tmp_path):
    body = SCRIPT[SCRIPT.index("for epoch") :].replace("\n", "\n    ").replace("LAST", "9 + run")
    path = tmp_path / "mine.py"
    anew = "for run in range(2):\n    W, b = rng.normal(size=(3, 2)) / 10, np.zeros(2)\n    "
    text = SCRIPT[: SCRIPT.index("for epoch")] + anew + body
    path.write_text(text, encoding="utf-8")
    assert watch(path, seconds=30, further=20.0).network.epochs == 10
