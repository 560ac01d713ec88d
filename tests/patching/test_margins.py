"""Targets of 0 and 1 in a hinge, which asks for a margin on each side of 0."""

import pytest

from diagnose.patching.targets import of_margins, of_targets
from tests.patching.making import script, ways

FOUND = {"margin-targets": {}}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("table = np.zeros((n, 10))", "table = -np.ones((n, 10))"),
        ("return np.eye(10)[labels]", "return 2 * np.eye(10)[labels] - 1"),
        ("t = np.where(y == 1, 1.0, 0.0)", "t = np.where(y == 1, 1.0, -1.0)"),
        ("t = [1 if k == y else 0 for k in range(10)]",
         "t = [1 if k == y else -1 for k in range(10)]"),
        ("t = (y[:, None] == np.arange(10)) * 1.0", "t = 2 * t - 1"),
    ],
)  # fmt: skip
def test_what_is_asked_for_by_0_is_asked_for_by_less(line, wanted):
    text = f"def made(labels):\n    {line}  #: targets\nloss(t)\n"
    text = text if "return" in line or "table" in line else f"{line}  #: targets\nloss(t)\n"
    if wanted == "t = 2 * t - 1":
        text = "t = (y[:, None] == np.arange(10)) * 1.0\nloss(t)  #: targets\n"
    made = script(text, found=FOUND, activations=("relu", "linear"))
    assert [wanted] in ways(made, of_margins)
    assert [wanted] in ways(made, of_targets)
    assert ways(script(text), of_margins) == []
