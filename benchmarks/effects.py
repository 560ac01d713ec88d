"""What a change of a program does to its training, measured by running both.

Where the error is formed is told by the text, roughly: the first statement of a loop in which what
is named like a target meets something else. What is run before it in a turn is the way forward,
what comes first after it the way back and the step. A change of the latter is

fault       the way forward has the same numbers in the first turn, and others in a later one
scaled      the same, but the step is only longer or shorter, for all parameters alike
paced       the same, but not alike, by a change of the step and not of a gradient
equivalent  the way forward has the same numbers in all turns, up to rounding, and so has the print
printed     the same, but what is printed differs: no change of the step
crash       it ends with an error, or is not done in time
"""

from __future__ import annotations

import ast
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.mutation import MODULES, dotted
from benchmarks.seen import FIRST, SIMPLE, shown, statements

HARNESS = Path(__file__).with_name("seen.py")
# Statements that are run before the program is ended, and seconds after which it is given up.
LIMIT, SECONDS = 100_000, 60
TURNS = 3  # a statement that is run less often is in no loop that trains
ROUNDING = {8: 1e-9, 4: 1e-4, 2: 1e-2}
ALIKE = 1e-3
GROWN = 1e4  # by so much rounding may have grown later in a run
TARGET = re.compile(
    r"(?:[yYtTd]|[yYtT][A-Za-z]?|[yt]_\w+|[yYtT]_?(?:b|i|tr|true|train|batch|hot|mb|oh|col|one\w*|in|k|n|s)"
    r"|\w*(?:target|label|one_?hot|cible|expected|desired|wanted|truth|answer|actual|gold)\w*"
    r"|(?:ys|ts|yy|tt|Yo|lab|labs|want|true|klass|cls|correct|digit|digits|oh|want\w*|obs|real))"
)
ERROR = re.compile(r"(?:d|e|g|dR|\w*(?:err|delta|diff|grad|resid|loss)\w*|d_?\w*)")
NO_TARGET = re.compile(r"\w*(?:hat|pred|prob|out|len|size|num|time)\w*", re.IGNORECASE)
DATA = {".npz", ".npy", ".csv", ".txt", ".json", ".gz"}

Record = list[Any]  # occurrence, tick, what it had before, what after
Lines = Callable[[Path], set[int]]


