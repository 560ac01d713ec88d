"""Weights that are scaled once in an epoch are refused; a rate, or a sum, is not."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

ENDS = FLAT.index("    print(epoch")


def read(tmp_path, more, text=FLAT):
    path = tmp_path / "mine.py"
    path.write_text(f"{text[:ENDS]}    {more}\n{text[ENDS:]}", encoding="utf-8")
    return watch(path), path.read_text("utf-8").splitlines()


@pytest.mark.parametrize("more", ["W1 *= 0.999", "W2 /= 1.001"])
def test_weights_that_are_scaled_once_in_an_epoch_are_refused(tmp_path, more):
    seen, lines = read(tmp_path, more)
    assert seen.network is None
    assert seen.parted.reason.startswith("the weights are changed beside the steps of an epoch")
    assert lines[seen.parted.line - 1].startswith("for epoch in")


@pytest.mark.parametrize(
    "more", ["lr *= 0.95", "total = 1.0; total *= 0.9", "pick = 0.5 * pick", "y = y * 2"]
)
def test_what_else_is_scaled_there_is_no_reason(tmp_path, more):
    assert read(tmp_path, more)[0].network is not None
