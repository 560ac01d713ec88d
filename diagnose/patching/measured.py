"""The edits that the step was shown right with, and what a script does with them when it is run.

No network need be read for these, and no sound one be there: what the step gives is measured where
it meets what it should be, in the script as found and in a copy with the edits, from the same
random numbers. What cannot be measured so stays what it is: shown of the step, and no more.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from diagnose.instruments.labelled import is_worse, last_result
from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.ahead import Ahead, Begin, Key, Running
from diagnose.patching.said import OVER, UNMEASURED, record
from diagnose.patching.shown import (
    Shown,
    Span,
    edits_of,
    hunks_of,
    sets_of,
    shown_edits,
    sources_of,
)
from diagnose.patching.source import Edit, Source, Splice, splices_of, touched, unified
from diagnose.patching.trial import begin_copy, copied_folder, refuse_protected
from diagnose.telling.record import Told

# A script's, and behind it those of modules that it brings along.
Sources = Sequence[Source]
CHILD = Path(__file__).with_name("measuring.py")
# With the script's own seeds, and with so many others: what holds with five of five by chance
# does so in one case of thirty-two.
OTHERS = 4
# Of what was measured the last part is taken, when most is learned, and some samples are in it.
LAST = 0.1
# What is left of an error that is half as large is better whatever it was.
HALF = 0.5
# A copy that stops by itself needs a moment to say what it has measured.
SPARE = 2.0
# So many seconds a single run may take at most.
LONGEST = 60.0
MEASURE = "mean squared difference of outputs and targets"
STOPS = "no patch: the script does not come to its end with the edits by which the step is right"


def patch_of_step(
    path: Path, told: Sequence[Told], *, arguments: Sequence[str], seconds: float, at_once: int
) -> dict[str, Any] | None:
    """What the report says of the edits that a step was shown right with; None where none was.

    seconds: that there are for running copies, of which so many run at once.
    """
    sources = sources_of(path, told)
    shown = shown_edits(sources, told)
    met = next((one.met for one in shown if one.met is not None), None)
    if not shown:
        return None
    if met is None:
        return _as_printed(sources, next(sets_of(shown)), path, arguments, seconds)
    left: list[str] = []
    with copied_folder(path) as folder, closing(
        Runs(sources=sources, folder=folder, arguments=arguments, seconds=seconds, at_once=at_once,
             met=met)
    ) as runs:  # fmt: skip
        for some in sets_of(shown):
            compared = runs.compared([one.edit for one in some])
            if compared is None or isinstance(compared, str):
                left.append(compared or "")
            elif not compared.is_better:
                left.append(_not_less(compared))
            elif is_worse(*compared.printed):
                left.append(f"no patch: {compared.printed[1]}, with the edits")
            else:
                return _record(sources, some, compared, met, runs.count)
        if runs.is_late and not any(left):
            return record(path, left=[OVER])
    if not any(left):
        return _unmeasured(sources, next(sets_of(shown)))
    return record(path, left=list(dict.fromkeys(filter(None, left))))


def _as_printed(
    sources: Sources, some: Sequence[Shown], path: Path, arguments: Sequence[str], seconds: float
) -> dict[str, Any]:
    """The record of edits behind the training, which its steps do not know of: run to the end."""
    edits = [one.edit for one in some]
    with copied_folder(path) as folder:
        (ended, before), (ends, after) = (
            _last_of(sources, given, folder, arguments, min(seconds / 2, LONGEST))
            for given in ((), edits)
        )
    if ended and not ends:
        return record(path, left=[STOPS])
    if is_worse(before, after):
        return record(path, left=[f"no patch: {after}, with the edits"])
    if not (before and after):
        return _unmeasured(sources, some)
    tried = {
        "found": None, "patched": None, "twin": None, "works_in": [0, 0], "runs": 2,
        "printed": [before, after],
    }  # fmt: skip
    return _diff(sources, edits) | {"tried": tried}


def _last_of(
    sources: Sources, edits: Sequence[Edit], folder: Path, arguments: Sequence[str], seconds: float
) -> tuple[bool, str]:
    """Whether a copy comes to its end in time, and the result that it prints last."""
    name, data, modules = runs_as(sources, edits)
    running = begin_copy(name, data, (), arguments, folder, modules)
    ended, printed = running.ended(seconds)
    running.end()
    refuse_protected(folder)
    return ended, last_result(printed)


def _unmeasured(sources: Sources, some: Sequence[Shown]) -> dict[str, Any]:
    """The record of edits of which nothing is known but what was shown of the step."""
    edits = [one.edit for one in some]
    return _diff(sources, edits) | {"tried": None, "left": [UNMEASURED]}


def _record(
    sources: Sources, some: Sequence[Shown], compared: Compared, met: tuple[str, Span], runs: int
) -> dict[str, Any]:
    before, after = compared.errors.mean(axis=0)
    tried = {
        "found": float(before) if math.isfinite(before) else None, "patched": float(after),
        "twin": None, "works_in": [compared.fewer, len(compared.errors)],
        "measure": _measure(sources, compared, met), "printed": [*compared.printed], "runs": runs,
    }  # fmt: skip
    return _diff(sources, [one.edit for one in some]) | {"tried": tried}


def _measure(sources: Sources, compared: Compared, met: tuple[str, Span]) -> str:
    file, (line, *_) = met
    where = f"line {line}" + (f" of {file}" if file != sources[0].name else "")
    return f"{MEASURE} where they meet, {where}, in the last tenth of {compared.meetings:,}"


def _not_less(compared: Compared) -> str:
    before, after = (" ".join(f"{one:.3g}" for one in some) for some in compared.errors.T)
    return (
        f"no patch: with the edits by which the step is right the {MEASURE} is not noticeably less "
        f"with every seed: as found {before}, with them {after}"
    )


def _diff(sources: Sources, edits: Sequence[Edit]) -> dict[str, Any]:
    each = [(source, edits_of(source, sources, edits)) for source in sources]
    return record(
        Path(sources[0].name), diff="".join(unified(*one) for one in each),
        lines=sum(touched(*one) for one in each), hunks=hunks_of(sources, edits),
    )  # fmt: skip


def runs_as(sources: Sources, edits: Sequence[Edit]) -> tuple[str, bytes, dict[str, bytes]]:
    """A script with edits, as it is run: its name, what is in it, and what is in its modules."""
    made = [splices_of(edits_of(one, sources, edits)) for one in sources]
    modules = zip(sources[1:], made[1:], strict=True)
    return *sources[0].runs_as(made[0]), {one.name: one.in_place(some) for one, some in modules}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of one run.

    rows: of as many meetings each, what ``measuring`` sums up; printed: the script's last result.
    """

    size: int
    rows: Array
    printed: str

    def last(self, count: int) -> Array:
        """The sums of the last part of so many rows."""
        first = min(int(count * (1 - LAST)), count - 1)
        return np.asarray(self.rows[first:count].sum(axis=0))


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A script as found and with edits, for each seed.

    errors: mean squared differences as found, and with the edits. spread: the variance of the
    targets, where it is known which of both sides they are. meetings: how many were compared.
    printed: what both print last.
    """

    errors: Array
    spread: Array
    meetings: int
    printed: tuple[str, str]

    @property
    def is_better(self) -> bool:
        """Whether the error is smaller by what one notices, and larger with no seed.

        By half with each seed; or on the mean by a share of the targets' variance.
        """
        before, after = self.errors.T
        if not np.isfinite(after).all():
            return False
        with np.errstate(invalid="ignore"):  # what was infinite has no share that was gained
            gained = (before - after) / self.spread
        noticed = bool(np.mean(gained) >= NOTICEABLE and (gained > -NOTICEABLE).all())
        return noticed or bool((after <= HALF * before).all())

    @property
    def fewer(self) -> int:
        """With how many seeds the error is smaller."""
        return int((self.errors[:, 1] < self.errors[:, 0]).sum())


@dataclass(kw_only=True)
class Runs:
    """Runs copies of a script and measures them, each once.

    seconds: that there are for all of them.
    """

    sources: Sources
    folder: Path
    arguments: Sequence[str]
    seconds: float
    at_once: int
    met: tuple[str, Span]
    count: int = 0
    known: dict[Key, Measured | None] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.ahead = Ahead(folder=self.folder, at_once=self.at_once)

    def close(self) -> None:
        """End the copies that run."""
        self.ahead.end()

    def compared(self, edits: Sequence[Edit]) -> Compared | str | None:
        """The script with edits beside it as found; None where that cannot be measured.

        The reason where it is the edits that keep it from being measured.
        """
        every = [(other, some) for other in range(1 + OTHERS) for some in ((), edits)]
        runs = [self._run(some, other) for other, some in every]
        self.ahead.foresee(run for run in runs if run[0] not in self.known)
        pairs: list[tuple[Measured, Measured]] = []
        for before, after in zip(runs[::2], runs[1::2], strict=True):
            found, with_them = self._measured(before), self._measured(after)
            if found is None or with_them is None:
                if found is not None and not pairs and self._left > 0:
                    return STOPS
                break
            if pairs and np.array_equal(pairs[0][0].rows, found.rows, equal_nan=True):
                break  # it draws nothing that another seed would change
            pairs.append((found, with_them))
        return _compared(pairs)

    @property
    def is_late(self) -> bool:
        """Whether there is no time for another run."""
        return self._left <= 0

    @property
    def _left(self) -> float:
        return max(self.seconds - (time.monotonic() - self.began), 0.0)

    @property
    def _each(self) -> float:
        """Seconds for each of as many runs as one comparison takes."""
        return min(self.seconds * self.ahead.at_once / (2 * (1 + OTHERS)), LONGEST)

    def _run(self, edits: Sequence[Edit], other: int) -> tuple[Key, Begin]:
        name, data, modules = runs_as(self.sources, edits)
        file, span = self.met
        source = next(one for one in self.sources if one.name == file)
        span = span_after(source.code, splices_of(edits_of(source, self.sources, edits)), span)
        module = file if source is not self.sources[0] else ""
        by = [str(CHILD), json.dumps([span, module, other, self._each])]
        begin = partial(begin_copy, name, data, by, self.arguments, modules=modules)
        return (" ".join(by), b"\n".join([data, *modules.values()])), begin

    def _measured(self, run: tuple[Key, Begin]) -> Measured | None:
        if run[0] not in self.known:
            self.known[run[0]] = self._read_of(run) if self._left > 0 else None
        return self.known[run[0]]

    def _read_of(self, run: tuple[Key, Begin]) -> Measured | None:
        self.count += 1
        ended, printed = cast(Running, self.ahead.take(*run)).ended(self._each + SPARE)
        refuse_protected(self.folder)
        said, _, last = printed.rstrip("\n").rpartition("\n")
        made = json.loads(last) if ended and last.startswith("{") else {"rows": []}
        if not made["rows"]:
            return None
        return Measured(
            size=made["size"], rows=np.array(made["rows"], float), printed=last_result(said)
        )


def _compared(pairs: Sequence[tuple[Measured, Measured]]) -> Compared | None:
    """Of each pair as much as there is of both."""
    errors, spreads, meetings = [], [], math.inf
    for one, other in pairs:
        size = max(one.size, other.size)
        both = [_in_rows_of(each, size) for each in (one, other)]
        count = min(len(each.rows) for each in both)
        found, after = (each.last(count) for each in both)
        errors.append([_finite(each[0] / each[1]) for each in (found, after)])
        spreads.append(_spread(*(each.rows[:count].sum(axis=0) for each in both)))
        meetings = min(meetings, count * size)
    if not errors:
        return None
    printed = pairs[0][0].printed, pairs[0][1].printed
    return Compared(
        errors=np.array(errors), spread=np.array(spreads), meetings=int(meetings), printed=printed
    )


def _in_rows_of(one: Measured, size: int) -> Measured:
    several = size // one.size
    count = max(len(one.rows) // several, 1)
    rows = one.rows[: count * several].reshape(count, -1, one.rows.shape[1]).sum(axis=1)
    return Measured(size=size, rows=rows, printed=one.printed)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _spread(found: Array, after: Array) -> float:
    """The variance of the targets: of the side that is the same in both; else infinite."""
    sides = [(one[2 + at], one[3 + at]) for one in (found, after) for at in (0, 2)]
    for total, squares in sides[:2]:
        if (total, squares) in sides[2:]:
            variance = squares / found[1] - (total / found[1]) ** 2
            return float(variance) if variance > 0 else math.inf
    return math.inf


def span_after(code: bytes, splices: Sequence[Splice], span: Span) -> Span:
    """Where what stood at a span stands once splices are made; what took its place, if one did."""
    lines = code.split(b"\n")
    starts = np.cumsum([0, *(len(one) + 1 for one in lines)])
    start, end = starts[span[0] - 1] + span[1], starts[span[2] - 1] + span[3]
    before = [one for one in splices if one.end <= start and one.start < start]
    within = [one for one in splices if start <= one.start and one.end <= end]
    first, last = (sum(len(one.text.encode()) - one.end + one.start for one in some)
                   for some in (before, within))  # fmt: skip
    made = code
    for one in sorted(splices, reverse=True):
        made = made[: one.start] + one.text.encode() + made[one.end :]
    places = []
    for at in (int(start) + first, int(end) + first + last):
        places += [made[:at].count(b"\n") + 1, at - (made[:at].rfind(b"\n") + 1)]
    return tuple(places)  # type: ignore[return-value]
