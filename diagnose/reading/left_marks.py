"""One table of targets for all steps, in which the marks of earlier samples are left.

``table[np.arange(n), labels] = 1`` marks the samples of a step and clears none. What a step meets
then are the marks of all steps before it too; which of them are its own the line that marks says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.late_steps import LateStep
from diagnose.reading.loops import name_of
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step
from diagnose.reading.taps import reached
from diagnose.reading.targets import as_rows, samples_in
from diagnose.recording.nodes import Group, Node, Ref, Taken
from diagnose.recording.operations import memory

# Operations that take a part of an array, or turn it.
WAYS = ("get", "attribute", "method", "item")
CLEARED = (
    "one table of targets keeps the marks of earlier samples, and at times it is cleared, or which "
    "marks are a step's own is not known"
)


def marking(roles: Roles) -> int | None:
    """The site that marks the targets of a step in a table that is left as it is; None of others.

    Nothing else writes there in a step, it does in each, and a sample has more marks than one. Or
    all steps until now had samples of one class: then it is one part of the table that they mark.
    """
    if roles.step.within:
        return None
    every = [_marks(one, roles) for one in roles.steps]
    sites = {node.site for own in every for node in own}
    if not all(every) or len(sites) > 1:
        return None
    most = 0
    for step, own in zip(roles.steps, every, strict=True):
        wanted, marks = _met(step, roles), {step.loop.tape.value_of(node.args[2]) for node in own}
        if len(marks) > 1 or not np.isin(wanted, (0, *marks)).all():
            return None
        most = max(most, int(np.count_nonzero(wanted, axis=1).max(initial=0)))
    return sites.pop() if most > 1 or _mark_one_part(roles) else None


def _mark_one_part(roles: Roles) -> bool:
    """Whether steps that take different samples all meet the same part of the table."""
    first, *others = roles.steps
    part, samples = _way(first, roles), [one.value(one.places()[roles.x]) for one in roles.steps]
    if not others or any(one is None for one in samples):
        return False
    differ = not all(np.array_equal(samples[0], one) for one in samples[1:])
    return differ and all(_way(one, roles) == part for one in others)


def _way(step: Step, roles: Roles) -> list[tuple[str, str]]:
    """What takes the targets of a step out of their table, but for how many these are."""
    nodes = step.loop.tape.nodes
    taken: Taken | None = step.places()[roles.target]
    root, found = nodes[taken.node].root if isinstance(taken, Ref) else None, []
    while isinstance(taken, Ref) and nodes[taken.node].root == root:
        node = nodes[taken.node]
        index = node.args[1] if node.kind == "get" else None
        found.append((name_of(node), str(_without_end(step, index))))
        taken = node.args[0] if node.args and node.kind in WAYS else None
    return found


def _without_end(step: Step, index: Taken | None) -> Any:
    """An index, of slices only where they begin."""
    if index is None:
        return None
    if isinstance(index, Group) and index.of is slice:
        return [step.loop.tape.value_of(index.items[0]), step.loop.tape.value_of(index.items[2])]
    if isinstance(index, Group):
        return [_without_end(step, one) for one in index.items]
    value = step.loop.tape.value_of(index)
    return value.tolist() if isinstance(value, np.ndarray) else value


def _met(step: Step, roles: Roles) -> Array:
    """The targets that a step meets, as rows."""
    wanted = step.value(step.places()[roles.target])
    return as_rows(wanted, samples_in(roles, step), roles, index=False)


def _marks(step: Step, roles: Roles) -> list[Node]:
    """All that writes into the table of a step's targets, if that only marks, and in each step."""
    taken = step.places()[roles.target]
    loop, tape = step.loop, step.loop.tape
    root = tape.nodes[taken.node].root if isinstance(taken, Ref) else None
    if root is None:
        return []
    own = [tape.nodes[one] for one in loop.writes(step.turn, root)]
    begins = loop.starts[step.turn]
    before = [one for one in tape.writes.get(root, ()) if loop.starts[0] <= one < begins]
    if len(before) < step.turn or not all(one.kind == "store" for one in own):
        return []
    values = [[tape.value_of(each) for each in one.args[1:3]] for one in own]
    return own if all(_is_mark(*one) for one in values) else []


def _is_mark(index: Any, mark: Any) -> bool:
    """Whether a number is put in single places."""
    if isinstance(mark, bool) or not isinstance(mark, int | float | np.number) or not mark:
        return False
    places = index if isinstance(index, tuple) else (index,)
    if any(isinstance(one, slice) or one is None for one in places):
        return False
    return all(np.asarray(one).dtype.kind in "iu" for one in places)


