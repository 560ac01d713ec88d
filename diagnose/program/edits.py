"""Edits of the statements in which a slip may be, as other operations in the graph of a step.

Another operand, another sign, a factor less or more, a transpose, another axis: which of them sets
gradients right is seen by running the step again with each.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from diagnose.program.factors import (
    OTHER_WAY,
    PRODUCTS,
    SLOPES,
    Made,
    more_factors,
    other_factors,
    with_named,
    with_operand,
)
from diagnose.program.graph import GIVEN, Graph, Operation, Slot
from diagnose.program.judging import Judgement
from diagnose.program.locating import Slip
from diagnose.program.names import Names, alive, called, is_name, names_of
from diagnose.program.points import is_number
from diagnose.program.slicing import added_at
from diagnose.program.writing import (
    Splice,
    Text,
    alike,
    between,
    flipped,
    instead,
    only,
    operands,
    regrouped,
    replaced,
    swapped,
    times,
)
from diagnose.recording.operations import BINARY, COMPARE, LESS, MATMULS, SUMS
from diagnose.recording.sites import Site

# Statements behind a slip in which it may be mended.
MOST_STATEMENTS = 6
# Comparisons by size, and how they are written.
SIGNS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
# What gives something else where its two operands change places.
IN_ORDER = LESS | MATMULS | {"outer"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An edit: the operations that it puts in the place of others, and what it writes.

    cost: how much a teacher would call it changed. what: in a few words.
    """

    operations: Mapping[int, Operation]
    file: str
    splices: tuple[Splice, ...]
    cost: float
    what: str


def candidates(
    made: Judgement, slip: Slip, sites: Sequence[Site], texts: Mapping[str, Text], *,
    wider: bool = False,
) -> Iterator[Iterator[Candidate]]:  # fmt: skip
    """Edits of each statement in which a slip may be, the likeliest statements first.

    wider: those that write something else in the place of whole factors and sums; there are many.
    """
    names = names_of(made.graph, sites, texts)
    for statement in _statements(made, slip, sites):
        text = texts.get(statement[0])
        if text is not None:
            yield _of_line(made, statement, text, sites, names, wider)


def _of_line(
    made: Judgement, statement: tuple[str, int], text: Text, sites: Sequence[Site], names: Names,
    wider: bool,
) -> Iterator[Candidate]:  # fmt: skip
    graph = made.graph
    several = [one for one in graph.operations if sites[one.site].at == statement]
    places: dict[tuple[int, str], list[Operation]] = {}
    for one in several:
        if one.texts:
            places.setdefault((one.site, one.name), []).append(one)
    for (site, _), same in places.items():
        node = text.expression(sites[site].span)
        if node is not None:
            forward = made.joint.forward
            yield from _of_operation(graph, same, node, text, sites[site], names, forward, wider)
            if wider:
                make, behind = partial(_everywhere, same, statement[0]), made.joint.behind
                yield from more_factors(graph, same, node, text, make, names, behind)
    if not wider:
        yield from _of_statement(made, several, text, statement, names)
        yield from _added_up(several, text, statement, sites)
        yield from _added_at(several, text, statement, sites)


def _statements(made: Judgement, slip: Slip, sites: Sequence[Site]) -> list[tuple[str, int]]:
    """The lines in which a slip may be mended: its own, that which calls it, and some behind."""
    graph = made.graph
    found = [sites[slip.site].at]
    if slip.caller is not None:
        found.insert(0, sites[slip.caller].at)
    ahead = [*slip.values]  # what is right may lack something where it was made
    while ahead:
        made_it = graph.operation(ahead.pop())
        for operand in made_it.operands if made_it is not None else ():
            before = graph.operation(operand)
            if made_it is None or before is None or operand not in made.joint.behind:
                continue
            if sites[before.site].at == sites[made_it.site].at:
                ahead.append(operand)
            else:
                found.append(sites[before.site].at)
    after = graph.reached(slip.values)
    for one in graph.operations:
        if one.value in after:
            found += [sites[one.site].at, *(sites[call].at for call in reversed(one.calls))]
        if len({*found}) > MOST_STATEMENTS:
            break
    return [*dict.fromkeys(found)]


