"""What is said of the patch of a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diagnose.report import Report
from diagnose.style.places import NOTEBOOK, line_in
from diagnose.style.text import listed, number, plain, plural


def heading(patch: dict[str, Any]) -> str:
    """How large the patch is and what it does, in one line; nothing where there is none."""
    tried = patch["tried"]
    if not patch["diff"]:
        return ""
    size = f"{plural(patch['lines'], 'line')} in {listed(_files(patch))}"
    if tried is None:
        return f"{size}; not run: what is known of it is below"
    works, seeds = tried["works_in"]
    if tried["patched"] is None:
        return size
    measure = tried.get("measure", "")
    before, after = (
        one if one is None else plain(one) if measure else number(one)
        for one in (tried["found"], tried["patched"])
    )
    reached = after if before is None else f"{before} -> {after}"
    if measure:
        return f"{size}; run with it: {reached}, less with {works} of {seeds} seeds ({measure})"
    sound = "" if tried["twin"] is None else f" (a sound twin reaches {number(tried['twin'])})"
    return f"{size}; run with it: {reached}, works in {works} of {seeds} seeds{sound}"


def sentences(report: Report) -> list[str]:
    """What the script itself prints, and what is left as it is."""
    patch = report.patch
    if patch is None:
        return []
    found = []
    before, after = (patch["tried"] or {}).get("printed") or ["", ""]
    if before and after:
        found.append(f"The script itself prints last, as found: {before}; patched: {after}")
    return [*found, *(one[:1].upper() + one[1:] for one in patch["left"])]


def _files(patch: dict[str, Any]) -> list[str]:
    """The files that are changed, modules by their path from the script's folder."""
    return [*dict.fromkeys(file_of(patch, one) for one in patch["hunks"])] or [patch["file"]]


def file_of(patch: dict[str, Any], hunk: dict[str, Any]) -> str:
    """The file that an edit is made in; of a report that does not say it, the script."""
    return str(hunk.get("file", patch["file"]))


def reasons(patch: dict[str, Any]) -> list[str]:
    """One sentence for each edit: where, what it mends, and why."""
    return [
        f"line {', '.join(line_in(file_of(patch, one), each['line']) for each in one['changes'])}"
        f"{'' if file_of(patch, one) == patch['file'] else ' of ' + file_of(patch, one)}: "
        f"{one['defect'] or one['part']}: {one['why']}"
        for one in patch["hunks"]
    ]


def numbered(patch: dict[str, Any], change: dict[str, Any], side: str) -> list[tuple[str, str]]:
    """The lines of one side of a change, each with its number as found."""
    first = int(change["line"])
    return [(line_in(patch["file"], first + at), line) for at, line in enumerate(change[side])]


def diff_lines(patch: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The lines of the diff, each with its kind: ``old``, ``new``, ``place`` or nothing.

    Those of a notebook as they stand in its cells.
    """
    if patch["file"].endswith(NOTEBOOK):
        yield from _in_cells(patch)
        return
    kinds = {"-": "old", "+": "new", "@": "place"}
    heads = ("--- a/", "+++ b/")
    for line in str(patch["diff"]).split("\n"):
        if line.startswith(heads) and len(_files(patch)) > 1:
            yield "place", line
        elif line.rstrip("\r") and not line.startswith(heads):
            yield kinds.get(line[:1], ""), line.rstrip("\r")


def _in_cells(patch: dict[str, Any]) -> Iterator[tuple[str, str]]:
    changes = [one for hunk in patch["hunks"] for one in hunk["changes"]]
    for one in sorted(changes, key=lambda change: int(change["line"])):
        yield "place", f"@@ {line_in(patch['file'], one['line'])} @@"
        yield from (("old", f"-{line}") for line in one["old"])
        yield from (("new", f"+{line}") for line in one["new"])