def own_marks(roles: Roles, turn: int) -> Array | None:
    """The targets of a step on the tape with its own marks alone, as rows; None if not known.

    It is where one line marks all samples of a step at once.
    """
    step = roles.step.again(turn)
    marks = _marks(step, roles)
    if len(marks) != 1 or step.value(step.places()[roles.target]) is None:
        return None
    clean, wanted = np.zeros(np.shape(marks[0].value)), _met(step, roles)
    clean[step.loop.tape.value_of(marks[0].args[1])] = step.loop.tape.value_of(marks[0].args[2])
    rows = np.atleast_2d(clean)
    found = [one for one in (rows, rows.T) if _each_once(one, wanted)]
    return found[0] if found else None


def _each_once(clean: Array, met: Array) -> bool:
    """Whether each sample has one mark of its own, which is among those that the step met."""
    if clean.shape != met.shape or not (np.count_nonzero(clean, axis=1) == 1).all():
        return False
    return bool((met[clean != 0] == clean[clean != 0]).all())


@dataclass
class Table:
    """The table, and two more like it: with the marks of a step alone, and with all that were."""

    whole: Array
    own: Array = field(init=False)
    every: Array = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what is there."""
        self.own, self.every = np.zeros_like(self.whole), np.array(self.whole)

    def like(self, view: Array, other: Array) -> Array:
        """The same part of another as a view is of the table."""
        offset = view.__array_interface__["data"][0] - _begin(self.whole)
        return np.ndarray(view.shape, view.dtype, other, offset, view.strides)


def _begin(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


@dataclass
class MarkedCollector(Collector):
    """Keeps the own targets of each step, and beside them what it met.

    met: the targets of each step with the marks of those before it, as rows.
    """

    met: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.table: Table | None = None
        self.own: Array | None = None
        site = marking(self.roles)
        assert site is not None
        self.marks_at = site
        self.tape.taps[site] = self._seen_marking(self.tape.taps.get(site))
        self.tape.followed = {*self.tape.followed, site}
        for at in {key[0] for key, named in self.taps.places.items()
                   if any(name == "target" for name, _ in named)}:  # fmt: skip
            self.tape.taps[at] = self._seen_meeting(at, self.tape.taps[at])

    @property
    def late_kept(self) -> tuple[LateStep, ...]:
        """None: what the table was by then is not kept."""
        return ()

    def _seen_marking(self, then: Any) -> Any:
        def tap(kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any) -> None:
            if kind == "store":
                self._mark(*args)
            if then is not None:
                then(kind, args, kw, value)

        return tap

    def _mark(self, view: Any, index: Any, mark: Any) -> None:
        """Mark the same places in the two other tables."""
        if not isinstance(view, np.ndarray) or not _is_mark(index, mark):
            self.reason = CLEARED
            return
        whole = memory(view)
        if self.table is None or self.table.whole is not whole:
            if self.table is not None or not whole.flags.c_contiguous:
                self.reason = CLEARED
                return
            self.table = Table(whole)
        for other in (self.table.own, self.table.every):
            self.table.like(view, other)[index] = mark
        places = index if isinstance(index, tuple) else (index,)
        arrays = [one for one in places[::-1] if isinstance(one, np.ndarray) and one.ndim]
        if arrays and self.tape.origins is not None:
            self.now["marked by"] = self.tape.origins.of(arrays[0])

    def _seen_meeting(self, site: int, then: Any) -> Any:
        """What looks at a step's targets before they are kept: they are a part of the table."""

        def tap(kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any) -> None:
            at = self.count.get((site, kind), -1) + 1
            for name, path in self.taps.places.get((site, kind, at), ()):
                if name == "target":
                    self._meet(reached(args, kw, path))
            then(kind, args, kw, value)

        return tap

    def _meet(self, given: Any) -> None:
        table = self.table
        if table is None:
            return
        is_part = isinstance(given, np.ndarray) and memory(given) is table.whole
        if not is_part or _begin(given) != _begin(table.whole):
            self.reason = CLEARED
            return
        if not np.array_equal(table.every, table.whole):
            self.reason = CLEARED
        self.own = np.array(table.like(given, table.own))
        table.own[...] = 0

    def _sides(self, now: dict[Any, Any]) -> tuple[Array, Array, Any]:
        """The same, with the own marks of a step in the place of all that it met."""
        rows, met, number = super()._sides(now)
        own = None
        if self.own is not None:
            own = as_rows(self.own, len(rows), self.roles, index=False)
        if own is None or not _each_once(own, met):
            self.reason = CLEARED
            own = met
        now["origin", "target"] = now.get("marked by")
        self.met.append(np.array(met))
        self.own = None
        return rows, np.array(own), number

    def _is_enough(self) -> bool:
        return self.reason == CLEARED or super()._is_enough()


def own_marks_of(roles: Roles, numbers: Sequence[int]) -> dict[int, Array]:
    """The own targets of steps on the tape, by how many before the first that was read they are."""
    used = min(one.turn for one in roles.steps)
    every = {at: own_marks(roles, at + used) for at in numbers if at > -used}
    return {at: one for at, one in every.items() if one is not None}
