"""Edits of numbers by what they are called: a decay, a penalty; told by the source alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import Number, key, name_called
from diagnose.patching.source import Edit, Source

# What pulls weights to 0, and what makes a rate smaller, as people call it.
PULLS = re.compile(r"^(l1|l2|reg\w*|lam\w*|lmb\w*|wd|weight_?decay|penal\w*)$", re.I)
FADES = re.compile(r"decay|anneal|shrink|abkling|zerfall|decad|decai|zanik", re.I)
# Usual penalties lie between 1e-5 and 1e-2 (Loshchilov and Hutter 2019).
WEAKER, LEAST = 100, 1e-3


def of_strengths(source: Source) -> Iterator[Edit]:
    """A hundredth of each such number, and none of it; of a factor close to 1, which stays."""
    for node, name in _named(source):
        value = float(node.evaluated_value)
        if PULLS.search(name) and value >= LEAST:
            why = "weights are pulled to 0 less than they learn"
            for text in (f"{value / WEAKER:g}", "0.0"):
                yield source.edit(node, text, "gradient", why, "weight-decay")
        elif FADES.search(name) and 0 < value <= 1:
            for text in (f"{value / WEAKER:g}", "0.0", "1.0"):
                if float(text) != value:
                    yield Edit(
                        splices=(source.replaced(node, text),), part="pace",
                        defect="learning-rate",
                        why="the rate stays as it is, so that the training gets there",
                    )  # fmt: skip


def _named(source: Source) -> Iterator[tuple[Number, str]]:
    """The numbers of the source with what they are called by, where they are given a name."""
    every: list[Number] = [*source.of_type(cst.Float), *source.of_type(cst.Integer)]
    for node in every:
        name = called_by(source, node)
        if name:
            yield node, name


def called_by(source: Source, number: cst.CSTNode) -> str:
    """What a number is called: in an assignment, as a parameter, handed over, or as an option."""
    above = source.parent(number)
    if isinstance(above, cst.Assign):
        return key(above.targets[0].target).rpartition(".")[-1]
    if isinstance(above, cst.Element) and isinstance(rows := source.parent(above), cst.Tuple):
        line = source.parent(rows)
        names = line.targets[0].target if isinstance(line, cst.Assign) else None
        if isinstance(names, cst.Tuple) and len(names.elements) == len(rows.elements):
            return key(names.elements[rows.elements.index(above)].value)
    if isinstance(above, cst.Param):
        return above.name.value
    if isinstance(above, cst.Arg) and above.keyword is not None:
        call = source.parent(above)
        if isinstance(call, cst.Call) and name_called(call) == "add_argument":
            return option(call)
        return above.keyword.value
    return ""


def option(call: cst.Call) -> str:
    """What an option of the command line is called by: ``lr`` of ``add_argument('--lr')``."""
    texts = [
        one.value.raw_value
        for one in call.args
        if isinstance(one.value, cst.SimpleString) and one.keyword is None
    ]
    return max(texts, key=len, default="").lstrip("-").replace("-", "_")
