"""The test set of a script: samples and labels that it tests its network on, as far as certain.

What was seen of its passes (``tested``) is held against the network that was read. The last set for
which answers and labels are certain (``certain_tests``) is the test set, if it is none of what the
network trains on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.reading.before_whole import RAW, RAW_TEST
from diagnose.telling.record import Told
from diagnose.watching.certain_tests import OwnTest, Passed, certain, mended
from diagnose.watching.contract import standing_at
from diagnose.watching.equal_samples import (
    alike_by_chance,
    known_by,
)
from diagnose.watching.handover import Handover
from diagnose.watching.preparations import (
    told_of_divisor,
    told_of_preparation,
    told_of_reading,
    told_of_split,
    told_of_untrained,
)
from diagnose.watching.tested import Seen

# Of fewer samples a share of right ones says nothing, nor does one sample of a class.
FEWEST, FEWEST_EACH = 10, 2
# Set of samples of which more are trained on than this is no other set than the training's.
SHARED = 0.5

SPLIT_ANEW = "as they lie, they are of one class, and nothing else could be judged"
UNSURE = "others were seen, but it is not sure that they are this network's, with their labels"
NO_LABELS = "others were seen, and no labels that their answers are held against"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found: the test set, or why samples that were seen are none; and what is told.

    apart: samples that were split from those of the training so that they are of one class.
    on_trained: whether the network was asked, beside the steps, for samples that are trained on,
    and for no others.
    """

    test: OwnTest | None = None
    apart: OwnTest | None = None
    why: str = ""
    told: tuple[Told, ...] = ()
    on_trained: bool = False


def own_test(
    network: Network, read: Handover, found: Sequence[Seen], told: Sequence[Told]
) -> Found:
    """The test set that is certain, of what was seen; told: what the run told by itself."""
    if spoilt := _spoilt(read, told):
        return Found(why=spoilt)
    sure: list[OwnTest] = []
    why, split, misread, divided, of_one = "", None, None, None, None
    every = [Passed(network=network, read=read, seen=one) for one in found]
    own = _are_trained_on(read, found)
    for one in (each for each, its in zip(every, own, strict=True) if not its):
        made = certain(one)
        if made is None:
            why = NO_LABELS if not one.seen.labels else UNSURE
            continue
        place = made.made or (made.file, made.line)
        misread = told_of_reading(place, made.misread, made.numbers) if made.misread else None
        divided = told_of_divisor(made.divided) if made.divided else None
        if (reason := _no_test_set(network, made, read)) is None:
            sure.append(made)
        else:
            why = reason or why
            if (one_class := _of_one_class(network, read, made, why)) is not None:
                split, of_one = one_class, made
    if sure:
        test = _chosen(sure)
        said = (*_told(read, test), _of_untrained(sure), misread, divided)
        return Found(test=test, told=_all(*said))
    if misread or divided or of_one:
        return Found(why=why, apart=of_one, told=_all(split, misread, divided))
    mine = [each for each, its in zip(every, own, strict=True) if its]
    answers = next(filter(None, map(certain, reversed(mine))), None)
    return replace(_on_trained(why, answers), on_trained=bool(own) and all(own))


def _on_trained(why: str, answers: OwnTest | None) -> Found:
    """What is told of the last answers to samples that are trained on, where no others are seen."""
    if answers is None or len(answers.labels) < FEWEST:
        return Found(why=why)
    place = answers.made or (answers.file, answers.line)
    read = answers.misread and told_of_reading(place, answers.misread, answers.numbers)
    more = told_of_divisor(answers.divided) if answers.divided else None
    return Found(why=why, told=_all(read or None, more))


def _all(*told: Told | None) -> tuple[Told, ...]:
    return tuple(one for one in told if one is not None)


def _spoilt(read: Handover, told: Sequence[Told]) -> str:
    """Why no test set can tell anything: it was spoilt together with the training's samples."""
    if read.said["apart"] == "once":
        line = read.roles["labels"]["line"]
        return f"others would stand beside the labels of others, too (line {line})"
    mixed = [one.line for one in told if one.kind == "mixed-samples" and not one.severity]
    return f"others would be mixed, too (line {mixed[0]})" if mixed else ""


def _of_one_class(network: Network, read: Handover, test: OwnTest, why: str) -> Told | None:
    """What is told of a split of which only one class is left to test on.

    One that is trained on, too, may be tested on alone for a reason, unless all were one array.
    """
    trained = read.arrays["labels"]
    few = len(test.labels) < FEWEST or not network.classes or not why
    if few or len(np.unique(test.labels)) > 1 or (trained == test.labels[0]).all():
        return None
    if test.seen.split is None and (trained == test.labels[0]).any():
        return None
    return told_of_split(test.seen.split or (test.file, test.line), test.labels, trained)