def _fits(graph: Graph, old: int, new: int) -> bool:
    left, right = graph.recorded[old], graph.recorded[new]
    return new != old and is_number(right) and (left is None or np.shape(left) == np.shape(right))


def _with(one: Operation, at: int, argument: Any) -> Operation:
    return replace(one, args=(*one.args[:at], argument, *one.args[at + 1 :]))


def _of_operation(
    graph: Graph, same: list[Operation], node: ast.AST, text: Text, site: Site, names: Names,
    forward: Set[int], wider: bool,
) -> Iterator[Candidate]:  # fmt: skip
    """Edits of one operation, in all the places of the step where it is done.

    forward: what the parameters make, at which alone slopes are taken.
    """
    made = partial(_everywhere, same, site.file)
    first = same[0]
    if wider:
        yield from _rewritten(graph, same, node, text, made, names, forward)
        return
    if isinstance(node, ast.BinOp | ast.AugAssign) and first.name in ("Add", "Sub"):
        other, function = ("Sub", np.subtract) if first.name == "Add" else ("Add", np.add)
        yield from made(
            lambda one: replace(one, name=other, function=function),
            flipped(text, node), 1, "the other sign",
        )  # fmt: skip
    if first.name in IN_ORDER and len(first.args) == 2 and isinstance(node, ast.BinOp | ast.Call):
        yield from made(
            lambda one: replace(one, args=one.args[::-1]), swapped(text, node), 1,
            "the other way round",
        )  # fmt: skip
    if isinstance(node, ast.BinOp) and first.name in OTHER_WAY:
        _, _, sign, other = OTHER_WAY[first.name]
        yield from made(
            _other_way, between(text, node.left, node.right, sign, other), 1,
            f"`{other}` in its place",
        )  # fmt: skip
    if isinstance(node, ast.BinOp) and len(first.args) == 2:
        for side in (0, 1):
            if splices := regrouped(text, node, side):
                yield from made(
                    partial(_regrouped, graph=graph, side=side), splices, 1, "other brackets"
                )
            yield from made(
                partial(_side, side=side),
                only(text, node, side), 2, "a factor less",
            )  # fmt: skip
    if isinstance(node, ast.Compare) and first.name in SIGNS:
        for name in (one for one in SIGNS if one != first.name):
            yield from made(
                partial(_compared, name=name),
                between(text, node.left, node.comparators[0], SIGNS[first.name], SIGNS[name]), 1,
                "another comparison",
            )  # fmt: skip
    if isinstance(node, ast.Compare) and first.name in SIGNS and len(first.operands) == 2:
        for side, name in itertools.product((0, 1), SIGNS):
            kept = (node.left, node.comparators[0])[side]
            yield from made(
                partial(_beside_zero, side=side, name=name),
                replaced(text, node, f"{text.text(kept)} {SIGNS[name]} 0"), 2, "compared with 0",
            )  # fmt: skip
    if isinstance(node, ast.Call) and len(first.operands) == 1 and type(first.args[0]) is Slot:
        inside = node.args[0] if _is_function(node) and node.args else operands(node)[0]
        yield from made(partial(_side, side=0), instead(text, node, inside), 2, "without the call")
    if first.name == "where" and isinstance(node, ast.Call) and len(node.args) == len(first.args):
        for at, number in itertools.product((1, 2), (0, 1)):
            yield from made(
                partial(_with, at=at, argument=number),
                replaced(text, node.args[at], str(number)), 2, "another number",
            )  # fmt: skip
    if first.name in SUMS and isinstance(node, ast.Call):
        yield from _other_axes(graph, same, node, text, made)
    if first.name in MATMULS and len(operands(node)) >= 2:
        yield from _turned(first, node, text, made)
    if isinstance(node, ast.expr):
        for name, value in alive(names, first):
            if graph.operation(value) is None or not is_number(graph.recorded[value]):
                continue
            for form, slope in SLOPES if value in forward else ():
                yield from made(
                    partial(_sloped, names=names, name=name, slope=slope),
                    times(text, node, form.format(name)), 3, "the slope",
                )  # fmt: skip


