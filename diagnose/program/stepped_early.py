"""Gradients that are taken through weights which the same step has moved already.

With the weights as they were on the way forward in their place, the gradients are right: that shows
it, and how little it may matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from diagnose.program.graph import Operation
from diagnose.program.judging import Judgement, with_operations
from diagnose.program.numbering import renumbered


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
    before = {parameters[one]: one for one in (*made.right, *made.wrong, *made.level)}
    changed: dict[int, Operation] = {}
    for one in made.graph.operations:
        if one.value in made.joint.behind and not before.keys().isdisjoint(one.operands):
            others = {value: before.get(value, value) for value in one.operands}
            args, kw = renumbered(one.args, others), renumbered(one.kw, others)
            changed[one.value] = replace(one, args=args, kw=kw)
    found = with_operations(made, changed, parameters) if changed else None
    if found is None or not found.wrong < made.wrong or not made.right.keys() <= found.right.keys():
        return None
    righted = made.wrong - found.wrong
    behind = made.graph.behind([parameters[one] for one in righted])
    sites = dict.fromkeys(one.site for value, one in changed.items() if value in behind)
    return Early(sites=tuple(sites), parameters=righted, judgement=found)
