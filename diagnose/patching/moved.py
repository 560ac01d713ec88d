"""Edits of the place of a line: read too late, behind the loop in whose turns it belongs.

Or under a condition that leaves parameters out; or once before the loop, in place of in each turn.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, first_in
from diagnose.patching.places import names_in
from diagnose.patching.script import Script, free_name, within
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.stepping import NAME, called, steps_of, target_of

WHY = (
    "the error is handed back through the weights that the forward pass used, and steps come after"
)
DEFECT = "wrong-gradient"


def read_before_their_step(script: Script) -> Iterator[Edit]:
    """What is read of a parameter below its step, above it; else its value from before is kept."""
    source = script.source
    for step in steps_of(script):
        statement, name = source.statement(step), source.text(target_of(step))
        lines = source.block(statement)
        if not lines:
            continue
        first = next((one for one in lines if _steps(source, one, name)), statement)
        below = lines[lines.index(first) + 1 :]
        readers = [one for one in below if _reads(source, one, name)]
        if not readers:
            continue
        between = lines[lines.index(first) : lines.index(readers[0])]
        if _may_go_up(source, readers[0], between):
            moved = source.inserted_before(first, source.text(readers[0]).strip())
            yield _edit(source.removed(readers[0]), moved)
        kept = free_name(source, "before", called(target_of(step)))
        read = [node for one in readers for node in within(one) if _is_read(source, node, name)]
        saved = source.inserted_before(first, f"{kept} = {name}.copy()")
        yield _edit(saved, *(source.replaced(one, kept) for one in read))


def into_the_loop(script: Script) -> Iterator[Edit]:
    """A step right behind a loop in which what it reads is made anew in each turn: in that loop.

    Where it stands only the last turn is stepped by.
    """
    source = script.source
    for step in steps_of(script):
        line = source.statement(step)
        lines = source.block(line)
        above = lines[lines.index(line) - 1] if line in lines[1:] else None
        if not isinstance(above, cst.For) or not isinstance(above.body, cst.IndentedBlock):
            continue
        made = {called(one.target) for one in all_in(above, cst.AssignTarget)}
        made |= {name for one in [above.target] for name in names_in(one)}
        if made & {*names_in(step.value)}:
            last = above.body.body[-1]
            yield Edit(
                splices=(source.inserted_after(last, source.text(step)), source.removed(step)),
                part="step", defect="frozen-parameter",
                why="a step is made in each turn of the loop, and not once behind it",
            )  # fmt: skip


def run_in_each_turn(source: Source, _: frozenset[int]) -> Iterator[Edit]:
    """What is called right above a loop which reads what it gave and never makes it anew, in there.

    One line, two, and so on: passes that are written out layer by layer take several.
    """
    for loop in source.of_type(cst.For):
        lines = source.block(loop)
        if loop not in lines or not isinstance(loop.body, cst.IndentedBlock):
            continue
        made = {called(one.target) for one in all_in(loop, cst.AssignTarget)}
        read, again = {*names_in(loop.body)}, list[str]()
        for line in reversed(lines[: lines.index(loop)]):
            inner = first_in(line)
            if not isinstance(inner, cst.Assign) or not any(_computes(one) for one in within(line)):
                break
            targets = {name for one in inner.targets for name in names_in(one.target)}
            if not targets & read or targets & made:
                break
            again.insert(0, source.text(inner))
            read |= {*names_in(inner.value)}
            yield Edit(
                splices=(source.inserted_before(loop.body.body[0], *again),), part="forward",
                defect="stale-forward", why="the forward pass runs in each turn, with the weights "
                "as they are by then",
            )  # fmt: skip


def _computes(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call | cst.MatrixMultiply)


def _edit(*splices: Splice) -> Edit:
    return Edit(splices=tuple(dict.fromkeys(splices)), part="gradient", why=WHY, defect=DEFECT)


def _steps(source: Source, line: cst.CSTNode, name: str) -> bool:
    """Whether a line gives this a value."""
    for one in within(line) if isinstance(line, cst.SimpleStatementLine) else ():
        if isinstance(one, cst.AugAssign | cst.AssignTarget) and source.text(one.target) == name:
            return True
    return False


def _reads(source: Source, line: cst.CSTNode, name: str) -> bool:
    """Whether a line reads this, and is no step of it."""
    return not _steps(source, line, name) and any(
        _is_read(source, one, name) for one in within(line)
    )


def _is_read(source: Source, node: cst.CSTNode, name: str) -> bool:
    array = isinstance(node, cst.Name | cst.Attribute | cst.Subscript)
    return array and source.text(node) == name


def _may_go_up(source: Source, line: cst.CSTNode, between: list[cst.CSTNode]) -> bool:
    """Whether a line gives a name a value that no line between reads, and reads none of theirs."""
    inner = first_in(line)
    if not isinstance(inner, cst.Assign) or not isinstance(inner.targets[0].target, cst.Name):
        return False
    bound = inner.targets[0].target.value
    texts = {name for one in between for name in NAME.findall(source.text(one))}
    made = {called(node.target) for one in between for node in all_in(one, cst.AssignTarget)}
    return bound not in texts and not made & {*names_in(inner.value)}


def whatever_holds(script: Script) -> Iterator[Edit]:
    """A step under a condition that asks which parameter it is, without the condition.

    ``if name.startswith("W"): p[name] -= rate * g[name]`` leaves every other one as it is. Nothing
    else is under it; one that asks for the turn, as ``k % 4 == 0``, is no such condition.
    Nor is that of a decay, beside a step of the same that is made whatever holds.
    """
    source = script.source
    for step in steps_of(script):
        line = source.statement(step)
        block = source.parent(line)
        condition = source.parent(block) if block is not None else None
        if not isinstance(condition, cst.If) or condition.orelse is not None:
            continue
        if isinstance(source.parent(condition), cst.If) or len(getattr(block, "body", [])) != 1:
            continue
        beside = [one for one in steps_of(script)
                  if source.text(target_of(one)) == source.text(target_of(step))
                  and source.statement(one) in source.block(condition)]  # fmt: skip
        if beside:
            continue
        loops = [one for one in source.above(condition) if isinstance(one, cst.For)]
        which = {*names_in(loops[0].target)} if loops else set[str]()
        asked, stepped = names_in(condition.test), NAME.findall(source.text(target_of(step)))
        if not which & {*asked} or not which & {*stepped}:
            continue
        (start, _), (first, end) = source.span(condition), source.span(line)
        text = source.code[first:end].decode()
        yield Edit(
            splices=(Splice(start=start, end=end, text=text),), part="step",
            defect="frozen-parameter", why=f"every parameter is stepped, whether or not "
            f"{source.text(condition.test)}",
        )  # fmt: skip
