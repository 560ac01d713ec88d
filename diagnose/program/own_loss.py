"""The loss that a step computes itself, as what its gradients are held against.

A number that a step makes of the parameters and of the targets, and prints or keeps, says which
slope the author means. It may be the likelihood of a mixture, or of anything that no usual loss is;
and where no target joins an output, as in the noise that a word is told from, nothing else says it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Set

import numpy as np

from diagnose.program.graph import GIVEN, Graph
from diagnose.program.judging import Judgement, judgement, state_of
from diagnose.program.points import drawn, is_number
from diagnose.program.signals import Joint, itself
from diagnose.program.slicing import LOSS

# A step prints its loss, perhaps an accuracy and a norm; of more numbers the last are looked at.
MOST_LOSSES = 6


def by_own_loss(
    graph: Graph, parameters: Mapping[int, int], losses: Iterable[Joint], sums: Set[int], seed: int,
    ends: float,
) -> Judgement | None:  # fmt: skip
    """What holds of a step by a loss that it computes; None by a number that is none.

    parameters: each after the step, by that before. A number of which more gradients are wrong than
    right is no loss. ends: until when losses are looked at, by ``time.process_time``.
    """
    best: Judgement | None = None
    for joint in losses:
        if time.process_time() > ends:
            break
        reached = {one: after for one, after in parameters.items() if one in joint.active}
        state = sums | state_of(graph, joint, reached)
        points = drawn([graph], sorted(reached), state, seed)
        found = judgement(points, joint, itself(joint), reached) if points else None
        if found is None or len(found.right) < len(found.wrong):
            continue
        if best is None or found.rank > best.rank:
            best = found
    return best


def losses_of(graph: Graph, parameters: Mapping[int, int]) -> list[Joint]:
    """Numbers that a step makes of its parameters, each as the only output there is."""
    active = graph.reached(parameters)
    carried = {one.key for one in graph.inputs if one.value in parameters}
    given = {one.value for one in graph.inputs if one.kind == GIVEN}
    numbers = [
        value for key, value in graph.results.items()
        if key not in carried and value in active - {*parameters.values()}
        and is_number(graph.recorded[value])
        and (key[0] == LOSS or np.size(graph.recorded[value]) == 1)
    ]  # fmt: skip
    found = []
    for number in numbers[-MOST_LOSSES:]:
        passed, made = graph.behind([number]), graph.operation(number)
        if made is not None:
            found.append(Joint(
                site=made.site, meets=(), outputs=(number,), targets=(), indexed=False,
                behind=frozenset(active - passed),
                forward=frozenset(one for one in active & passed if one >= len(graph.inputs)),
                active=frozenset(active & passed),
                fed=frozenset(graph.reached(given & passed) & passed),
            ))  # fmt: skip
    return found
