"""Where the author's code stands, where it stopped, and what its functions are called."""

from __future__ import annotations

import inspect
import os
import sysconfig
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

from diagnose.style.places import placed

# This package, all of whose files are no author's.
PACKAGE = Path(__file__).parents[1]


def short_path(path: str | os.PathLike[str]) -> str:
    """Name a file so that the name is the same on every machine.

    Relative to the folder of its outermost package if it is in one, else to the current folder,
    else its bare name; always with forward slashes.
    """
    return _short_path(os.fspath(path), str(Path.cwd()))


@lru_cache(maxsize=256)
def _short_path(path: str, current: str) -> str:
    file = Path(path)
    top = file.parent
    if (top / "__init__.py").exists():
        while (top.parent / "__init__.py").exists():
            top = top.parent
        return file.relative_to(top.parent).as_posix()
    try:
        return file.resolve().relative_to(current).as_posix()
    except ValueError:
        return file.name


def own_line(error: BaseException) -> tuple[str, int] | None:
    """File and line of the innermost frame that belongs neither to a library nor to us.

    A syntax error is where the parser says. None if no frame of somebody's own code took part.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return short_path(error.filename), error.lineno
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)
    ]
    return (short_path(frames[-1].filename), frames[-1].lineno or 0) if frames else None


def described(error: BaseException) -> str:
    """The error as one line: its kind and what it says, the author's file and line first."""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    text = f"{type(error).__name__}: {' '.join(said.split())}".removesuffix(": ")
    line = own_line(error)
    return f"{placed(*line)}: {text}" if line else text


def _is_own(file: str) -> bool:
    path = Path(file).resolve()
    if file.startswith("<") or {"site-packages", "dist-packages"} & set(path.parts):
        return False
    ours_and_pythons = (PACKAGE, Path(sysconfig.get_path("stdlib")))
    return not any(path.is_relative_to(folder.resolve()) for folder in ours_and_pythons)


def stopped(error: BaseException) -> str:
    """Where the author's code stopped and why, with the text of that line."""
    place = own_line(error)
    texts = [
        frame.line
        for frame in traceback.extract_tb(error.__traceback__)
        if (short_path(frame.filename), frame.lineno) == place and frame.line
    ]
    return f"{described(error)}{f', in `{texts[-1]}`' if texts else ''}"


def named(function: Any) -> str:
    """A function as its author knows it: its name, its file and its line."""
    inner = unwrapped(function)
    name = getattr(inner, "__qualname__", type(inner).__name__).rpartition("<locals>.")[2]
    code = getattr(inner, "__code__", None)
    return f"{name} ({placed(short_path(code.co_filename), code.co_firstlineno)})" if code else name


def unwrapped(function: Any) -> Any:
    """The author's own function within partials, bound methods and decorators."""
    while hasattr(function, "func"):
        function = function.func
    return inspect.unwrap(getattr(function, "__func__", function))
