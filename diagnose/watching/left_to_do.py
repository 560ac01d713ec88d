"""Whether what a program has still to do may be a test of the network that was read.

Once an epoch was seen and is over, what comes again in each of them comes no other way. What may be
new are lines that some epochs come to and others do not, and what follows the training. If none of
these hold anything against anything, as answers are held against labels, no test is to come. It is
asked of the text alone, and where that does not tell for sure, there may be one.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diagnose.recording.calling import frames
from diagnose.recording.rewriting import Site
from diagnose.watching.texts import Function, Texts, last_name, stands_at

# What these do compares nothing with anything that a program hands over.
COMPARING_NOTHING = {
    "append", "arange", "argmax", "argmin", "array", "asarray", "astype", "axis", "close",
    "colorbar", "convert", "copy", "dot", "dump", "enumerate", "exp", "expand_dims", "eye",
    "figure", "flatten", "float", "format", "imread", "imshow", "int", "items", "join", "keys",
    "legend", "len", "listdir", "load", "log", "matmul", "max", "maximum", "mean", "min", "ones",
    "open", "plot", "print", "range", "ravel", "reshape", "resize", "round", "save", "savefig",
    "savetxt", "savez", "show", "str", "sum", "tanh", "title", "tolist", "values", "write",
    "xlabel", "ylabel", "zeros",
}  # fmt: skip
# Modules whose lines are none of the program's own.
OF_OTHERS = {"PIL", "json", "math", "matplotlib", "numpy", "os", "pickle", "sys", "time"}
LARGEST, ONE_HOT = {"amax", "max"}, {"eye", "identity"}
LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Raise, ast.Yield, ast.YieldFrom)


class Left(NamedTuple):
    """Where a test may still come: in epochs that are unlike those until now; after the last."""

    within: bool = True
    after: bool = True


class _UnsureError(Exception):
    """The text does not tell."""


def left_to_do(texts: Texts, frame: types.FrameType | None, loop: Site) -> Left:
    """Where a test may still come of a program that is within a loop over its epochs.

    frame: what runs now.
    """
    epochs = texts.loop_at(loop.at)
    if epochs is None:
        return Left()
    try:
        after = _may_test(_after(texts.trees, frame, loop.file, epochs), texts)
        return Left(within=_may_test_at_times(epochs, texts), after=after)
    except _UnsureError:
        return Left()


def _after(
    trees: Mapping[str, ast.Module], frame: types.FrameType | None, file: str, epochs: ast.For
) -> list[ast.stmt]:
    """The statements that follow a loop, in its function and in all that have called it."""
    found: list[ast.stmt] | None = None
    called = ""
    for one in frames(frame):
        code = one.f_code
        if code.co_filename in trees:
            body = _body(trees[code.co_filename], code)
            if found is not None:
                found += _rest(body, one.f_lineno, called)
            elif code.co_filename == file and any(epochs in ast.walk(each) for each in body):
                found = _rest(body, one.f_lineno, epochs)
            called = code.co_name
    if found is None:
        raise _UnsureError
    return found


def _body(tree: ast.Module, code: types.CodeType) -> list[ast.stmt]:
    """The statements that a code was made of."""
    if code.co_name == "<module>":
        return tree.body
    found = [
        one
        for one in ast.walk(tree)
        if isinstance(one, Function)
        and one.name == code.co_name
        and code.co_firstlineno in (one.lineno, *(each.lineno for each in one.decorator_list))
    ]
    if len(found) != 1:
        raise _UnsureError
    return found[0].body


def _rest(body: Sequence[ast.stmt], line: int, done: ast.For | str) -> list[ast.stmt]:
    """What follows in a body once the loop that stands at a line, or what is called there, is."""
    for at, one in enumerate(body):
        if not stands_at(one, line):
            continue
        after = [*body[at + 1 :]]
        if one is done:
            return after
        if isinstance(one, ast.If | ast.With):
            inner = one.body
            if isinstance(one, ast.If) and line > (one.body[-1].end_lineno or 0):
                inner = one.orelse
            return _rest(inner, line, done) + after
        if isinstance(one, ast.For | ast.While | ast.Try | ast.Match):
            raise _UnsureError  # what comes then may be anything of it
        if not (isinstance(done, str) and _is_call_of(one, done)):
            raise _UnsureError
        return after
    raise _UnsureError


def _is_call_of(statement: ast.stmt, name: str) -> bool:
    """Whether a statement calls a function, and does nothing after it but keep what that gives."""
    if not isinstance(statement, ast.Assign | ast.Expr | ast.Return):
        return False
    calls = [
        one
        for one in ast.walk(statement)
        if isinstance(one, ast.Call) and last_name(one.func) == name
    ]
    return calls == [statement.value]


def _may_test(nodes: Sequence[ast.AST], texts: Texts, *, may_leave: bool = True) -> bool:
    """Whether what is done there may hold one thing against another."""
    for one in texts.reached(nodes):
        if isinstance(one, ast.Compare | ast.Match | ast.Lambda | ast.Await):
            return True
        if isinstance(one, ast.Import | ast.ImportFrom) and not _of_others(one):
            return True
        if isinstance(one, ast.BinOp | ast.AugAssign) and _holds_against(one):
            return True
        if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Subscript):
            return True  # what counts in a table
        if isinstance(one, ast.Subscript) and (_is_by_labels(one.slice) or _is_one_hot(one)):
            return True
        if isinstance(one, ast.Call) and last_name(one.func) not in (
            COMPARING_NOTHING | {*texts.defined}
        ):
            return True
    return not may_leave and any(
        isinstance(each, LEAVING) for one in nodes for each in ast.walk(one)
    )


def _of_others(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [
        one.name for one in node.names
    ]  # fmt: skip
    return all(one.split(".")[0] in OF_OTHERS for one in names)


def _holds_against(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether labels may be what is subtracted or multiplied; no number that is written there."""
    if isinstance(node.op, ast.BitXor):
        return True
    if not isinstance(node.op, ast.Sub | ast.Mult):
        return False
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
    return not any(map(_is_written, sides)) and not _is_largest(sides[-1])


