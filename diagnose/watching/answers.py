"""Labels that a script's answers were held against, and how it reads its answers off.

An answer is certain where it is what the network's own output gives: the largest of several, or one
that grows with a single one. What it was held against are then labels in the coding of the
training; classes may be counted from another number than 0, if their labels are too. An answer can
also be certain and read off wrongly: the smallest of the outputs, counted from 1 where the labels
are from 0, or a single output held against a number that does not lie between its two targets. An
answer that falls where a single output grows may be meant so; that is told by trainings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE
from diagnose.watching.tested import Label

# Answers that are as the network's own, but for ties.
SAME = 0.99
# So far a number that was computed of an output may be from a multiple of it and a shift.
LINEAR = 1e-6
# Of fewer answers it cannot be told how they are read off.
FEWEST = 10
# Of so many classes the smallest output is that of the other one.
TWO = 2
# So far from the middle of the targets towards one of them, an output is sure of that one.
SURE = 0.9


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Labels ``(n,)`` as the contract has them: of the class whose answer would be right.

    misread: how answers were read off, if wrongly. numbers: where that only gives classes other
    numbers, the one of each.
    """

    labels: Array
    misread: str = ""
    numbers: tuple[int, ...] = ()


def answered(coding: dict[str, Any], label: Label, answers: Sequence[Array]) -> Answered | None:
    """Labels that answers were held against; None where it is not sure that they are.

    coding: with the number of classes that are ``shown`` in the training, where that is known.
    answers: the network's outputs and pre-activations, ``(n, outputs)``, of all that was seen.
    """
    rows = label.known
    given, other = label.given[rows], label.other[rows]
    outs = [one[rows] for one in answers]
    if label.kind == "either":
        # which of both comes of the outputs is not known: a number may be asked for by itself
        sides = (replace(label, kind="answer"), _turned(label))
        ways = [replace(one, written=True) for one in sides]
        found = [one for way in ways if (one := answered(coding, way, answers)) is not None]
        return min(found, key=lambda one: bool(one.misread), default=None)
    if not coding["classes"]:
        labels = _numbers(given, other, outs, label.unit) if label.kind == "error" else None
        return None if labels is None else Answered(labels=labels)
    if coding["single"]:
        return _of_two(coding, label.kind, given, other, outs)
    return _of_several(coding, label.kind, given, other, outs)


def _turned(label: Label) -> Label:
    return replace(label, kind="answer", given=label.other, other=label.given)


def _numbers(
    given: Array, other: Array, outs: Sequence[Array], unit: tuple[float, float] | None
) -> Array | None:
    """Numbers that an output was compared with, in the unit of the output itself.

    unit: slope and shift by the operations in between, which tell where numbers have overflowed.
    """
    overflowed = not np.isfinite(given).all()
    for slope, shift in [unit] if overflowed and unit else _lines(given, outs):
        return np.asarray((other.astype(float) - shift) / slope)
    return None


def _lines(given: Array, outs: Sequence[Array]) -> Iterator[tuple[float, float]]:
    """Slope and shift that make what was given of an output; of pre-activations too."""
    for out in outs:
        if given.shape != out.shape or not np.isfinite(given).all():
            continue
        x, y = out.astype(float).ravel(), given.astype(float).ravel()
        if np.allclose(y, x, rtol=LINEAR, atol=0):
            yield 1.0, 0.0
            continue
        middle = x - x.mean()
        size = float(middle @ middle)
        if not size > 0:
            continue
        slope = float(middle @ y) / size
        shift = float(y.mean() - slope * x.mean())
        wrong = float(np.abs(y - slope * x - shift).max())
        if slope > 0 and wrong <= LINEAR * max(float(np.abs(y - y.mean()).max()), 1e-300):
            yield slope, shift