def _rewritten(
    graph: Graph, same: list[Operation], node: ast.AST, text: Text, made: Made, names: Names,
    forward: Set[int],
) -> Iterator[Candidate]:  # fmt: skip
    """Something else in the place of a factor, of a sum, or of all that an operation gives."""
    first = same[0]
    if not isinstance(node, ast.expr):
        return
    if isinstance(node, ast.BinOp) and first.name in PRODUCTS:
        yield from other_factors(graph, same, node, text, made, names, forward)
    for name, value in alive(names, first):
        if graph.operation(value) is not None and _fits(graph, first.value, value):
            yield from made(
                partial(_named, names=names, name=name), replaced(text, node, name), 2,
                f"`{name}` in the place of `{text.text(node)}`",
            )  # fmt: skip


def _everywhere(
    same: Sequence[Operation], file: str, change: Callable[[Operation], Operation | None],
    splice: Splice | tuple[Splice, ...] | None, cost: float, what: str,
) -> Iterator[Candidate]:  # fmt: skip
    """One edit in all the places of the step where an operation is done."""
    changed = {one.value: change(one) for one in same}
    if splice is not None and all(one is not None for one in changed.values()):
        yield Candidate(
            operations={value: one for value, one in changed.items() if one is not None},
            splices=splice if isinstance(splice, tuple) else (splice,),
            file=file, cost=cost, what=what,
        )  # fmt: skip


def _other_way(one: Operation) -> Operation:
    name, function, *_ = OTHER_WAY[one.name]
    return replace(one, name=name, function=function)


def _compared(one: Operation, name: str) -> Operation:
    return replace(one, name=name, function=COMPARE[name])


def _beside_zero(one: Operation, side: int, name: str) -> Operation:
    return replace(one, name=name, function=COMPARE[name], args=(one.args[side], 0))


def _side(one: Operation, side: int) -> Operation:
    return replace(one, name="positive", function=np.asarray, args=(one.args[side],), kw={})


def _regrouped(one: Operation, graph: Graph, side: int) -> Operation | None:
    """The inner operation done last, and the outer one first."""
    argument, other = one.args[side], one.args[1 - side]
    inner = graph.operation(argument.value) if type(argument) is Slot else None
    if inner is None or inner.name not in BINARY or len(inner.args) != 2:
        return None
    first, last = one.function, inner.function

    def function(*given: Any) -> Any:
        left, middle, right = given
        if side:
            return last(first(left, middle), right)
        return last(left, first(middle, right))

    args = (other, *inner.args) if side else (*inner.args, other)
    return replace(one, name="regrouped", function=function, args=args)


def _sloped(
    one: Operation, names: Names, name: str, slope: Callable[[Any], Any]
) -> Operation | None:
    return with_named(one, names, name, "sloped", lambda does, taken, at: does(*taken) * slope(at))


def _named(one: Operation, names: Names, name: str) -> Operation | None:
    """What a name stands for, in the place of what an operation gives."""
    value = called(names, one, name)
    if value is None:
        return None
    return replace(one, name="positive", function=np.asarray, args=(Slot(value),), kw={})


def other_axes(
    graph: Graph, same: Sequence[Operation], text: Text, site: Site
) -> Iterator[Candidate]:
    """A sum along other axes, wherever a step takes it; none where its text is no call."""
    node = text.expression(site.span)
    if isinstance(node, ast.Call):
        yield from _other_axes(graph, same, node, text, partial(_everywhere, same, site.file))


def _other_axes(
    graph: Graph, same: Sequence[Operation], node: ast.Call, text: Text, made: Made
) -> Iterator[Candidate]:
    given = {one.arg: one.value for one in node.keywords}
    first = same[0]
    whole = first.args[0]
    dimensions = range(np.ndim(graph.recorded[whole.value]) if type(whole) is Slot else 0)
    several = [one for count in (1, 2, 3) for one in itertools.combinations(dimensions, count)]
    for axes in several if len(dimensions) > 1 else ():
        axis = axes if len(axes) > 1 else axes[0]
        for keepdims in (False, True):
            kw: dict[str, Any] = {"axis": axis} | ({"keepdims": True} if keepdims else {})
            if first.kw == kw or ("axis" in given and not _is_constant(given["axis"])):
                continue
            inside = ", ".join(f"{name}={value}" for name, value in kw.items())
            positional = node.args[:1] if _is_function(node) else []
            start = text.ends(node.func)[1]
            written = ", ".join([*(text.text(one) for one in positional), inside])
            yield from made(
                lambda one, kw=kw: replace(one, args=one.args[:1], kw=kw),
                Splice(start, text.ends(node)[1], f"({written})"), 1, "another axis",
            )  # fmt: skip


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Tuple) and all(map(_is_constant, node.elts))
    )


