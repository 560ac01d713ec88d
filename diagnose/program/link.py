"""Whether an output less its target is the slope of a loss where it goes back from.

Behind a softmax over each sample, or a sigmoid, the slope of the cross-entropy before that function
is the output less the target, and this is what programs take there (Bishop, Pattern Recognition and
Machine Learning, 2006, section 4.3.6). Where the function sums up along another axis it is not, and
an output depends on which samples stand beside its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.program.adjoints import differentiate
from diagnose.program.edits import other_axes
from diagnose.program.graph import Graph
from diagnose.program.judging import ZERO, Judgement, closeness
from diagnose.program.points import Point, all_again
from diagnose.program.signals import Slope, cross_entropy, logistic, pair_of
from diagnose.program.writing import Splice, Text
from diagnose.recording.operations import SUMS
from diagnose.recording.sites import Site


@dataclass(frozen=True, kw_only=True)
class Unlinked:
    """A sum within the last function with which outputs less targets are no slope, and its edit."""

    site: int
    file: str
    splices: tuple[Splice, ...]


def unlinked(made: Judgement, sites: Sequence[Site], texts: Mapping[str, Text]) -> Unlinked | None:
    """The sum that is taken along a wrong axis; None where none is, or no edit shows it."""
    graph, joint = made.graph, made.joint
    if not made.signal.standard or made.signal.places == joint.outputs or not made.right:
        return None
    between = graph.reached(made.signal.places) & graph.behind(joint.outputs)
    sums = [one for one in graph.operations if one.value in between and one.name in SUMS]
    if not sums or _is_linked(made, graph, made.points):
        return None
    for site in dict.fromkeys(one.site for one in sums):
        same = [one for one in graph.operations if one.site == site]
        text = texts.get(sites[site].file)
        for edit in other_axes(graph, same, text, sites[site]) if text is not None else ():
            edited = graph.edited(edit.operations)
            affected = edited.reached(edit.operations) & graph.behind(joint.outputs)
            points = all_again(made.points, affected, edited)
            if points and _is_linked(made, edited, points):
                return Unlinked(site=site, file=edit.file, splices=edit.splices)
    return None


def constant(made: Judgement) -> int | None:
    """Where outputs are made that are the same whatever the parameters are; None if they are not.

    As a softmax of a single output is, which is always 1.
    """
    rng = np.random.default_rng(0)
    if made.wrong or not made.joint.meets or made.signal.places == made.joint.outputs:
        return None
    for point in made.points:
        seeds = {
            one: rng.standard_normal(np.shape(point.values[one])) for one in made.joint.outputs
        }
        found = differentiate(point.graph, point.values, seeds, made.joint.active)
        slopes = (np.abs(found.of.get(one, 0.0)) for one in (*made.right, *made.level))
        if found.missing or max(map(np.max, slopes)) > ZERO * found.largest:
            return None
    last = made.graph.operation(made.joint.outputs[0])
    return last.site if last is not None else None


def _is_linked(made: Judgement, graph: Graph, points: Sequence[Point]) -> bool:
    """Whether the slope of a usual loss, before the last function, is output less target."""
    return any(_agrees(made, graph, points, slope) for slope in (cross_entropy, logistic))


def _agrees(made: Judgement, graph: Graph, points: Sequence[Point], slope: Slope) -> bool:
    close = closeness(points, made.signal.places[0], made.joint)
    return all(
        np.linalg.norm(its - wanted) <= close * np.linalg.norm(wanted)
        for point in points for its, wanted in _slopes(made, graph, point, slope)
    )  # fmt: skip


def _slopes(
    made: Judgement, graph: Graph, point: Point, slope: Slope
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The slope of a loss before the last function, and outputs less targets, for each output."""
    pairs = [pair_of(point, made.joint, at) for at in range(len(made.joint.outputs))]
    seeds = {
        output: slope(*pair) for output, pair in zip(made.joint.outputs, pairs, strict=True) if pair
    }  # fmt: skip
    found = differentiate(graph, point.values, seeds, made.joint.active)
    for place, pair in zip(made.signal.places, pairs, strict=True):
        if pair is not None:
            its = np.asarray(found.of.get(place, 0.0), float)
            yield its.reshape(pair[0].shape) if its.size == pair[0].size else its, pair[0] - pair[1]
