"""Edits of inputs, or of targets, of which two are one: of a table a column is taken twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import libcst as cst
import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.patching.batches import LEFT, whole_batches
from diagnose.patching.nodes import all_in, first_in
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source
from diagnose.patching.targets import of_repeated_labels
from diagnose.patching.told_alone import mended_by_print
from diagnose.patching.trial import Trials

# Fewer columns beside each other say nothing of the order in which they are taken.
LEAST = 3


def of_repeated_columns(source: Source) -> Iterator[Edit]:
    """``f(t[:, 1]), f(t[:, 1]), f(t[:, 2])``, of which the first was to be ``t[:, 0]``.

    One column twice, in a row that is in its order once that is another one, which is read nowhere.
    """
    for row in _rows(source):
        numbers = [int(one.evaluated_value) for one in row]
        base, every = _base(source, row[0]), map(_number, source.of_type(cst.Subscript))
        used = {*numbers} | {int(at.evaluated_value) for at in every
                             if at is not None and _base(source, at) == base}  # fmt: skip
        missing = {*range(max(used) + 1)} - used
        for place, number in enumerate(row):
            for other in missing if numbers.count(numbers[place]) > 1 else ():
                made = [*numbers[:place], other, *numbers[place + 1 :]]
                if all(one < two for one, two in pairwise(made)):
                    why = f"column {numbers[place]} is taken twice, and {other} was left out"
                    yield source.edit(number, str(other), "input", why)


def mended_though_sound(script: Script, trials: Trials) -> list[Edit]:
    """Edits of what was measured or seen of samples, with which the script then prints far more.

    A sound network is no better of as few inputs, of such targets, or of the same few samples, so
    that trainings do not tell.
    """
    source, network = script.source, script.network
    inputs, targets = _repeated(network)
    edits = [
        *(of_repeated_columns(source) if inputs else ()),
        *(of_repeated_labels(source) if targets else ()),
        *(whole_batches(script) if any(one in script.found for one in LEFT) else ()),
    ]
    return mended_by_print(edits, trials, network.classes) if edits else []


def has_repeated_columns(network: Network) -> bool:
    """Whether two inputs, or two targets, are one number in each sample, and not in all samples."""
    return any(_repeated(network))


def _repeated(network: Network) -> tuple[bool, bool]:
    """The same of the inputs, and of the targets.

    What is taken twice is so; of pictures, pixels at the edge are, but these are always 0.
    """
    if network.data is None:
        return False, False
    data = network.data()
    return _is_repeated(np.asarray(data.images)), _is_repeated(np.asarray(data.labels))


def _is_repeated(rows: Array) -> bool:
    columns = rows.reshape(len(rows), -1).T
    changing = [hash(one.tobytes()) for one in columns if one.min() < one.max()]
    return len({*changing}) < len(changing)


def _rows(source: Source) -> Iterator[Sequence[cst.Integer]]:
    """Columns of one table that are taken one after the other, in the same way each.

    On lines of their own, or as parts of one list, tuple or call.
    """
    for block in source.of_type(cst.IndentedBlock, cst.Module):
        lines = [first_in(one) for one in block.body]
        values = [one.value if isinstance(one, cst.Assign) else None for one in lines]
        yield from _alike(source, values)
    for several in source.of_type(cst.List, cst.Tuple):
        yield from _alike(source, [one.value for one in several.elements])
    for call in source.of_type(cst.Call):
        yield from _alike(source, [one.value for one in call.args])


def _alike(
    source: Source, values: Sequence[cst.BaseExpression | None]
) -> Iterator[Sequence[cst.Integer]]:
    """The numbers of the columns of each run of expressions that differ in nothing else."""
    row: list[cst.Integer] = []
    before = ""
    for value in (*values, None):
        number, made = _of_one_column(source, value)
        if row and (number is None or made != before):
            if len(row) >= LEAST:
                yield row
            row = []
        if number is not None:
            row, before = [*row, number], made


def _of_one_column(
    source: Source, value: cst.BaseExpression | None
) -> tuple[cst.Integer | None, str]:
    """The number of the column that an expression is made of, and how; None where it is not one."""
    every = all_in(value, cst.Subscript) if value is not None else []
    numbers = [at for one in every if (at := _number(one)) is not None]
    if value is None or len(numbers) != 1:
        return None, ""
    start = source.span(value)[0]
    begin, end = (at - start for at in source.span(numbers[0]))
    text = source.text(value).encode()
    return numbers[0], f"{text[:begin].decode()}_{text[end:].decode()}"


def _number(node: cst.Subscript) -> cst.Integer | None:
    """The number by which a column is taken: the last one, ``t[:, 1]`` or ``row[1]``."""
    at = node.slice[-1].slice
    return at.value if isinstance(at, cst.Index) and isinstance(at.value, cst.Integer) else None


def _base(source: Source, number: cst.Integer) -> str:
    """What a column is taken of, as it is written."""
    taken = next(one for one in source.above(number) if isinstance(one, cst.Subscript))
    return ",".join(map(source.text, (taken.value, *(each.slice for each in taken.slice[:-1]))))
