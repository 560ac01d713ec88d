"""The lines of a patch beside the findings that they mend: as they are, and as they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.report import PRESENT, CodePair, Finding, Report


def beside_findings(report: Report, patch: Mapping[str, Any]) -> list[CodePair]:
    """For each finding that an edit of a patch mends, its lines, in their order.

    None of a patch that does not work with every seed: a line that was not shown to be as it should
    be is shown as it is.
    """
    tried = patch["tried"]
    if not patch["diff"] or tried["works_in"][0] < tried["works_in"][1]:
        return []
    findings = report.findings.get(report.network.name, [])
    present = [finding for finding in findings if finding.status == PRESENT and finding.where]
    lines: dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]] = {}
    for hunk in patch["hunks"]:
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
