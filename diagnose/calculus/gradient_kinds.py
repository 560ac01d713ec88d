"""How an author's gradient lies to the true one: over all calls, and in one word."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.precision import TOLERANCES
from diagnose.report import Numbers

# Two gradients are one up to a factor when what is left after the best factor is this small, in
# units of the tolerance of the number type; rounding is all that should be left.
PARALLEL = 10
# Differences whose own error bound is larger than this share of the gradient decide nothing.
UNSEEN = 1e-2


def is_wrong(numbers: Numbers) -> bool:
    """Whether any gradient is not the true one."""
    return any(
        kind_of(one) not in ("right", "unseen", "decay") for one in numbers["parameters"].values()
    )


def summary(records: list[Numbers]) -> Numbers:
    """One parameter over all calls: how the author's gradient ``a`` lies to the true one ``t``."""
    checks = [check for one in records for check in one["checks"]]
    confirmed = bool(checks) and all(one["confirmed"] for one in records)
    whole = [one for one in records if confirmed and one["exact"] is not None]
    if whole:
        a = np.concatenate([one["author"].ravel() for one in whole])
        t = np.concatenate([one["exact"].ravel() for one in whole])
        w = np.concatenate([one["value"].ravel() for one in whole])
        noise = 0.0
    else:
        a, t = (np.array([check[k] for check in checks]) for k in (0, 1))
        w = np.zeros_like(a)
        noise = 10 * _ratio(np.linalg.norm([check[2] for check in checks]), np.linalg.norm(t))
    factors = [
        _ratio(float((one["author"] * one["exact"]).sum()), float((one["exact"] ** 2).sum()))
        for one in whole
        if one["exact"].any()
    ]
    factor = _ratio(float(a @ t), float(t @ t))
    decay = _ratio(float((a - t) @ w), float(w @ w))
    numeric = [
        abs(author - value) / max(abs(author), abs(value))
        for author, value, _ in checks
        if max(abs(author), abs(value)) > 0
    ]
    by_code, measured = (np.array([check[k] for check in checks]) for k in (0, 1))
    kind = max((one["type"] for one in records), key=TOLERANCES.__getitem__)
    # An entry much smaller than the largest is a sum that cancelled, and carries its rounding.
    off = np.abs(a - t) > TOLERANCES[kind] * (np.abs(t) + np.abs(t).max(initial=0) / 10)
    off = off.reshape(len(whole), -1).any(axis=0) if whole else np.zeros(0, bool)
    return {
        "shape": list(records[0]["value"].shape),
        "given_shape": records[0]["given"],
        "fits": all(one["fits"] for one in records),
        "type": kind,
        "confirmed": confirmed,
        "by_layers": all(one["by_layers"] for one in records),
        "whole": bool(whole),
        "noise": float(noise),
        "author_norm": float(np.linalg.norm(a)),
        "true_norm": float(np.linalg.norm(t)),
        "relative_error": distance(a, t),
        "factor": factor,
        "factors": [min(factors), max(factors)] if factors else None,
        "after_factor": distance(a, factor * t),
        "cosine": _ratio(float(a @ t), float(np.linalg.norm(a) * np.linalg.norm(t))),
        "decay": decay,
        "after_decay": distance(a, t + decay * w) if whole else None,
        "transposed": _transposed(whole),
        "coordinates_off": int(off.sum()),
        "coordinates": int(off.size),
        "first_off": (
            [int(k) for k in np.unravel_index(int(off.argmax()), records[0]["value"].shape)]
            if whole and off.any()
            else None
        ),
        "numeric_error": max(numeric, default=None),
        "numeric_distance": distance(by_code, measured),
        "checked": len(checks),
        "at_kinks": sum(one["at_kinks"] for one in records),
        "pairs": [[value, author] for author, value, _ in checks][:60],
    }


def _transposed(whole: list[Numbers]) -> float | None:
    """How far the author's gradient is from the transpose of the true one; None if not square."""
    if not whole or whole[0]["exact"].ndim != 2 or len(set(whole[0]["exact"].shape)) != 1:
        return None
    if whole[0]["exact"].size == 1:
        return None
    a = np.concatenate([one["author"].ravel() for one in whole])
    t = np.concatenate([one["exact"].T.ravel() for one in whole])
    return distance(a, t)


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
    if one["after_decay"] is not None and one["after_decay"] <= PARALLEL * room < one["decay"]:
        return "decay"
    if one["after_factor"] <= PARALLEL * room:
        return "factor" if one["factor"] > 0 else "sign"
    if one["transposed"] is not None and one["transposed"] <= PARALLEL * room:
        return "transposed"
    if one["whole"] and one["coordinates_off"] <= one["coordinates"] / 2:
        return "entries"
    return "direction"
