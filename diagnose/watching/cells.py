"""The source of what is watched: a Python file as it is, the cells of a notebook as one program.

The cells of a notebook follow each other as they stand. Their lines are numbered so that a number
tells the cell: line 5 of the third code cell is line 3005, which is shown as ``In[3]:5``.
"""

from __future__ import annotations

import ast
import json
import linecache
import re
from collections.abc import Iterator, Sequence
from importlib.util import decode_source
from pathlib import Path
from types import CodeType
from typing import Any, cast

from diagnose.errors import BadInputError
from diagnose.style.places import LINES_OF_A_CELL, NOTEBOOK

# What IPython itself reads: %magic, !command, and a question about a name.
IPYTHONS = re.compile(r"\s*([%!].*|.*\?)\s*$")
# What a name is given by IPython itself: what a command prints, line by line; and of magic nothing.
GIVEN = re.compile(r"(\s*[\w\s,.]+=\s*)([!%])\s*(.*)$")
# What is called in a notebook, and nowhere else, in one line.
IN_A_NOTEBOOK = (
    "display = print; _ = ''; get_ipython = "
    "type('Shell', (), {'__getattr__': lambda *_: lambda *_, **__: None})"
)
# No other character ends a line of Python, though ``str.splitlines`` knows several.
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# These run what follows them as Python.
TIMED = re.compile(r"(\s*)%(?:time|prun)\s+(?=\S)")
PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%diagnose")


def source_of(script: Path) -> str:
    """The text that is run: of a notebook, its code cells. Raises BadInputError for no notebook."""
    if script.suffix != NOTEBOOK:
        return decode_source(script.read_bytes())
    return joined(code_cells(script))


def code_cells(notebook: Path) -> list[str]:
    """The texts of a notebook's code cells, in their order."""
    try:
        text = notebook.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _no_notebook(notebook, error) from error
    return cells_of(text, notebook)


def cells_of(text: str, notebook: Path | str) -> list[str]:
    """The texts of the code cells in the JSON of a notebook, in their order."""
    try:
        cells = json.loads(text)["cells"]
        return ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_notebook(notebook, error) from error


def _no_notebook(notebook: Path | str, error: Exception) -> BadInputError:
    return BadInputError(
        f"{notebook}: is no Jupyter notebook ({type(error).__name__}: {error}); give a .ipynb "
        "file of format 4, or a Python file"
    )


def lines_of_cell(cell: str) -> list[str]:
    """The lines of a cell with their ends, as Python counts them."""
    return LINE.findall(cell)


def joined(cells: Sequence[str]) -> str:
    """Cells as one program, each beginning at its own thousand of lines."""
    lines: list[str] = []
    every = [list(_python(one)) for one in cells]
    if any(_takes_last(own) for own in every):
        every = [_giving_last(own) for own in every]
    for count, own in enumerate(every, 1):
        if len(own) >= LINES_OF_A_CELL:
            raise BadInputError(
                f"cell {count} has {len(own):,} lines; split it into cells of less than "
                f"{LINES_OF_A_CELL:,}"
            )
        lines += [""] * (count * LINES_OF_A_CELL - len(lines))
        lines += own
    return "\n".join(lines) + "\n"


def as_notebook(cells: Sequence[str]) -> str:
    """The text of a notebook with these code cells."""
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": one}
        for one in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def compiled(program: Any, name: str) -> CodeType:
    """The code of a program, by a file of this name; that of a notebook may await at its top."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if name.endswith(NOTEBOOK) else 0
    return cast(CodeType, compile(program, name, "exec", flags, dont_inherit=True))


def remember(script: Path) -> None:
    """Let Python find the lines of a notebook's cells where it looks for those of a file."""
    if script.suffix == NOTEBOOK:
        text = source_of(script)
        linecache.cache[str(script)] = len(text), None, text.splitlines(keepends=True), str(script)


def _python(cell: str) -> Iterator[str]:
    """The lines of a cell; what IPython itself reads is left out, and the lines stay in place."""
    lines = [one.rstrip("\r\n") for one in lines_of_cell(cell)]
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        if not lines[first].startswith(PYTHON_CELLS):
            return  # another language, or a file to write
        lines[first] = ""
    while (at := _not_python(lines)) is not None:
        line = lines[at]
        if TIMED.match(line):
            lines[at] = TIMED.sub(r"\1", line)
        elif (given := GIVEN.match(line)) and given[2] == "!":
            lines[at] = f"{given[1]}__import__('subprocess').getoutput({given[3]!r}).splitlines()"
        elif given:
            lines[at] = f"{given[1]}None"
        elif IPYTHONS.match(line):
            lines[at] = f"{line[: len(line) - len(line.lstrip())]}pass"
        else:
            break  # a mistake of the author's own, which running it will tell
    yield from lines


def _takes_last(lines: Sequence[str]) -> bool:
    """Whether a cell takes ``_``: what the last one gave that ended with an expression."""
    return any(
        isinstance(one, ast.Name) and one.id == "_" and isinstance(one.ctx, ast.Load)
        for one in ast.walk(_tree(lines))
    )


def _giving_last(lines: list[str]) -> list[str]:
    """A cell that gives ``_`` what its last expression is."""
    last = next(iter(_tree(lines).body[-1:]), None)
    if not isinstance(last, ast.Expr):
        return lines
    at, line = last.lineno - 1, lines[last.lineno - 1].encode()
    given = line[: last.col_offset] + b"_ = " + line[last.col_offset :]
    return [*lines[:at], given.decode(), *lines[at + 1 :]]


def _tree(lines: Sequence[str]) -> ast.Module:
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return ast.Module([], [])  # running it will tell


def _not_python(lines: Sequence[str]) -> int | None:
    """The index of the line at which Python stops reading, None if it reads all."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min((error.lineno or 1), len(lines)) - 1
    except ValueError:
        pass  # a null byte: running it will tell
    return None
