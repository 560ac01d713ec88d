"""Edits of the loop in which a line stands, told by the source alone.

A step behind the loop in whose turns it belongs, or under a condition that prints, a rate that
shrinks in each batch and not in each epoch, weights that are drawn anew in each turn, a loop that
is left in its first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import Loop, all_in, first_in, is_operation, kept_in
from diagnose.patching.places import (
    argument,
    bindings,
    calls,
    key,
    name_called,
    names_in,
    parameters,
)
from diagnose.patching.script import within
from diagnose.patching.source import Edit, Source, Splice

# What draws numbers, or makes an array of them, so that it can be begun anew.
MAKING = ("rand", "normal", "uniform", "gauss", "zeros", "ones", "full", "init")


def into_their_loop(source: Source) -> Iterator[Edit]:
    """Steps right behind a loop in which what they read is made anew in each turn: in that loop.

    All of them at once, as they follow each other.
    """
    for loop in _loops(source):
        below = _behind(source, loop)
        made = _made_in(loop) - _added_up(source, loop)
        steps = []
        for one in below:
            own = {*names_in(one.target)} if isinstance(one, cst.For) else set[str]()
            if not _is_step(source, one) or not made & ({*_read(one)} - own):
                break
            steps.append(one)
        why = "a step is made in each turn of the loop, and not once behind it"
        for some in dict.fromkeys([tuple(steps), tuple(steps[:1])]) if steps else ():
            splices = (_indented(source, loop, some),)
            yield Edit(splices=splices, part="step", why=why, defect="frozen-parameter")


def out_of_their_loop(source: Source) -> Iterator[Edit]:
    """The last lines of an inner loop that make a number smaller, once for all of its turns."""
    for loop in _loops(source):
        if not source.loops(loop):
            continue
        last = loop.body.body[-1]
        if _shrinks(last):
            why = "the rate gets smaller from epoch to epoch, and not with each step"
            splices = (_dedented(source, loop, last),)
            yield Edit(splices=splices, part="pace", why=why, defect="learning-rate")


def out_of_what_prints(source: Source) -> Iterator[Edit]:
    """A step at the end of what is done under a condition, below a print, whatever holds."""
    for one in source.of_type(cst.If):
        body = one.body.body if isinstance(one.body, cst.IndentedBlock) else ()
        shown = any(_prints(each) for each in body[:-1])
        if shown and one.orelse is None and source.loops(one) and _is_step(source, body[-1]):
            why = "a step is made in each turn, and not only where something is printed"
            splices = (_dedented(source, one, body[-1]),)
            yield Edit(splices=splices, part="step", why=why, defect="frozen-parameter")


def begun_before(source: Source) -> Iterator[Edit]:
    """What is stepped in a loop and drawn anew in each of its turns, drawn once before it."""
    for loop in _loops(source):
        stepped = _stepped_in(source, loop)
        lines = [one for one in loop.body.body if _begins(source, one, stepped)]
        outer = source.loops(loop)
        first = outer[-1] if outer else loop
        if lines and len(lines) < len(loop.body.body):
            above = {source.text(one).strip() for one in source.block(first)}
            texts = [text for one in lines if (text := source.text(one).strip()) not in above]
            before = [source.inserted_before(first, *texts)] if texts else []
            splices = *before, *map(source.removed, lines)
            why = "what the training steps is begun once, and not anew in each turn"
            yield Edit(splices=splices, part="start", why=why, defect="frozen-parameter")


def left_later(source: Source) -> Iterator[Edit]:
    """A ``return`` at the end of a loop, which leaves it in its first turn, behind the loop."""
    for loop in _loops(source):
        last = loop.body.body[-1]
        if isinstance(first_in(last), cst.Return) and len(loop.body.body) > 1:
            why = "the loop goes through all of its turns, and is not left in the first one"
            splices = (_dedented(source, loop, last),)
            yield Edit(splices=splices, part="order", why=why, defect="missing-classes")


def surely_misplaced(source: Source) -> tuple[Edit, ...]:
    """Edits of lines that nobody means to stand where they do.

    What a loop ends in its first turn, and a step that is made where something is printed: if one
    of these brings anything, what else may bring as much in its place need not be tried.
    """
    return *left_later(source), *ended_later(source), *out_of_what_prints(source)


def out_of_an_inner_loop(source: Source) -> Iterator[Edit]:
    """The last line of a loop that reads nothing of its turn, once behind all of its turns."""
    for loop in _loops(source):
        last = loop.body.body[-1]
        inner = bool(source.loops(loop)) or isinstance(source.scope(loop), cst.FunctionDef)
        counts = any(isinstance(one, cst.Comparison) for one in within(last))
        simple = _simple(last) is not None and not counts and _is_step(source, last)
        if not inner or not simple or len(loop.body.body) < 2 or _prints(last):
            continue
        if not (_made_in(loop) & {*_read(last)}) and not _shrinks(last):
            why = "this is done once behind the loop, and not in each of its turns"
            splices = (_dedented(source, loop, last),)
            yield Edit(splices=splices, part="gradient", why=why, defect="wrong-gradient")


def ended_later(source: Source) -> Iterator[Edit]:
    """A ``break`` at the end of a loop, whatever holds, which ends it in its first turn."""
    for loop in _loops(source):
        last = loop.body.body[-1]
        if isinstance(first_in(last), cst.Break) and len(loop.body.body) > 1:
            why = "the loop goes through all of its turns, and is not left in the first one"
            splices = (source.removed(last),)
            yield Edit(splices=splices, part="order", why=why, defect="missing-classes")


def _loops(source: Source) -> Iterator[Loop]:
    every: list[Loop] = [*source.of_type(cst.For), *source.of_type(cst.While)]
    yield from (one for one in every if isinstance(one.body, cst.IndentedBlock))


def _behind(source: Source, loop: Loop) -> list[cst.CSTNode]:
    """The statements that follow a loop in its block."""
    lines = source.block(loop)
    return lines[lines.index(loop) + 1 :] if lines and loop.orelse is None else []


def _made_in(loop: Loop) -> set[str]:
    """The names that get their values in a loop."""
    made = {name for one in all_in(loop, cst.AssignTarget)
            for name in names_in(one.target)}  # fmt: skip
    return made | ({*names_in(loop.target)} if isinstance(loop, cst.For) else set())


def _added_up(source: Source, loop: Loop) -> set[str]:
    """The names of what a loop adds up: what is stepped by that is stepped once for all turns."""
    found = set[str]()
    for one in within(loop):
        found |= {kept_in(one.target)} if isinstance(one, cst.AugAssign) else set()
    return found | {one.name for one in bindings(source) if isinstance(one.statement, cst.Call)}


def _read(node: cst.CSTNode) -> Iterator[str]:
    for one in within(node):
        yield key(one)


def _simple(node: cst.CSTNode) -> cst.BaseSmallStatement | None:
    """A statement that stands alone on its line."""
    alone = isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1
    return node.body[0] if alone and isinstance(node, cst.SimpleStatementLine) else None


def _is_step(source: Source, node: cst.CSTNode) -> bool:
    """Whether a line takes something off a value or adds it, or a loop over parameters does.

    Or asks an object to, as ``optimizer.step(gradients)``; nothing is printed by it.
    """
    if isinstance(node, cst.For) and isinstance(node.body, cst.IndentedBlock):
        return all(_is_step(source, one) or _is_made(one) for one in node.body.body)
    line = _simple(node)
    if isinstance(line, cst.AugAssign):
        scaled = isinstance(line.value, cst.BinaryOperation)
        return scaled and isinstance(line.operator, cst.SubtractAssign | cst.AddAssign)
    if isinstance(line, cst.Assign):
        value, target = line.value, line.targets[0].target
        sums = is_operation(value, cst.Subtract | cst.Add)
        return sums and source.text(value.left) == source.text(target)  # type: ignore[attr-defined]
    call = line.value if isinstance(line, cst.Expr) else None
    return isinstance(call, cst.Call) and key(call.func) != "print" and bool(call.args)


def _prints(node: cst.CSTNode) -> bool:
    return any(isinstance(one, cst.Call) and key(one.func) == "print" for one in within(node))


def _is_made(node: cst.CSTNode) -> bool:
    return isinstance(_simple(node), cst.Assign)


def _shrinks(node: cst.CSTNode) -> bool:
    """Whether a line multiplies a number by another, or divides it."""
    line = _simple(node)
    if isinstance(line, cst.AugAssign):
        return isinstance(line.operator, cst.MultiplyAssign | cst.DivideAssign)
    value = line.value if isinstance(line, cst.Assign) else None
    return (
        isinstance(line, cst.Assign)
        and is_operation(value, cst.Multiply | cst.Divide)
        and key(line.targets[0].target) == key(value.left) != ""
    )


def _stepped_in(source: Source, loop: Loop) -> set[str]:
    """The names of what is taken off from, or added to, deeper in a loop, and their objects'."""
    found = set()
    for one in within(loop):
        name = kept_in(one.target) if isinstance(one, cst.AugAssign) else ""
        found |= {name, name.partition(".")[0]}
    for one in all_in(loop, cst.Assign):
        target = one.targets[0].target
        if isinstance(target, cst.Subscript) and source.text(target) in source.text(one.value):
            found.add(kept_in(target))
    for given in bindings(source):
        value = given.value if loop in source.above(given.statement) else None
        if isinstance(value, cst.BinaryOperation | cst.Call) and given.name in names_in(value):
            found.add(given.name)
    return (found | _handed_to_steps(source, loop)) - {"self", ""}


