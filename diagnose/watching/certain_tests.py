"""What passes of a script were tested on: samples and labels, as far as both are certain.

The network's own forward pass, with the parameters of that moment, must give what the script
computed of these samples; and what the answers were held against must be labels in the coding of
the training. How answers are read off is told with them, where that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.layers import activate
from diagnose.network.record import Network
from diagnose.network.rescaling import Rescaled
from diagnose.reading.samples import USUAL
from diagnose.watching.answers import SURE, all_alike, answered, read_at, sure_and_read_alike
from diagnose.watching.certificate import close
from diagnose.watching.handover import Handover
from diagnose.watching.reading_off import POINTS
from diagnose.watching.tested import Divided, Label, Otherwise, Seen

# A label of each kind is surer than that of the next.
SUREST = ("answer", "index", "error", "product", "each", "either")
READ_OFF = {"answer", "index", "either"}


@dataclass(frozen=True, kw_only=True)
class OwnTest:
    """Samples ``(n, features)`` and labels that a script tests on, where, and how many it has.

    seen: the passes that it was seen by. misread: how answers are read off, if wrongly; numbers: of
    each class, if only these are wrong; made: where they are read off, if that was seen. divided:
    by how many the right answers were divided, if fewer were counted. untrained: the weights of the
    network that is tested which are as they were drawn. raw: the samples before they were made
    whole numbers, if that is known.
    """

    rows: Array
    labels: Array
    file: str
    line: int
    of: int
    seen: Seen
    misread: str
    numbers: tuple[int, ...]
    made: tuple[str, int] | None
    untrained: tuple[str, ...]
    divided: Divided | None
    raw: Array | None

    @property
    def right(self) -> Array:
        """The samples, prepared as those of the training are."""
        otherwise = self.seen.otherwise
        return self.rows if otherwise is None else mended(otherwise)(self.rows)


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What was seen of passes, and what the network that was read answers to it, computed once."""

    network: Network
    read: Handover
    seen: Seen

    @cached_property
    def outs(self) -> tuple[Array, Array] | None:
        """Its outputs and last pre-activations; None where they are not the script's."""
        return _answers(self.network, self.read, self.seen)


def mended(otherwise: Otherwise) -> Rescaled:
    """What makes test samples as those of the training are prepared."""
    return Rescaled.of(otherwise.scale, otherwise.shift)


def certain(passed: Passed) -> OwnTest | None:
    """Samples and labels, if the network answers as the script did; None if not.

    Labels that answers were rightly held against before those of answers read off wrongly.
    """
    network, read, seen, outs = passed.network, passed.read, passed.seen, passed.outs
    if outs is None:
        return None
    met = of_all_answers([one for one in seen.labels if one.kind in SUREST], outs[0])
    coding = coding_of(network, read)
    found = [
        (label, one)
        for label in sorted(met, key=lambda one: SUREST.index(one.kind))
        if (one := answered(coding, label, outs)) is not None
        and (label.several or len(np.unique(one.labels)) > 1)
    ]
    if not found:
        return None
    # an error that is printed beside answers says nothing of how these are read off
    read_off = [pair for pair in found if pair[0].kind in READ_OFF]
    label, of = min(read_off or found, key=lambda pair: bool(pair[1].misread))
    # what an answer that is not followed met may have been asked for another reason
    sure, label = 1.0 if label.read is None else SURE, read_at(label, seen.labels)
    if not of.misread and label.read is not None and read.said["coding"]["single"]:
        of = replace(of, misread=_never_answered(network, coding, label.read, sure))
    if not of.misread and read.said["coding"]["single"] and label.kind in ("answer", "either"):
        of = replace(of, misread=all_alike(coding, label, outs[0], of.labels))
    if label.same is not None and label.known.all():
        number, count = label.same
        of = replace(
            of, misread=f"each of the {count} answers is held against one and the same label, that "
            f"with the index {number} of {count}",
        )  # fmt: skip
    rows, place = label.known, (label.kind, label.line)
    return OwnTest(
        rows=seen.rows[rows],
        labels=of.labels.reshape(len(of.labels), *read.arrays["labels"].shape[1:]),
        file=Path(label.file).name, line=label.line, of=seen.of if rows.all() else int(rows.sum()),
        seen=seen, misread=of.misread, numbers=of.numbers,
        made=(Path(label.made[0]).name, label.made[1]) if label.made and not label.same else None,
        untrained=_untrained(read, seen),
        raw=None if seen.raw is None else seen.raw[rows],
        divided=next((one for one in seen.divided if one.counted == place), None),
    )  # fmt: skip


