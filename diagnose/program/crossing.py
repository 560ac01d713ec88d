"""Outputs of which each meets the targets of all samples, since a column meets a row.

NumPy makes a table of them, of every output less every target (its documentation calls the rule
broadcasting), and what is summed up of it is not what the samples say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.program.graph import Operation, Slot
from diagnose.program.judging import Judgement, judgement
from diagnose.program.points import all_again
from diagnose.program.signals import signals
from diagnose.program.writing import LOOSE, Splice, Text, operands, replaced
from diagnose.recording.operations import LESS
from diagnose.recording.sites import Site


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """A difference of all outputs and all targets, and the edit with which each meets its own.

    size: of how many samples. judgement: what holds with the edit.
    """

    site: int
    file: str
    splices: tuple[Splice, ...]
    size: int
    judgement: Judgement


def crossed(
    made: Judgement, parameters: Mapping[int, int], sites: Sequence[Site],
    texts: Mapping[str, Text],
) -> Crossed | None:  # fmt: skip
    """The table of all pairs; None where there is none, or no gradient is right without it."""
    for value in made.joint.meets:
        meets = made.graph.operation(value)
        side = _side_of_target(made, meets) if meets is not None else None
        if meets is None or side is None:
            continue
        site = sites[meets.site]
        text = texts.get(site.file)
        node = text.expression(site.span) if text is not None else None
        if text is None or node is None or len(sides := operands(node)[-2:]) != 2:
            continue
        after = _with(made, _edited(meets, side), parameters)
        if after is not None:
            target, written = sides[side], text.text(sides[side])
            whole = f"({written})" if isinstance(target, LOOSE) else written
            flat = np.ndim(made.graph.recorded[meets.operands[1 - side]]) == 1
            new = f"{whole}.ravel()" if flat else f"{whole}.reshape(-1, 1)"
            size = int(np.size(made.graph.recorded[meets.operands[side]]))
            return Crossed(
                site=meets.site, file=site.file, splices=(replaced(text, target, new),), size=size,
                judgement=after,
            )  # fmt: skip
    return None


def _side_of_target(made: Judgement, meets: Operation) -> int | None:
    """Which operand of a difference are the targets that each meet all outputs; None if none."""
    if meets.name not in LESS or len(meets.args) != 2:
        return None
    if any(type(one) is not Slot for one in meets.args):
        return None
    shapes = [np.shape(made.graph.recorded[one]) for one in meets.operands]
    row, column = sorted(shapes, key=len)
    if len(row) != 1 or row[0] < 2 or column != (row[0], 1):
        return None
    outputs = [one in made.joint.active for one in meets.operands]
    return outputs.index(False) if sorted(outputs) == [False, True] else None


def _edited(meets: Operation, side: int) -> Operation:
    inner = meets.function

    def function(*given: Any) -> Any:
        shape = np.shape(given[1 - side])
        return inner(*(np.reshape(one, shape) if at == side else one
                       for at, one in enumerate(given)))  # fmt: skip

    return replace(meets, function=function)


def _with(
    made: Judgement, edited: Operation, parameters: Mapping[int, int]
) -> Judgement | None:  # fmt: skip
    """What holds with an edit by the slope of a usual loss; None where no gradient is right."""
    graph = made.graph.edited({edited.value: edited})
    affected = graph.reached([edited.value])
    points = all_again(made.points, affected, graph)
    joint = made.joint.edited(graph, affected)
    reached = {one: parameters[one] for one in (*made.right, *made.wrong, *made.level)}
    usual = (one for one in signals(graph, joint, points) if one.standard) if points else ()
    every = (judgement(points, joint, one, reached) for one in usual)
    right = (one for one in every if one is not None and one.right)
    return max(right, key=lambda one: one.rank, default=None)
