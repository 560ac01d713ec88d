"""What several edits of samples and targets take: arrays of rows, and numbers with fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from diagnose.patching.nodes import (
    Variable,
    is_call,
)
from diagnose.patching.source import Edit, Source, Splice, edit_of

WHOLE = "integer-dtype"
IN_COLUMNS = "the numbers of a sample stay together: rows are turned, and not only laid out anew"
# What makes one array of several, each of which is a row of it.
STACKED = ("array", "asarray", "stack", "vstack")


def stacked(node: cst.CSTNode) -> int:
    """Of how many arrays of the script one is made in one call, ``np.array([x, y])``; 0 of none."""
    made = node.args[0].value if is_call(node, *STACKED) and node.args else None
    several = made.elements if isinstance(made, cst.List | cst.Tuple) else ()
    return len(several) if all(isinstance(one.value, Variable | cst.Call) for one in several) else 0


def undivided(source: Source, lines: frozenset[int] | None = None) -> Iterator[Edit]:
    """``//``, which leaves whole numbers, as ``/``: wherever it is by the same number.

    lines: where to look first; everywhere if it is None, but for what counts turns or places.
    """
    every = [*source.operations(cst.FloorDivide)]
    found = {}
    for one in every:
        if (source.line(one) not in lines) if lines is not None else _counts(source, one):
            continue
        alike = [two for two in every if source.text(two.right) == source.text(one.right)]
        places = [source.code.index(b"//", source.span(two.left)[1]) for two in alike]
        splices = tuple(Splice(start=at, end=at + 2, text="/") for at in places)
        why = "a division that keeps fractions, and not only the largest numbers"
        found[splices] = edit_of(splices, "input", why, WHOLE)
    yield from found.values()


def kept_as_floats(splices: Iterable[Splice]) -> Edit:
    """Splices after which an array holds fractions."""
    why = "numbers are kept as floats, which hold fractions and any size"
    return edit_of(splices, "input", why, WHOLE)


def _counts(source: Source, node: cst.CSTNode) -> bool:
    """Whether a number says how often, how many or where."""
    return any(isinstance(one, cst.Index | cst.Slice) or is_call(one, "range", "arange")
               for one in source.above(node))  # fmt: skip
