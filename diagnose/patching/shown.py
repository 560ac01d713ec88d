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
    """An edit of the step, and where outputs meet their targets, if that is known.

    By the path of the file from the script's folder, and the span in it.
    """

    edit: Edit
    met: tuple[str, Span] | None


def sources_of(script: Path, told: Iterable[Told]) -> list[Source]:
    """A script's source, and those of the modules beside it in which edits of its step stand.

    Modules are called by their path from the script's folder.
    """
    own = script.resolve()
    files = {Path(one.edit.file) for one in told if one.edit is not None}
    beside = [one for one in sorted(files) if one.suffix == own.suffix and one.is_file()
              and one.resolve() != own and one.resolve().is_relative_to(own.parent)]  # fmt: skip
    names = [one.resolve().relative_to(own.parent).as_posix() for one in beside]
    modules = [Source(one.read_bytes(), name) for one, name in zip(beside, names, strict=True)]
    return [read(script), *modules]


def shown_edits(sources: Sequence[Source], told: Iterable[Told]) -> list[Shown]:
    """The edits that the step was shown right with, in the order in which they were told.

    sources: of the script and, behind it, of modules beside it; what stands elsewhere is left out.
    """
    found = []
    for one in told:
        shown = one.edit
        source = None if shown is None else _in_which(sources, shown.file)
        if shown is None or source is None:
            continue
        splices = tuple(
            Splice(start=_place(source, start), end=_place(source, end), text=text)
            for start, end, text in shown.splices
        )
        part = one.part or KINDS[one.kind].part
        module = "" if source is sources[0] else source.name
        why = f"{shown.what}: {shown.proof}"
        edit = Edit(splices=splices, part=part, why=why, defect=one.kind, module=module)
        if source.can_write(edit) and is_python(source, [edit]):
            meets = None if shown.met is None else _in_which(sources, shown.met[0])
            met = None if shown.met is None or meets is None else (meets.name, shown.met[1])
            found.append(Shown(edit=edit, met=met))
    return found


def _in_which(sources: Sequence[Source], file: str) -> Source | None:
    """The source of a file, modules first: in another folder one may be called as the script."""
    script, *modules = sources
    there = (one for one in modules if Path(file).as_posix().endswith(f"/{one.name}"))
    return next(there, script if Path(file).name == script.name else None)


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
        sources = sources_of(script, told)
    except BadInputError:  # which Python runs, and no edit can be written into
        return []
    return _beside(report, hunks_of(sources, [one.edit for one in shown_edits(sources, told)]))


def edits_of(source: Source, sources: Sequence[Source], edits: Iterable[Edit]) -> list[Edit]:
    """Those of some edits that are made in one of the files."""
    name = "" if source is sources[0] else source.name
    return sorted((one for one in edits if one.module == name), key=lambda edit: edit.splices)


def hunks_of(sources: Sequence[Source], edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Of each edit its lines in its file, for the report: file by file."""
    every = [*edits]
    return [hunk for one in sources for hunk in hunks(one, edits_of(one, sources, every))]


def _beside(report: Report, every: Iterable[Mapping[str, Any]]) -> list[CodePair]:
    findings = report.findings.get(report.network.name, [])
    lines: dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]] = {}
    for hunk in every:
        present = [one for one in findings if one.status == PRESENT and one.where
                   and Path(one.where.file).name == Path(hunk["file"]).name]  # fmt: skip
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
