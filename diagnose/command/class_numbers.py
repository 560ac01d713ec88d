"""What is told of targets and answers that number the classes differently: each is right alone."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.causes.renumbered import either_mends
from diagnose.report import Finding, Parts, Report, Where
from diagnose.style.text import listed
from diagnose.telling.record import Told

KIND = "renumbered-classes"
# Of a finding that a run has told: the number by which each class is answered.
ANSWERED_AS = "answered_as"
# So many pairs of numbers show how the others go on.
MOST_SHOWN = 3


# Where each of both stands, by the row in the table of what was read.
PLACES = {"targets": "targets", "answer": "test samples"}


def answered_otherwise(report: Report) -> list[Told]:
    """What it means that a sound network answers classes by other numbers: in either place."""
    numbers: list[int] = report.data.get("renumbered", [])
    pairs = [f"{label} as {one}" for label, one in enumerate(numbers) if label != one]
    where = {part: place for part, row in PLACES.items() if (place := _place(report, row))}
    if not pairs or len(where) < len(PLACES):
        return []
    more = len(pairs) - MOST_SHOWN
    said = f"a sound network answers class {listed(pairs[:MOST_SHOWN])}" + (
        f", and {more} others likewise" if more > 0 else ""
    )
    targets, answer = where["targets"], where["answer"]
    told = {
        "targets": "the targets that are made here number the classes otherwise than the answers "
        f"of line {answer.line}",
        "answer": "the answers that are read off or counted here number the classes otherwise than "
        f"the targets that line {targets.line} makes",
    }
    return [
        Told(
            kind=KIND, file=where[part].file, line=where[part].line, part=part,
            observed=f"{said}: {words}; either may be renumbered", numbers={ANSWERED_AS: numbers},
        )
        for part, words in told.items()
    ]  # fmt: skip


def _place(report: Report, row: str) -> Where | None:
    """The line at which targets are made, or answers of outputs; None if that was not read.

    Where it was not seen how answers come of outputs, it is the line that counts them.
    """
    watched = report.watched or {}
    found = watched.get("roles", {}).get(row)
    if found is None:
        return None
    made = found.get("made" if row == PLACES["targets"] else "answered")
    return Where(file=str(watched["script"]), line=int(made or found["line"]))


def without_undone(told: Sequence[Finding], report: Report) -> tuple[list[Finding], bool]:
    """What a run has told, without answers whose numbers make up for those of the targets.

    And whether that was so: then both are as their author means them.
    """
    numbers: list[int] = report.data.get("renumbered", [])

    def undoes(one: Finding) -> bool:
        names = one.numbers.get(ANSWERED_AS) if one.defect != KIND else None
        return (
            names is not None
            and bool(numbers)
            and all(
                (names[found] - label) % len(numbers) == 0 for label, found in enumerate(numbers)
            )
        )

    left = [one for one in told if not undoes(one)]
    return left, len(left) < len(told)


def in_either(parts: Parts, report: Report, where: Where | None) -> Parts:
    """Parts of which the targets are to blame too, or else the answer, which stands there."""
    return either_mends(parts, {"targets": _place(report, PLACES["targets"]), "answer": where})
