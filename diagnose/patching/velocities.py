"""Edits of what optimizers keep: velocities, a share of what they were, and the number of the step.

By that number means that began with 0 are made up for: ``m / (1 - beta ** t)`` divides by 0 where t
is never counted on, and t is the number of parameters that were stepped, and not of steps, where it
is counted on in the loop over these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isclose

import libcst as cst

from diagnose.patching.nodes import (
    Loop,
    Number,
    Variable,
    all_in,
    at_once_and_each,
    is_number,
    is_operation,
    kept_in,
)
from diagnose.patching.places import bindings, names_in
from diagnose.patching.products import factors_of
from diagnose.patching.script import Script, edited
from diagnose.patching.signs import turned
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.stepping import Step, is_step, is_sum, target_of
from diagnose.patching.sums import is_added_up

# How people call what a velocity keeps of itself, and a velocity.
SHARE = re.compile(r"mu|mom\w*|beta_?\d?|gamma|rho", re.I)
VELOCITY = re.compile(r"v|v[a-z]?\d|v_?[dwbm]\w*|vel\w*|mom\w*", re.I)
# The share that is usual, where the script has no number for it.
USUAL = "0.9"
ONE_WAY = "a velocity goes on in the way in which it went"
COUNTED_ON = "the number of the step is counted on once in each step"


def kept_in_part(script: Script) -> Iterator[Edit]:
    """``v += g``, which keeps all of what it was, below ``v *= mu``; ``v = v + g`` by it.

    By the number that was written for it and is read nowhere, or by the usual one.
    """
    source = script.source
    share = next(_unread(source), USUAL)
    why = f"a velocity keeps {share} of what it was, and not all of it"
    for one in (*script.inside("update", cst.AugAssign), *script.inside("update", cst.Assign)):
        target = source.text(target_of(one))
        sums = is_sum(one.value) and source.text(one.value.left) == target
        added = isinstance(one, cst.AugAssign) and is_step(source, one, plain=True)
        if not (added or sums) or not _steps_another(script, target):
            continue
        if _is_shrunk(script, target):
            continue
        if added:
            line = source.inserted_before(source.statement(one), f"{target} *= {share}")
            yield edit_of([line], "step", why, "update-direction")
        else:
            text = source.joined("*", share, target)
            yield edited(script, "update", one.value.left, text, why, "update-direction")


def of_its_own(script: Script) -> Iterator[Edit]:
    """``v1 = mu * v2 - step``, which goes on from another velocity, as ``v1 = mu * v1 - step``."""
    source = script.source
    for one in script.inside("update", cst.Assign):
        target, value = one.targets[0].target, one.value
        if not is_sum(value) or not is_operation(value.left, cst.Multiply):
            continue
        own = source.text(target)
        every = factors_of(value.left)
        if not isinstance(target, Variable) or own in [source.text(each) for each in every]:
            continue
        for other in every:
            if isinstance(other, Variable) and _is_made(script, source.text(other)):
                why = f"{own} keeps a share of what it was, and not of {source.text(other)}"
                yield edited(script, "update", other, own, why, "update-direction")


def of_one_way(script: Script) -> Iterator[Edit]:
    """``rate * g - mu * v``, a velocity that turns round in each step, with a plus."""
    every = script.inside("update", cst.BinaryOperation)
    pairs = [(one, turned(one)) for one in every if _is_difference(script.source, one)]
    for some in at_once_and_each(pairs):
        yield script.source.edit_each(some, "step", ONE_WAY, "update-direction")


def named_velocities(source: Source) -> Iterator[Edit]:
    """The same by what is written alone, where the names tell which the velocity is."""
    for node in source.of_type(cst.BinaryOperation):
        kept = [kept_in(one).rpartition(".")[-1] for one in factors_of(node.right)]
        shares = [one for one in kept if SHARE.fullmatch(one)]
        named = shares and any(VELOCITY.fullmatch(one) for one in kept if one != shares[0])
        if named and _is_difference(source, node):
            yield source.edit(node, turned(node), "step", ONE_WAY, "update-direction")


def velocity_in(source: Source, node: cst.Assign) -> cst.BinaryOperation | None:
    """The sum that a velocity becomes, ``mu * v - rate * g``; None where it becomes another one.

    Nor of a mean: what one keeps and what it takes are 1 together, as in ``.9 * m + .1 * g``.
    """
    value = node.value
    if not is_sum(value) or not is_operation(value.left, cst.Multiply):
        return None
    kept, added = factors_of(value.left), factors_of(value.right, opened=True)
    own = source.text(target_of(node))
    shares = [one for one in added if is_operation(one, cst.Subtract) and is_number(one.left, 1)]
    numbers = [sum(float(one.evaluated_value) for one in some if isinstance(one, Number))
               for some in (kept, added)]  # fmt: skip
    is_mean = bool(shares) or isclose(sum(numbers), 1)
    return value if own in map(source.text, kept) and not is_mean else None


def stepped_against(source: Source) -> Iterator[Edit]:
    """``v = mu * v - rate * g`` and then ``w -= v``, which goes up, as ``w += v``; all of these."""
    down = {
        (source.text(target_of(one)), id(source.scope(one))) for one in source.of_type(cst.Assign)
        if is_operation(velocity_in(source, one), cst.Subtract)
    }  # fmt: skip
    steps: list[cst.AugAssign | cst.BinaryOperation] = [
        one for one in source.of_type(cst.AugAssign)
        if isinstance(one.operator, cst.SubtractAssign)
        and (source.text(one.value), id(source.scope(one))) in down
    ]  # fmt: skip
    steps += [one for one in source.operations(cst.Subtract)
              if (source.text(one.right), id(source.scope(one))) in down]  # fmt: skip
    for some in at_once_and_each([(one, turned(one)) for one in steps]):
        why = "what a velocity takes off the weights it has taken off already: it is added to them"
        yield source.edit_each(some, "step", why, "update-direction")


def _is_difference(source: Source, node: cst.BinaryOperation) -> bool:
    """Whether something is given one product less another."""
    both = is_operation(node.left, cst.Multiply) and is_operation(node.right, cst.Multiply)
    given = isinstance(source.parent(node), cst.Return | cst.Assign)
    return given and both and is_operation(node, cst.Subtract)


def _unread(source: Source) -> Iterator[str]:
    """The names of numbers between 0 and 1 that nothing reads."""
    read = [one.value for one in source.of_type(cst.Name)]
    for one in bindings(source):
        value = one.value
        share = isinstance(value, cst.Float) and 0 < float(value.evaluated_value) < 1
        if share and one.name.isidentifier() and read.count(one.name) == 1:
            yield one.name


def _steps_another(script: Script, target: str) -> bool:
    """Whether what is summed up is what a parameter is stepped by."""
    text, read = script.source.text, re.compile(rf"(?<![\w.]){re.escape(target)}(?!\w)")
    every = [*script.inside("update", cst.AugAssign), *script.inside("update", cst.Assign)]
    return any(text(target_of(one)) != target and read.search(text(one.value)) for one in every)


def _is_shrunk(script: Script, target: str) -> bool:
    """Whether a line makes it smaller already."""
    return any(
        isinstance(one.operator, cst.MultiplyAssign) and script.source.text(one.target) == target
        for one in script.source.of_type(cst.AugAssign)
    )


def steps_counted(source: Source) -> Iterator[Edit]:
    """``t += 1`` where a step begins: of a ``t`` that stays as it is, or grows with parameters."""
    met = set[tuple[str, int]]()
    for node in source.operations(cst.Subtract):
        if not is_operation(node.right, cst.Power) or not is_number(node.left, 1):
            continue
        number, scope = node.right.right, source.scope(node)
        if not isinstance(number, Variable) or (source.text(number), id(scope)) in met:
            continue
        name = source.text(number)
        turns = [one.target for one in source.above(node) if isinstance(one, cst.For)]
        if not any(name in names_in(one) for one in turns):
            met.add((name, id(scope)))
            yield from _counted(source, node, name)


def _counted(source: Source, node: cst.CSTNode, name: str) -> Iterator[Edit]:
    """The edits of one number: it grows nowhere, or in a loop over the parameters."""
    every = source.of_type(cst.AugAssign, cst.Assign)
    grown = [one for one in every if _grows(source, one, name)]
    given = [one for one in source.of_type(cst.Assign) if isinstance(one.value, cst.Integer)
             if len(one.targets) == 1 and source.text(one.targets[0].target) == name]  # fmt: skip
    loops = _over_parameters(source, node)
    place = loops[-1] if loops else source.statement(node)
    if not grown and given and _is_known(source, place, name, given):
        begins_at_one = is_number(given[0].value, 1)
        write = source.inserted_after if begins_at_one and loops else source.inserted_before
        yield edit_of([write(place, f"{name} += 1")], "step", COUNTED_ON)
    for one in grown:
        if loops and loops[-1] in source.above(one) and loops[-1] not in _around(source, given):
            moved = [source.inserted_before(loops[-1], source.text(one)), source.removed(one)]
            yield edit_of(moved, "step", COUNTED_ON)


def _grows(source: Source, one: Step, name: str) -> bool:
    """Whether it is ``t += 1``, or ``t = t + 1``."""
    return source.text(target_of(one)) == name and is_added_up(source, one)


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
        targets = [one.target for one in all_in(loop, cst.AugAssign)]
        targets += [one.targets[0].target for one in all_in(loop, cst.Assign)]
        names = (each.value for one in targets if isinstance(one, Variable)
                 for each in all_in(one, cst.Name))  # fmt: skip
        if not own & {*names}:
            break
        found.append(loop)
    return found


def _is_made(script: Script, text: str) -> bool:
    """Whether a line of the step gives this a value, so that it is no share that is kept."""
    return any(
        script.source.text(one.targets[0].target) == text
        for one in script.inside("update", cst.Assign)
    )
