"""The smallest sets of parts that close the gap to a sound twin.

Narrowed down by trying: "Simplifying and isolating failure-inducing input" (Zeller and Hildebrandt
2002, IEEE Transactions on Software Engineering 28).
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.causes.experiment import HOPELESS, Experiment

# Sets with parts left out that are tried.
MOST_SETS = 32


def smallest(experiment: Experiment) -> list[frozenset[str]]:
    """The smallest sets of parts that close the gap: those from which no part can be left out.

    One is found by leaving parts out of the whole twin as long as the gap stays closed. Others lack
    a part of each that is known, so these are left out next (hitting sets: Reiter 1987, "A theory
    of diagnosis from first principles", Artificial Intelligence 32).
    """
    everything, parts = experiment.everything, experiment.author.differing
    experiment.measure({one} for one in parts)
    experiment.measure(everything - {one} for one in parts)
    minimal = [frozenset({one}) for one in parts if experiment.cured({one})]
    left_out: list[frozenset[str]] = [frozenset()]
    seen: set[frozenset[str]] = set()
    while left_out and len(seen) < MOST_SETS:
        without = left_out.pop(0)
        if without in seen:
            continue
        seen.add(without)
        left = everything - without
        experiment.measure([left])
        if not experiment.cured(left):
            continue
        inside = next((one for one in minimal if one <= left), None)
        if inside is None:
            inside = _shrunk(experiment, left, parts)
            minimal.append(inside)
        left_out += [without | {one} for one in parts if one in inside]
    return sorted(minimal, key=len)


def _shrunk(experiment: Experiment, curing: frozenset[str], parts: Sequence[str]) -> frozenset[str]:
    """A set that closes the gap, without what can be left out of it."""
    while True:
        smaller = [curing - {one} for one in parts if one in curing and len(curing) > 1]
        smaller = [one for one in smaller if not hopeless(experiment, one)]
        experiment.measure(smaller)
        enough = [one for one in smaller if experiment.cured(one)]
        if not enough:
            return curing
        curing = max(enough, key=lambda one: (experiment.mean(one) or 0.0, sorted(one)))


def hopeless(experiment: Experiment, parts: frozenset[str]) -> bool:
    """Whether a set lies within one that closes so little of the gap that it need not be tried."""
    return any(
        parts <= other and experiment.closed(other) < HOPELESS
        for other, one in experiment.tried.items()
        if one and other
    )
