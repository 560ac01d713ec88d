"""Units that dropout keeps one by one, which make up for those that it leaves out."""

import pytest

from diagnose.patching.dropped import of_kept_units
from diagnose.patching.source import Source, patched


def texts(text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in of_kept_units(source)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("m = [1.0 if r < keep else 0.0 for r in rng.random(9)]", ("1.0 if", "1 / keep if")),
        ("m = [0 if random.random() < drop else 1 for _ in h]", ("else 1", "else 1 / (1 - drop)")),
        ("m.append(1 if random() > 0.2 else 0)", ("1 if", "1 / (1 - 0.2) if")),
    ],
)
def test_a_unit_that_is_kept_is_larger_by_the_share_that_is(line, wanted):
    assert texts(line + "\n") == [line.replace(*wanted) + "\n"]


@pytest.mark.parametrize(
    "line",
    [
        "m = [1.0 if r < keep else 0.0 for r in rng.random(9)]\nh = h * m / keep",
        "m = [1.0 if r < keep else 0.0 for r in shares]",
        "m = [1 if z > 0 else 0 for z in random_layer]",
        "m = [2.0 if random() < keep else 0.0 for _ in h]",
    ],
)
def test_what_makes_up_already_or_is_no_mask_stays(line):
    assert texts(line + "\n") == []
