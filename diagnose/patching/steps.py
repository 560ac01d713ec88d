"""Edits of the step: its sign, its place and what it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import libcst as cst

from diagnose.patching.biases import stepped_biases
from diagnose.patching.nodes import (
    Loop,
    Variable,
    all_in,
    assigned,
    at_once_and_each,
    both_ways,
    has,
    is_number,
    is_operation,
    kept_in,
    name_called,
    within,
)
from diagnose.patching.places import (
    NUMBERED,
    bindings,
    bound,
    factors_of,
    key,
    names_in,
)
from diagnose.patching.script import Script, library
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import (
    NAME,
    Step,
    as_its_own,
    called,
    computed,
    is_step,
    known_names,
    steps_of,
    sum_in,
    target_of,
)
from diagnose.patching.sums import sums_begun_anew

# What people call the length of a gradient.
NORM = re.compile("norm", re.I)
ROOT = re.compile(r"sqrt|\*\* ?0?\.5")
# How people call what steps a layer, or hands an error through it.
STEPPING = re.compile(r"updat|step|apply|adjust|learn|descen|optim|backw|bwd|backprop", re.I)
# Slices that leave out an end, and what stands in their place; backwards all but the first.
LEFT_OUT = {
    ("1", "", ""): "", ("", "-1", ""): "", ("1", "-1", ""): "", ("", "0", "-1"): "[::-1]",
}  # fmt: skip
EVERY_LAYER = "every layer is stepped, also the first and the last one"


def of_step(script: Script) -> list[Edit]:
    """Edits of the step."""
    return [
        *every_one(script),
        *in_place(script.source, script.lines("update") | script.lines("backward")),
        *into_their_loop(script.source),
        *sums_begun_anew(script),
        *stepped_as_well(script),
        *stepped_biases(script),
        *of_optimizers(script),
        *clipped_where_large(script.source),
    ]


def of_optimizers(script: Script) -> Iterator[Edit]:
    """Slips of momentum, AdaGrad, RMSprop and Adam: a factor, a root, a square, a share left."""
    source = script.source
    for node in script.inside("update", cst.BinaryOperation):
        if isinstance(node.operator, cst.Multiply):
            for gone, kept in both_ways(node):
                why = f"{source.text(gone)} does not belong into this product"
                yield source.edit(node, kept, "step", why, "update-direction")
        elif isinstance(node.operator, cst.Divide):
            rooted = ROOT.search(source.text(node.right))
            yield from () if rooted else _rooted(script, node)
    arrays = [*script.inside("update", cst.Subscript), *script.inside("update", cst.Attribute)]
    for node in [*script.inside("update", cst.Name), *arrays]:
        name = source.text(node)
        if is_operation(source.parent(node), cst.Multiply):
            share = f"({source.joined('-', '1', name)})"
            why = "what is kept of a mean and what is added to it make 1"
            if isinstance(node, cst.Name):
                yield source.edit(node, share, "step", why, "update-direction")
            why = f"the mean is one of squares of {name}"
            yield source.edit(node, f"{name}**2", "step", why, "update-direction")


def _rooted(script: Script, node: cst.BinaryOperation) -> Iterator[Edit]:
    """A quotient whose divisor is a mean of squares, less a small number, as the root of it."""
    source, right = script.source, node.right
    divisor = right.left if isinstance(right, cst.BinaryOperation) else right
    if isinstance(divisor, Variable):
        text = f"{library(source)}.sqrt({source.text(divisor)})"
        why = "a step is divided by the root of the mean square, which is as large as the gradient"
        yield source.edit(divisor, text, "step", why, "update-direction")


def clipped_where_large(source: Source) -> Iterator[Edit]:
    """``limit / norm``, which makes all gradients as long, as ``min(1.0, limit / norm)``."""
    for node in source.operations(cst.Divide):
        names = [one for one in names_in(node.right) if NORM.search(one)]
        if len(names) != 1 or NORM.search(source.text(node.left)):
            continue
        left, right, scaled = node.left, node.right, ""
        if is_operation(left, cst.Multiply):
            scaled, left = f"{source.text(left.left)} * ", left.right
        if is_operation(right, cst.Power):
            right = right.left
        share = source.joined("/", left, right)
        why = "a gradient is shortened only where it is too long"
        yield source.edit(node, f"{scaled}min(1.0, {share})", "step", why, "update-direction")


def in_place(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """``p = p - step``, which binds a new array to a passing name, as ``p -= step``.

    All of them at once, and each alone: who writes one so writes the others so.
    """
    pairs: list[tuple[cst.CSTNode, str]] = []
    for node in source.of_type(cst.Assign):
        value, name = node.value, assigned(node)
        here = source.line(node) in lines and len(node.targets) == 1
        if here and is_operation(value, cst.Subtract) and key(value.left) == name != "":
            pairs.append((node, f"{name} -= {source.text(value.right)}"))
    for some in at_once_and_each(pairs):
        why = "the array that the network uses is changed, and no new one made"
        yield source.edit_each(some, "step", why, "frozen-parameter")


def stepped_as_well(script: Script) -> Iterator[Edit]:
    """The steps of parameters that have none, written as that of another one is.

    First all that are written after the same step, then each alone.
    """
    source = script.source
    steps = steps_of(script)
    moved = {source.text(target_of(one)) for one in steps}
    names = {called(target_of(one)) for one in steps}
    for one in steps:
        every = _alike_in_name(script, one, names)
        found = {name: lines for name, lines in every.items() if name not in moved}
        below = {name: _below(source, one, lines) for name, lines in found.items()}
        if len(below) > 1:
            yield _stepped(" and ".join(below), [*below.values()])
        for name in found:
            yield _stepped(name, [below[name]])


def _stepped(names: str, splices: Sequence[Splice]) -> Edit:
    ends = sorted(splices)  # what stands in one place is written there one after the other
    joined = [
        Splice(start=at, end=end, text="".join(one.text for one in some))
        for (at, end), some in groupby(ends, lambda one: (one.start, one.end))
    ]
    why = f"what steps what is beside it steps {names}, too"
    return edit_of(joined, "step", why, "frozen-parameter")


def _alike_in_name(script: Script, step: Step, moved: set[str]) -> dict[str, list[str]]:
    """The same step for parameters of another number or name, whose gradients are called so, too.

    moved: what has a step. The lines by what each stands for: the last one is the step.
    """
    source = script.source
    target, text = source.text(target_of(step)), source.text(step)
    own, known = called(target_of(step)), known_names(source)
    found = {}
    numbered = NUMBERED.fullmatch(own)
    for other in sorted(known - moved - computed(script, step)):
        its = NUMBERED.fullmatch(other)
        if numbered is not None and its is not None and its[1] == numbered[1]:
            numbers = numbered[2], its[2]
            lines = [*_also_made(source, step, *numbers), _renumbered(text, *numbers)]
            found[_renumbered(target, *numbers)] = lines
            continue
        made = as_its_own(text, own, other)
        new = {*NAME.findall(made)} - {*NAME.findall(text)}
        if len(new) > 1 and new <= known:
            found[as_its_own(target, own, other)] = [made]
    return found


def _renumbered(text: str, own: str, other: str) -> str:
    return re.sub(rf"(?<=[A-Za-z_]){own}\b", other, text)


def _also_made(source: Source, step: Step, own: str, other: str) -> Iterator[str]:
    """What the step reads and nobody makes for the other number: made as for this one."""
    known = known_names(source)
    for name in dict.fromkeys(names_in(step.value)):
        if _renumbered(name, own, other) in known:
            continue
        block = source.parent(source.statement(step))
        for one in bound(source, name):
            alike = source.parent(source.statement(one.statement)) is block
            text = _renumbered(source.text(one.statement), own, other)
            if alike and {*NAME.findall(text)} <= known | {_renumbered(name, own, other)}:
                yield text


def _below(source: Source, step: cst.CSTNode, lines: Sequence[str]) -> Splice:
    """Lines below a step, and below what makes what they read in the same block."""
    statement = source.statement(step)
    block = source.block(statement)
    read = {*NAME.findall(" ".join(lines))}
    last = statement
    for one in block[block.index(statement) :] if block else ():
        for each in one.body if isinstance(one, cst.SimpleStatementLine) else ():
            if isinstance(each, cst.Assign) and called(each.targets[0].target) in read:
                last = one
    return source.inserted_after(last, *lines)


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
            stepped = _is_step(source, one) or _is_velocity(source, one, made)
            if not stepped or not made & ({*_read(one)} - own):
                break
            steps.append(one)
            made |= {kept_in(each.target) for each in all_in(one, cst.AssignTarget)}
        why = "a step is made in each turn of the loop, and not once behind it"
        for some in dict.fromkeys([tuple(steps), tuple(steps[:1])]) if steps else ():
            yield edit_of(_indented(source, loop, some), "step", why, "frozen-parameter")


def _loops(source: Source) -> Iterator[Loop]:
    every = source.of_type(cst.For, cst.While)
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
    """The names of what a loop adds up, or fills turn by turn: one step is made by all of that."""
    found, turn = set[str](), {*names_in(loop.target)} if isinstance(loop, cst.For) else set[str]()
    for one in within(loop):
        part = one.target if isinstance(one, cst.AssignTarget) else None
        filled = isinstance(part, cst.Subscript) and turn & {*names_in(part)}
        if filled or isinstance(one, cst.AugAssign):
            found.add(kept_in(one.target))  # type: ignore[attr-defined]
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
        every = node.body.body
        return all(_is_step(source, one) or isinstance(_simple(one), cst.Assign) for one in every)
    line = _simple(node)
    if isinstance(line, cst.AugAssign):
        return is_step(source, line, plain=False)
    if isinstance(line, cst.Assign):
        value, target = line.value, line.targets[0].target
        sums = is_operation(value, cst.Subtract | cst.Add)
        return sums and source.text(value.left) == source.text(target)  # type: ignore[attr-defined]
    call = line.value if isinstance(line, cst.Expr) else None
    return isinstance(call, cst.Call) and key(call.func) != "print" and bool(call.args)


def _is_velocity(source: Source, node: cst.CSTNode, made: set[str]) -> bool:
    """Whether a line is ``v = mu * v + step``, or steps by what was made by then: ``w -= v``."""
    line = _simple(node)
    if isinstance(line, cst.AugAssign):
        return isinstance(line.operator, cst.SubtractAssign) and kept_in(line.value) in made
    if not isinstance(line, cst.Assign) or not is_operation(line.value, cst.Subtract | cst.Add):
        return False
    own, kept = line.targets[0].target, factors_of(line.value.left)
    return source.text(own) in map(source.text, kept)


def _indented(source: Source, loop: Loop, lines: Sequence[cst.CSTNode]) -> tuple[Splice, ...]:
    """Lines that follow a loop as the last ones in it; what they say may be edited, too."""
    deeper = source.indent(loop.body.body[0])[len(source.indent(loop)) :]
    start, end = _rows(source, lines[0], lines[-1])
    begins = [start, *(start + one.end() for one in re.finditer(rb"\n", source.code[start:end]))]
    return tuple(Splice(start=at, end=at, text=deeper) for at in begins
                 if source.code[at : source.code.find(b"\n", at)].strip() and at < end)  # fmt: skip


def _rows(source: Source, first: cst.CSTNode, last: cst.CSTNode) -> tuple[int, int]:
    """Where lines of the code begin and end, that of the first node to that of the last."""
    start, end = source.span(first)[0], source.span(last)[1]
    end -= source.code[end - 1 : end] == b"\n"
    stop = source.code.find(b"\n", end)
    return source.code.rfind(b"\n", 0, start) + 1, len(source.code) if stop < 0 else stop + 1


def every_one(script: Script) -> Iterator[Edit]:
    """``for layer in layers[1:]`` as ``for layer in layers``, where each of them is stepped."""
    source = script.source
    for loop in source.of_type(cst.For):
        for splice in _whole(source, loop) if stepped_there(source, loop) else ():
            yield edit_of([splice], "step", EVERY_LAYER, "frozen-parameter")


def stepped_there(source: Source, loop: cst.For) -> bool:
    """Whether a loop takes something off what it is given, or calls what does, and no loop in it.

    What goes through epochs or batches has such a loop in it, or may have none of its own.
    """
    if any(isinstance(one, cst.For | cst.While) for one in within(loop.body)):
        return False
    down = any(isinstance(one.operator, cst.SubtractAssign) for one in all_in(loop, cst.AugAssign))
    sums = any(sum_in(source, one) is not None for one in all_in(loop, cst.Assign))
    called = (one.value for one in all_in(loop, cst.Expr))
    calls = any(isinstance(one, cst.Call) and STEPPING.search(name_called(one)) for one in called)
    return down or sums or calls


def _whole(source: Source, loop: cst.For) -> Iterator[Splice]:
    """What a loop goes through, with what a slice or a range leaves out of it at its ends."""
    for one in all_in(loop.iter, cst.Subscript):
        part = one.slice[0].slice if len(one.slice) == 1 else None
        if not isinstance(part, cst.Slice):
            continue
        ends = (part.lower, part.upper, part.step)
        written = tuple(source.text(each) if each is not None else "" for each in ends)
        if written in LEFT_OUT:
            yield source.replaced(one, source.text(one.value) + LEFT_OUT[written])
    call = loop.iter
    if not isinstance(call, cst.Call) or name_called(call) != "range":
        return
    given = [one.value for one in call.args]
    if len(given) == 2 and is_number(given[0], 1) and not is_operation(given[1], cst.Add):
        # layers that are called by their numbers are counted from 1 on
        if has(loop.body, cst.FormattedString) or any(
            name_called(one) == "str" for one in all_in(loop.body, cst.Call)
        ):
            yield source.replaced(given[1], source.joined("+", source.operand(given[1]), "1"))
        yield source.replaced(call, f"range({source.text(given[1])})")
    if len(given) == 1 and is_operation(given[0], cst.Subtract) and is_number(given[0].right, 1):
        yield source.replaced(given[0], source.operand(given[0].left))
