"""What is told of how samples reach a network, and of its test.

Batches that overlap; test samples prepared otherwise than those of the training, or of one class;
answers that are misread, or counted of fewer samples than are divided by, or of a network that
nothing has trained.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnose.network.arrays import Array
from diagnose.style.text import listed
from diagnose.telling.record import Told, short
from diagnose.watching.handover import Handover
from diagnose.watching.tested import Divided, Otherwise

# A feature that varies by so little beside another is always the same, but for rounding.
SPREAD = 1e-6
# The part to which each function belongs, in whose lines nan may be made.
MAKING_NAN = {"update": "step", "backward": "gradient", "forward": "forward"}
# Windows of fewer numbers than this, or fewer of them, may look so by chance; and most of them
# overlap. What is left of a target that is a number of its window is rounding.
SHORTEST, FEWEST_WINDOWS, MOSTLY, EXACT = 3, 20, 0.5, 1e-6
# So many numbers of a target are shown.
SHOWN = 3


def told_of_preparation(found: Otherwise, rows: Array, right: Array, trained: Array) -> Told:
    """The finding; severity: only a note where both are scaled by numbers of their own.

    rows, right: test samples as they are, and prepared as those of the training, which are trained.
    """
    spread = trained.astype(float).std(axis=0)
    varies = spread > SPREAD * spread.max(initial=0.0)
    off = np.abs(rows.astype(float) - right)[:, varies] / spread[varies]
    far = float(off.mean()) if off.size else 0.0
    there = f"line {found.trained} prepares the training samples (`{found.trained_text}`)"
    if found.computed:
        said = (
            f"`{found.text}` scales the test samples by numbers of their own; {there} by others. "
            f"So each feature lies {short(far)} of its standard deviation off on average"
        )
    elif found.line != found.tested:
        said = (
            f"`{found.text}` prepares the training samples, and nothing does that to the test "
            f"samples, which get their numbers in line {found.tested}: {_times(found)}"
        )
    else:
        said = f"`{found.text}` does not prepare the test samples as {there}: {_times(found)}"
    return Told(
        kind="test-preparation", file=found.file, line=found.line, observed=said,
        severity="note" if found.computed else "",
        numbers={
            "off": far, "trained_line": found.trained, "tested_line": found.tested,
            "computed": found.computed,
        },
    )  # fmt: skip


def told_of_split(place: tuple[str, int], tested: Array, trained: Array) -> Told:
    """The finding of a split that leaves samples of a single class to test on; labels of both."""
    one, count = int(tested[0]), int((trained == tested[0]).sum())
    said = (
        f"the samples are split as they lie: all {len(tested)} that it tests on are of class "
        f"{one}, and {count} of the {len(trained)} that it trains on. Everything else here is "
        "judged with all of them split anew"
    )
    numbers = {"class": one, "tested": len(tested), "trained": count}
    return Told(kind="sorted-split", file=place[0], line=place[1], observed=said, numbers=numbers)


def told_of_reading(place: tuple[str, int], misread: str, numbers: tuple[int, ...]) -> Told:
    """The finding of answers that are read off wrongly before they are counted.

    numbers: by which classes are answered, where only these are wrong.
    """
    return Told(
        kind="misleading-metric", file=place[0], line=place[1],
        observed=f"of what is counted here, {misread}",
        numbers={"answered_as": list(numbers)} if numbers else {},
    )  # fmt: skip


def told_of_divisor(found: Divided) -> Told:
    """The finding of a share of right answers that is divided by more than were counted."""
    what = f"counted of {found.compared:,} samples"
    if found.batches:
        what = f"added up of the shares of {found.compared:,} batches"
    said = (
        f"`{found.text}` divides by {found.by:,} what was {what}: if all of them are right, "
        f"{short(found.compared / found.by)} comes out"
    )
    return Told(
        kind="misleading-metric", file=found.file, line=found.line, observed=said,
        numbers={"counted": found.compared, "divided_by": found.by},
    )  # fmt: skip


def told_of_untrained(
    place: tuple[str, int], names: tuple[str, ...], anew: tuple[str, int] | None
) -> Told:
    """The finding of a test with weights that no step of the training has changed.

    anew: where they were drawn again by the lines that drew them before the training, if they were.
    """
    said = (
        f"the network that is tested here has {listed(names)} as drawn: the steps of the training "
        "changed others"
    )
    if anew:
        said = (
            f"weights are drawn anew here, and the network that is tested in line {place[1]} has "
            f"{listed(names)} as drawn: the steps of the training are lost"
        )
    file, line = anew or place
    return Told(kind="untrained-weights", file=file, line=line, observed=said)


def told_of_batches(read: Handover) -> tuple[Told, ...]:
    """The finding of batches that overlap, so that an epoch does not reach through the samples."""
    said = read.said
    if said["order"] != "overlapping":
        return ()
    file, line, text = said["cut_out"]
    count, size, stride = len(read.arrays["labels"]), said["batch_size"], said["stride"]
    batches = said["shown"] // size
    reached = stride * (batches - 1) + size
    if count - reached < stride:
        return ()  # there is no batch that might have come behind them
    observed = (
        f"`{text}` cuts out {size} samples, and the next batch begins {stride} "
        f"{'sample' if stride == 1 else 'samples'} further on: the {batches:,} batches of an epoch "
        f"reach to sample {reached:,} of {count:,}, and {count - reached:,} are never shown"
    )
    numbers = {"batch": size, "stride": stride, "reached": reached, "samples": count}
    return (
        Told(kind="overlapping-batches", file=file, line=line, observed=observed, numbers=numbers),
    )


def told_of_targets(read: Handover) -> tuple[Told, ...]:
    """The finding of numbers that are the same for all samples."""
    labels, row = read.arrays["labels"], read.roles["targets"]
    if read.said["coding"]["classes"] or np.ptp(labels.reshape(len(labels), -1), axis=0).any():
        return ()
    value = ", ".join(map(short, np.ravel(labels[0])[:SHOWN]))
    said = f"each of the {len(labels):,} samples that it trains on has the same target, {value}"
    file, line = read.said["name"], int(row.get("made") or row["line"])
    return (
        Told(
            kind="same-targets", file=file, line=line, observed=said,
            numbers={"nothing_to_learn": True},
        ),
    )  # fmt: skip


def told_of_windows(read: Handover) -> tuple[Told, ...]:
    """The finding of windows of a series, one of whose own numbers is their target."""
    rows, labels = read.arrays["rows"], read.arrays["labels"]
    file, line = read.said["places"]["labels"]
    if read.said["coding"]["classes"] or labels.size != len(labels) or not _are_windows(rows):
        return ()
    target = labels.reshape(-1)
    for at in range(rows.shape[1]):
        scale, shift, left = _line(rows[:, at], target)
        if left <= EXACT:
            break
    else:
        return ()
    said = (
        f"each sample holds {rows.shape[1]} numbers of a series in a row, and its target is "
        f"{'' if np.allclose((scale, shift), (1, 0)) else 'on a line with '}number {at + 1} of "
        "these: nothing is forecast"
    )
    return (
        Told(
            kind="target-in-window", file=file, line=line, observed=said, numbers={"place": at + 1},
        ),
    )  # fmt: skip


def _are_windows(rows: Array) -> bool:
    """Whether most rows go on, by one number, where another one is."""
    if rows.ndim != 2 or rows.shape[1] < SHORTEST or len(rows) < FEWEST_WINDOWS:
        return False
    begins = {one.tobytes() for one in np.ascontiguousarray(rows[:, :-1])}
    ends = [one.tobytes() in begins for one in np.ascontiguousarray(rows[:, 1:])]
    return len(begins) > len(rows) / 2 and float(np.mean(ends)) > MOSTLY


def _line(feature: Array, target: Array) -> tuple[float, float, float]:
    """The line from a feature to the target: slope, shift, and the share that it leaves."""
    mine, wanted = (one.astype(float) - float(one.mean()) for one in (feature, target))
    scale = float(mine @ wanted) / (float(mine @ mine) or 1.0)
    rest = float(np.abs(wanted - scale * mine).max()) / (float(np.abs(wanted).max()) or 1.0)
    return scale, float(target.mean() - scale * feature.mean()), rest


def in_its_part(told: Told, read: Handover) -> Told:
    """The finding of the first nan, which belongs to the function that makes it of finite numbers.

    One of inf does not: numbers grow in one place because of another.
    """
    if told.kind != "not-finite" or "gives nan" not in told.observed:
        return told
    for role, part in MAKING_NAN.items():
        lines = read.said[role]["lines"] if isinstance(read.said.get(role), dict) else []
        if told.line in (number for number, _ in lines):
            return replace(told, part=part)
    return told


def _times(found: Otherwise) -> str:
    """How the numbers of the test samples differ."""
    times = 1 / np.ravel(found.scale)
    if not np.allclose(times, 1):
        size = f"{short(np.median(np.abs(times)))} times as large as they would be then"
        return f"they are {size}" if np.allclose(times, times[0]) else f"in the middle {size}"
    more = -np.median(np.ravel(found.shift))
    return (
        f"they are {short(abs(more))} {'larger' if more > 0 else 'smaller'} than they would be then"
    )
