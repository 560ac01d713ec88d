"""Edits of sums of gradients that are never set back, so that each step has all before it in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import first_in, has, kept_in
from diagnose.patching.places import bindings, bound, names_in
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import Step, sum_in, target_of

WHY = "each step begins with a gradient of its own, and not with all before it"


def sums_begun_anew(script: Script) -> list[Edit]:
    """Sums on the lines of the backward pass and the step, begun anew in each step."""
    return of_sums(script.source, [
        one for kind in (cst.AugAssign, cst.Assign) for role in ("backward", "update")
        for one in script.inside(role, kind)
    ])  # fmt: skip


def of_sums(source: Source, statements: Sequence[Step]) -> list[Edit]:
    """``g`` as it was at first, where a turn begins; or ``g += gradient`` as ``g = gradient``.

    Also of ``gs = [g + d for g, d in zip(gs, ds)]``: the first value is written anew.
    """
    sums = [one for one in statements if is_added_up(source, one)]
    names = {kept_in(target_of(one)) for one in sums}
    # what takes another sum into itself is a step with it, and stays
    sums = [one for one in dict.fromkeys(sums) if not is_read_behind(source, one)
            and not (names - {kept_in(target_of(one))}) & {*names_in(one.value)}]  # fmt: skip
    ways = [[one] for one in _set_back(source, sums)]
    short = [one for one in sums if isinstance(one, cst.AugAssign)]
    alone = [source.replaced(one, f"{source.text(one.target)} = {source.text(one.value)}")
             for one in short]  # fmt: skip
    blocks: dict[int, list[Splice]] = {}
    for one, given in zip(short, alone, strict=True):
        blocks.setdefault(id(source.parent(source.statement(one))), []).append(given)
    ways += [*blocks.values(), *([one] for one in alone)]
    edits = [edit_of(some, "gradient", WHY, "update-direction") for some in ways]
    return list(dict.fromkeys(edits))


def is_read_behind(source: Source, node: Step) -> bool:
    """Whether a sum is read behind all loops alone, as what a function counts and returns."""
    name, scope, around = kept_in(target_of(node)), source.scope(node), source.loops(node)
    loops = [one for one in around if source.scope(one) is scope]
    given = [one.statement for one in bound(source, name, scope)]
    first = [one for one in given if isinstance(one, cst.Assign)]
    written = {id(each) for one in (node, *first) for each in within(one)}
    read = [one for one in source.of_type(cst.Name) if one.value == name
            and id(one) not in written and source.scope(one) is scope]  # fmt: skip
    behind = (one for one in read if loops and loops[-1] not in source.above(one))
    return bool(first and read) and len([*behind]) == len(read)


def is_added_up(source: Source, node: Step) -> bool:
    """Whether a statement adds something to what it gives a value."""
    if isinstance(node, cst.AugAssign):
        return isinstance(node.operator, cst.AddAssign)
    value = sum_in(source, node)
    return value is not None and isinstance(value.operator, cst.Add)


def _set_back(source: Source, sums: Sequence[Step]) -> Iterator[Splice]:
    """The statements that gave the sums their first value, written where a turn or a call begins.

    In the blocks around the sums, the outermost first: in an inner one, what is still to be summed
    would be lost. Where a method gave them that value, its call.
    """
    names = {kept_in(target_of(one)) for one in sums}
    first = [one for one in bindings(source) if one.name in names
             and not (one.value and one.name in {*names_in(one.value)})]  # fmt: skip
    for block in _around(source, sums):
        inside = {id(one) for one in source.nodes if block in source.above(one)}
        given = [one for one in first if id(one.statement) not in inside]
        if not given or len(given) < len(first):
            continue
        texts = list(dict.fromkeys(_text(source, one.statement) for one in given))
        # behind what a function says of itself
        said = first_in(block.body[0])
        is_text = isinstance(said, cst.Expr) and isinstance(said.value, cst.SimpleString)
        start = block.body[1] if is_text and len(block.body) > 1 else block.body[0]
        yield source.inserted_before(start, *texts)


def _text(source: Source, statement: cst.CSTNode) -> str:
    """A statement, or the call of the method without arguments that it stands in."""
    scope = source.scope(statement)
    if apart := in_one_line(source, statement):
        return apart
    if not isinstance(scope, cst.FunctionDef) or scope.name.value == "__init__":
        return source.text(statement)
    own = [one.name.value for one in scope.params.params]
    return f"self.{scope.name.value}()" if own == ["self"] else source.text(statement)


def in_one_line(source: Source, statement: cst.CSTNode) -> str:
    """``a = b = [0] * n``, one list with two names, as ``a, b = [0] * n, [0] * n``.

    Nothing for any other statement, and for numbers, which nobody writes into.
    """
    if not isinstance(statement, cst.Assign) or len(statement.targets) < 2:
        return ""
    if not has(statement.value, cst.List | cst.Call):
        return ""
    names = [source.text(one.target) for one in statement.targets]
    return f"{', '.join(names)} = {', '.join([source.text(statement.value)] * len(names))}"


def _around(source: Source, sums: Sequence[cst.CSTNode]) -> list[cst.IndentedBlock]:
    """The blocks of loops and functions around some statements, the outermost first."""
    around = cst.For | cst.While | cst.FunctionDef
    found = dict.fromkeys(
        block for one in sums for block in source.above(one)
        if isinstance(block, cst.IndentedBlock) and isinstance(source.parent(block), around)
    )  # fmt: skip
    return sorted(found, key=lambda block: source.span(block)[0])