def _is_function(node: ast.Call) -> bool:
    """Whether what is summed is the first that the call is given, and not what it belongs to."""
    return isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("np", "numpy")
    )


def _turned(first: Operation, node: ast.AST, text: Text, made: Made) -> Iterator[Candidate]:
    """A transpose more, or less, of either side of a product."""
    sides = operands(node)[-2:]
    for at, side in enumerate(sides):
        written = text.text(side)
        is_turned = isinstance(side, ast.Attribute) and side.attr == "T"
        new = (
            written[:-2]
            if is_turned
            else f"({written}).T"
            if isinstance(side, ast.BinOp)
            else f"{written}.T"
        )

        def change(one: Operation, at: int = at) -> Operation:
            inner = one.function

            def function(*given: Any) -> Any:
                turned = [np.asarray(each).T if n == at else each for n, each in enumerate(given)]
                return inner(*turned)

            return replace(one, function=function)

        yield from made(change, replaced(text, side, new), 1, "the transpose")


def _of_statement(
    made: Judgement, several: list[Operation], text: Text, statement: tuple[str, int], names: Names
) -> Iterator[Candidate]:  # fmt: skip
    """Other names in a statement: in all places in which something stands, or in one of them.

    A number that was chosen, such as a rate, stands in the place of nothing that is computed.
    """
    graph = made.graph
    chosen = {one.value for one in graph.inputs if one.kind == GIVEN} - made.joint.fed
    node = text.statement(statement[1])
    if node is None:
        return
    uses: dict[str, list[Use]] = {}
    for one in several:
        for at, (written, argument) in enumerate(zip(one.texts, one.args, strict=False)):
            if written and type(argument) is Slot and is_number(graph.recorded[argument.value]):
                uses.setdefault(written, []).append(Use(one, at, one))
    for written, found in _handed_in(graph, statement, node, text, names).items():
        uses.setdefault(written, found)
    stand_for = {
        written: places[0].operation.args[places[0].at].value for written, places in uses.items()
    }
    for written, places in uses.items():
        first, old = places[0].written, stand_for[written]
        for name, value in alive(names, first):
            if name != written and value not in chosen and _fits(graph, old, value):
                cost = 0.5 if name in written else 1.0
                yield from _renamed(uses, {written: name}, text, statement, names, cost)
                yield from _renamed_once(places, written, name, text, statement, names)
    computed = [written for written in uses if stand_for[written] not in chosen]
    for mine, its in itertools.combinations(computed, 2):
        if _fits(graph, stand_for[mine], stand_for[its]):
            yield from _renamed(uses, {mine: its, its: mine}, text, statement, names, 1.0)


class Use(NamedTuple):
    """An operation, which of its arguments, and the operation by whose place that is written."""

    operation: Operation
    at: int
    written: Operation


