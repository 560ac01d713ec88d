"""How an author's gradient lies to the true one: over all calls, and in one word."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.calculus.convention import FITS, Fit, Seen, together
from diagnose.network.arrays import Array
from diagnose.network.precision import TOLERANCES
from diagnose.report import Numbers

# Differences whose own error bound is larger than this share of the gradient decide nothing.
UNSEEN = 1e-2
# What is no mistake: ``unseen`` is not known to be one, weight decay is meant, and so is a bound
# on the numbers of a gradient, or on its length, which few of them meet.
SOUND = ("right", "unseen", "decay", "bounded")
# Where more of a gradient's numbers than this are cut at a bound, what is left is their signs.
MOSTLY = 0.5
# So many numbers at the bound and below it tell that there is one, and the factor of the others:
# two that are alike may be so by chance.
TELLING = 3
# Two lengths are one when they differ by less, relative to either.
SHARED = 1e-6


def is_wrong(numbers: Numbers) -> bool:
    """Whether any gradient is not the true one."""
    return any(kind_of(one) not in SOUND for one in numbers["parameters"].values())


def seen(records: list[Numbers]) -> Seen:
    """One parameter over all calls: every entry where these are confirmed, else the differences."""
    whole, tolerance = _whole(records), TOLERANCES[_kind(records)]
    if whole:
        parts = [(one["author"], one["exact"], one["value"]) for one in whole]
        return together(parts, FITS * tolerance)
    own, true, _ = _differences(records)
    room = FITS * max(tolerance, _noise(records))
    return Seen(own, true, np.zeros_like(own), room)


def _differences(records: list[Numbers]) -> Array:
    """Of each difference the author's derivative, the measured one and the bound of its error."""
    return np.reshape([check for one in records for check in one["checks"]], (-1, 3)).T


def _noise(records: list[Numbers]) -> float:
    """What differences may be off by, relative to the gradient that they measure."""
    _, measured, error = _differences(records)
    return 10 * _ratio(np.linalg.norm(error), np.linalg.norm(measured))


def _whole(records: list[Numbers]) -> list[Numbers]:
    """The calls whose entries can be compared, if differences confirm the truth on every one."""
    if not _is_confirmed(records):
        return []
    return [one for one in records if one["exact"] is not None]


def _is_confirmed(records: list[Numbers]) -> bool:
    """Whether differences confirm the truth on every call."""
    return any(one["checks"] for one in records) and all(one["confirmed"] for one in records)


def _kind(records: list[Numbers]) -> str:
    """The coarsest of the number types."""
    kinds: list[str] = [one["type"] for one in records]
    return max(kinds, key=TOLERANCES.__getitem__)


def summary(records: list[Numbers], seen: Seen, fit: Fit, unit: float) -> Numbers:
    """One parameter over all calls: how the author's gradient lies to the true one.

    unit: by which the author's gradients are divided first (``calculus.convention``).
    """
    by_code, measured, _ = _differences(records)
    by_code = by_code / unit
    whole = _whole(records)
    a, t, decay = seen.own / unit, seen.true, fit.decay / unit
    # An entry much smaller than the largest is a sum that cancelled, and carries its rounding.
    kind = _kind(records)
    off = np.abs(a - decay * fit.pull(seen.weights) - t) > TOLERANCES[kind] * (
        np.abs(t) + np.abs(t).max(initial=0) / 10
    )
    off = off.reshape(len(whole), -1).any(axis=0) if whole else np.zeros(0, bool)
    factors = [
        _ratio(float((own * one["exact"]).sum()), float((one["exact"] ** 2).sum()))
        for one in whole
        if one["exact"].any()
        for own in (one["author"] / unit - decay * fit.pull(one["value"]),)
    ]
    pairs = [list(pair) for pair in zip(measured.tolist(), by_code.tolist(), strict=True)]
    return {
        "shape": list(records[0]["value"].shape),
        "given_shape": records[0]["given"],
        "fits": all(one["fits"] for one in records),
        "type": kind,
        "confirmed": _is_confirmed(records),
        "by_layers": all(one["by_layers"] for one in records),
        "whole": bool(whole),
        "noise": 0.0 if whole else _noise(records),
        "author_norm": float(np.linalg.norm(a)),
        "true_norm": float(np.linalg.norm(t)),
        "relative_error": distance(a, t),
        "factor": fit.factor / unit,
        "factors": [min(factors), max(factors)] if factors else None,
        "left": fit.left,
        "is_one": fit.is_one,
        "cosine": fit.cosine,
        "decay": fit.decay,
        "spares": sum(fit.spared),
        "transposed": _transposed(whole, unit),
        "cut": cut_at(seen.own, seen.true, FITS * TOLERANCES[kind]) if whole else None,
        "lengths": _lengths(whole, unit, FITS * TOLERANCES[kind]),
        "coordinates_off": int(off.sum()),
        "coordinates": int(off.size),
        "first_off": (
            [int(k) for k in np.unravel_index(int(off.argmax()), records[0]["value"].shape)]
            if whole and off.any()
            else None
        ),
        "numeric_distance": distance(by_code, measured),
        "checked": len(pairs),
        "at_kinks": sum(one["at_kinks"] for one in records),
        "pairs": pairs[:60],
    }


