"""The values of a step numbered: of what leads to a result alone, inputs first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnose.program.graph import Frame, Graph, Input, Key, Operation, Slot, slots


def numbered(
    inputs: list[Input], given: list[Any], operations: list[Operation], made: list[Any],
    results: dict[Key, int], bound: dict[Frame, tuple[tuple[str, int], ...]],
) -> Graph:  # fmt: skip
    """The graph, of all that leads to a result or has a name, inputs numbered first.

    And of what is done once more just like that and leads to none, as all but the last of what a
    loop makes where each takes the place of the one before.
    """
    leading = _behind(operations, results.values())
    lost = [*_lost(operations, leading)]
    named = [value for several in bound.values() for _, value in several]
    needed = _behind(operations, [*results.values(), *(-1 - one.value for one in lost), *named])
    order = [*sorted((one for one in needed if one < 0), reverse=True)]
    order += sorted(one for one in needed if one >= 0)
    number = {old: new for new, old in enumerate(order)}
    return Graph(
        inputs=tuple(
            Input(value=number[one], kind=it.kind, key=it.key, site=it.site, name=it.name)
            for one in order if one < 0 for it in [inputs[-1 - one]]
        ),
        operations=tuple(
            Operation(
                value=number[one], name=it.name, function=it.function,
                args=renumbered(it.args, number), kw=renumbered(it.kw, number), site=it.site,
                calls=it.calls, frame=it.frame, texts=it.texts,
            )
            for one in order if one >= 0 for it in [operations[one]]
        ),
        recorded=tuple(given[-1 - one] if one < 0 else made[one] for one in order),
        results={key: number[value] for key, value in results.items()},
        lost=tuple(lost),
        bound={
            call: tuple((name, number[value]) for name, value in given if value in number)
            for call, given in bound.items()
        },
    )  # fmt: skip


def _behind(operations: list[Operation], last: Iterable[int]) -> set[int]:
    """Some values, and all that they are made of."""
    found, ahead = set[int](), [*last]
    while ahead:
        value = ahead.pop()
        if value in found:
            continue
        found.add(value)
        if value >= 0:
            ahead += slots((operations[value].args, operations[value].kw))
    return found


def _lost(operations: list[Operation], needed: set[int]) -> Iterator[Operation]:
    """Operations that lead to no result, at places where others do."""
    sites = {operations[one].site for one in needed if one >= 0}
    for at, one in enumerate(operations):
        if at not in needed and one.site in sites:
            yield replace(one, value=-1 - at, args=(), kw={}, texts=())


def renumbered(template: Any, number: Mapping[int, int]) -> Any:
    """The arguments of an operation, with other numbers for the values in them."""
    if type(template) is Slot:
        return Slot(number[template.value])
    if isinstance(template, tuple):
        return tuple(renumbered(one, number) for one in template)
    if isinstance(template, list):
        return [renumbered(one, number) for one in template]
    if isinstance(template, dict):
        return {name: renumbered(one, number) for name, one in template.items()}
    if isinstance(template, slice):
        return slice(*renumbered((template.start, template.stop, template.step), number))
    return template
