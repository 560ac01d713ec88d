"""The graph of a step: pure operations in the order in which they are done, on numbered values.

Values are numbered from 0: first the inputs, then what each operation makes. What writes into an
array makes a new value; so nothing that was computed is ever lost, and a graph is run again by
going through it once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

Key = tuple[Any, ...]
Values = list[Any]
Frame = tuple[int, ...]

# Kinds of inputs: carried from the step before; met by no step before, as samples and settings are;
# drawn at random in the step.
CARRIED, GIVEN, DRAWN = "carried", "given", "drawn"


class Slot(NamedTuple):
    """The place of a value among the arguments of an operation."""

    value: int


@dataclass(frozen=True, kw_only=True)
class Input:
    """A value that a step takes from outside.

    key: how it is carried from step to step, of a carried one. site: the place of the operation
    that takes it first; name: of the function that drew it, or where a number stands.
    """

    value: int
    kind: str
    key: Key | None
    site: int
    name: str = ""


# What takes nothing of an array but its shape. Of what is written into, ``written`` does so too.
SHAPED = {"zeros_like", "ones_like", "empty_like", "full_like"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of a step.

    name: by which its derivative is known. function: what does it. args, kw: what it is given, with
    a ``Slot`` for each value of the graph. site: its place in the author's code; calls: the places
    of the calls within which it was done, the outermost first; frame: the call of a function of
    the author's that it belongs to, nothing outside of all. texts: what stands in the code for each
    argument.
    """

    value: int
    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kw: dict[str, Any] = field(default_factory=dict)
    site: int = 0
    calls: tuple[int, ...] = ()
    frame: Frame = ()
    texts: tuple[str, ...] = ()

    @cached_property
    def operands(self) -> list[int]:
        """The values that it takes, in order, those within lists and tuples too."""
        return [*slots((self.args, self.kw))]

    @cached_property
    def passed(self) -> list[int]:
        """Those of them whose numbers go into what it makes, and not their shape alone."""
        if self.name in SHAPED:
            return []
        return [*slots((self.args[self.name == "written" :], self.kw))]

    def is_like(self, other: Operation) -> bool:
        """Whether it is the same operation, at the same place and within the same calls."""
        return (self.site, self.calls, self.name) == (other.site, other.calls, other.name)

    def run(self, values: Values) -> Any:
        """What it makes of the values of the graph."""
        return self.function(*filled(self.args, values), **filled(self.kw, values))


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A step as a program.

    inputs: numbered first. recorded: each value as it was in the author's run, None where it was
    not kept. results: the value that each key carries into the next step. lost: operations,
    numbered from -1 down, that lead to no result, as another at the same place does. bound: what
    the author's functions are given, by the call: names of parameters, each with its value. ways:
    what was found to go into a step, by what was asked.
    """

    inputs: tuple[Input, ...]
    operations: tuple[Operation, ...]
    recorded: tuple[Any, ...]
    results: Mapping[Key, int]
    lost: tuple[Operation, ...] = ()
    bound: Mapping[Frame, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    ways: dict[tuple[Any, ...], frozenset[int]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def given(self) -> Values:
        """The recorded values of the inputs."""
        return list(self.recorded[: len(self.inputs)])

    def edited(self, changed: Mapping[int, Operation]) -> Graph:
        """The graph with other operations for some values."""
        operations = tuple(changed.get(one.value, one) for one in self.operations)
        return replace(self, operations=operations)

    def operation(self, value: int) -> Operation | None:
        """What makes a value; None of an input."""
        at = value - len(self.inputs)
        return self.operations[at] if at >= 0 else None

    def maker(self, value: int) -> Operation | None:
        """What makes a value that may be written in place: not the writing; None of an input."""
        made = self.operation(value)
        while made is not None and made.name == "written":
            made = self.operation(made.operands[-1])
        return made

    def run(self, given: Sequence[Any]) -> Values:
        """All values of the step, from other inputs.

        An operation that cannot be done makes None, and so does what takes it.
        """
        values: Values = list(given)
        with np.errstate(all="ignore"):
            for one in self.operations:
                values.append(_done(one, values))
        return values

    def again(self, values: Values, replaced: Mapping[int, Any], affected: Iterable[int]) -> Values:
        """The values with some replaced, and those made anew that are affected by it.

        Raises what an operation raises that cannot be done.
        """
        made, inputs = list(values), len(self.inputs)
        with np.errstate(all="ignore"):
            for value, other in replaced.items():
                made[value] = other
            for value in sorted(affected):
                if value >= inputs:
                    made[value] = self.operations[value - inputs].run(made)
        return made

    def behind(self, values: Iterable[int]) -> set[int]:
        """All values that some depend on, with themselves."""
        found, ahead = set[int](), [*values]
        while ahead:
            value = ahead.pop()
            if value in found:
                continue
            found.add(value)
            made = self.operation(value)
            if made is not None:
                ahead += made.passed
        return found

    def reached(self, values: Iterable[int], but: Collection[str] = ()) -> set[int]:
        """All values that depend on some, with themselves; but: operations that pass nothing on."""
        found = {*values}
        for one in self.operations:
            if one.value in found or one.name in but:
                continue
            if not found.isdisjoint(one.operands):
                found.add(one.value)
        return found

    def frames(self, frame: Frame) -> list[Frame]:
        """The calls within which a call was made, with itself, the innermost first."""
        every = {one.frame for one in self.operations if one.frame}
        around = [one for one in every if frame and one[0] <= frame[0] and one[1] >= frame[1]]
        return sorted(around, key=lambda one: one[1] - one[0])

    def made_of(self, several: Sequence[int]) -> dict[int, int]:
        """Of which of some values each value is made, as the bits of a number; of others, none."""
        found = {one: 1 << at for at, one in enumerate(several)}
        for one in self.operations:
            bits = found.get(one.value, 0)
            for operand in one.operands:
                bits |= found.get(operand, 0)
            if bits:
                found[one.value] = bits
        return found

    def leading_to(self, several: Sequence[int]) -> dict[int, int]:
        """To which of some values each value leads, as the bits of a number; others to none."""
        found = {one: 1 << at for at, one in enumerate(several)}
        for one in reversed(self.operations):
            if bits := found.get(one.value, 0):
                for operand in one.operands:
                    found[operand] = found.get(operand, 0) | bits
        return found

    def users(self) -> dict[int, list[int]]:
        """The operations that take each value, by what they make."""
        found: dict[int, list[int]] = {}
        for one in self.operations:
            for operand in dict.fromkeys(one.operands):
                found.setdefault(operand, []).append(one.value)
        return found

    @property
    def form(self) -> tuple[tuple[int, str, tuple[int, ...]], ...]:
        """What two steps have in common that do the same: operations, of the same values."""
        return tuple((one.site, one.name, tuple(one.operands)) for one in self.operations)


def _done(operation: Operation, values: Values) -> Any:
    if any(values[operand] is None for operand in operation.operands):
        return None
    try:
        return operation.run(values)
    except Exception:  # what the author's functions raise at other points is no error of theirs
        return None


def slots(template: Any) -> Iterator[int]:
    """The values within arguments."""
    if type(template) is Slot:
        yield template.value
    elif isinstance(template, tuple | list):
        for one in template:
            yield from slots(one)
    elif isinstance(template, dict):
        for one in template.values():
            yield from slots(one)
    elif isinstance(template, slice):
        yield from slots((template.start, template.stop, template.step))


def filled(template: Any, values: Values) -> Any:
    """Arguments with the values in their slots."""
    if type(template) is Slot:
        return values[template.value]
    if isinstance(template, tuple):
        return tuple(filled(one, values) for one in template)
    if isinstance(template, list):
        return [filled(one, values) for one in template]
    if isinstance(template, dict):
        return {name: filled(one, values) for name, one in template.items()}
    if isinstance(template, slice):
        return slice(*filled((template.start, template.stop, template.step), values))
    return template


def same_bits(left: Any, right: Any) -> bool:
    """Whether two values are the same to the last bit; nan is nan."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind in "fc"))