def with_test(read: Handover, made: Found) -> Handover:
    """What was read, with the test set among it, and its line in the table."""
    found = made.test
    if found is None:
        line = read.roles["samples"]["line"]
        text = f"the samples that it trains on; {made.why or 'no others were seen'}"
        return replace(read, roles={**read.roles, "test samples": {"line": line, "text": text}})
    count = len(found.labels)
    text = f"{count:,} samples"
    if count < found.of:
        text = f"{count:,} of {found.of:,} samples: more tell no more"
    arrays = {**read.arrays, "test_rows": found.right, "test_labels": found.labels}
    if found.raw is not None:
        arrays[RAW_TEST] = found.raw
    split = found.seen.split[1] if found.seen.split else 0
    row = {"line": found.line, "text": text, "made": found.seen.came, "split": split}
    if found.seen.laid:
        row["laid"] = found.seen.laid
    if found.made:
        row["answered"] = found.made[1]
    return replace(read, arrays=arrays, roles={**read.roles, "test samples": row})


def split_anew(read: Handover, found: OwnTest) -> Handover:
    """What was read, with all samples in another order and as many of them to test on.

    Then what else is wrong can be judged: of one class, a network learns to answer that alone.
    """
    rows = np.concatenate([read.arrays["rows"], found.right.astype(read.arrays["rows"].dtype)])
    own = read.arrays["labels"]
    labels = np.concatenate([own, found.labels.astype(own.dtype).reshape(-1, *own.shape[1:])])
    places = np.random.default_rng(0).permutation(len(labels))
    trained, tested = places[: len(own)], places[len(own) :]
    arrays = {
        **read.arrays,
        "rows": rows[trained], "labels": labels[trained],
        "test_rows": rows[tested], "test_labels": labels[tested],
    }  # fmt: skip
    text = f"{len(tested):,} samples, split anew from those of the training: {SPLIT_ANEW}"
    line = found.seen.split[1] if found.seen.split else found.line
    row = {"line": line, "text": text, "anew": True}
    return replace(read, arrays=arrays, roles={**read.roles, "test samples": row})


def testing_so(network: Network, found: OwnTest) -> Network:
    """The network, tested on samples that are prepared as its author prepares them."""
    if found.seen.otherwise is None:
        return network
    place = standing_at(found.seen.otherwise.file, found.seen.otherwise.line)
    made = mended(found.seen.otherwise).undone
    return replace(network, tests_on=made, code={**network.code, "accuracy": place})


def _told(read: Handover, found: OwnTest) -> tuple[Told, ...]:
    """What is told of how the test samples are prepared."""
    if found.seen.otherwise is None or not found.seen.otherwise.text:
        return ()  # where they are prepared is not known
    given = found.rows, found.right, read.arrays["rows"]
    return (told_of_preparation(found.seen.otherwise, *given),)


def _of_untrained(sure: Sequence[OwnTest]) -> Told | None:
    """What is told of the last test of all, if it is one of weights that nothing has trained.

    Not where trained ones are tested beside it at the end: then they are compared.
    """
    last, compared = sure[-1], any(one.seen.at_end and not one.untrained for one in sure)
    if not last.untrained or compared:
        return None
    return told_of_untrained((last.file, last.line), last.untrained, last.seen.anew_at)


def _chosen(sure: Sequence[OwnTest]) -> OwnTest:
    """The last set; what it is a part of, or was made of with the same labels, is meant before it.

    Some test once more on their first samples, or on all of them with noise, several times over.
    """
    last = sure[-1]
    keys = {known_by(row) for row in last.rows}
    for one in sure[:-1]:
        times, rest = divmod(len(last.labels), len(one.labels))
        if not rest and np.array_equal(np.concatenate([one.labels] * times), last.labels):
            return one
        if len(one.rows) > len(last.rows) and keys <= {known_by(row) for row in one.rows}:
            return one
    return last


def _are_trained_on(read: Handover, found: Sequence[Seen]) -> list[bool]:
    """Of each pass whether all of its samples are trained on, of which there may be many."""
    trained: dict[int, set[bytes]] = {}
    every = []
    for one in found:
        rows, own = _told_apart(read, one.rows, one.raw)
        if id(own) not in trained:
            trained[id(own)] = {known_by(row) for row in own}
        every.append(all(known_by(row) in trained[id(own)] for row in rows))
    return every


def _told_apart(read: Handover, rows: Array, raw: Array | None) -> tuple[Array, Array]:
    """Samples, and those that are trained on, before both were made whole numbers, if they were.

    As whole numbers many are alike, and most of a test look like some that are trained on.
    """
    if raw is None or RAW not in read.arrays:
        return rows, read.arrays["rows"]
    return raw, read.arrays[RAW]


def _no_test_set(network: Network, found: OwnTest, read: Handover) -> str | None:
    """Why samples are none to test on: no words where they are trained on; None if they are."""
    count = len(found.labels)
    mine, rows = _told_apart(read, found.right, found.raw)
    trained = {known_by(row) for row in rows}
    shared = sum(known_by(row) in trained for row in mine)
    by_chance = shared < count and shared <= alike_by_chance(rows, count) * count
    if shared > SHARED * count and not by_chance:
        others = f"{shared} of {count} others that were seen are the same"
        return others if shared < count else ""
    if count < FEWEST or (network.classes and count < FEWEST_EACH * network.classes):
        return f"{count} others were seen, too few to test on"
    if network.classes and len(np.unique(found.labels)) < 2:
        return f"{count} others were seen, all of class {found.labels[0]} (line {found.line})"
    if not np.isfinite(found.rows).all() or not np.isfinite(found.labels).all():
        return "others were seen, not all of them finite"
    return None