def _handed_to_steps(source: Source, loop: Loop) -> set[str]:
    """The names of what a loop hands to functions of the script that step it."""
    found = set()
    for function in source.of_type(cst.FunctionDef):
        steps = {kept_in(one.target) for one in all_in(function.body, cst.AugAssign)}
        for assigned in all_in(function.body, cst.Assign):
            target = assigned.targets[0].target
            if isinstance(target, cst.Subscript):
                steps |= {kept_in(target)} & {*map(kept_in, within(assigned.value))}
        for call in calls(source, function):
            given = [argument(call, function, one) for one in {*parameters(function)} & steps]
            found |= {key(one) for one in given if one is not None and loop in source.above(call)}
    return found


def _begins(source: Source, node: cst.CSTNode, stepped: set[str]) -> bool:
    """Whether a line of a loop draws one of these values, of nothing that the loop gives it."""
    line = _simple(node)
    if not isinstance(line, cst.Assign):
        return False
    names = {name for one in line.targets for name in names_in(one.target)}
    text = source.text(line.value)
    own = {one.name.value: one for one in source.of_type(cst.FunctionDef)}
    made = [own.get(name_called(one)) for one in all_in(line.value, cst.Call)]
    text += "".join(source.text(one) for one in made if one is not None)
    loop = next(iter(source.loops(node)), None)
    given = _made_in(loop) if loop is not None else set()
    drawn = any(word in text for word in MAKING) and "(" in text
    return bool(names) and names <= stepped and drawn and not given & {*names_in(line.value)}


