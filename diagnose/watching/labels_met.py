"""What an answer of a network meets that may be its label, operation by operation."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.operations import LESS, PLUS, TIMES
from diagnose.watching.reading_off import Way

ORDERED = {"Lt", "LtE", "Gt", "GtE", "less", "less_equal", "greater", "greater_equal"}
EQUAL = {
    "Eq", "NotEq", "equal", "not_equal", "array_equal", "isclose", "BitXor", "bitwise_xor",
    "logical_xor", "accuracy_score", "balanced_accuracy_score", "classification_report",
    "confusion_matrix", "f1_score", "precision_score", "recall_score", "zero_one_loss",
}  # fmt: skip
# A label among the answers that are best.
INSIDE = {"In", "NotIn"}
ERRORS = LESS | {"mean_squared_error", "r2_score", "mean_absolute_error"}
NUMBERS = np.ndarray | np.generic | int | float
TWO = 2


class Met(NamedTuple):
    """What was given of a pass, and what met it, both with the samples first.

    kind: "answer", held for equal; "either", likewise, and either may be the answer; "error", one
    taken from the other; "index", of probabilities one was taken for each sample; "product", as of
    one-hot labels with logarithms; "each", the answers of every output by itself, held for equal to
    one-hot labels; "level", an output was held against a number: nothing met it.
    way: from the last pre-activation to what was given, where that goes number by number. made:
    where what was given was made. plain: whether what met it is a number of Python's own, as one is
    that stands in the code; those that are taken out of an array are not.
    """

    kind: str
    given: Array
    other: Array
    way: Way | None = None
    made: int = 0
    plain: bool = False


def met(
    kind: str,
    name: str,
    args: tuple[Any, ...],
    of_pass: list[bool],
    size: int,
    columns: bool,
) -> Met | None:
    """What an operation held against values of ``size`` samples; None for any other operation."""
    if sum(of_pass) != 1 or len(args) < 2:
        return None
    at = of_pass.index(True)
    if kind == "get" and at == 1 and (labels := _labels_at(args[0], args[1], size)) is not None:
        return labels
    if kind in ("get", "store") and at == 1:
        return pair_in_table(args[0], args[1], size)
    if len(args) != 2:
        return None
    given, other = args[at], args[1 - at]
    if kind == "get":
        return _index(given, other, size, columns)
    if not isinstance(other, np.ndarray | np.generic | int | float | list):
        return None
    if name in EQUAL:
        if np.size(other) == np.size(given) > size:
            hot = both_one_hot(given, other, size, columns)
            return hot or _each_by_itself(given, other, size, columns)
        return _both("answer", given, other, size, columns) if np.size(other) == size else None
    # a pair of class numbers as one, ``3 * label + answer``
    if name in PLUS and (numbered := _numbered_pairs(given, other, size)) is not None:
        return numbered
    if name in INSIDE and at == 1 and size == 1 and np.ndim(given) == 1:
        return _both("answer", np.reshape(given, (1, -1)), other, size, columns)
    if name in LESS and np.size(given) == np.size(other) == size and _are_whole(given, other):
        return _both("answer", given, other, size, columns)  # equal where the difference is 0
    if name in ERRORS:
        # a number alone is a shift, unless there is but one sample
        same = np.size(given) == np.size(other)
        return _both("error", given, other, size, columns) if same else None
    if name in TIMES and np.size(other) == np.size(given) > size:
        hot = both_one_hot(given, other, size, columns)
        return hot or _both("product", given, other, size, columns)
    return None


def both_one_hot(given: Any, other: Any, size: int, columns: bool) -> Met | None:
    """Two arrays with a single 1 for each of ``size`` samples, as the places of these; else None.

    Their product, or how often they are equal, tells how many answers are right.
    """
    hot = [_one_hot(one, size, columns) for one in (given, other)]
    if hot[0] is None or hot[1] is None:
        return None
    places = [one.argmax(axis=1).reshape(-1, 1) for one in hot if one is not None]
    return Met(kind="answer", given=places[0], other=places[1])


def _each_by_itself(given: Any, other: Any, size: int, columns: bool) -> Met | None:
    """Whether each output of ``size`` samples is nearer to 1, held against one-hot labels."""
    labels, laid = _one_hot(other, size, columns), _zeros_and_ones(given, size, columns)
    if labels is None or laid is None:
        return None
    return Met(kind="each", given=laid.astype(int), other=labels.astype(int))


def _one_hot(value: Any, size: int, columns: bool) -> Array | None:
    """Rows with a single 1 for each of ``size`` samples; None for anything else."""
    laid = _zeros_and_ones(value, size, columns)
    return None if laid is None or (laid.sum(axis=1) != 1).any() else laid


def _zeros_and_ones(value: Any, size: int, columns: bool) -> Array | None:
    """An array of nothing else, as ``(n, several)``."""
    laid = _by_sample(value, size, columns) if isinstance(value, np.ndarray) else None
    if laid is None or laid.shape[1] < TWO or laid.dtype.kind not in "iufb":
        return None
    return laid if ((laid == 0) | (laid == 1)).all() else None


def pair_in_table(owner: Any, index: Any, size: int) -> Met | None:
    """An answer and a label by which a table is gone into: ``counts[t, p] += 1``; else None."""
    if not isinstance(index, tuple) or len(index) != TWO or isinstance(owner, list | tuple):
        return None
    met = either(index, size)
    if met is None or not (_is_whole(met.given) and _is_whole(met.other)):
        return None
    if isinstance(owner, np.ndarray):
        if owner.ndim != TWO:
            return None
        if owner.shape[0] != owner.shape[1]:
            return None
    return met


def _labels_at(owner: Any, index: Any, size: int) -> Met | None:
    """Of one-hot labels each at the place of its answer, ``labels[np.arange(n), p]``; else None.

    Of a single sample ``label[p]``.
    """
    if (
        size == 1
        and isinstance(owner, np.ndarray)
        and owner.ndim == 1
        and _is_whole(np.asarray(index))
    ):
        owner, index = owner[None], (np.zeros(1, int), np.reshape(index, -1))
        return _labels_in(owner, index, size) if len(index[1]) == 1 and owner.size > 1 else None
    return _labels_in(owner, index, size) if size > 1 else None


def _labels_in(owner: Any, index: Any, size: int) -> Met | None:
    if not isinstance(owner, np.ndarray) or owner.ndim != TWO or len(owner) != size:
        return None
    if not isinstance(index, tuple) or len(index) != TWO:
        return None
    rows, answers = (np.asarray(one).reshape(-1) for one in index)
    if not np.array_equal(rows, np.arange(size)) or len(answers) != size or not _is_whole(answers):
        return None
    if not ((owner == 0) | (owner == 1)).all() or (owner.sum(axis=1) != 1).any():
        return None
    places = owner.argmax(axis=1).reshape(-1, 1)
    return Met(kind="answer", given=np.array(answers).reshape(-1, 1), other=places)


def _are_whole(*several: Any) -> bool:
    return all(_is_whole(np.asarray(one)) for one in several)


def _numbered_pairs(given: Any, other: Any, size: int) -> Met | None:
    """Answers and labels of which one was multiplied to be told apart from the other; else None."""
    if size < TWO or not (np.size(given) == np.size(other) == size and _are_whole(given, other)):
        return None
    sides = [np.asarray(one).reshape(-1, 1).astype(np.int64) for one in (given, other)]
    times = [int(np.gcd.reduce(one, axis=None)) for one in sides]
    for at in (0, 1):
        if times[at] > sides[1 - at].max() > 0 and sides[1 - at].min() >= 0:
            sides[at] = sides[at] // times[at]
            return Met(kind="answer", given=sides[0], other=sides[1])
    return None


def _is_whole(array: Array) -> bool:
    return array.dtype.kind in "iub"


def level(value: Any, name: str, size: int) -> Met | None:
    """Whether single outputs of ``size`` samples are above a number or below; else None."""
    if name not in ORDERED or np.size(value) != size:
        return None
    given = np.reshape(value, (size, 1)).astype(int)
    return Met(kind="level", given=given, other=np.zeros_like(given))


def either(args: tuple[Any, ...], count: int) -> Met | None:
    """Two whole numbers, or names, that are held for equal, or two arrays of so many; else None."""
    if len(args) != 2:
        return None
    arrays = [one for one in map(_numbered, args) if one is not None]
    if len(arrays) < 2:
        return None
    sizes = {one.size for one in arrays}
    if sizes != {1} and sizes != {count}:
        return None
    given, other = (one.reshape(-1, 1) for one in arrays)
    return Met(kind="either", given=given, other=other, plain=any(map(_is_plain, args)))


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, np.generic)


def _numbered(value: Any) -> Array | None:
    """Numbers as they are, and names each by a number of its own; None for anything else."""
    if isinstance(value, str):
        return np.array(zlib.crc32(value.encode()))
    if not isinstance(value, NUMBERS):
        return None
    array = np.asarray(value)
    if array.dtype.kind in "iufb":
        return array
    if array.dtype.kind == "U" or all(isinstance(one, str) for one in array.flat):
        return np.array([zlib.crc32(one.encode()) for one in array.flat]).reshape(array.shape)
    return None


def _both(kind: str, given: Any, other: Any, size: int, columns: bool) -> Met | None:
    laid = _by_sample(given, size, columns), _by_sample(other, size, columns)
    if laid[0] is None or laid[1] is None or laid[1].dtype.kind not in "iufb":
        return None
    return Met(kind=kind, given=laid[0], other=laid[1], plain=_is_plain(other))


def _by_sample(value: Any, size: int, columns: bool) -> Array | None:
    """A copy of ``(n, ...)`` or ``(..., n)`` values as ``(n, width)``."""
    array = np.asarray(value)
    if array.size % size:
        return None
    wide = array.ndim == 2 and array.shape[1] == size and (columns or array.shape[0] != size)
    return np.array(array.T if wide else array.reshape(size, -1))


def _index(given: Any, index: Any, size: int, columns: bool) -> Met | None:
    """Of each sample's outputs the one of its label: ``p[np.arange(n), labels]``.

    Of a single sample ``p[label]``.
    """
    shape = np.shape(given)
    if size == 1 < np.size(given) and len(shape) == 1 and isinstance(index, int | np.integer):
        one = np.array([[int(index)]])
        return Met(kind="index", given=np.array(given)[None], other=one, plain=_is_plain(index))
    if not (isinstance(index, tuple) and len(index) == 2 == len(shape)):
        return None
    label = index[0] if columns else index[1]
    count = index[1] if columns else index[0]
    if isinstance(label, slice) or isinstance(count, slice):
        return None
    labels, numbers = np.asarray(label).reshape(-1), np.asarray(count).reshape(-1)
    if labels.dtype.kind not in "iu" or not np.array_equal(numbers, np.arange(size)):
        return None
    if len(labels) != size:
        return None
    laid = _by_sample(given, size, columns)
    return None if laid is None else Met(kind="index", given=laid, other=labels.reshape(-1, 1))
