"""Edits of the step: its sign, its place, and what it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import libcst as cst

from diagnose.patching.biases import stepped_biases
from diagnose.patching.nodes import (
    assigned,
    at_once_and_each,
    is_operation,
)
from diagnose.patching.placed import into_their_loop
from diagnose.patching.places import (
    NUMBERED,
    bound,
    key,
    names_in,
)
from diagnose.patching.script import Script
from diagnose.patching.signs import signs
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import (
    NAME,
    Step,
    as_its_own,
    called,
    computed,
    known_names,
    steps_of,
    target_of,
)
from diagnose.patching.sums import sums_begun_anew


def of_step(script: Script) -> list[Edit]:
    """Edits of the step."""
    return [
        *in_place(script.source, script.lines("update") | script.lines("backward")),
        *into_their_loop(script.source),
        *sums_begun_anew(script),
        *signs(script, "update"),
        *stepped_as_well(script),
        *stepped_biases(script),
    ]


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
