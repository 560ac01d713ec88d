"""Edits of the number of the step, by which an optimizer makes up for a mean that began with 0.

``m / (1 - beta ** t)`` divides by 0 where t is never counted on, and t is the number of parameters
that were stepped, and not of steps, where it is counted on in the loop over these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import Loop, all_in, is_number, is_operation
from diagnose.patching.places import names_in
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.stepping import target_of

WHY = "the number of the step is counted on once in each step"


def steps_counted(source: Source) -> Iterator[Edit]:
    """``t += 1`` where a step begins: of a ``t`` that stays as it is, or grows with parameters."""
    met = set[tuple[str, int]]()
    for node in source.of_type(cst.BinaryOperation):
        if not is_operation(node.right, cst.Power) or not is_number(node.left, 1):
            continue
        if not isinstance(node.operator, cst.Subtract):
            continue
        number = node.right.right
        name, scope = source.text(number), source.scope(node)
        if not isinstance(number, cst.Name | cst.Attribute | cst.Subscript):
            continue
        if (name, id(scope)) in met or _is_counted_by_a_loop(source, node, name):
            continue
        met.add((name, id(scope)))
        yield from _counted(source, node, name)


def _counted(source: Source, node: cst.CSTNode, name: str) -> Iterator[Edit]:
    """The edits of one number: it grows nowhere, or in a loop over the parameters."""
    grown = [one for one in _assigned(source) if _grows(source, one, name)]
    given = [
        one for one in source.of_type(cst.Assign)
        if len(one.targets) == 1 and source.text(one.targets[0].target) == name
        and isinstance(one.value, cst.Integer)
    ]  # fmt: skip
    loops = _over_parameters(source, node)
    place = loops[-1] if loops else source.statement(node)
    if not grown and given and _is_known(source, place, name, given):
        begins_at_one = is_number(given[0].value, 1)
        write = source.inserted_after if begins_at_one and loops else source.inserted_before
        yield _edit(write(place, f"{name} += 1"))
    for one in grown:
        if loops and loops[-1] in source.above(one) and loops[-1] not in _around(source, given):
            text = source.text(one)
            yield _edit(source.inserted_before(loops[-1], text), source.removed(one))


def _edit(*splices: Splice) -> Edit:
    return Edit(splices=splices, part="step", defect="", why=WHY)


def _assigned(source: Source) -> list[cst.AugAssign | cst.Assign]:
    return [*source.of_type(cst.AugAssign), *source.of_type(cst.Assign)]


def _grows(source: Source, one: cst.AugAssign | cst.Assign, name: str) -> bool:
    """Whether it is ``t += 1``, or ``t = t + 1``."""
    if source.text(target_of(one)) != name:
        return False
    if isinstance(one, cst.AugAssign):
        return isinstance(one.operator, cst.AddAssign)
    return is_operation(one.value, cst.Add) and source.text(one.value.left) == name


def _is_counted_by_a_loop(source: Source, node: cst.CSTNode, name: str) -> bool:
    return any(name in {*names_in(one.target)} for one in source.above(node)
               if isinstance(one, cst.For))  # fmt: skip


def _is_known(source: Source, place: cst.CSTNode, name: str, given: Sequence[cst.CSTNode]) -> bool:
    """Whether it may be counted on there: of an object, or given its value in the same function.

    And outside of the loop, which would set it back.
    """
    if "." not in name and any(source.scope(one) is not source.scope(place) for one in given):
        return False
    around = source.loops(place)[:1]
    inside = _around(source, given)
    return "." in name or (bool(around) and around[0] not in inside)


def _around(source: Source, nodes: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    return [loop for one in nodes for loop in source.loops(one)]


def _over_parameters(source: Source, node: cst.CSTNode) -> list[Loop]:
    """The loops around a step, innermost first, that go through what is stepped, or its places."""
    found = []
    for loop in source.loops(node):
        own = {*names_in(loop.target)} if isinstance(loop, cst.For) else set[str]()
        targets = [target_of(one) for one in all_in(loop, cst.AugAssign)]
        targets += [one.targets[0].target for one in all_in(loop, cst.Assign)]
        placed = [one for one in targets if isinstance(one, cst.Subscript | cst.Attribute)]
        stepped = [one for one in targets if isinstance(one, cst.Name)
                   and source.text(one) in own]  # fmt: skip
        if not own & {name for one in (*placed, *stepped) for name in _names(one)}:
            break
        found.append(loop)
    return found


def _names(node: cst.CSTNode) -> set[str]:
    return {one.value for one in all_in(node, cst.Name)}
