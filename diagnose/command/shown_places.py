"""Which lines a report on a script may show: statements of its author's, in the file they are in.

Whoever finds something says where as well as it can. What is shown passes through here: a line that
is no statement, that lies beyond its file, or that reads otherwise there than where it was seen, is
taken out, and the finding stands without one. The head of a function or class does nothing by
itself: the one statement of a function stands in its place, of several none. A name that stands
nowhere in the sources is none of the author's, and is not said.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from diagnose.network.record import Network
from diagnose.report import BY_EXCHANGE, PRESENT, Finding, Parts, Report, Where
from diagnose.watching.cells import source_of

HEADS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# What a value is called in what was read of a program where its author gave it no name.
OURS = re.compile(r"\bv\d+\b")
NAMELESS = "a value that has no name there"
# What a text says of a line, with what it quotes of it.
LINE = re.compile(r",? ?(?:from|in|at)? ?line (\d+)(?: on)?(?: \(`[^`]*`\))?")
# A finding of a softmax stands where something is summed, or where one is called.
SOFTMAX = re.compile(r"softmax|sum", re.IGNORECASE)

# Parts of many lines: where they begin is not where they are wrong.
LONG = {"forward", "gradient", "step"}

# The text of a file by its name in a report; None for one that is not there.
Sources = Callable[[str], str | None]


def sources_of(script: Path) -> Sources:
    """The texts of a script and of the modules beside it."""

    @lru_cache
    def text(file: str) -> str | None:
        beside = script.parent / file, script.parent / Path(file).name
        one = script if Path(file).name == script.name else next(filter(Path.is_file, beside), None)
        try:
            return None if one is None else source_of(one)
        except (OSError, SyntaxError, ValueError):
            return None

    return text


def names_of(network: Network) -> dict[str, str]:
    """What is said of the values of a network's layers, where their author has no name for them."""
    named: dict[str, str] = {}
    for count, layer in enumerate(network.layers, 1):
        named[layer.pre] = f"layer {count}'s sum"
        named[layer.out] = f"layer {count}'s output"
    return named


def with_shown_places(
    report: Report, sources: Sources, named: Mapping[str, str] = MappingProxyType({})
) -> Report:
    """The report on a script with the lines that may be shown, and no others.

    named: what is said in the place of names that are none of the author's.
    """
    name, script = report.network.name, str((report.watched or {}).get("script", ""))
    findings = [
        _shown(one, sources, sources(script) or "", named) for one in report.findings.get(name, [])
    ]
    return replace(
        report,
        findings={**report.findings, **({name: findings} if findings else {})},
        parts=report.parts and _with_places(report.parts, report, sources),
        watched=report.watched and _with_rows(report.watched, sources),
    )


def shown_place(where: Where | None, sources: Sources) -> Where | None:
    """A place as it may be shown: with the text of its statement, or None."""
    source = sources(where.file) if where else None
    if where is None or source is None:
        return None
    line = statement_at(source, where.line)
    if line is None:
        return None
    lines = source.splitlines()
    if where.text and not _reads(where.text, lines[where.line - 1]):
        return None
    return replace(where, line=line, text=lines[line - 1].strip())


def statement_at(source: str, line: int) -> int | None:
    """The line of the statement that a line belongs to; None where there is none.

    At the head of a function it is its only statement, if it has no other.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    found: ast.stmt | None = None
    for stated in ast.walk(tree):
        if isinstance(stated, ast.stmt) and stated.lineno <= line <= _ends(stated):
            found = stated  # those within follow
    for one in ast.walk(tree):
        if not isinstance(one, HEADS):
            continue
        body = [each for each in one.body if not _is_docstring(each)]
        if _first(one) <= line < (body[0].lineno if body else _ends(one) + 1):
            return body[0].lineno if len(body) == 1 and _does(body[0]) else None
    return line if found is not None and _does(found) else None


def _first(head: Any) -> int:
    """The first line of a definition, its decorators among it."""
    return min([head.lineno, *(one.lineno for one in head.decorator_list)])


def _ends(one: ast.stmt) -> int:
    """The last line of a statement itself: of one with a body, of its head."""
    body = getattr(one, "body", None) or getattr(one, "cases", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(one.lineno, body[0].lineno - 1)
    return one.end_lineno or one.lineno


def _is_docstring(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)


def _does(one: ast.stmt) -> bool:
    """Whether a statement does anything: no definition, and no text that stands by itself."""
    return not isinstance(one, HEADS) and not _is_docstring(one)


def _reads(seen: str, written: str) -> bool:
    """Whether a line reads as it did where it was seen, whatever stands around it."""
    one, other = ("".join(text.split()) for text in (seen, written))
    return one == other or (bool(one) and (one in other or (bool(other) and other in one)))


def _said(text: str, source: str, named: Mapping[str, str]) -> str:
    """A text without names that are none of the author's, and without lines that are not shown."""
    known = {*re.findall(r"\w+", source)}

    def instead(match: re.Match[str]) -> str:
        name = match.group()
        return name if name in known else named.get(name, NAMELESS)

    def placed(match: re.Match[str]) -> str:
        return match.group() if statement_at(source, int(match[1])) else ""

    return LINE.sub(placed, OURS.sub(instead, text)) if source else text


def _shown(finding: Finding, sources: Sources, source: str, named: Mapping[str, str]) -> Finding:
    where = None if _is_begin(finding) else shown_place(finding.where, sources)
    if where and "softmax" in finding.defect and not SOFTMAX.search(_around(where, sources)):
        where = None
    said: Mapping[str, str] = {
        name: _said(getattr(finding, name), source, named) for name in ("observed", "advice")
    }
    return replace(finding, where=where, **said)  # type: ignore[arg-type]


def _around(where: Where, sources: Sources) -> str:
    """The text of the innermost function around a line; of the line, where it is in none."""
    source = sources(where.file) or ""
    inside = where.text
    for one in ast.walk(ast.parse(source)):
        if isinstance(one, HEADS[:2]) and one.lineno <= where.line <= (one.end_lineno or 0):
            inside = "\n".join(source.splitlines()[one.lineno - 1 : one.end_lineno])
    return inside


def _with_places(parts: Parts, report: Report, sources: Sources) -> Parts:
    """The parts, each at the line of what was found in it; else at one that is all of it."""
    found = {
        one.part: one.where
        for one in reversed(report.findings.get(report.network.name, []))
        if one.status == PRESENT and one.where and not _is_begin(one)
    }
    places = {name: one for name, one in parts.places.items() if name not in LONG} | {
        name: one for name, one in found.items() if name in parts.places
    }
    shown = {name: shown_place(one, sources) for name, one in places.items()}
    return replace(parts, places={name: one for name, one in shown.items() if one is not None})


def _is_begin(finding: Finding) -> bool:
    """Whether a line is only where a part begins in which nothing was found."""
    return finding.part in LONG and finding.numbers.get("shown") == BY_EXCHANGE


def _with_rows(watched: dict[str, Any], sources: Sources) -> dict[str, Any]:
    """What is said of a script, with what was read and where that stopped at statements."""
    source, parted = sources(str(watched["script"])), watched.get("parted")
    roles = {
        name: {**one, "line": statement_at(source or "", one["line"]) or 0}
        for name, one in watched["roles"].items()
    }
    watched = {**watched, "roles": roles}
    if not parted or not parted["line"]:
        return watched
    where = shown_place(Where(file=parted["file"], line=parted["line"]), sources)
    return {**watched, "parted": {**parted, "line": where.line if where else 0}}
