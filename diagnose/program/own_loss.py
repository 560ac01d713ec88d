"""Gradients that are exactly those of a loss that the step itself computes: they are no mistake.

Which slope an author means is a hypothesis where the step shows none; a number that it makes of the
parameters and of the targets, and prints or keeps, decides. It may be the likelihood of a mixture,
or of anything that no usual loss is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from diagnose.program.adjoints import differentiate
from diagnose.program.graph import Graph, Values
from diagnose.program.judging import CLOSE, CLOSE_SINGLE, FEWEST, fitted
from diagnose.program.points import is_number
from diagnose.program.slicing import LOSS, sliced
from diagnose.reading.loops import Key, Loop
from diagnose.recording.rewriting import Site

# A step prints its loss, perhaps an accuracy and a norm; of more numbers the last are looked at.
MOST_LOSSES = 6


def is_of_own_loss(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], wanted: Collection[Key]
) -> bool:
    """Whether parameters are stepped by the derivatives of a number that a turn computes.

    wanted: what carries them; all by the same number. turns: of which any may compute it.
    """
    return any(_computes_its_loss(sliced(loop, one, sites, losses=True), wanted) for one in turns)


def _computes_its_loss(graph: Graph, wanted: Collection[Key]) -> bool:
    before = {one.key: one.value for one in graph.inputs
              if one.key is not None and one.key in wanted}  # fmt: skip
    numbers = [
        value for key, value in graph.results.items()
        if key not in wanted and (key[0] == LOSS or np.size(graph.recorded[value]) == 1)
        and not graph.behind([value]).isdisjoint(before.values())
    ]  # fmt: skip
    if not numbers or before.keys() != {*wanted}:
        return False
    values = graph.run(graph.given)
    losses = [one for one in numbers if is_number(values[one])]
    return any(_are_its(graph, values, one, before) for one in losses[-MOST_LOSSES:])


def _are_its(graph: Graph, values: Values, number: int, before: Mapping[Key, int]) -> bool:
    """Whether the steps of all parameters are made of the derivatives of a number.

    Few numbers are a multiple of any others: they must be the multiple that more numbers are.
    """
    active = graph.reached(before.values())
    made = differentiate(graph, values, {number: np.ones(np.shape(values[number]))}, active)
    factors = set[float]()
    largest_first = sorted(before, key=lambda key: -np.size(values[before[key]]))
    for key in largest_first:
        truth = made.of.get(before[key])
        if made.missing or truth is None or not np.any(truth):
            return False
        single = np.asarray(values[before[key]]).dtype == np.float32
        wanted = [np.ravel(np.asarray(truth, float))]
        fits = [
            fitted([np.ravel(np.asarray(values[one], float))], wanted, None,
                   CLOSE_SINGLE if single else CLOSE)
            for one in graph.behind([graph.results[key]]) - graph.behind([number])
            if is_number(values[one]) and np.shape(values[one]) == np.shape(truth)
        ]  # fmt: skip
        found = {one.factor for one in fits if one is not None}
        if np.size(truth) < FEWEST:
            found = {one for one in found if any(np.isclose(one, its) for its in factors)}
        if not found:
            return False
        factors |= found
    return True