def _of_two(
    coding: dict[str, Any], kind: str, given: Array, other: Array, outs: Sequence[Array]
) -> Answered | None:
    """Labels 0 and 1 of one output: of an answer that grows with it, or of what it was less."""
    if kind == "answer":
        given, other = _as_high(given, other, outs[0])
    values = set(np.unique(other).tolist())
    pairs = ({0.0, 1.0}, {-1.0, 1.0}, {coding["low"], coding["high"]})
    # where it trains on one class alone, it may well test on the other alone
    few = len(values) < min(TWO, coding.get("shown", TWO))
    if not any(values <= pair for pair in pairs) or few or other.shape[1] != 1:
        return None
    if kind == "error" and not any(True for _ in _lines(given, outs)):
        return None
    falls = False
    if kind == "answer" and not any(_grows(given, out) for out in outs):
        falls = len(given) >= FEWEST and any(_grows(-given.astype(float), out) for out in outs)
        if not falls:
            return None
    if kind not in ("error", "answer") or coding["low"] > coding["high"]:
        return None
    high = max(values) if len(values) > 1 else coding["high"]
    labels = (other[:, 0] == high).astype(np.int64)
    if falls:  # the larger answer is given where the output is small
        return Answered(labels=1 - labels)
    misread = _beside_the_middle(coding, given, outs[0], labels) if kind == "answer" else ""
    return Answered(labels=labels, misread=misread)


def _as_high(given: Array, other: Array, out: Array) -> tuple[Array, Array]:
    """Two names for answers, and for labels, as 1 where that is given for a large output, else 0.

    Numbers of which labels have others than answers stay as they are.
    """
    names = np.unique(given)
    if len(names) != TWO or out.shape != given.shape or not np.isin(other, names).all():
        return given, other
    if names.min() >= -1 and names.max() <= 1:
        return given, other
    high = given[out[:, 0].argmax(), 0]
    return (given == high).astype(np.int64), (other == high).astype(np.int64)


def _beside_the_middle(coding: dict[str, Any], given: Array, out: Array, labels: Array) -> str:
    """Words for an output that is held against a number which is not the middle of its targets.

    Such a number may be chosen. So it is told only where noticeably more answers are right by the
    middle.
    """
    kinds = np.unique(given)
    if len(labels) < FEWEST or len(kinds) != TWO or not np.isfinite(out).all():
        return ""
    high = given[:, 0] == kinds[1]
    low, top = out[~high, 0].max(), out[high, 0].min()
    said = f"an output between {low:.4g} and {top:.4g} parts the two answers"
    return _more_by_the_middle(coding, said, high, out[:, 0], labels)


def _middle(coding: dict[str, Any]) -> float:
    """Which output parts two answers: the middle of the targets, or of what can be reached."""
    return float(coding.get("middle", (coding["low"] + coding["high"]) / 2))


def _more_by_the_middle(
    coding: dict[str, Any], said: str, answers: Array, out: Array, labels: Array
) -> str:
    """What is said of answers, with how many are right so, and how many would be by the middle.

    Nothing where these are not noticeably more. All ``(n,)``.
    """
    low, high = coding["low"], coding["high"]
    middle = _middle(coding)
    right = [int((one == labels).sum()) for one in (answers, out > middle)]
    if right[1] - right[0] < NOTICEABLE * len(labels):
        return ""
    return (
        f"{said}, and the targets are {low:g} and {high:g}: {right[0]} of {len(labels)} are right "
        f"so, and {right[1]} by the middle, {middle:g}"
    )


def all_alike(coding: dict[str, Any], label: Label, out: Array, labels: Array) -> str:
    """Words for single outputs that are all answered alike, where by the middle many would not be.

    Also where it is not seen how answers are read off. Nothing where a number of the code is held
    against labels, which need be no answer.
    """
    rows, middle = label.known, _middle(coding)
    out = out[rows, 0]
    sides = (label.given, label.other) if label.kind == "either" else (label.given,)
    alike = [one for one in (np.unique(side[rows]) for side in sides) if len(one) == 1]
    if label.written or len(alike) != 1 or len(labels) < FEWEST or not np.isfinite(out).all():
        return ""
    said = f"outputs from {out.min():.4g} to {out.max():.4g} are all answered {alike[0][0]:g}"
    every = np.full(len(out), float(alike[0][0]) > middle)
    return _more_by_the_middle(coding, said, every, out, labels)


