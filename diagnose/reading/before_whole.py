"""Samples as they were before they were made whole numbers, and what was done to them since.

Of whole numbers nothing tells which fractions they had, or where they wrapped around; but the array
that they were made of is on the tape. An array of samples is followed back as ``preparing`` does,
through what scales it, casts it or rounds it, to before the first operation that lost something.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.made_whole import CAST, OPERATORS, ROUNDING, Done, MadeWhole
from diagnose.reading.collecting import Collector
from diagnose.reading.lineage import only_hands_on
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.preparing import made_by, number_of
from diagnose.reading.taken import rows_taken
from diagnose.recording.nodes import Const, Node, Ref, Taken
from diagnose.recording.operations import VIEWS

# Functions by the operator that does the same.
OPERATOR = {
    **{name.title(): name for name in OPERATORS},
    "FloorDiv": "floordiv", "subtract": "sub", "multiply": "mult", "divide": "div",
    "true_divide": "div", "floor_divide": "floordiv", "add": "add",
}  # fmt: skip
# What is off by less, of the spread of all, is rounding of floats: float16 holds three digits.
LOST = 1e-3
# So many operations are followed back, at most, and about so many rows are looked at of each: what
# is lost is lost in many, and of 60,000 pictures a copy as floats takes a second and 0.4 GB.
MOST, LOOKED_AT = 40, 1000
# Samples before and the operations since, among what is handed over; the second also for samples
# that no step takes, and for those of the test.
RAW, MADE, RAW_LEFT, RAW_TEST = "raw_rows", "made_whole", "raw_left_rows", "raw_test_rows"


@dataclass(frozen=True, eq=False)
class Before:
    """A table ``(n, features)`` before it was made whole, and what was done to it since."""

    raw: Array
    made: MadeWhole

    @cached_property
    def whole(self) -> Array:
        """What was made of it."""
        return self.made(self.raw)


def before_whole(loop: Loop, taken: Taken | None, features: int) -> Before | None:
    """What the samples were before they were made whole numbers.

    None where nothing was lost on the way, or where numbers were rounded and stayed floats, which
    may be meant.
    """
    done: list[Done] = []
    found = None
    for _ in range(MOST):
        if not isinstance(taken, Ref):
            break
        node = made_by(loop, taken)
        one, taken = _operation(loop, node, features)
        if one is None or not isinstance(taken, Ref):
            continue
        done.insert(0, one)
        given = _table(number_of(loop, taken), features)
        made = _table(node.value if isinstance(node.value, np.ndarray) else None, features)
        if given is not None and made is not None and _lost(one, given, made):
            found = Before(given, MadeWhole(tuple(done)))
    return found if found and _kept_whole(found) else None


def _kept_whole(found: Before) -> bool:
    """Whether numbers were kept as integers on the way, or divided without a remainder."""
    kinds = [one.kind for one in found.made.done if one.name == CAST]
    whole = [np.dtype(kind).kind in "iu" for kind in kinds]
    names = [one.name for one in found.made.done]
    return found.raw.dtype.kind in "iu" or True in whole or "floordiv" in names


def _lost(one: Done, given: Array, made: Array) -> bool:
    """Whether what an operation made is other than what floats would have made."""
    if given.shape != made.shape:
        return False
    some = slice(None, None, max(1, len(given) // LOOKED_AT))
    given, made = given[some], made[some]
    if not np.isfinite(given).all():
        return False
    exact = one.exact(given)
    return bool((np.abs(exact - made) > LOST * float(np.ptp(exact) or 1)).any())


def _table(value: Array | None, features: int) -> Array | None:
    """Numbers as samples in rows; None of what holds no such."""
    if value is None or not value.size or value.size % features or value.dtype.kind not in "iufb":
        return None
    if value.ndim == 2 and value.shape[1] != features and len(value) == features:
        return value.T
    rows = value.reshape(-1, features)
    return rows if value.ndim < 2 or len(value) == len(rows) else None


def _operation(loop: Loop, node: Node, features: int) -> tuple[Done | None, Taken | None]:
    """What an operation did to the numbers of samples, if anything, and what it took for them."""
    name = name_of(node)
    first = node.args[0] if node.args else None
    given = number_of(loop, first) if isinstance(first, Ref) else None
    if name in OPERATOR and len(node.args) == 2 and node.kind != "compare":
        return _reckoned(loop, node, OPERATOR[name], features)
    if given is None or not isinstance(node.value, np.ndarray):
        return None, None
    if name in ROUNDING and len(node.args) == 1 and not node.kw:
        return Done(name), first
    views = name in VIEWS or only_hands_on(node)
    cast = given.dtype != node.value.dtype and given.size == node.value.size
    if cast and (views or _is_type(node.done)):
        return Done(CAST, kind=str(node.value.dtype)), first
    return None, first if views else None


def _is_type(done: Any) -> bool:
    return isinstance(done, type) and issubclass(done, np.generic)


def _reckoned(loop: Loop, node: Node, name: str, features: int) -> tuple[Done | None, Taken | None]:
    """An operation on samples and a number, or one for each feature."""
    left, right = node.args
    for one, other, first in ((left, right, True), (right, left, False)):
        by, value = number_of(loop, other), number_of(loop, one)
        if by is None or value is None or not isinstance(one, Ref) or by.dtype.kind not in "iuf":
            continue
        if value.size <= by.size or value.size < features or by.size not in (1, features):
            continue
        plain = isinstance(other, Const) and type(other.value) in (int, float)
        numbers = by.ravel().tolist()
        return (
            Done(
                name, numbers[0] if by.size == 1 else tuple(numbers),
                "" if plain else str(by.dtype), first,
            ),
            one,
        )  # fmt: skip
    return None, None


def raw_samples(
    seen: Collector, rows: Array, left: Array | None, left_rows: Array | None
) -> tuple[dict[str, Array], MadeWhole | None]:
    """What is handed over of samples before they were made whole; nothing where they were not.

    rows: those of an epoch, ``(n, features)``, in the order of its steps. left: the places of those
    that no step takes, which are ``left_rows``. Each must come out as it was seen.
    """
    step = seen.roles.step
    taken = step.places()[step.parts(seen.roles.x)[0]]
    found = before_whole(step.loop, taken, rows.shape[1])
    if found is None:
        return {}, None
    raw, made = found.raw, found.made
    places = rows_taken(seen).get(len(raw), np.arange(len(raw)))
    if not comes_out(made, raw[places], rows):
        return {}, None
    arrays = {RAW: np.array(raw[places])}
    if left is None or left_rows is None or left.max(initial=0) >= len(raw):
        return arrays, made
    if comes_out(made, raw[left], left_rows):
        arrays[RAW_LEFT] = np.array(raw[left])
    return arrays, made


def comes_out(made: MadeWhole, raw: Array, rows: Array) -> bool:
    """Whether these samples come out of those."""
    return len(raw) == len(rows) and np.array_equal(made(raw), rows)


def raw_of(found: Before | None, rows: Array) -> Array | None:
    """Some samples, one after the other out of such a table, before; None where it is not certain.

    As all of it are, or as a part that is cut out of it in one piece.
    """
    if found is None:
        return None
    begins = _begins(found.whole, rows)
    if len(begins) != 1:
        return None
    piece = slice(begins[0], begins[0] + len(rows))
    return np.array(found.raw[piece]) if np.array_equal(found.whole[piece], rows) else None


def _begins(whole: Array, rows: Array) -> Array:
    """Where in a table rows begin that may be these, one after the other.

    What a cast left is mostly the same row many times: each is known by a number, and not all of
    them are compared from each place on.
    """
    known: dict[bytes, int] = {}
    mine, its = (
        np.array([known.setdefault(_known_by(row), len(known)) for row in table])
        for table in (rows, whole)
    )
    begins = np.arange(max(len(its) - len(mine) + 1, 0))
    for at, number in enumerate(mine):
        if len(begins) < 2:
            break
        begins = begins[its[begins + at] == number]
    return begins


def _known_by(row: Array) -> bytes:
    """By what equal rows of numbers are known, of whichever type; a zero has no sign."""
    return hashlib.blake2b((row + 0.0).astype(np.float64).tobytes(), digest_size=16).digest()
