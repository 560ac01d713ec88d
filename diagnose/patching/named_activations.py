"""The last activation where an author calls it by its name: ``Layer(10, 1, "tanh")``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import name_called
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, Splice

# How people call these.
NAMES = {"linear": re.compile("lin|ident|none", re.I), "tanh": re.compile("tanh", re.I)}
# What an ``else`` takes, where no name stands for a layer without an activation.
LINEAR = '"linear"'
RECTIFIED, ANY = re.compile("relu|rectif", re.I), re.compile("")
# The last layer is mostly the last one that is made, or the only one that is made by itself.
MOST = 2
# A layer, its activation, and the same again.
LEAST_LAYERS = 4


def named_otherwise(script: Script, wanted: str, why: str) -> Iterator[Edit]:
    """The name of the last activation as another one that the script knows, the last one first.

    wanted: ``linear`` or ``tanh``.
    """
    source, given = script.source, script.network.layers[-1].activation
    known = _known(source)
    those = [one for one in known.values() if NAMES[wanted].search(source.text(one))]
    text = source.text(those[0]) if those else LINEAR if wanted == "linear" else ""
    if not text:
        return
    inside = {id(one) for one in known.values()}
    named = [
        one
        for one in source.of_type(cst.SimpleString)
        if one.value[1:-1] in known
        and re.search(given[:4], one.value, re.I)
        and id(one) not in inside
        and isinstance(source.parent(one), cst.Arg | cst.Element)
    ]
    for one in sorted(named, key=lambda each: source.span(each)[0], reverse=True)[:MOST]:
        yield source.edit(one, text, "targets", why, "output-range")


def of_layer_lists(source: Source, kinds_at_end: re.Pattern[str] = RECTIFIED) -> Iterator[Edit]:
    """``[Dense(2, 9), ReLU(), Dense(9, 3), ReLU()]`` without the last one, which limits outputs.

    kinds_at_end: what the last one is called. A sigmoid there is right where shares are asked for.
    """
    for one in source.of_type(cst.List):
        calls = [each.value for each in one.elements if isinstance(each.value, cst.Call)]
        if len(calls) < LEAST_LAYERS or len(calls) < len(one.elements):
            continue
        last, kinds = calls[-1], [name_called(each) for each in calls]
        if not kinds_at_end.search(kinds[-1]):
            continue
        # after an activation that stands behind an earlier layer, too; or a ReLU, behind any layer
        again = kinds[-1] in kinds[:-2] or (
            RECTIFIED.search(kinds[-1]) is not None and kinds[-2] in kinds[:-2]
        )
        if not last.args and again and kinds[-2] != kinds[-1]:
            end = source.span(calls[-2])[1]
            yield Edit(
                splices=(Splice(start=end, end=source.span(last)[1], text=""),), part="targets",
                defect="output-range", why="outputs are those of the last layer, and of any sign",
            )  # fmt: skip


def _known(source: Source) -> dict[str, cst.SimpleString]:
    """Where each word stands that decides what is done: compared with, or a key."""
    found: dict[str, cst.SimpleString] = {}
    for one in source.nodes:
        words: list[cst.CSTNode] = []
        if isinstance(one, cst.Comparison):
            words = [one.left, *(each.comparator for each in one.comparisons)]
        elif isinstance(one, cst.DictElement):
            words = [one.key]
        for word in words:
            if isinstance(word, cst.SimpleString):
                found.setdefault(word.value[1:-1], word)
    return found