@dataclass(frozen=True)
class Seen:
    """A run of a program with its statements looked at, by their numbers.

    whole: whether it was seen to its end. ticks: when each began for the first time, and for the
    last, and when it had run for the first time; 0 if it never had.
    """

    source: str
    printed: str
    error: str
    whole: bool
    ticks: Mapping[int, tuple[int, int, int]]
    count: Mapping[int, int]
    shapes: Mapping[int, Mapping[str, Sequence[object]]]
    records: Mapping[int, list[Record]]

    def steps(self, number: int) -> bool:
        """Whether a statement changes what it assigns to, beginning with what that was."""
        if not _carries(self.body[number]):
            return False
        return any(_changed(before, after) for _, _, before, after in self.records.get(number, ()))

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The statements."""
        return statements(ast.parse(self.source))


def _carries(node: ast.stmt) -> bool:
    """Whether what a statement assigns to is in what it computes."""
    if isinstance(node, ast.Assign):
        taken = {ast.unparse(one) for one in ast.walk(node.value) if isinstance(one, ast.expr)}
        return any(ast.unparse(one) in taken for one in shown(node))
    return isinstance(node, ast.AugAssign | ast.Expr)


def look(script: Path) -> Seen:
    """Run a script, in its folder, with its statements looked at."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "seen.json"
        command = [sys.executable, str(HARNESS), script.name, str(out), str(LIMIT)]
        try:
            done = subprocess.run(
                command, cwd=script.parent, env=surroundings(), capture_output=True,
                text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            done = None
        if done is None or not out.exists():
            found: dict[str, Any] = {"error": "no end", "records": {}}
        else:
            found = json.loads(out.read_text(encoding="utf-8"))

    def by_number(name: str) -> dict[int, Any]:
        return {int(number): one for number, one in found.get(name, {}).items()}

    return Seen(
        script.read_text(encoding="utf-8"), done.stdout if done else "", found["error"],
        found.get("whole", False),
        by_number("ticks"), by_number("count"), by_number("names"), by_number("records"),
    )  # fmt: skip


def surroundings() -> dict[str, str]:
    """The environment of programs: one thread, no window, sets in the same order each time."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0",
            "PYTHONWARNINGS": "ignore"}  # fmt: skip


# Where the way back begins


@cache
def as_it_is(script: Path) -> Seen:
    """A program that is not changed; it is run once."""
    return look(script)


def error_formed(seen: Seen) -> int | None:
    """The first statement of a turn in which a target meets something else.

    Where nothing is named like a target: the first difference that is named like an error.
    """
    body = seen.body
    often = [one for one, count in seen.count.items() if count >= TURNS]
    in_turn = [one for one in often if _is_followed_by_a_step(seen, one)]
    in_turn.sort(key=lambda one: seen.ticks[one][0])
    for meets in (_meets_target, _is_an_error):
        for number in in_turn:
            if not _is_a_print(body[number]) and meets(body[number]):
                return number
    return None


def _is_a_print(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("print(")


def _meets_target(node: ast.stmt) -> bool:
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
        by_one = isinstance(node.value, ast.Constant) and node.value.value == 1
        if _targets(node.target) or (by_one and isinstance(node.target, ast.Subscript)):
            return True
    logs = [one for one in ast.walk(node) if isinstance(one, ast.Call) and _called(one) == "log"]
    met = [one for pair in _pairs(node) for one in (pair, pair[::-1]) if _targets(one[0])]
    return any(_names(two) - _names(one) for one, two in met) or bool(logs and _targets(node))


def _is_an_error(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign):
        return False
    differ = any(_names(one) and _names(two) - _names(one) for one, two in _pairs(node))
    return differ and any(ERROR.fullmatch(one) for one in _names(node.targets[0]))


def _pairs(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """What is taken from what, or divided by what."""
    operators = [one for one in ast.walk(node) if isinstance(one, ast.BinOp)]
    return [
        (one.left, one.right) for one in operators
        if isinstance(one.op, ast.Sub | ast.Div)
        or (isinstance(one.op, ast.Add) and isinstance(one.right, ast.UnaryOp))
    ]  # fmt: skip


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _names(node: ast.AST) -> set[str]:
    """Names of values, and of fields of ``self``."""
    inner = [one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)]
    return {dotted(one).removeprefix("self.") for one in inner} - MODULES - {""}


def _roots(node: ast.stmt) -> set[str]:
    """The names in which a statement puts something, itself or in a part of it."""
    return {_root(one) for one in shown(node)} - {""}


def _root(node: ast.AST) -> str:
    """The name, or the field of an object, of which this is a part."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _texts(node: ast.AST) -> set[str]:
    """Names, and fields of objects, as they are written."""
    inner = [one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)]
    return {ast.unparse(one) for one in inner} - MODULES


def _targets(node: ast.AST) -> set[str]:
    """Names in it that are those of targets."""
    return {one for one in _names(node) if TARGET.fullmatch(one) and not NO_TARGET.fullmatch(one)}


def _is_followed_by_a_step(seen: Seen, number: int) -> bool:
    """Whether something is changed between its first time and its last."""
    first, last, _ = seen.ticks[number]
    return any(
        first < seen.ticks[one][0] and seen.ticks[one][0] <= last and seen.steps(one)
        for one in seen.ticks
    )


def backward_lines(script: Path) -> set[int]:
    """The lines of the way back and of the step, roughly; none where no error is found.

    What is run after the last error, when the trained network is asked, is the way forward.
    """
    seen = as_it_is(script)
    formed = error_formed(seen)
    if formed is None:
        return set()
    _, end, begin = seen.ticks[formed]
    turn = (end - begin) / max(seen.count[formed] - 1, 1)
    asked = end + 2 * turn if seen.whole else math.inf
    numbers = [
        one for one, (first, last, run) in seen.ticks.items()
        if max(first, run) >= begin and first <= end and last <= asked
        and seen.count[one] >= (2 if first >= begin else TURNS)
    ]  # fmt: skip
    return {seen.body[one].lineno for one in numbers}


# What a change does


