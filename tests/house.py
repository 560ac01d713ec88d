"""The rooms of ``diagnose/`` and who imports what of whom, read from the source.

    python -m tests.house

prints the picture that ``docs/architecture.md`` shows. A room is a folder of ``diagnose/``, or a
file that stands beside the folders. What a room's ``__init__`` says of itself is read from its two
last lines:

    For others: record, arrays.
    Uses: errors, report.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "diagnose"
# Written to be copied by people, as their own code.
NO_ROOM = {"templates"}
# The file that is the package itself, as rooms call it.
TOP = "the package"


@dataclass(frozen=True)
class Arrow:
    """An import: the module that imports, the module that is imported, and the names taken."""

    by: str
    of: str
    names: tuple[str, ...]


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name, ``diagnose.network.record``."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if not NO_ROOM & {*parts}:
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def arrows() -> tuple[Arrow, ...]:
    """Every import of one module by another, wherever in the file it stands."""
    return tuple(one for name, path in modules().items() for one in _imports(name, path))


def _imports(name: str, path: Path) -> Iterator[Arrow]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for one in node.names:
                if one.name in modules():
                    yield Arrow(name, one.name, ())
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "diagnose":
            assert node.level == 0
            for one in node.names:
                module = f"{node.module}.{one.name}"
                if module in modules():
                    yield Arrow(name, module, ())
                else:
                    yield Arrow(name, str(node.module), (one.name,))


def room(module: str) -> str:
    """The room in which a module stands."""
    return module.split(".")[1] if "." in module else TOP


def file_in_room(module: str) -> str:
    """A module's name within its room; nothing for the room itself."""
    return ".".join(module.split(".")[2:])


def folders() -> list[str]:
    """The rooms that are folders."""
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@cache
def uses() -> dict[str, set[str]]:
    """The rooms that each room imports from."""
    found: dict[str, set[str]] = {room(name): set() for name in modules()}
    for one in arrows():
        if room(one.by) != room(one.of):
            found[room(one.by)].add(room(one.of))
    return found


def used_from_outside(name: str) -> set[str]:
    """The files of a room that other rooms import from; nothing stands for the room itself."""
    return {
        file_in_room(one.of) for one in arrows() if room(one.of) == name and room(one.by) != name
    }


def said(name: str, what: str) -> list[str]:
    """What a room's ``__init__`` says after ``For others:`` or ``Uses:``."""
    doc = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text("utf-8"))) or ""
    found = re.findall(rf"^{what}: ([^.]+)\.$", doc, re.M)
    assert len(found) == 1, f"{name}/__init__.py says {what!r} once, and ends it with a full stop"
    return [" ".join(one.split()) for one in found[0].split(",")]


@cache
def floor(name: str) -> int:
    """On which floor a room stands: one above the highest room that it uses."""
    return 1 + max((floor(one) for one in uses()[name]), default=0)


def drawn() -> str:
    """The house from top to bottom, one line for each room."""
    rooms = sorted(uses(), key=lambda one: (-floor(one), one))
    wide = max(map(len, rooms))
    lines = []
    for name in rooms:
        below = sorted(uses()[name], key=lambda one: (-floor(one), one))
        lines.append(f"{floor(name):2}  {name:{wide}}  {', '.join(below)}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    print(drawn())
