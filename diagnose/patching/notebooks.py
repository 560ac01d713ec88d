"""A notebook as a source: its code cells as one program, and edits of it written into the cells.

The program is what is watched (``watching.cells``). An edit of it is put back into the cell where
its line stands, and nothing but the source of that cell is written anew in the file: outputs,
metadata and the way in which the JSON is laid out stay to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from diagnose.errors import BadInputError
from diagnose.patching.source import Edit, Source, Splice
from diagnose.style.places import LINES_OF_A_CELL, NOTEBOOK
from diagnose.watching.cells import IN_A_NOTEBOOK, cells_of, joined, lines_of_cell

SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value in a JSON text: from where to where it stands, in characters."""

    start: int
    end: int


def members(text: str, value: Value) -> Iterator[tuple[str, Value]]:
    """What an object holds by its names, or an array by its numbers, and where it stands."""
    at = _past(text, value.start + 1)
    count = 0
    while text[at] != CLOSING[text[value.start]]:
        name = str(count)
        if text[value.start] == "{":
            name, at = DECODER.raw_decode(text, at)
            at = _past(text, _past(text, at) + 1)
        _, end = DECODER.raw_decode(text, at)
        yield name, Value(start=at, end=end)
        at = _past(text, end)
        at = _past(text, at + 1) if text[at] == "," else at
        count += 1


def _past(text: str, at: int) -> int:
    """Behind the white space that begins at a place, if any does."""
    found = SPACE.match(text, at)
    return found.end() if found else at


def sources(text: str) -> list[Value]:
    """Where the source of each code cell of a notebook stands."""
    whole = Value(start=_past(text, 0), end=len(text))
    found = []
    for _, cell in members(text, dict(members(text, whole))["cells"]):
        parts = dict(members(text, cell))
        kind = parts["cell_type"]
        if json.loads(text[kind.start : kind.end]) == "code":
            found.append(parts["source"])
    return found


class Notebook(Source):
    """The source of a notebook. Raises BadInputError where it is none, or cannot be kept."""

    def __init__(self, data: bytes, name: str) -> None:
        try:
            self.json = data.decode()
        except UnicodeDecodeError as error:
            raise BadInputError(f"{name}: is not written in UTF-8") from error
        self.cells = cells_of(self.json, name)
        super().__init__(joined(self.cells).encode(), name)
        self.data = data

    def in_place(self, splices: Sequence[Splice]) -> bytes:
        """The notebook with splices made, which all can be written."""
        text = self.json
        for index, value in reversed([*enumerate(sources(text))]):
            cell = self._cell_with(index, splices)
            if cell != self.cells[index]:
                text = _with_source(text, value, cell)
        return text.encode()

    def can_write(self, edit: Edit) -> bool:
        """Whether every line of an edit stands as it is in one cell; magics are left alone."""
        places = [(self._place(one.start), self._place(one.end)) for one in edit.splices]
        return all(start and end and start[0] == end[0] for start, end in places)

    def runs_as(self, splices: Sequence[Splice]) -> tuple[str, bytes]:
        """A Python file by which it is run to its end: the name, and what is in it."""
        return f"{self.name}.py", IN_A_NOTEBOOK.encode() + self.spliced(splices)

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.code.split(b"\n")

    def _place(self, at: int) -> tuple[int, int] | None:
        """The cell, and the byte in it, of a byte of the program; None where it is not there."""
        before = self.code[:at]
        line, column = before.count(b"\n"), at - (before.rfind(b"\n") + 1)
        number, inside = divmod(line, LINES_OF_A_CELL)
        if not 1 <= number <= len(self.cells):
            return None
        lines = [one.encode() for one in lines_of_cell(self.cells[number - 1])]
        is_other = inside >= len(lines) or lines[inside].rstrip(b"\r\n") != self._lines[line]
        if column and is_other:
            return None
        return number - 1, sum(map(len, lines[:inside])) + column

    def _cell_with(self, index: int, splices: Sequence[Splice]) -> str:
        """The text of a cell with the splices that are made in it."""
        cell = self.cells[index]
        made = cell.encode()
        newline = "\r\n" if "\r\n" in cell else "\n"
        for one in sorted(splices, reverse=True):
            start, end = self._place(one.start), self._place(one.end)
            if start is None or end is None or start[0] != index:
                continue
            text = one.text.replace("\n", newline)
            if start[1] == len(cell.encode()) and cell and not cell.endswith("\n"):
                text = newline + text.removesuffix(newline)
            made = made[: start[1]] + text.encode() + made[end[1] :]
        return made.decode()


def _with_source(text: str, value: Value, cell: str) -> str:
    """The JSON with another source of a cell; lines of a list that stay are not written anew."""
    is_ascii = text.isascii()
    if text[value.start] == '"' or not json.loads(text[value.start : value.end]):
        is_text = text[value.start] == '"'
        new = json.dumps(cell if is_text else lines_of_cell(cell), ensure_ascii=is_ascii)
        return text[: value.start] + new + text[value.end :]
    parts = [part for _, part in members(text, value)]
    old = [json.loads(text[one.start : one.end]) for one in parts]
    between = text[parts[0].end : parts[1].start] if len(parts) > 1 else None
    between = between or "," + text[value.start + 1 : parts[0].start]
    new_lines = lines_of_cell(cell)
    matcher = SequenceMatcher(None, old, new_lines, autojunk=False)
    for kind, first, end, left, right in reversed(matcher.get_opcodes()):
        written = [json.dumps(one, ensure_ascii=is_ascii) for one in new_lines[left:right]]
        if kind == "replace":
            start, stop, made = parts[first].start, parts[end - 1].end, between.join(written)
        elif kind == "insert" and first < len(parts):
            start = stop = parts[first].start
            made = "".join(f"{one}{between}" for one in written)
        elif kind == "insert":
            start = stop = parts[-1].end
            made = "".join(f"{between}{one}" for one in written)
        elif kind == "delete":
            start, stop, made = *_gone(parts, first, end), ""
        else:
            continue
        text = text[:start] + made + text[stop:]
    return text


def _gone(parts: Sequence[Value], first: int, end: int) -> tuple[int, int]:
    """From where to where a list loses some of its elements, and the comma beside them."""
    if end < len(parts):
        return parts[first].start, parts[end].start
    return (parts[first - 1].end if first else parts[0].start), parts[end - 1].end


def read(path: Path) -> Source:
    """The source of a script, or of a notebook."""
    kind = Notebook if path.suffix == NOTEBOOK else Source
    return kind(path.read_bytes(), path.name)