def _is_written(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is_largest(node: ast.expr) -> bool:
    """Whether a number is the largest of several, as a softmax takes it away from all."""
    return isinstance(node, ast.Call) and last_name(node.func) in LARGEST


def _is_by_labels(index: ast.expr) -> bool:
    """Whether an index may take of each row the place that its label says."""
    if isinstance(index, ast.Subscript):
        return True
    if not isinstance(index, ast.Tuple):
        return False
    return not any(isinstance(one, ast.Slice | ast.Constant) for one in index.elts)


def _is_one_hot(given: ast.Subscript) -> bool:
    """Whether rows may be taken out of what has a single 1 in each, as answers or as labels."""
    of = given.value
    some = not isinstance(given.slice, ast.Slice | ast.Constant)
    return some and isinstance(of, ast.Call) and last_name(of.func) in ONE_HOT


def _may_test_at_times(epochs: ast.For, texts: Texts) -> bool:
    """Whether a test may stand where some epochs come to and others do not."""
    return any(
        _may_test(at_times(one), texts, may_leave=False) for one in texts.reached(epochs.body)
    )


def at_times(node: ast.AST) -> list[ast.AST]:
    """What is done for a reason only, of what stands there."""
    if isinstance(node, ast.If):
        return [*node.body, *node.orelse]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Try):
        return [*node.handlers, *node.orelse]
    if isinstance(node, ast.BoolOp):
        return [one for one in node.values[1:] if not isinstance(one, ast.Compare)]
    if isinstance(node, ast.comprehension):
        return [*node.ifs]
    if isinstance(node, ast.Match | ast.While):
        return [node]
    return []
