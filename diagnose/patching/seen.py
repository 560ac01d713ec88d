"""Edits of what was seen while the script ran: samples and targets that are made wrongly.

A network that learns such samples by heart is as good as a sound one on them, so trainings do not
tell. That the copy is watched and the same is not seen again does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from diagnose.patching.places import bindings, key
from diagnose.patching.samples import alike, calls_in, chain, other_axis
from diagnose.patching.script import Maker, Script, bare
from diagnose.patching.source import Edit, Source
from diagnose.patching.trial import Trials


def of_mixed_samples(script: Script) -> list[Edit]:
    """``x.reshape(784, -1)`` of pictures one after the other, as ``x.reshape(len(x), -1).T``."""
    return list(_laid_out(script))


def _laid_out(script: Script) -> Iterator[Edit]:
    source = script.source
    for one in chain(script):
        if one.value is None or not any(_reshapes(call) for call in calls_in(one.value)):
            continue
        splices = {
            source.span(call): source.replaced(call, text)
            for value in alike(source, one)
            for call in calls_in(value)
            if (text := _columns(source, call))
        }
        if splices:
            yield Edit(
                splices=tuple(splices.values()), part="input", defect="mixed-samples",
                why="each column is one sample: they are laid out as rows, and then turned",
            )  # fmt: skip


def _reshapes(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "reshape"


def _columns(source: Source, call: cst.Call) -> str:
    """The samples of a reshape as columns; nothing for a call that is none."""
    if not _reshapes(call) or not isinstance(call.func, cst.Attribute):
        return ""
    owner, given = call.func.value, [one.value for one in call.args]
    if key(owner) in ("np", "numpy") and given:
        owner = given[0]
    text = bare(source.text(owner), owner)
    return f"{text}.reshape(len({source.text(owner)}), -1).T"


def of_unscaled_targets(script: Script) -> list[Edit]:
    """Targets divided by their spread where the script divides them by 1, and answers times it."""
    return list(_spread_written(script))


def _spread_written(script: Script) -> Iterator[Edit]:
    source = script.source
    for one in script.flow("targets"):
        if not isinstance(one.value, cst.BinaryOperation):
            continue
        if not isinstance(one.value.operator, cst.Divide):
            continue
        for scale in bindings(source):
            ours = scale.name == key(one.value.right) and scale.scope is one.scope
            if ours and isinstance(scale.value, cst.Integer | cst.Float):
                spread = f"{bare(source.text(one.value.left), one.value.left)}.std()"
                yield Edit(
                    splices=(source.replaced(scale.value, spread),), part="targets",
                    defect="unscaled-targets",
                    why="targets are divided by their spread, and answers are multiplied by it",
                )  # fmt: skip


def of_scaled_by_sample(script: Script) -> list[Edit]:
    """The mean and the spread of each column, over the samples."""
    return [replace(one, defect="scaled-by-sample") for one in other_axis(script)]


def of_whole_numbers(script: Script) -> list[Edit]:
    """``//``, which leaves whole numbers, as ``/``: wherever it is by the same number."""
    source = script.source
    every = [one for one in source.of_type(cst.BinaryOperation)
             if isinstance(one.operator, cst.FloorDivide)]  # fmt: skip
    found = {}
    for one in every:
        if source.line(one) in script.named:
            alike = [two for two in every if source.text(two.right) == source.text(one.right)]
            splices = tuple(source.replaced(two, _divided(two)) for two in alike)
            found[splices] = Edit(
                splices=splices, part="input", defect="integer-dtype",
                why="a division that keeps fractions, and not only the largest numbers",
            )  # fmt: skip
    return list(found.values())


def _divided(node: cst.BinaryOperation) -> cst.BinaryOperation:
    before, after = node.operator.whitespace_before, node.operator.whitespace_after  # type: ignore[attr-defined]
    return node.with_changes(operator=cst.Divide(whitespace_before=before, whitespace_after=after))


# By what was seen; each is tried by watching whether it is seen again.
SEEN: dict[str, Maker] = {
    "integer-dtype": of_whole_numbers,
    "mixed-samples": of_mixed_samples,
    "scaled-by-sample": of_scaled_by_sample,
    "unscaled-targets": of_unscaled_targets,
}


def unseen(script: Script, trials: Trials, given: Sequence[Edit]) -> list[Edit]:
    """The first edit for each thing that was seen after which it is seen no more.

    given: edits that are made in any case.
    """
    chosen: list[Edit] = []
    for kind, maker in SEEN.items():
        if kind not in script.found:
            continue
        for one in maker(script):
            got = trials.run([*given, *chosen, one])
            if got is not None and kind not in got.told:
                chosen.append(one)
                break
    return chosen
