"""A batch that is the same in each turn of its loop."""

import pytest

from diagnose.patching.orders import whole_batches
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("loops", "line", "wanted"),
    [
        ("for k in range(n // size):", "x, t = X[:, 0:size], T[:, 0:size]",
         "x, t = X[:, k * size:(k + 1) * size], T[:, k * size:(k + 1) * size]"),
        ("for k in range(9):", "x = X[order[:16]]", "x = X[order[k * 16:(k + 1) * 16]]"),
        ("for k in range(0, n, size):", "x = X[:size]", "x = X[k:k + size]"),
        ("for k in range(0, n, o.size):", "x = X[:o.size]", "x = X[k:k + o.size]"),
    ],
)  # fmt: skip
def test_a_batch_that_is_always_the_first_is_that_of_its_turn(loops, line, wanted):
    text = f"for e in range(9):\n    {loops}  #: training loop\n        {line}\n"
    assert ways(script(text), whole_batches) == [[wanted]]


@pytest.mark.parametrize(
    "text",
    [
        # one batch is all that is asked for
        "for k in range(900):  #: training loop\n    x = X[:size]\n",
        "for e in E:\n    x = X[:size]\n    for k in range(9):  #: training loop\n        w -= x\n",
        # the turn is asked for, or it is a part of the batch
        "for e in E:\n    for k in range(9):  #: training loop\n        x = X[k][:size]\n",
        "for e in E:\n    for k in K(9):  #: training loop\n        h = x @ w\n        g = h[:9]\n",
        "for e in E:\n    for k in range(9):  #: training loop\n        x = X[:-1]\n",
    ],
)
def test_what_is_no_first_batch_stays(text):
    assert ways(script(text), whole_batches) == []
