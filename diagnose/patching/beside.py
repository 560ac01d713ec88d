"""The lines of a patch beside the findings that they mend: as they are, and as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diagnose.errors import BadInputError
from diagnose.patching.notebooks import read
from diagnose.patching.shown import shown_edits
from diagnose.patching.source import hunks
from diagnose.report import PRESENT, CodePair, Finding, Report
from diagnose.telling.record import Told


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
