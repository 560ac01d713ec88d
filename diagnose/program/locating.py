"""At which statement what the author computed parts from the truth.

It is the first that takes right values and makes one that leads to no right value. Where that is a
product of a right value with something that was computed for it alone, such as a slope, it is the
statement that made this.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from diagnose.program.graph import Graph, Operation
from diagnose.program.judging import Fit, Judgement
from diagnose.program.signals import LAYOUT
from diagnose.recording.operations import MATMULS, OVER, PLUS, TIMES

ADDING = PLUS | {"sum"}
MULTIPLYING = TIMES | OVER | MATMULS | {"einsum"}


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A place where the gradient goes wrong.

    values: what is made there, wrongly. factor: whether the place makes a factor of the gradient,
    and not the gradient itself; caller: the place of the call within which it does, if it does so
    rightly elsewhere. spoils: the parameters whose gradient is wrong by it.
    """

    site: int
    values: tuple[int, ...]
    factor: bool
    caller: int | None
    spoils: frozenset[int]


def slips(made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int]) -> list[Slip]:
    """Where gradients go wrong, the first place first."""
    graph = made.graph
    after = {before: parameters[before] for before in made.wrong}
    way = graph.behind(after.values()) & made.joint.behind
    right = {*matched, *(parameters[one] for one in made.right)}
    good = _lead_to(graph, way, right)
    first = [
        one for one in graph.operations
        if one.value in way and one.value not in good and _takes_right(one, way, good)
    ]  # fmt: skip
    found: dict[tuple[int, bool, int | None], list[int]] = {}
    for one in first:
        if (alone := _one_of_many(graph, matched, way, one, made.wrong)) is not None:
            found.setdefault((alone.site, False, None), []).append(alone.value)
            continue
        blamed, factor = _factor_of(made, one, way)
        caller = _caller(graph, blamed, one, good - {*made.signal.own}) if factor else None
        found.setdefault((blamed.site, factor, caller), []).append(
            blamed.value if factor else one.value
        )
    return [
        Slip(
            site=site, values=tuple(values), factor=factor, caller=caller,
            spoils=frozenset(
                before for before, its in after.items()
                if not graph.behind([its]).isdisjoint(values)
            ),
        )
        for (site, factor, caller), values in found.items()
    ]  # fmt: skip


def _lead_to(graph: Graph, way: Set[int], right: Set[int]) -> set[int]:
    """The values on the way that are right, or lead to right ones alone."""
    users, good = graph.users(), {*right}
    for value in sorted(way, reverse=True):
        after = [one for one in users.get(value, []) if one in way]
        if value in right or (after and all(one in good for one in after)):
            good.add(value)
    return good


def _takes_right(one: Operation, way: Set[int], good: Set[int]) -> bool:
    return all(each in good for each in one.operands if each in way)


def _one_of_many(
    graph: Graph, matched: Mapping[int, Fit], way: Set[int], one: Operation, wrong: Set[int]
) -> Operation | None:
    """What made one share of a parameter's gradient, where that is taken for all of it.

    As a gradient that is given anew for each sample, and added to no other.
    """
    if one.name in ADDING:
        return None
    shares = [
        each for each in one.operands
        if each in way and each in matched and matched[each].of in wrong and matched[each].share
    ]  # fmt: skip
    if len(shares) != 1:
        return None
    made = graph.operation(shares[0])
    while made is not None:
        before = [
            each
            for each in made.operands
            if each in matched and matched[each].of == matched[made.value].of
        ]
        if len(before) != 1:
            break
        made = graph.operation(before[0])
    return made


def _factor_of(made: Judgement, one: Operation, way: Set[int]) -> tuple[Operation, bool]:
    """What made the factor with which a right value is multiplied wrongly; else the operation."""
    if one.name not in MULTIPLYING or len(one.operands) != 2:
        return one, False
    others = [each for each in one.operands if each not in way]
    if len(others) != 1:
        return one, False
    source = made.graph.operation(others[0])
    while source is not None and source.name in LAYOUT and source.operands:
        source = made.graph.operation(source.operands[0])
    passed = made.graph.behind(made.joint.outputs)
    if source is None or source.value in passed or source.value not in made.joint.forward:
        return one, False
    return source, True


def _caller(graph: Graph, blamed: Operation, one: Operation, good: Set[int]) -> int | None:
    """The call within which a factor is wrong that the same function makes rightly elsewhere."""
    if len(blamed.calls) <= len(one.calls):
        return None
    users = graph.users()
    for other in graph.operations:
        same = other.site == blamed.site and other.value != blamed.value
        if same and any(each in good for each in users.get(other.value, [])):
            return blamed.calls[len(one.calls)]
    return None