def _indented(source: Source, loop: Loop, lines: Sequence[cst.CSTNode]) -> Splice:
    """Lines that follow a loop as the last ones in it."""
    deeper = source.indent(loop.body.body[0])[len(source.indent(loop)) :]
    start, end = _rows(source, lines[0], lines[-1])
    text = source.code[start:end].decode()
    moved = "".join(deeper + one if one.strip() else one for one in text.splitlines(keepends=True))
    return Splice(start=start, end=end, text=moved)


def _dedented(source: Source, loop: Loop | cst.If, last: cst.CSTNode) -> Splice:
    """The last line of a loop, or of a condition, as the first behind it."""
    start, end = _rows(source, last, last)
    text = source.code[start:end].decode()
    return Splice(
        start=start, end=end, text=source.indent(loop) + text.removeprefix(source.indent(last))
    )


def _rows(source: Source, first: cst.CSTNode, last: cst.CSTNode) -> tuple[int, int]:
    """Where lines of the code begin and end, that of the first node to that of the last."""
    start, end = source.span(first)[0], source.span(last)[1]
    end -= source.code[end - 1 : end] == b"\n"
    stop = source.code.find(b"\n", end)
    return source.code.rfind(b"\n", 0, start) + 1, len(source.code) if stop < 0 else stop + 1
