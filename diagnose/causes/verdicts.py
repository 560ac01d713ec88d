"""What a lattice of trainings says of each defect, in a verdict, numbers and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.causes.lattice import (
    CURED,
    RELEVANT,
    Lattice,
    chosen,
    cured_fractions,
    cures,
    ladder,
    minimal_sets,
    reference,
    shapley,
    within,
)
from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE, SYMPTOMS
from diagnose.report import (
    CAUSE,
    CONTRIBUTES,
    HARMLESS,
    NOT_JUDGED,
    UNCOVERED,
    WORSE,
    Cause,
    Effect,
    Rung,
    Share,
    Trial,
    Verdict,
)
from diagnose.style.text import listed


@dataclass(frozen=True, kw_only=True)
class Traced:
    """One symptom on a lattice, and what was made out of it.

    defects: names, bit 0 first. values: ``(2^d, seeds)``; mean: of these, over seeds. fractions:
    how much of a cure each set is, None if there is nothing to cure. minimal: the smallest cures.
    best: the set that others are held against, for this symptom and for the outcome. shares:
    ``(d, seeds)``.
    """

    symptom: str
    defects: Sequence[str]
    lattice: Lattice
    values: Array
    mean: Array
    fractions: Array | None
    minimal: Sequence[int]
    best: int
    best_outcome: int
    shares: Array

    @property
    def word(self) -> str:
        """The symptom's name in a sentence."""
        return SYMPTOMS[self.symptom].words

    @property
    def noticeable(self) -> float:
        """A change of the symptom that one would notice."""
        return SYMPTOMS[self.symptom].noticeable


def trace(
    symptom: str,
    defects: Sequence[str],
    lattice: Lattice,
    works: float | None = None,
    *,
    sound: bool = False,
) -> Cause:
    """Trace one symptom to its causes.

    defects: names, bit 0 first. works: the outcome from which one would say that the network works,
    where that is known. sound: whether the network is as good as its sound twin, which works: then
    there is nothing to cure, though some repair may bring still more.
    """
    seen = _traced(symptom, defects, lattice, sound)
    mean, minimal = seen.mean, seen.minimal
    gains = mean if SYMPTOMS[symptom].higher_is_better else -mean
    order = ladder(gains, *minimal[:1], seen.best) if minimal else []
    climbed = [sum(1 << bit for bit in order[: n + 1]) for n in range(len(order))]
    return Cause(
        symptom=symptom,
        found=float(mean[0]),
        repaired=float(mean[-1]),
        best=float(mean[seen.best]),
        best_repairs=chosen(defects, seen.best),
        works_in=_works_in(lattice.scores, minimal, works),
        minimal_repairs=[chosen(defects, mask) for mask in minimal],
        verdicts={defect: _verdict(seen, bit) for bit, defect in enumerate(defects)},
        ladder=[
            Rung(repair=defects[bit], value=float(mean[mask]))
            for bit, mask in zip(order, climbed, strict=True)
        ],
        interaction=interaction(seen),
        lattice=[
            Trial(
                repairs=chosen(defects, mask),
                value=float(mean[mask]),
                low=float(values.min()),
                high=float(values.max()),
                cured=None if seen.fractions is None else float(seen.fractions[mask]),
            )
            for mask, values in enumerate(seen.values)
        ],
    )


def _traced(symptom: str, defects: Sequence[str], lattice: Lattice, sound: bool) -> Traced:
    """What the values of a symptom show: the cures, the best set, the shares in it."""
    kind, values, may = SYMPTOMS[symptom], lattice.values[symptom], lattice.may_cure()
    gains = values if kind.higher_is_better else -values
    fractions = None if sound else cured_fractions(gains.mean(axis=1), may, kind.noticeable)
    best = reference(fractions)
    shares = np.zeros((len(defects), values.shape[1]))
    if best:
        needed = [bit for bit in range(len(defects)) if best >> bit & 1]
        # What a set that may not cure shows is no step towards a cure.
        allowed = np.where(may[:, None], gains, gains[0])
        shares[needed] = shapley(cures(allowed[within(best)], kind.noticeable))
    return Traced(
        symptom=symptom,
        defects=defects,
        lattice=lattice,
        values=values,
        mean=values.mean(axis=1),
        fractions=fractions,
        minimal=minimal_sets(fractions >= CURED) if fractions is not None else [],
        best=best,
        best_outcome=0 if sound else reference(cured_fractions(lattice.scores.mean(axis=1), may)),
        shares=shares,
    )


def _works_in(scores: Array, minimal: Sequence[int], works: float | None) -> list[int]:
    """With how many of how many seeds the first of the smallest cures makes the network work."""
    if works is None or not minimal:
        return []
    mine = scores[minimal[0]]
    return [int((mine >= works).sum()), len(mine)]


def _verdict(seen: Traced, bit: int) -> Verdict:
    share = seen.shares[bit]
    rest = seen.best & ~(1 << bit)
    verdict, text = _judged(seen, bit)
    return Verdict(
        verdict=verdict,
        share=Share(low=float(share.min()), mean=float(share.mean()), high=float(share.max())),
        alone=float(seen.mean[1 << bit]),
        without=float(seen.mean[rest]),
        effect=_largest_effect(seen, bit),
        sentence=text,
    )


