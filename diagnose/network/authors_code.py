"""Where the author's code stands, where it stopped, and what its functions are called.

And the one place that keeps it from ending the process in which the report is made.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from diagnose.errors import BadInputError
from diagnose.style.places import placed

# This package, all of whose files are no author's.
PACKAGE = Path(__file__).parents[1]
# Of what an error says; nobody reads more of one line.
LONGEST = 500


def short_path(path: str | os.PathLike[str]) -> str:
    """Name a file so that the name is the same on every machine.

    Relative to the folder of its outermost package if it is in one, else to the current folder,
    else its bare name; always with forward slashes.
    """
    return _short_path(os.fspath(path), str(Path.cwd()))


@lru_cache(maxsize=256)
def _short_path(path: str, current: str) -> str:
    file = Path(path)
    if (top := outermost(file)) != file:
        return file.relative_to(top.parent).as_posix()
    try:
        return file.resolve().relative_to(current).as_posix()
    except ValueError:
        return file.name


def outermost(file: Path) -> Path:
    """The folder of a file's outermost package; the file itself where it is in none."""
    top = file
    while (top.parent / "__init__.py").exists():
        top = top.parent
    return top


def own_line(error: BaseException) -> tuple[str, int] | None:
    """File and line of the innermost frame that belongs neither to a library nor to us.

    A syntax error is where the parser says. None if no frame of somebody's own code took part.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return short_path(error.filename), error.lineno
    frames = _own_frames(error)
    return (short_path(frames[-1].filename), frames[-1].lineno or 0) if frames else None


def _own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]


def said(error: BaseException) -> str:
    """What an error says, in one line, or that it cannot say it; at most ``LONGEST`` characters.

    An author's own exception may raise when it is asked, or bring a whole file with it.
    """
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception:
        return "(what it says cannot be read)"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def kind_and_said(error: BaseException) -> str:
    """``ValueError: what it says``; its kind alone where it says nothing."""
    return f"{type(error).__name__}: {said(error)}".removesuffix(": ")


def described(error: BaseException) -> str:
    """The error as one line: its kind and what it says, the author's file and line first."""
    text = kind_and_said(error)
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


@contextmanager
def ends_no_process() -> Iterator[None]:
    """Tell as an error, with its function, that the author's code would end the process.

    Without it, a network that calls ``sys.exit(0)`` ends a report, and whatever waits for its exit
    code, as if all were well. What is no Exception, and not Ctrl-C, becomes a BadInputError;
    ``os._exit`` raises what ``sys.exit`` does.
    """
    try:
        with exit_raises():
            yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        frames = _own_frames(error)
        place = (
            f"{frames[-1].name} ({short_path(frames[-1].filename)}:{frames[-1].lineno}) "
            if frames
            else "the network's own code "
        )
        raise BadInputError(
            f"{place}would end the program: {kind_and_said(error)}; let it return what it "
            "computed, or raise an error"
        ) from error


@contextmanager
def exit_raises() -> Iterator[None]:
    """Let ``os._exit`` raise SystemExit in this process; in children of it, it ends them."""
    really, here = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != here:
            really(status)
        raise SystemExit(status)

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = really


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


def source_of(file: str) -> str:
    """A program's text, of a notebook its cells'; nothing where it cannot be read."""
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=32)
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """All that stands in a program, each part behind what it stands in; nothing of no Python."""
    try:
        return tuple(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return ()


def expression_of(text: str) -> ast.expr | None:
    """The expression that a text is; None where it is none, as one that was cut off."""
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _statements(source: str) -> list[ast.stmt]:
    return [node for node in nodes_of(source) if isinstance(node, ast.stmt)]


def line_of_tuple(file: str, line: int) -> list[int]:
    """The lines of the elements of a tuple that a statement returns; none if none."""
    for node in _statements(source_of(file)):
        if (
            isinstance(node, ast.Return)
            and node.lineno <= line <= (node.end_lineno or line)
            and isinstance(node.value, ast.Tuple)
        ):
            return [one.lineno for one in node.value.elts]
    return []


def line_of_element(file: str, line: int, at: tuple[Any, ...]) -> int:
    """Of a statement that makes a list over several lines, the line of an element.

    at: its position, if it has one.
    """
    for node in _statements(source_of(file)):
        match node:
            case ast.Assign(lineno=first, value=ast.ListComp(elt=element)) if first == line:
                return element.lineno
            case ast.Assign(lineno=first, value=ast.List(elts=several)) if first == line:
                if at and isinstance(at[0], int) and at[0] < len(several):
                    return several[at[0]].lineno
    return line


def line_naming(function: Any, name: str) -> tuple[str, int] | None:
    """Where a function's source gives a value to a name, or to what is kept under it, last."""
    code = getattr(unwrapped(function), "__code__", None)
    if code is None:
        return None
    heads = [
        node
        for node in _statements(source_of(code.co_filename))
        if isinstance(node, ast.FunctionDef)
        and min([node.lineno, *(one.lineno for one in node.decorator_list)]) == code.co_firstlineno
    ]
    lines = [
        node.lineno
        for head in heads
        for node in ast.walk(head)
        if isinstance(node, ast.Assign | ast.AugAssign)
        and any(
            _names(target, name)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )
    ]
    return (code.co_filename, max(lines)) if lines else None


def _names(target: ast.expr, name: str) -> bool:
    match target:
        case ast.Name(id=found) | ast.Attribute(attr=found):
            return bool(found == name)
        case ast.Subscript(slice=ast.Constant(value=found)):
            return bool(found == name)
        case ast.Tuple(elts=several):
            return any(_names(one, name) for one in several)
    return False


def text_of(file: str, line: int) -> str:
    """A line of a file as its author wrote it, without what stands around it."""
    return linecache.getline(file, line).strip()
