"""Lines that say of one layer what others say of another: ``d1 = W2.T @ d2 * (a1 > 0)``.

Who writes each layer out writes the same line for each, but for the numbers of the layers. A line
that is unlike the others, and with an edit is like them, is likelier the mistake than any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from diagnose.patching.source import Edit, Source

# The number of a layer, at the end of a name.
OF_LAYER = re.compile(r"(?<=[A-Za-z_])\d+\b")


def says_as_others(source: Source, edit: Edit) -> bool:
    """Whether all lines that an edit writes say then what others say of another layer."""
    splices = sorted(edit.splices)
    if any("\n" in one.text or b"\n" in source.code[one.start : one.end] for one in splices):
        return False
    start = source.code.rfind(b"\n", 0, splices[0].start) + 1
    end = source.code.find(b"\n", splices[-1].end)
    end = len(source.code) if end < 0 else end
    after = source.spliced(splices)
    longer = len(after) - len(source.code)
    old = {*_said(source.code[start:end])}
    new = {*_said(after[start : end + longer])} - old
    return bool(new) and new <= _said_anywhere(source)


@lru_cache(maxsize=2)
def _said_anywhere(source: Source) -> frozenset[str]:
    return frozenset(_said(source.code))


def _said(code: bytes) -> Iterator[str]:
    """What each statement with numbers of layers in it says, whichever layer it is of."""
    for line in re.split("[\n;]", code.decode()):
        text = OF_LAYER.sub("#", re.sub(r"\s+", "", line.partition("#")[0]))
        if "#" in text:
            yield text