def _handed_in(
    graph: Graph, statement: tuple[str, int], node: ast.stmt, text: Text, names: Names
) -> dict[str, list[Use]]:  # fmt: skip
    """What the author's own functions do with what a statement hands to them, by what it writes."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    found: dict[str, list[Use]] = {}
    for one in graph.operations if calls else ():
        site = one.calls[-1] if one.calls else 0
        if not site or names.sites[site].at != statement:
            continue
        outer = graph.frames(one.frame)[1:2]
        caller = replace(one, frame=outer[0] if outer else (), site=site)
        for call in calls:
            if text.expression(names.sites[site].span) is not call:
                continue
            for written in map(text.text, call.args):
                value = called(names, caller, written) if is_name(written) else None
                found.setdefault(written, []).extend(
                    Use(one, at, caller) for at, argument in enumerate(one.args)
                    if type(argument) is Slot and argument.value == value
                )  # fmt: skip
    return {written: several for written, several in found.items() if several}


def _renamed(
    uses: Mapping[str, list[Use]], others: Mapping[str, str], text: Text,
    statement: tuple[str, int], names: Names, cost: float,
) -> Iterator[Candidate]:  # fmt: skip
    """Other names in the place of some, wherever a statement takes them."""
    node = text.statement(statement[1])
    assert node is not None
    changed: dict[int, Operation] = {}
    splices: list[Splice] = []
    for written, name in others.items():
        found = [replaced(text, each, name) for each in alike(text, node, written)]
        for one, where, place in uses[written]:
            new = called(names, place, name)
            if new is None or not found:
                return
            changed[one.value] = _with(changed.get(one.value, one), where, Slot(new))
        splices += found
    what = ", ".join(f"`{name}` in the place of `{written}`" for written, name in others.items())
    yield Candidate(
        operations=changed, file=statement[0], splices=tuple(splices), cost=cost, what=what
    )


def _renamed_once(
    places: Sequence[Use], written: str, name: str, text: Text, statement: tuple[str, int],
    names: Names,
) -> Iterator[Candidate]:  # fmt: skip
    """Another name in the place of one that a statement takes several times, once at each."""
    sites = {(one.operation.site, one.at): None for one in places if one.written is one.operation}
    for site, at in sites if len(sites) > 1 else ():
        node = text.expression(names.sites[site].span)
        its = operands(node)[at : at + 1] if node is not None else []
        changed = {
            one.operation.value: _with(one.operation, at, Slot(new)) for one in places
            if (one.operation.site, one.at) == (site, at)
            and (new := called(names, one.written, name)) is not None
        }  # fmt: skip
        for expression in its if changed else ():
            if ast.unparse(expression) == written:
                yield Candidate(
                    operations=changed, file=statement[0],
                    splices=(replaced(text, expression, name),), cost=1.0,
                    what=f"`{name}` in the place of `{written}`",
                )  # fmt: skip


def _added_up(
    several: list[Operation], text: Text, statement: tuple[str, int], sites: Sequence[Site]
) -> Iterator[Candidate]:
    """What is given anew each time a statement is done, added to what it was before."""
    node = text.statement(statement[1])
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return
    last = [one for one in several if sites[one.site].target]
    site = last[-1].site if last else None
    each = [one for one in last if one.site == site]
    if len(each) < 2 or len({one.frame for one in each}) > 1:
        return  # a name is another one in each run of a function
    changed = {
        one.value: with_operand(
            one, before.value, "added", lambda does, taken, so_far: does(*taken) + so_far
        )
        for before, one in pairwise(each)
    }
    start, end = text.ends(node.targets[0])[1], text.ends(node.value)[0]
    between = text.code[start:end].decode()
    yield Candidate(
        operations=changed, file=statement[0],
        splices=(Splice(start, end, between.replace("=", "+=", 1)),), cost=1,
        what="added to what came before",
    )  # fmt: skip


def _added_at(
    several: list[Operation], text: Text, statement: tuple[str, int], sites: Sequence[Site]
) -> Iterator[Candidate]:
    """Steps of some rows added up where a row is met twice: a store keeps the last of them."""
    stores = [one for one in several if one.name == "scatter"]
    node = text.statement(statement[1])
    if not stores or not isinstance(node, ast.AugAssign) or text.numpy_name is None:
        return
    if not isinstance(node.target, ast.Subscript) or not isinstance(node.op, ast.Add | ast.Sub):
        return

    def function(old: Any, index: Any, new: Any) -> Any:
        old = np.asarray(old)
        return added_at(old, index, np.asarray(new) - old[index])

    name = f"{text.numpy_name}.{'add' if isinstance(node.op, ast.Add) else 'subtract'}.at"
    given = ", ".join(map(text.text, (node.target.value, node.target.slice, node.value)))
    yield Candidate(
        operations={one.value: replace(one, name="added_at", function=function) for one in stores},
        file=statement[0], splices=(Splice(*text.ends(node), f"{name}({given})"),), cost=2,
        what="added up at rows that are met twice",
    )  # fmt: skip
