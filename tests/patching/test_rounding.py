"""Answers that are cut off to whole numbers."""

import pytest

from diagnose.patching.counting import rounded
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("said = int(go(p)[2])", "said = round(go(p)[2])"),
        ("said = int(out * 9)", "said = round(out * 9)"),
        ("said = net(x).astype(int)", "said = np.round(net(x)).astype(int)"),
        ('said = net(x)[:, 0].astype("int")', 'said = np.round(net(x)[:, 0]).astype("int")'),
        ("said = np.floor(net(x))", "said = np.round(net(x))"),
        (
            "said = (net(x) * 9)[:, 0].astype(int)",
            "said = np.round((net(x) * 9)[:, 0]).astype(int)",
        ),
        ("said = (net(x) * 9).astype(int)", "said = (np.round(net(x) * 9)).astype(int)"),
        ("hits = (net(x) > 0.5).astype(int)", None),
        ("said = np.round(net(x)).astype(int)", None),
        ("k = int(n)", None),
        ("y = labels.astype(int)", None),
        ("for k in range(9):  #: training loop\n    k = int(go(p)[2])", None),
    ],
)
def test_an_answer_is_the_nearest_whole_number(line, wanted):
    assert ways(script(f"{line}\n"), rounded) == ([[wanted]] if wanted else [])
