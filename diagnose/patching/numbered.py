"""Edits of a count that compares answers to the test with labels of other samples."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.compared import WHY
from diagnose.patching.nodes import all_in, kept_in
from diagnose.patching.places import bindings, key, names_in
from diagnose.patching.samples import TEST
from diagnose.patching.source import Edit, Source


def labels_by_number(source: Source) -> Iterator[Edit]:
    """``answer == train[i][1]`` in a loop through ``test``, as ``answer == test[i][1]``.

    Where the loop goes through an array by numbers, and takes the label by the same number out of
    one that was made beside it, or is called as that is but for the word for the test.
    """
    loops: list[cst.For | cst.CompFor] = [*source.of_type(cst.For), *source.of_type(cst.CompFor)]
    for loop in loops:
        turns = {*names_in(loop.target)}
        through = [one for one in dict.fromkeys(names_in(loop.iter)) if one not in turns]
        for one in _compared(source, loop):
            for taken in _bases(one, turns):
                for other in through:
                    if other != key(taken) and _are_mates(source, key(taken), other):
                        yield source.edit(taken, other, "answer", WHY, "misleading-metric")


def _compared(source: Source, loop: cst.For | cst.CompFor) -> list[cst.Comparison]:
    """What a loop, or the list that it makes, holds against something, be it equal to it or not."""
    whole = loop if isinstance(loop, cst.For) else source.parent(loop) or loop
    every: list[cst.Comparison] = all_in(whole, cst.Comparison)
    alike = cst.Equal | cst.NotEqual
    return [one for one in every
            if len(one.comparisons) == 1 and isinstance(one.comparisons[0].operator, alike)
            if not _is_of_loop(source, one, whole)]  # fmt: skip


def _is_of_loop(source: Source, one: cst.CSTNode, whole: cst.CSTNode) -> bool:
    """Whether it stands in a loop that is within another one."""
    inner = (cst.For, cst.ListComp, cst.GeneratorExp)
    for above in source.above(one):
        if above is whole:
            return False
        if isinstance(above, inner):
            return True
    return False


def _bases(node: cst.Comparison, turns: set[str]) -> Iterator[cst.BaseExpression]:
    """The arrays of which a comparison takes something by the number of the turn."""
    sides: list[cst.BaseExpression] = [node.left, node.comparisons[0].comparator]
    for one in sides:
        base = one
        while isinstance(base, cst.Subscript):
            if turns & {*names_in(base.slice[0])} and kept_in(base):
                while isinstance(base, cst.Subscript):
                    base = base.value
                yield base
                break
            base = base.value


def _are_mates(source: Source, name: str, other: str) -> bool:
    """Whether two arrays were made in one statement, or are called alike but for the test."""
    mine, its = ({id(each.statement) for each in bindings(source) if each.name == one}
                 for one in (name, other))  # fmt: skip
    called = any(
        name.replace(train, test) == other != name if train else name + test == other
        for train, test in TEST
    )
    return bool(mine & its) or (called and bool(its))