def coding_of(network: Network, read: Handover) -> dict[str, Any]:
    """What targets say, and of how many classes they do; by a margin, an answer is a sign."""
    said = {**read.said["coding"], "shown": len(np.unique(read.arrays["labels"]))}
    if network.loss == "hinge" and said["single"]:
        said.update(low=-1.0, high=1.0)
    # where targets are out of reach, these are wrong, and not what is parted by the output's middle
    least, most = USUAL.get(network.layers[-1].activation, (-np.inf, np.inf))
    asked = sorted((said["low"], said["high"]))
    if said["single"] and not least <= asked[0] <= asked[1] <= most:
        said["middle"] = (least + most) / 2
    return said


def _never_answered(network: Network, coding: dict[str, Any], answers: Array, sure: float) -> str:
    """Words for a way to read a single output off that gives one answer only; else nothing."""
    last = network.layers[-1]
    points = activate(last, POINTS[:, None])[:, 0]
    return sure_and_read_alike(coding, points, answers, sure)


def _untrained(read: Handover, seen: Seen) -> tuple[str, ...]:
    """The weights with which a network is tested as they were drawn, though steps changed them.

    As they were before the training, if all of them are, or drawn at another time. The draw must
    have given them numbers of their own: zeros are what biases begin with.
    """
    last = len(read.said["steps"]) - 1
    drawn = {
        name: value
        for name in read.said["parameters"]
        if (value := read.arrays.get(f"initial:{name}")) is not None and np.ptp(value) > 0
    }
    changed = [
        name
        for name, one in drawn.items()
        if not np.array_equal(read.arrays[f"step:{last}:after:{name}"], one)
    ]
    if not {*drawn} <= {*seen.parameters}:
        return ()
    if all(np.array_equal(seen.parameters[name], one) for name, one in drawn.items()):
        return tuple(changed)
    return tuple(name for name in changed if name in seen.as_drawn)


def _answers(network: Network, read: Handover, seen: Seen) -> tuple[Array, Array] | None:
    """What the network answers, ``(n, outputs)``, and its last pre-activations.

    All at once, or pass by pass, as the script did: its lines may take so many samples alone, or
    answer each of them by the others. None where they are not the script's. Where numbers have
    overflowed, only the lines can tell: then those of the training must have computed both. Or the
    weights: those that are no numbers any more were trained.
    """
    every = np.arange(len(seen.rows))
    whole = _answered_in(network, read, seen, [every])
    if len(seen.passes) < 2:
        return whole
    passes = np.split(every, np.cumsum(seen.passes)[:-1])
    if whole is not None:
        first = _answered_in(network, read, seen, passes[:1])
        if first is not None and np.allclose(first[0], whole[0][passes[0]], equal_nan=True):
            return whole
    return _answered_in(network, read, seen, passes)


def _answered_in(
    network: Network, read: Handover, seen: Seen, passes: Sequence[Array]
) -> tuple[Array, Array] | None:
    """What it answers to these rows, one pass after the other, if that is the script's."""
    kinds = {one["mask"]: one["dtype"] for one in read.said["dropout"]}
    last = network.layers[-1]
    answers: list[tuple[Array, Array]] = []
    try:
        for rows in passes:
            masks = {
                name: network.lay_out(one[rows].astype(kinds[name]))
                for name, one in seen.masks.items()
            }
            with np.errstate(all="ignore"):
                x = network.lay_out(np.array(seen.rows[rows]))
                trace = network.forward({**seen.parameters, **masks}, x)
            out, pre = (np.asarray(network.as_rows(trace[name])) for name in (last.out, last.pre))
            answers.append((out.reshape(len(rows), -1), pre.reshape(len(rows), -1)))
    except Exception:  # it is the author's code
        return None
    out, mine = (np.concatenate(one) for one in zip(*answers, strict=True))
    theirs = seen.last[np.concatenate(passes)]
    if mine.shape != theirs.shape:
        return None
    finite = np.isfinite(mine)
    lost = not all(np.isfinite(one).all() for one in seen.parameters.values())
    its_own = (seen.trained or lost) and np.array_equal(finite, np.isfinite(theirs))
    if not (finite.all() or its_own):
        return None
    same = close(mine.astype(float), theirs.astype(float), mine.dtype == np.float32)
    return (out, mine) if same else None


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
