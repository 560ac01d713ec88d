"""Steps that are longer than others, by a factor that one gradient has and the others have not.

By one number all gradients may be multiplied: that is a rate. Where one of them is taken for a mean
and the others for sums, or is multiplied by a slope that is 10 everywhere, the network goes another
way. Rates that somebody chose for each parameter are no such factor: the others have theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diagnose.program.judging import SAME_PACE, Fit, Judgement, closeness, fitted, truth_of
from diagnose.program.points import numbers, stacked, step_of

# Of fewer steps than these no one is said to be unlike the others.
FEWEST_STEPS = 3


@dataclass(frozen=True, kw_only=True)
class Uneven:
    """Parameters whose steps are longer or shorter than the others', for what they have in common.

    site: where the factor comes in, or the gradient is made that lacks it. factor: how many times
    as long they are. extra: whether the factor stands there, and is not missing.
    """

    parameters: frozenset[int]
    site: int
    factor: float
    extra: bool


class Multiplied(NamedTuple):
    """An operation by which a gradient becomes so many times as large."""

    site: int
    by: float


def is_uneven(lengths: Mapping[int, float]) -> bool:
    """Whether some steps are longer than others, for their gradients."""
    every = [*lengths.values()]
    return len(every) >= FEWEST_STEPS and any(not _same(one, every[0]) for one in every)


def by_any_factor(made: Judgement, lengths: Mapping[int, float]) -> frozenset[int]:
    """Single numbers whose steps have not the length of most: any number is right up to a factor.

    Each may have a rate of its own, or a factor that belongs to another.
    """
    alike = Counter(
        next(its for its in lengths.values() if _same(its, length)) for length in lengths.values()
    )
    if not alike:
        return frozenset()
    common, _ = alike.most_common(1)[0]
    return frozenset(
        one for one, length in lengths.items()
        if np.size(made.graph.recorded[one]) == 1 and not _same(length, common)
    )  # fmt: skip


def uneven(
    made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int],
    lengths: Mapping[int, float],
) -> list[Uneven]:  # fmt: skip
    """The steps of which a factor is known that most of the others have not, or have alone."""
    groups: list[list[int]] = []
    for one, length in lengths.items():
        alike = next((each for each in groups if _same(lengths[each[0]], length)), None)
        groups.append([one]) if alike is None else alike.append(one)
    groups.sort(key=len, reverse=True)
    if len(lengths) < FEWEST_STEPS or len(groups) < 2 or 3 * len(groups[0]) < 2 * len(lengths):
        return []
    common, *odd = groups
    factors = {one: [*_multiplied(made, matched, parameters[one])] for one in lengths}
    found = []
    for several in odd:
        ratio = lengths[several[0]] / lengths[common[0]]
        ours, theirs = (
            [[Counter(_sites(factors[one], by)) for one in some] for by in (ratio, 1 / ratio)]
            for some in (several, common)
        )
        # what stands there alone, or what stands in the others more often, goes back layer by layer
        extra = _more_often(ours[0], theirs[0]) or [
            site for site in _more_often(theirs[1], ours[1]) if all(site in one for one in ours[1])
        ]
        if extra:
            found.append(_uneven(several, extra[0], ratio, extra=True))
        elif all(_more_often([one], ours[1]) for one in theirs[1]):
            for one in several:
                first = next((at for at, fit in sorted(matched.items()) if fit.of == one), None)
                operation = made.graph.operation(first) if first is not None else None
                if operation is not None:
                    found.append(_uneven([one], operation.site, ratio, extra=False))
    return found


def _more_often(these: Sequence[Counter[int]], those: Sequence[Counter[int]]) -> list[int]:
    """Sites that are in each of some more often than in any of others."""
    return [
        site for site in these[0]
        if min(one[site] for one in these) > max(one[site] for one in those)
    ]  # fmt: skip


def _uneven(several: Sequence[int], site: int, factor: float, *, extra: bool) -> Uneven:
    return Uneven(parameters=frozenset(several), site=site, factor=factor, extra=extra)


def _sites(several: Sequence[Multiplied], by: float) -> list[int]:
    return [one.site for one in several if _same(one.by, by)]


def lengths_of(made: Judgement, parameters: Mapping[int, int]) -> dict[int, float]:
    """How many times its gradient each step is; of those that are no multiple, as Adam's, none."""
    found = {one: _length(made, one, parameters[one]) for one in made.right}
    return {one: length for one, length in found.items() if length is not None}


def _length(made: Judgement, before: int, after: int) -> float | None:
    """How many times its gradient a step is; None where it is no multiple, as Adam's."""
    truth = truth_of(made.points, made.truths, before)
    step = numbers(made.points, [step_of(one, before, after) for one in made.points])
    close = max(closeness(made.points, before, made.joint), 1e-5)  # a difference of large numbers
    if truth is None or step is None:
        return None
    fit = fitted(step, truth, stacked(made.points, before), close)
    return abs(fit.factor) if fit is not None else None


def _multiplied(
    made: Judgement, matched: Mapping[int, Fit], after: int
) -> Iterator[Multiplied]:  # fmt: skip
    """What multiplies right gradients on the way to a step."""
    for value in sorted(made.graph.behind([after])):
        operation = made.graph.operation(value)
        if operation is None or value not in matched:
            continue
        taken = [one for one in operation.operands if one in matched]
        if len(taken) == 1:
            yield Multiplied(operation.site, abs(matched[value].factor / matched[taken[0]].factor))


def _same(left: float, right: float) -> bool:
    return abs(left - right) <= SAME_PACE * abs(right)
