"""The smallest sets of parts that close the gap to a sound twin.

Narrowed down by trying: "Simplifying and isolating failure-inducing input" (Zeller and Hildebrandt
2002, IEEE Transactions on Software Engineering 28).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from diagnose.causes.experiment import HOPELESS, Experiment

# Sets with parts left out that are tried.
MOST_SETS = 32


def smallest(experiment: Experiment) -> Iterator[frozenset[str]]:
    """The smallest sets of parts that close the gap, as they are found.

    One is what can nowhere be left out of the twin, where that is enough. Else one is found by
    leaving parts out of the whole twin as long as the gap stays closed, or of what does best, where
    a part of the twin hurts the others. Further sets lack a part of each that is known, so these
    are left out next (hitting sets: Reiter 1987, "A theory of diagnosis from first principles",
    Artificial Intelligence 32). What promised nothing is tried at last, since parts that hurt may
    hide that fewer do: so a set may follow that lies within one that came before (``least``).
    """
    everything, parts = experiment.everything, experiment.author.differing
    alone = [frozenset({one}) for one in parts]
    experiment.measure(one for one in alone if experiment.is_fast(one))
    experiment.measure(everything - {one} for one in parts)
    minimal = [one for one in alone if experiment.cured(one)]
    yield from minimal
    needed = frozenset(one for one in parts if not experiment.cured(everything - {one}))
    experiment.measure([needed] if needed else [])
    if needed and not minimal and experiment.cured(needed):
        minimal.append(needed)
        yield needed
    begin = everything if experiment.cured(everything) else experiment.best_set
    left_out = [everything - begin]
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
            inside = _shrunk(experiment, left)
            minimal.append(inside)
            yield inside
        left_out += [without | {one} for one in parts if one in inside]
    experiment.measure(alone)
    yield from (one for one in alone if experiment.cured(one))
    for one in minimal:
        yield _shrunk(experiment, one, hopeful=False)


def least(sets: Collection[frozenset[str]]) -> list[frozenset[str]]:
    """Those of some sets within which lies none of the others, each once."""
    return [one for one in dict.fromkeys(sets) if not any(other < one for other in sets)]


def _shrunk(experiment: Experiment, curing: frozenset[str], hopeful: bool = True) -> frozenset[str]:
    """A set that closes the gap, without what can be left out of it.

    hopeful: whether only what promises something is tried. That is tried first in any case, and of
    it what is quick: where a part can be left out so, nothing has to be known of the others.
    """
    while True:
        parts = [one for one in experiment.author.differing if one in curing]
        smaller = [curing - {one} for one in parts if len(curing) > 1]
        promising = [one for one in smaller if not hopeless(experiment, one)]
        further = [] if hopeful else smaller
        for some in (*_quick_first(experiment, promising), *_quick_first(experiment, further)):
            experiment.measure(some)
            enough = [one for one in some if experiment.cured(one)]
            if enough:
                break
        else:
            return curing
        curing = max(enough, key=lambda one: (experiment.mean(one) or 0.0, sorted(one)))


def _quick_first(
    experiment: Experiment, sets: Sequence[frozenset[str]]
) -> tuple[Sequence[frozenset[str]], ...]:
    """Those on the compiled loop, and then all."""
    return [one for one in sets if experiment.is_fast(one)], sets


def hopeless(experiment: Experiment, parts: frozenset[str]) -> bool:
    """Whether a set lies within one that closes so little of the gap that it is not worth a try.

    One whose training stopped, or overflowed, says nothing of what lies within it.
    """
    return any(
        parts <= other and experiment.closed(other) < HOPELESS and one.answered
        for other, one in experiment.tried.items()
        if one and other
    )