@dataclass(frozen=True)
class Change:
    """What a statement adds to what it assigns to, beginning with the same value in two runs."""

    statement: int
    tick: int
    was: np.ndarray
    now: np.ndarray

    @property
    def scale(self) -> float | None:
        """The number by which the one is the other; None if it is another in direction."""
        by = float(self.was @ self.now) / float(self.was @ self.was)
        return by if np.abs(self.now - by * self.was).max() <= self._within(by) else None

    @property
    def is_none(self) -> bool:
        """Whether both are the same."""
        return bool(np.abs(self.now - self.was).max() <= self._within(1.0))

    def _within(self, by: float) -> float:
        return ALIKE * max(float(np.abs(self.was * by).max()), 1e-300)


@dataclass(frozen=True)
class Turns:
    """A program in turns: its way forward, the statement by which turns are counted, its state."""

    seen: Seen
    back: frozenset[int]

    @cached_property
    def turn(self) -> int:
        """The statement of the way back that has run first."""
        often = [one for one in self._of_back if self.seen.count[one] >= TURNS]
        return min(often or self._of_back, key=lambda one: self.seen.ticks[one][2])

    @cached_property
    def begins(self) -> list[int]:
        """When it ran, as far as that was noted."""
        return [one[1] for one in self.seen.records[self.turn]]

    @cached_property
    def ahead(self) -> list[int]:
        """The statements of the way forward, and what was done before it."""
        first = self.begins[0]
        of_back = {*self._of_back}
        return [
            one for one, (_, _, run) in self.seen.ticks.items()
            if 0 < run < first and one not in of_back
        ]  # fmt: skip

    @property
    def _of_back(self) -> list[int]:
        return [one for one in self.seen.records if self.seen.body[one].lineno in self.back]

    @cached_property
    def taken_ahead(self) -> set[str]:
        """The names that the way forward takes."""
        nodes = [self.seen.body[one] for one in self.ahead]
        simple = [one for one in nodes if isinstance(one, SIMPLE)]
        return {name for one in simple for name in _texts(getattr(one, "value", None) or one)}

    @cached_property
    def lasting(self) -> set[int]:
        """The statements that change what stays from turn to turn: parameters, and the step's own.

        What is set back in each turn, as a sum of gradients, has its first value again later; a
        number that the way forward does not take is a loss, a count or a rate.
        """
        steps = [one for one in self.seen.records if self.seen.steps(one)]
        apart = (self._is_set_back, self._is_begun_anew, self._is_aside)
        return {one for one in steps if not any(test(one) for test in apart)}

    def _is_set_back(self, number: int) -> bool:
        second = self.begins[min(1, len(self.begins) - 1)]
        first, *later = self.seen.records[number]
        return any(one[1] > second and one[2] == first[2] for one in later)

    def _is_begun_anew(self, number: int) -> bool:
        """Whether each turn assigns to it what does not hang on what it was."""
        return bool(_roots(self.seen.body[number]) & self._begun_anew)

    @cached_property
    def _begun_anew(self) -> set[str]:
        seen, second = self.seen, self.begins[min(1, len(self.begins) - 1)]
        in_turns = [one for one, (_, last, _) in seen.ticks.items() if last > second]
        often = [seen.body[one] for one in in_turns if seen.count[one] >= TURNS]
        whole = [one for one in often if isinstance(one, ast.Assign) and not _carries(one)]
        roots = [(leaf, _root(leaf)) for one in whole for leaf in shown(one)]
        return {root for leaf, root in roots if root and root == ast.unparse(leaf)}

    def _is_aside(self, number: int) -> bool:
        target = next(iter(shown(self.seen.body[number])), None)
        after = [one for record in self.seen.records[number] for one in record[3] if one]
        is_number = not any(one[0] for one in after)
        return is_number and isinstance(target, ast.Name) and target.id not in self.taken_ahead

    def place(self, number: int) -> str:
        """Whether a statement is of the step, or of the gradients that it takes."""
        lasting = {name for one in self.lasting for name in _roots(self.seen.body[one])}
        own = _texts(self.seen.body[number]) & (lasting - self.taken_ahead)
        return "step" if number in self.lasting or own else "gradient"


