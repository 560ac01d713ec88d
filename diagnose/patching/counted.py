"""Edits of the line that counts right answers, after which it counts as we do.

What a script prints is counted by a line of its own, and that may be wrong beside a network that
works. Where a finding names the line, small edits of it are run, and the one with which the script
prints the share that was measured here, on the same samples, is right by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.instruments.labelled import is_another_share, is_worse
from diagnose.patching.nodes import all_in
from diagnose.patching.places import on_lines
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.trial import Trials
from diagnose.report import PRESENT, Finding, Report

PART, WHY = (
    "answer",
    "run with it, the script prints the share of right answers that is counted here",
)
# Between the classes 0 and 1, and between -1 and 1.
THRESHOLDS = ("0.5", "0")
# Each is run to the end of the script.
MOST = 12


def tested_as_trained(
    trials: Trials, edits: Sequence[Edit], mends: Sequence[Edit]
) -> list[Edit]:  # fmt: skip
    """Those of some mends with which the test computes what is trained, unless worse is printed."""
    more = [one for one in mends if one.part == PART and not any(map(one.meets, edits))]
    if not more:
        return []
    before, (ends, after) = trials.printed(edits)[1], trials.printed([*edits, *more])
    return more if ends and not is_worse(before, after) else []


def counted_rightly(
    trials: Trials, edits: Sequence[Edit], report: Report, share: float
) -> Edit | None:
    """An edit with which a copy prints the share of right answers; None where it does or none does.

    edits: those of the copy. share: of its own answers, as they are counted here.
    """
    seen = report.symptoms.get(report.network.name)
    if seen is None or not seen.are_even:
        return None  # a share of all answers is another number then than a mean over the classes

    def is_other(some: Sequence[Edit]) -> bool:
        ended, printed = trials.printed(some)
        return not ended or not printed or is_another_share(printed, share, seen.images)

    places = [one for one in _counting(report) if one.where is not None]
    if not places or not trials.printed(edits)[1] or not is_other(edits):
        return None
    tried = 0
    for one in places:
        for edit in _edits(trials.source, one, seen.images):
            if any(edit.meets(other) for other in edits) or not trials.source.can_write(edit):
                continue
            if (tried := tried + 1) > MOST:
                return None
            if not is_other([*edits, edit]):
                return edit
    return None


def _counting(report: Report) -> list[Finding]:
    """What was found in how answers are counted."""
    every = report.findings.get(report.network.name, [])
    return [one for one in every if one.status == PRESENT and one.part == PART]


def _edits(source: Source, finding: Finding, samples: int) -> Iterator[Edit]:
    """Edits of the line of a finding: of shapes that meet, a threshold, a number, and an axis."""
    assert finding.where is not None
    lengths = dict.fromkeys(
        source.text(one) for one in source.of_type(cst.Call)
        if isinstance(one.func, cst.Name) and one.func.value == "len" and len(one.args) == 1
    ) | {str(samples): None}  # fmt: skip
    for statement in on_lines(source, {finding.where.line}):
        for old, new in _replacements(source, statement, list(lengths)):
            yield edit_of([source.replaced(old, new)], PART, WHY, finding.defect)


def _replacements(
    source: Source, statement: cst.CSTNode, lengths: Sequence[str]
) -> Iterator[tuple[cst.CSTNode, str]]:
    """Parts of a statement that counts, each with what may be meant."""
    for compared in all_in(statement, cst.Comparison):
        for side in (compared.left, *(one.comparator for one in compared.comparisons)):
            if isinstance(side, cst.Integer | cst.Float):
                yield from ((side, each) for each in THRESHOLDS if each != source.text(side))
            elif isinstance(side, cst.Name | cst.Call | cst.Attribute | cst.Subscript):
                yield side, f"{source.text(side)}.ravel()"
    for divided in all_in(statement, cst.BinaryOperation):
        if isinstance(divided.operator, cst.Divide):
            by = source.text(divided.right)
            yield from ((divided.right, each) for each in lengths if each != by)
    for given in all_in(statement, cst.Arg):
        if given.keyword is not None and given.keyword.value == "axis":
            yield given.value, "0" if source.text(given.value) == "1" else "1"