def _transposed(whole: list[Numbers], unit: float) -> float | None:
    """How far the author's gradient is from the transpose of the true one; None if not square."""
    if not whole or whole[0]["exact"].ndim != 2 or len(set(whole[0]["exact"].shape)) != 1:
        return None
    if whole[0]["exact"].size == 1:
        return None
    a = np.concatenate([one["author"].ravel() / unit for one in whole])
    t = np.concatenate([one["exact"].T.ravel() for one in whole])
    return distance(a, t)


def cut_at(own: Array, true: Array, room: float) -> Numbers | None:
    """The bound at which each number of the true gradient is cut, and the share of those that are.

    The true gradient is taken times whatever the numbers below the bound are; None for no bound.
    """
    bound = float(np.abs(own).max(initial=0))
    cut = np.abs(own) >= bound * (1 - room)
    below = ~cut & (true != 0)
    if bound and not below.any() and cut.sum() >= TELLING and (np.sign(own) == np.sign(true)).all():
        return {"bound": bound, "share": 1.0}  # nothing but their signs
    if not np.isfinite(bound) or min(cut.sum(), below.sum()) < TELLING:
        return None
    factor = float(np.median(own[below] / true[below]))
    if distance(own, np.clip(factor * true, -bound, bound)) > room:
        return None
    return {"bound": bound, "share": float(cut.sum() / (true != 0).sum())}


def _lengths(whole: list[Numbers], unit: float, room: float) -> list[float] | None:
    """Call by call, the length of a gradient by that of the true one, if it lies along that in all.

    None where it does not; NaN for a call in which both are 0. A single number lies along every
    other, and tells nothing.
    """
    found = []
    for one in whole:
        own, true = (np.ravel(each) for each in (one["author"] / unit, one["exact"]))
        size = float(true @ true)
        if size == 0 and not own.any():
            found.append(np.nan)
            continue
        ratio = float(own @ true) / size if size else 0.0
        if ratio <= 0 or np.linalg.norm(own - ratio * true) > room * np.linalg.norm(own):
            return None
        found.append(ratio)
    return found if np.isfinite(found).sum() >= TELLING else None


def with_lengths_told(parameters: dict[str, Numbers]) -> dict[str, Numbers]:
    """The same, with how much each gradient is shortened as a whole, and in which share of calls.

    Single numbers only if it is as an array beside them.
    """
    arrays = [
        one["lengths"] for one in parameters.values() if one["lengths"] and one["coordinates"] > 1
    ]

    def told(one: Numbers) -> Numbers | None:
        lengths = one["lengths"]
        alone = one["coordinates"] == 1
        if not lengths or (alone and not any(_are_alike(lengths, each) for each in arrays)):
            return None
        least, most = float(np.nanmin(lengths)), float(np.nanmax(lengths))
        shorter = [length < most * (1 - SHARED) for length in lengths if np.isfinite(length)]
        return {"least": least, "most": most, "share": float(np.mean(shorter))}

    return {name: {**one, "lengths": told(one)} for name, one in parameters.items()}


def _are_alike(some: list[float], others: list[float]) -> bool:
    """Whether lengths are the same in each call in which both gradients have one."""
    mine, theirs = np.array(some), np.array(others)
    both = np.isfinite(mine) & np.isfinite(theirs)
    return bool(both.any() and np.allclose(mine[both], theirs[both], rtol=SHARED))


def distance(a: Array, b: Array) -> float:
    """Distance relative to the longer one; 0 for two zeros."""
    longer = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / longer) if longer > 0 else 0.0


def _ratio(above: Any, below: Any) -> float:
    return float(above / below) if below > 0 else 0.0


def kind_of(one: Numbers) -> str:
    """Name what is the matter with one parameter's gradient, in one word."""
    if not one["used"] and one["author_norm"] == 0:
        return "right"
    if one["given_shape"] is None:
        return "absent" if one["true_norm"] > 0 else "unseen"
    if not one["fits"]:
        return "shape"
    room = max(TOLERANCES[one["type"]], one["noise"])
    if one["noise"] > UNSEEN:
        return "unseen"
    if not np.isfinite(one["author_norm"]):
        return "not-finite"
    if one["true_norm"] == 0:
        return "unseen" if one["author_norm"] == 0 else "nonzero"
    if one["relative_error"] <= room and not one["coordinates_off"]:
        return "right"
    if one["author_norm"] == 0:
        return "zero"
    near = abs(one["factor"] - 1) <= FITS * room and not one["coordinates_off"]
    if one["is_one"] and one["decay"] and near:
        return "decay"
    if one["is_one"]:
        return "factor" if one["factor"] > 0 else "sign"
    if one.get("cut"):
        return "clipped" if one["cut"]["share"] > MOSTLY else "bounded"
    if one.get("lengths"):
        return "shortened" if one["lengths"]["share"] > MOSTLY else "bounded"
    if one["transposed"] is not None and one["transposed"] <= FITS * room:
        return "transposed"
    if one["whole"] and one["coordinates_off"] <= one["coordinates"] / 2:
        return "entries"
    return "direction"
