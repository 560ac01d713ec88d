"""What a lattice of trainings says of each defect, in a verdict, numbers and a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.causes.lattice import (
    CURED,
    RELEVANT,
    chosen,
    cured_fractions,
    cures,
    ladder,
    minimal_sets,
    shapley,
)
from diagnose.network.arrays import Array
from diagnose.network.tasks import SYMPTOMS
from diagnose.report import (
    CAUSE,
    CONTRIBUTES,
    HARMLESS,
    UNCOVERED,
    Cause,
    Effect,
    Rung,
    Share,
    Trial,
    Verdict,
)
from diagnose.style.text import listed


def trace(symptom: str, defects: Sequence[str], values: Array) -> Cause:
    """Trace one symptom to its causes.

    defects: names, bit 0 first; values: ``(2^d, seeds)``, the symptom for each set and seed.
    """
    mean = values.mean(axis=1)
    full = len(mean) - 1
    noticeable = SYMPTOMS[symptom].noticeable
    gains = values if SYMPTOMS[symptom].higher_is_better else -values
    fractions = cured_fractions(gains.mean(axis=1), noticeable)
    minimal = minimal_sets(fractions >= CURED) if fractions is not None else []
    shares = shapley(cures(gains, noticeable))
    order = ladder(gains.mean(axis=1), minimal[0] if minimal else 0)
    climbed = [sum(1 << bit for bit in order[: n + 1]) for n in range(len(order))]
    return Cause(
        symptom=symptom,
        found=float(mean[0]),
        repaired=float(mean[-1]),
        minimal_repairs=[chosen(defects, mask) for mask in minimal],
        verdicts={
            defect: _verdict(symptom, defects, bit, values, shares[bit], fractions, minimal)
            for bit, defect in enumerate(defects)
        },
        ladder=[
            Rung(repair=defects[bit], value=float(mean[mask]))
            for bit, mask in zip(order, climbed, strict=True)
        ],
        interaction=interaction(symptom, defects, mean, minimal),
        lattice=[
            Trial(
                repairs=chosen(defects, mask),
                value=float(mean[mask]),
                low=float(values[mask].min()),
                high=float(values[mask].max()),
                cured=None if fractions is None else float(fractions[mask]),
            )
            for mask in range(full + 1)
        ],
    )


def _verdict(
    symptom: str,
    defects: Sequence[str],
    bit: int,
    values: Array,
    share: Array,
    fractions: Array | None,
    minimal: Sequence[int],
) -> Verdict:
    mean = values.mean(axis=1)
    full = len(mean) - 1
    alone, without = float(mean[1 << bit]), float(mean[full & ~(1 << bit)])
    word, noticeable = SYMPTOMS[symptom].words, SYMPTOMS[symptom].noticeable
    mine = [mask for mask in minimal if mask >> bit & 1]
    sure = bool((share > 0).all() or (share < 0).all())
    if fractions is None:
        verdict = HARMLESS
        text = f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} repaired: nothing to cure"
    elif mine:
        verdict = CAUSE
        others = [name for name in chosen(defects, mine[0]) if name != defects[bit]]
        text = f"{word} {mean[0]:.3f} -> {mean[mine[0]]:.3f} "
        text += "by this repair alone" if not others else f"together with {listed(others)}"
    elif fractions[1 << bit] < 1 - CURED and _comes_back(
        values, fractions, full & ~(1 << bit), noticeable
    ):
        verdict = UNCOVERED
        text = (
            f"no effect as found ({mean[0]:.3f} -> {alone:.3f}), but left in the repaired "
            f"network {word} is {without:.3f} instead of {mean[-1]:.3f}"
        )
    elif sure and abs(share.mean()) >= RELEVANT:
        verdict = CONTRIBUTES
        text = f"{share.mean():.0%} of the cure, but in no minimal repair"
    else:
        verdict = HARMLESS
        text = f"{share.mean():.0%} of the cure, and left unrepaired it brings nothing back"
    return Verdict(
        verdict=verdict,
        share=Share(low=float(share.min()), mean=float(share.mean()), high=float(share.max())),
        alone=alone,
        without=without,
        effect=_largest_effect(defects, bit, values, noticeable),
        sentence=text,
    )


def _comes_back(values: Array, fractions: Array, mask: int, noticeable: float) -> bool:
    """Whether a set that leaves out one repair no longer cures, noticeably, in every seed."""
    change = values[mask] - values[-1]
    same_way = bool((change > 0).all() or (change < 0).all())
    return bool(fractions[mask] < CURED and same_way and abs(change.mean()) >= noticeable)


def _largest_effect(
    defects: Sequence[str], bit: int, values: Array, noticeable: float
) -> Effect | None:
    """The largest change, the same way in each seed, that one repair makes on the lattice."""
    masks = [mask for mask in range(len(values)) if not mask >> bit & 1]
    changes = np.array([values[mask | 1 << bit] - values[mask] for mask in masks])
    agreed = (changes > 0).all(axis=1) | (changes < 0).all(axis=1)
    sizes = np.where(agreed, np.abs(changes.mean(axis=1)), 0.0)
    if sizes.max() < noticeable:
        return None
    # Of the sets on which it is about as large, the one that leaves the fewest others to blame.
    at = max(np.flatnonzero(sizes >= CURED * sizes.max()), key=lambda n: masks[n].bit_count())
    mean = values.mean(axis=1)
    return Effect(
        repaired=chosen(defects, masks[at]),
        before=float(mean[masks[at]]),
        after=float(mean[masks[at] | 1 << bit]),
    )


def interaction(symptom: str, defects: Sequence[str], mean: Array, minimal: Sequence[int]) -> str:
    """How the repairs of the smallest cure depend on each other, in words and numbers."""
    word = SYMPTOMS[symptom].words
    if not minimal:
        return f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} with everything repaired"
    best = minimal[0]
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
    if len(minimal) > 1:
        text += f"; {len(minimal) - 1} other minimal repair" + ("s" if len(minimal) > 2 else "")
        text += ": " + "; ".join(listed(chosen(defects, mask)) for mask in minimal[1:])
    return text
