"""The edits that the step of a training was shown right with, as edits of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.patching.source import Edit, Source, Splice, is_python
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
