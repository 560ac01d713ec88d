"""Gradients that are taken through weights which the same step has moved already.

With the weights as they were on the way forward in their place, the gradients are right: that shows
it, and how little it may matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnose.program.graph import Operation, Slot
from diagnose.program.judging import Judgement, judgement
from diagnose.program.points import all_again


@dataclass(frozen=True, kw_only=True)
class Early:
    """Where weights are taken that were stepped before, and what holds with those from before.

    parameters: whose gradients are wrong by it.
    """

    sites: tuple[int, ...]
    parameters: frozenset[int]
    judgement: Judgement


def stepped_early(made: Judgement, parameters: Mapping[int, int]) -> Early | None:
    """What takes stepped weights on the way back; None where no gradient is wrong by that."""
    asked = {one: parameters[one] for one in (*made.right, *made.wrong, *made.level)}
    before = {after: one for one, after in asked.items()}
    changed: dict[int, Operation] = {}
    for one in made.graph.operations:
        if one.value in made.joint.behind and not before.keys().isdisjoint(one.operands):
            args, kw = _replaced(one.args, before), _replaced(one.kw, before)
            changed[one.value] = replace(one, args=args, kw=kw)
    if not changed:
        return None
    graph = made.graph.edited(changed)
    affected = graph.reached(changed)
    points = all_again(made.points, affected, graph)
    joint = made.joint.edited(graph, affected)
    found = judgement(points, joint, made.signal, asked, made.truths) if points else None
    if found is None or not found.wrong < made.wrong or not made.right.keys() <= found.right.keys():
        return None
    righted = made.wrong - found.wrong
    behind = made.graph.behind([parameters[one] for one in righted])
    sites = dict.fromkeys(one.site for value, one in changed.items() if value in behind)
    return Early(sites=tuple(sites), parameters=righted, judgement=found)


def _replaced(template: Any, others: Mapping[int, int]) -> Any:
    """Arguments with other values in the place of some."""
    if type(template) is Slot:
        return Slot(others.get(template.value, template.value))
    if isinstance(template, tuple | list):
        return type(template)(_replaced(one, others) for one in template)
    if isinstance(template, dict):
        return {name: _replaced(one, others) for name, one in template.items()}
    return template