def effect(old: Turns, new: Seen, number: int, moved: Mapping[int, int]) -> str:
    """What a change of a statement of the way back does; see the top of this file.

    moved: of statements that changed places, the new number to the old.
    """
    seen = old.seen
    if new.error and new.error != seen.error:
        return "crash"
    differing = [
        _differing(seen.records.get(one, ()), new.records.get(one, ())) for one in old.ahead
    ]
    found = [one for one in differing if one is not None]
    if not found:
        return "equivalent" if _prints_alike(seen, new) else "printed"
    if min(found) < old.begins[0]:
        return "forward"
    scales = _scales(old, new, {one: one for one in seen.records} | dict(moved), min(found))
    known = [one for one in scales if one is not None and one > 0]
    if not known or len(known) < len(scales):
        return "fault"
    if max(known) < min(known) * (1 + ALIKE):
        return "scaled"
    return "paced" if old.place(number) == "step" else "fault"


def _prints_alike(old: Seen, new: Seen) -> bool:
    """Whether the same words are printed, with numbers that are the same but for rounding."""
    number = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
    if number.sub("#", old.printed) != number.sub("#", new.printed):
        return False
    pairs = zip(number.findall(old.printed), number.findall(new.printed), strict=True)
    return all(np.isclose(float(one), float(two), rtol=1e-5, atol=1e-12) for one, two in pairs)


def _differing(old: Sequence[Record], new: Sequence[Record]) -> int | None:
    """When a statement gives something else for the first time."""
    for one, other in zip(old, new, strict=False):
        grown = 1.0 if one[0] <= FIRST else GROWN
        pairs = zip(one[3], other[3], strict=False)
        if not all(_close(*pair, grown) for pair in pairs):
            return int(one[1])
    return None


def _close(one: list[Any] | None, other: list[Any] | None, grown: float = 1.0) -> bool:
    """Whether two values are the same but for rounding; what is no number is not compared."""
    if one is None or other is None:
        return one is other
    if one[0] != other[0]:
        return False
    a, b = np.array(one[3]), np.array(other[3])
    if not np.isfinite([*a, *b]).all():
        return bool(np.array_equal(a, b, equal_nan=True))
    within = ROUNDING.get(min(one[1], other[1]), 1e-9) * max(one[2], other[2], 1e-300)
    return bool(np.abs(a - b).max() <= within * 10 * grown)


def _changed(before: Sequence[Any], after: Sequence[Any]) -> bool:
    return any(
        one is not None and two is not None and one[0] == two[0] and one[3] != two[3]
        for one, two in zip(before, after, strict=False)
    )


def _scales(old: Turns, new: Seen, places: Mapping[int, int], until: int) -> list[float | None]:
    """By what each lasting change is multiplied in the first turn in which one differs.

    Nothing if none is found that differs before the way forward does. Looked at is what follows
    until each has been done once, as far as it still begins with the same values.
    """
    lasting = [
        change for after, before in places.items() if before in old.lasting
        for change in _changes(before, old.seen.records[before], new.records.get(after, ()))
    ]  # fmt: skip
    differing = [one.tick for one in lasting if not one.is_none and one.tick < until]
    if not differing:
        return []
    begun = max((one for one in old.begins if one <= min(differing)), default=0)
    since = [one for one in lasting if one.tick >= begun]
    once = {one.statement: one.tick for one in sorted(since, key=lambda one: -one.tick)}
    ended = min((one for one in old.begins if one > max(once.values())), default=np.inf)
    return [one.scale for one in since if one.tick < min(ended, max(until, *once.values()) + 1)]


def _changes(number: int, old: Sequence[Record], new: Sequence[Record]) -> Iterator[Change]:
    for one, other in zip(old, new, strict=False):
        for was, now, was_other, now_other in zip(one[2], one[3], other[2], other[3], strict=False):
            values = (was, now, was_other, now_other)
            if any(value is None for value in values) or not _close(was, was_other):
                continue
            if len({tuple(value[0]) for value in values}) > 1:
                continue
            step = np.subtract(now[3], was[3])
            step_other = np.subtract(now_other[3], was_other[3])
            if np.isfinite([*step, *step_other]).all() and step.any():
                yield Change(number, one[1], step, step_other)
