"""Lines of the author's as they are and as they should be, where an edit of them mends a finding.

Only what can be told for sure without training: labels, targets, a forward pass, a gradient or a
step that do what the sound ones do once the line is another. Whether the network works then, a
patch says.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from diagnose.errors import BadInputError
from diagnose.patching.holding import held
from diagnose.patching.notebooks import read
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, hunks
from diagnose.patching.trial import NoTrialError, Trials, copied_folder
from diagnose.report import PRESENT, SEVERE, CodePair, Finding, Report
from diagnose.training.progress import Show, hide
from diagnose.watching.script import Watched

SURE = ("data", "targets", "forward", "gradient", "step")
# The likeliest edits come first: those of the lines that findings name.
MOST_RUNS = 12
# Larger folders take longer to copy than a reader waits for one line.
MOST_BYTES = 20_000_000


def mended_lines(
    path: Path,
    seen: Watched,
    report: Report,
    seconds: float,
    arguments: Sequence[str] = (),
    at_once: int = 1,
    progress: Show = hide,
) -> list[CodePair]:
    """For defects of a script, its lines as they are and as they should be.

    seconds: for which edits are tried at most; at_once: how many copies run beside each other.
    Empty where nothing was found, and after Ctrl-C.
    """
    every = report.findings.get(report.network.name, [])
    grave = [one for one in every if one.status == PRESENT and one.severity == SEVERE and one.where]
    parts = [part for part in SURE if part in {one.part for one in grave}]
    if seen.network is None or not parts:
        return []
    what = f"trying lines of {path.name}"
    try:
        source = read(path)
        with copied_folder(path, MOST_BYTES) as folder, closing(
            Trials(
                source=source, folder=folder, arguments=arguments, seconds=seconds,
                found=seen.network, seed=int(report.settings.get("seed", 0)),
                show=lambda done, total: progress(what, done, total),
                most_runs=MOST_RUNS, most_seconds=seconds, asked=seen.asked,
                stops=bool(seen.stopped), at_once=at_once,
            )
        ) as trials:  # fmt: skip
            script = Script(source=source, network=seen.network, roles=seen.roles, report=report)
            chosen: list[Edit] = []
            for part in parts:
                tried, does = held(script, trials, part, chosen)
                # an edit that leaves fewer gradients wrong makes those true that it is about
                chosen = tried if does or part == "gradient" else chosen
    except (NoTrialError, BadInputError, KeyboardInterrupt):
        return []
    progress(what, MOST_RUNS, MOST_RUNS)
    return _pairs(source, chosen, grave)


def _pairs(source: Source, edits: Sequence[Edit], findings: Sequence[Finding]) -> list[CodePair]:
    """What the edits of each finding change, in the order of the lines."""
    lines: dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]] = {}
    for edit, hunk in zip(edits, hunks(source, edits), strict=True):
        defect = _mended_by(edit, source, findings)
        if defect is None:
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


def _mended_by(edit: Edit, source: Source, findings: Sequence[Finding]) -> str | None:
    """The finding that an edit mends: of its name, or of its part, on its line before others."""
    there = [one for one in findings if one.part == edit.part]
    there.sort(key=lambda one: (
        one.defect != edit.defect,
        one.where is None or one.where.line not in source.written(edit),
    ))  # fmt: skip
    return there[0].defect if there else None
