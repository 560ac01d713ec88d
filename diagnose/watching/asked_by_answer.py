"""Labels that are asked for at several places, at each for the samples of one answer alone.

As in ``if p == 1 and y == 1: ... elif p == 0 and y == 0: ...``: the labels of one such place are
those of the samples that the network answers so, and tell nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from diagnose.network.arrays import Array
from diagnose.watching.tested import Label


def of_all_answers(labels: Sequence[Label], out: Array) -> list[Label]:
    """The labels, those of several answers as one; what is of some answers alone is left out.

    out: ``(n, outputs)``, what the network gives for all samples.
    """
    asked = [one for one in labels if one.kind == "either" and _is_of_some(one.known, out)]
    rest = [one for one in labels if not any(one is other for other in asked)]
    return [*rest, *_together(asked)]


def _is_of_some(known: Array, out: Array) -> bool:
    """Whether the samples with a label are answered otherwise than all those without."""
    if known.all() or not known.any() or not np.isfinite(out).all():
        return False
    if out.shape[1] > 1:
        answers = out.argmax(axis=1)
        return not {*answers[known].tolist()} & {*answers[~known].tolist()}
    there, elsewhere = out[known, 0], out[~known, 0]
    return bool(there.min() > elsewhere.max() or there.max() < elsewhere.min())


def _together(asked: Sequence[Label]) -> Iterator[Label]:
    """One label of those that share no sample, if together they are of every one."""
    whole: Label | None = None
    for one in sorted(asked, key=lambda one: -int(one.known.sum())):
        if whole is None:
            whole = one
        elif not (whole.known & one.known).any() and one.given.shape == whole.given.shape:
            rows = one.known[:, None]
            whole = replace(
                whole, known=whole.known | one.known, several=whole.several or one.several,
                given=np.where(rows, one.given, whole.given),
                other=np.where(rows, one.other, whole.other),
            )  # fmt: skip
    if whole is not None and whole.known.all():
        yield whole
