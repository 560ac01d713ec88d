"""A gradient that forgets the mask of dropout; what ends a training early; labels from 1 on."""

import pytest

from diagnose.patching.orders import whole_batches
from diagnose.patching.steps import into_their_loop
from tests.patching.making import changed, script, ways


def test_a_step_behind_the_loop_belongs_in_it():
    text = (
        "for k in range(9):  #: training loop\n"
        "    for w, g in zip(weights, grads):\n"
        "        change = 0.1 * g\n"
        "    w -= change  #: update\n"
    )
    made = script(text)
    (edit,) = into_their_loop(made.source)
    assert changed(made, edit) == ["w -= change"]
    apart = script(text.replace("w -= change  #", "v -= 0.1 * total  #"))
    assert [*into_their_loop(apart.source)] == []


@pytest.mark.parametrize(
    ("loop", "cut", "wanted"),
    [
        ("i in range(0, n, B)", "x[i:B]", "xb = x[i:i + B]"),
        ("i in range(0, n, 32)", "x[i:32]", "xb = x[i:i + 32]"),
        ("i in range(0, n, B)", "x[i:i + B]", None),
        ("i in range(0, n, B)", "x[i:n]", None),
        ("i in range(n)", "x[i:B]", None),
    ],
)
def test_a_batch_ends_so_many_samples_further(loop, cut, wanted):
    made = script(f"for {loop}:  #: training loop\n    xb = {cut}\n")
    assert ways(made, whole_batches) == ([[wanted]] if wanted else [])
