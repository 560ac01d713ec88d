"""The edits that the step of a training was shown right with, as edits of the file.

And the lines of a patch beside the findings that they mend: as they are, and as they should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.errors import BadInputError
from diagnose.patching.notebooks import read
from diagnose.patching.source import Edit, Source, Splice, hunks, is_python
from diagnose.report import PRESENT, CodePair, Finding, Report
from diagnose.telling.record import KINDS, Told

# Line, column, line and column where something begins and ends, columns in bytes.
Span = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An edit of the step, and the span at which outputs meet their targets, if that is known."""

    edit: Edit
    met: Span | None


def shown_edits(source: Source, told: Iterable[Told]) -> list[Shown]:
    """The edits of a file that the step was shown right with, in the order in which they stand."""
    found = []
    for one in told:
        shown = one.edit
        if shown is None or Path(shown.file).name != source.name:
            continue
        splices = tuple(
            Splice(start=_place(source, start), end=_place(source, end), text=text)
            for start, end, text in shown.splices
        )
        part = one.part or KINDS[one.kind].part
        edit = Edit(splices=splices, part=part, why=f"{shown.what}: {shown.proof}", defect=one.kind)
        if source.can_write(edit) and is_python(source, [edit]):
            found.append(Shown(edit=edit, met=shown.met))
    return found


def _place(source: Source, at: int) -> int:
    """Where a byte stands in the file, of its lines as Python reads them: each ends in one byte."""
    code = source.code
    lines = code.replace(b"\r\n", b"\n")[:at].count(b"\n")
    return at + code[: at + lines].count(b"\r\n") if b"\r\n" in code else at


def sets_of(shown: Sequence[Shown]) -> Iterator[list[Shown]]:
    """All edits together, as far as they do not meet, and then each of them alone."""
    together: list[Shown] = []
    for one in shown:
        if not any(one.edit.meets(other.edit) for other in together):
            together.append(one)
    yield together
    if len(shown) > 1:
        yield from ([one] for one in shown)


def beside_findings(report: Report, patch: Mapping[str, Any]) -> list[CodePair]:
    """For each finding that an edit of a patch mends, its lines, in their order.

    None of a patch that does not work with every seed: a line that was not shown to be as it should
    be is shown as it is.
    """
    tried = patch["tried"]
    if not patch["diff"] or tried is None or tried["works_in"][0] < tried["works_in"][1]:
        return []
    return _beside(report, patch["hunks"])


def beside_shown(report: Report, script: Path, told: Sequence[Told]) -> list[CodePair]:
    """The same of the edits that the step of a script was shown right with."""
    if all(one.edit is None for one in told):
        return []
    try:
        source = read(script)
    except BadInputError:  # which Python runs, and no edit can be written into
        return []
    return _beside(report, hunks(source, [one.edit for one in shown_edits(source, told)]))


def _beside(report: Report, every: Iterable[Mapping[str, Any]]) -> list[CodePair]:
    findings = report.findings.get(report.network.name, [])
    present = [finding for finding in findings if finding.status == PRESENT and finding.where]
    lines: dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]] = {}
    for hunk in every:
        defect = _mended_by(hunk, present)
        if not defect:
            continue
        found, repaired = lines.setdefault(defect, ([], []))
        for change in hunk["changes"]:
            first = change["line"]
            found += [(first + at, text) for at, text in enumerate(change["old"])]
            repaired += [(first + at, text) for at, text in enumerate(change["new"])]
    return [
        CodePair(defect=defect, found=found, repaired=repaired)
        for defect, (found, repaired) in lines.items()
    ]


def _mended_by(hunk: Mapping[str, Any], findings: list[Finding]) -> str:
    """The finding of its name, or the one of its part at a line that it changes; else nothing."""
    named = [finding for finding in findings if finding.defect == hunk["defect"]]
    written = {
        change["line"] + at for change in hunk["changes"] for at in range(len(change["old"]))
    }
    there = [
        finding for finding in findings
        if finding.part == hunk["part"] and finding.where and finding.where.line in written
    ]  # fmt: skip
    return next((finding.defect for finding in (*named, *there)), "")