def read_at(label: Label, others: Sequence[Label]) -> Label:
    """The label with what single outputs would be answered, from where they met a number.

    Of answers as whole numbers, which are not followed, if there is one such place that may give
    them.
    """
    if label.read is not None:
        return label
    rows = label.known

    def gives(one: Label) -> bool:
        if one.read is None or not (one.known | ~rows).all():
            return False
        pairs = {*zip(one.given[rows, 0].tolist(), label.given[rows, 0].tolist(), strict=True)}
        return len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)

    found = [one for one in others if one.kind == "level" and gives(one)]
    if len(found) != 1 or label.given.shape[1] != 1:
        return label
    return replace(label, read=found[0].read, made=found[0].made)


def sure_and_read_alike(coding: dict[str, Any], points: Array, read: Array, sure: float) -> str:
    """Words for outputs that are sure of either target, and are answered alike; else nothing.

    points: outputs, read: their answers, both ``(n,)``. sure: how far from the middle of the
    targets an output is sure of one, as a share of the way.
    """
    low, high = coding["low"], coding["high"]
    middle, half = (low + high) / 2, abs(high - low) / 2
    order = np.argsort(points)
    points, read = points[order], read[order]
    within = np.abs(points - middle) < sure * half
    turns = np.flatnonzero(np.diff(read))
    if len(np.unique(read[within])) != 1 or len(turns) > 1:
        return ""
    said = (
        f"the targets are {low:g} and {high:g}, and every output from "
        f"{middle - sure * half:.4g} to {middle + sure * half:.4g} is answered alike"
    )
    if not len(turns):
        return said
    return f"{said}: only one {'above' if points[turns[0]] > middle else 'below'} " + (
        f"{points[turns[0] + (points[turns[0]] <= middle)]:.4g} is not"
    )


def _grows(given: Array, out: Array) -> bool:
    """Whether answers never fall where the output grows."""
    if given.shape != out.shape:
        return False
    return bool((np.diff(given[np.argsort(out[:, 0]), 0].astype(float)) >= 0).all())


def _of_several(
    coding: dict[str, Any], kind: str, given: Array, other: Array, outs: Sequence[Array]
) -> Answered | None:
    """Numbers of classes, of an answer that is the largest output, or of one-hot rows."""
    ways = (np.argmax, np.argmin) if coding["high"] > coding["low"] else (np.argmin, np.argmax)
    classes = int(coding["classes"])
    if kind == "each":
        mine = given.reshape(-1, 1)
        if not any(_grows(mine, out.reshape(-1, 1)) for out in outs):
            return None
        labels = _numbers_of_classes(coding, kind, other, ways[0], 0)
        return None if labels is None else Answered(labels=labels)
    if kind == "answer":
        theirs = [given[:, at] for at in sorted({0, given.shape[1] - 1})]  # of the best, either end
    elif given.shape[1] != classes:
        return None
    else:
        theirs = [given.argmax(axis=1), given.argmin(axis=1)]
    answers, opposites = ([way(out, axis=1) for out in outs] for way in ways)
    numbers: tuple[int, ...] = ()
    misread, first = "", _first_class(kind, theirs, answers)
    if first is None:
        first = _first_class(kind, theirs, opposites)
        if kind != "answer" or len(given) < FEWEST:
            return None
        if first is None:
            return _of_names(given, other, answers, classes)
        least, most = ("smallest", "largest")[:: 1 if ways[1] is np.argmin else -1]
        misread = f"the answer is the {least} of {classes} outputs, trained to be the {most}"
        numbers = (1, 0) if classes == TWO else ()
    labels = _numbers_of_classes(coding, kind, other, ways[0], first)
    begins = _first_label(other, classes) if labels is None and len(given) >= FEWEST else None
    if begins is not None and not misread:
        labels = _numbers_of_classes(coding, kind, other, ways[0], begins)
        misread = (
            f"answers are counted from {first} on, and the classes that they are held against "
            f"from {begins}"
        )
        numbers = tuple(range(first - begins, first - begins + classes))
    return None if labels is None else Answered(labels=labels, misread=misread, numbers=numbers)


