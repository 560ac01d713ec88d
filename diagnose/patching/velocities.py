"""Edits of what optimizers keep: velocities, and a share of what they were."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import bindings
from diagnose.patching.script import Script, edited
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.stepping import is_step, is_sum, target_of

# The share that is usual, where the script has no number for it.
USUAL = "0.9"


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