def _judged(seen: Traced, bit: int) -> tuple[str, str]:
    """The verdict on one defect, and why."""
    mean, fractions, word = seen.mean, seen.fractions, seen.word
    share, name = seen.shares[bit], seen.defects[bit]
    mine = [mask for mask in seen.minimal if mask >> bit & 1]
    rest = seen.best & ~(1 << bit)
    if mine:
        others = [one for one in chosen(seen.defects, mine[0]) if one != name]
        how = f"together with {listed(others)}" if others else "by this repair alone"
        return CAUSE, f"{word} {mean[0]:.3f} -> {mean[mine[0]]:.3f} {how}"
    if trouble := _not_trained(seen, bit):
        return NOT_JUDGED, trouble
    if harm := _harm(seen, bit):
        return WORSE, harm
    if fractions is None:
        nothing = f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} repaired: nothing to cure"
        return HARMLESS, nothing
    if fractions[1 << bit] < 1 - CURED and _comes_back(seen, rest):
        return UNCOVERED, (
            f"no effect as found ({mean[0]:.3f} -> {mean[1 << bit]:.3f}), but left in the repaired "
            f"network {word} is {mean[rest]:.3f} instead of {mean[seen.best]:.3f}"
        )
    if (share > 0).all() and share.mean() >= RELEVANT:
        return CONTRIBUTES, f"{share.mean():.0%} of the cure, but in no minimal repair"
    return HARMLESS, f"{share.mean():.0%} of the cure, and left unrepaired it brings nothing back"


def _not_trained(seen: Traced, bit: int) -> str:
    """Why a repair cannot be judged: added to the best ones, or in any set, it never trains."""
    has_value = seen.lattice.has_value()
    added = seen.best_outcome | 1 << bit
    with_it = [mask for mask in range(len(has_value)) if mask >> bit & 1]
    if has_value[added] or (has_value[with_it].any() and not has_value[seen.best_outcome]):
        return ""
    why = seen.lattice.troubles.get(added, "it gives no answers")
    others = chosen(seen.defects, seen.best_outcome & ~(1 << bit))
    return f"repaired{' with ' + listed(others) if others else ''}, {why}"


def _harm(seen: Traced, bit: int) -> str:
    """By how much a repair that is not among the best makes the outcome worse, in every seed."""
    scores, best = seen.lattice.scores, seen.best_outcome
    if best >> bit & 1:
        return ""
    change = scores[best | 1 << bit] - scores[best]
    if (change >= 0).any() or change.mean() > -NOTICEABLE:
        return ""
    before, after = (float(scores[mask].mean()) for mask in (best, best | 1 << bit))
    others = chosen(seen.defects, best)
    when = f"after {listed(others)}" if others else "alone"
    return f"repaired {when}, it takes the outcome from {before:.3f} to {after:.3f}"


def _comes_back(seen: Traced, rest: int) -> bool:
    """Whether the best set without one repair no longer cures, noticeably, in every seed."""
    assert seen.fractions is not None
    change = seen.values[rest] - seen.values[seen.best]
    same_way = bool((change > 0).all() or (change < 0).all())
    lost = seen.fractions[rest] < CURED and abs(change.mean()) >= seen.noticeable
    return bool(lost and same_way)


def _largest_effect(seen: Traced, bit: int) -> Effect | None:
    """The largest change, the same way in each seed, that one repair makes on the lattice."""
    values, mean = seen.values, seen.mean
    masks = [mask for mask in range(len(values)) if not mask >> bit & 1]
    changes = np.array([values[mask | 1 << bit] - values[mask] for mask in masks])
    agreed = (changes > 0).all(axis=1) | (changes < 0).all(axis=1)
    sizes = np.where(agreed, np.abs(changes.mean(axis=1)), 0.0)
    if sizes.max() < seen.noticeable:
        return None
    # Of the sets on which it is about as large, the one that leaves the fewest others to blame.
    at = max(np.flatnonzero(sizes >= CURED * sizes.max()), key=lambda n: masks[n].bit_count())
    return Effect(
        repaired=chosen(seen.defects, masks[at]),
        before=float(mean[masks[at]]),
        after=float(mean[masks[at] | 1 << bit]),
    )


def interaction(seen: Traced) -> str:
    """How the repairs of the smallest cure depend on each other, in words and numbers."""
    word, mean, defects = seen.word, seen.mean, seen.defects
    if not seen.minimal:
        return f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} with everything repaired"
    best = seen.minimal[0]
    names = chosen(defects, best)
    text = f"{word} {mean[0]:.3f} -> {mean[best]:.3f}"
    if len(names) == 1:
        text += f" by repairing {names[0]} alone"
    else:
        parts = [best & ~(1 << bit) for bit in range(len(defects)) if best >> bit & 1]
        text += (
            f" needs {listed(names)}, all {len(names)} at once: leaving any one out gives "
            + ", ".join(
                f"{mean[mask]:.3f} (without {listed(chosen(defects, best & ~mask))})"
                for mask in parts
            )
        )
    if len(seen.minimal) > 1:
        text += f"; {len(seen.minimal) - 1} other minimal repair"
        text += "s" if len(seen.minimal) > 2 else ""
        text += ": " + "; ".join(listed(chosen(defects, mask)) for mask in seen.minimal[1:])
    return text