def _first_class(kind: str, theirs: Sequence[Array], classes: Sequence[Array]) -> int | None:
    """The number of the first class, if answers are read off so; else None.

    Another one than 0 shows where different classes are answered: one answer alone lies as far from
    any other class as it likes.
    """
    pairs = [(one, mine) for mine in classes for one in theirs]
    firsts = [0]
    if kind == "answer":
        firsts += [_most_common(one - mine) for one, mine in pairs if len(np.unique(mine)) > 1]
    for first in firsts:
        if any(np.mean(one == mine + first) >= SAME for one, mine in pairs):
            return first
    return None


def _of_names(
    given: Array, other: Array, answers: Sequence[Array], classes: int
) -> Answered | None:
    """Labels of answers that have names, or numbers of their own: each class another one.

    A name that is never answered is that of the class that is not, if there is but one of both.
    """
    if given.shape[1] != 1 or other.shape[1] != 1:
        return None
    for mine in answers:
        names = {
            int(at): _commonest(given[mine == at, 0]) for at in np.unique(mine) if at < classes
        }
        as_named = np.array([names[int(at)] for at in mine])
        if len(names) < TWO or len({*names.values()}) < len(names):
            continue
        if np.mean(given[:, 0] == as_named) < SAME:
            continue
        unknown = {*other[:, 0].tolist()} - {*names.values()}
        left = {*range(classes)} - {*names}
        if len(unknown) == len(left) == 1:
            names |= dict(zip(left, unknown, strict=True))
            unknown = set()
        if not unknown:
            numbers = {name: at for at, name in names.items()}
            return Answered(labels=np.array([numbers[one] for one in other[:, 0].tolist()]))
    return None


def _commonest(values: Array) -> Any:
    found, counts = np.unique(values, return_counts=True)
    return found[counts.argmax()].item()


def _most_common(numbers: Array) -> int:
    """The whole number that comes most often; 0 of numbers that are none."""
    return int(_commonest(numbers)) if numbers.dtype.kind in "iu" else 0


def _first_label(other: Array, classes: int) -> int | None:
    """The number that labels are counted from: 0, or another where each class is among them."""
    labels = other[:, 0]
    if other.shape[1] != 1 or labels.dtype.kind not in "iuf" or not np.isfinite(labels).all():
        return None
    least, most = float(labels.min()), float(labels.max())
    if least >= 0 and most < classes:
        return 0
    every = np.array_equal(np.unique(labels), least + np.arange(classes))
    return int(least) if every and least.is_integer() else None


def _numbers_of_classes(
    coding: dict[str, Any], kind: str, other: Array, largest: Any, first: int
) -> Array | None:
    """What answers were held against, as numbers of classes from 0; of one-hot rows too.

    first: the number of the first class.
    """
    classes = int(coding["classes"])
    if other.shape[1] == classes and kind != "answer":
        high = (
            other.max(axis=1, keepdims=True)
            if coding["high"] > coding["low"]
            else other.min(axis=1, keepdims=True)
        )
        if len(np.unique(other)) != 2 or ((other == high).sum(axis=1) != 1).any():
            return None
        return np.asarray(largest(other, axis=1), np.int64)
    if other.shape[1] != 1:
        return None
    labels = other[:, 0].astype(float) - first
    whole = (labels == np.round(labels)).all() and labels.min() >= 0 and labels.max() < classes
    return labels.astype(np.int64) if whole else None
