"""Edits of what was seen while the script ran: samples and targets that are made wrongly.

A network that learns such samples by heart is as good as a sound one on them, so trainings do not
tell. That the copy is watched and the same is not seen again does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import libcst as cst
import numpy as np

from diagnose.causes.reordered import alike
from diagnose.patching.biases import UNUSED, of_unused_biases
from diagnose.patching.nodes import (
    Variable,
    all_in,
    is_call,
    is_operation,
    kept_in,
)
from diagnose.patching.orders import NEVER_TAKEN, permuted, whole_batches
from diagnose.patching.outcomes import Outcome
from diagnose.patching.pairs import WHY as ON_BOTH_SIDES
from diagnose.patching.pairs import moved_labels, of_data
from diagnose.patching.places import bindings, bound, is_of_library, key, name_called
from diagnose.patching.predicting import prepared_as_trained
from diagnose.patching.samples import alike as written_alike
from diagnose.patching.samples import chain, other_axis
from diagnose.patching.script import Maker, Script, free_name, library, random_of
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import target_of
from diagnose.patching.trial import Trials

# What people call types of whole numbers.
WHOLE = re.compile(r"u?int\d*")
INTEGERS = "integer-dtype"
RENUMBERED = "renumbered-classes"
IN_COLUMNS = "the numbers of a sample stay together: rows are turned, and not only laid out anew"
# What makes one array of several, each of which is a row of it.
STACKED = ("array", "asarray", "stack", "vstack")


def of_mixed_samples(script: Script) -> Iterator[Edit]:
    """``x.reshape(784, -1)`` of pictures one after the other, as ``x.reshape(len(x), -1).T``."""
    source = script.source
    for one in chain(script):
        calls = all_in(one.value, cst.Call) if one.value is not None else []
        values = written_alike(source, one) if any(_columns(source, each) for each in calls) else ()
        splices = {
            source.span(call): source.replaced(call, text)
            for value in values for call in all_in(value, cst.Call)
            if (text := _columns(source, call))
        }  # fmt: skip
        if splices:
            yield edit_of(splices.values(), "input", IN_COLUMNS, "mixed-samples")
    for back in source.of_type(cst.Return):  # of a function that prepares training and test
        named = source.line(back) in script.lines_of("mixed-samples")
        for call in all_in(back.value, cst.Call) if named and back.value is not None else ():
            if text := _columns(source, call):
                yield source.edit(call, text, "input", IN_COLUMNS, "mixed-samples")


def _columns(source: Source, call: cst.Call) -> str:
    """The samples of a reshape as columns; nothing for a call that is none."""
    if not isinstance(call.func, cst.Attribute) or name_called(call) != "reshape":
        return ""
    owner = call.args[0].value if is_of_library(call) and call.args else call.func.value
    if stacked(owner):
        return f"{source.text(owner)}.T"
    return f"{source.operand(owner)}.reshape(len({source.text(owner)}), -1).T"


def of_unscaled_targets(script: Script) -> Iterator[Edit]:
    """Targets divided by their spread where the script divides them by 1, and answers times it."""
    source = script.source
    for one in script.flow("targets"):
        if not is_operation(one.value, cst.Divide):
            continue
        for scale in bound(source, key(one.value.right), one.scope):
            if isinstance(scale.value, cst.Integer | cst.Float):
                spread = f"{source.operand(one.value.left)}.std()"
                why = "targets are divided by their spread, and answers are multiplied by it"
                yield source.edit(scale.value, spread, "targets", why, "unscaled-targets")


def of_scaled_by_sample(script: Script) -> list[Edit]:
    """The mean and the spread of each column, over the samples."""
    return [replace(one, defect="scaled-by-sample") for one in other_axis(script)]


def of_whole_numbers(script: Script) -> list[Edit]:
    """Edits that keep fractions, and numbers that small whole numbers cannot hold."""
    source, lines = script.source, script.lines_of("integer-dtype")
    divided, cast = [*undivided(source, lines)], _cast(script)
    both = [kept_as_floats(one.splices + two.splices) for one in divided for two in cast]
    return [*both, *divided, *cast, *kept_in_floats(source, lines)]


def _cast(script: Script) -> list[Edit]:
    """``x.astype(int)`` and ``dtype=int`` as floats, wherever that line has them."""
    source, lines = script.source, script.lines_of("integer-dtype")
    splices = [
        source.replaced(arg.value, "float")
        for call in source.of_type(cst.Call) if source.line(call) in lines for arg in call.args
        if name_called(call) == "astype" or (arg.keyword and arg.keyword.value == "dtype")
        if WHOLE.fullmatch(source.text(arg.value).strip("'\"").split(".")[-1])
    ]  # fmt: skip
    return [kept_as_floats(splices)] if splices else []


def kept_in_floats(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """An array of whole numbers that fractions are written into on some lines, as one of floats."""
    written = {
        kept_in(target_of(one)) for one in source.of_type(cst.AugAssign, cst.Assign)
        if source.line(one) in lines
    }  # fmt: skip
    for one in bindings(source):
        if one.name not in written - {""} or not isinstance(one.value, cst.Call):
            continue
        whole = [arg.value for call in all_in(one.value, cst.Call) for arg in call.args
                 if WHOLE.fullmatch(key(arg.value).split(".")[-1])]  # fmt: skip
        end = source.span(one.value)[1]
        # the last parenthesis of the call is the last byte of it
        as_float = Splice(start=end - 1, end=end - 1, text=", dtype=float")
        yield kept_as_floats([source.replaced(each, "float") for each in whole] or [as_float])


def of_sorted_split(script: Script) -> list[Edit]:
    """Samples and labels in one random order before they are split."""
    return [*_mixed_before(script)]


def _mixed_before(script: Script) -> Iterator[Edit]:
    source, np = script.source, library(script.source)
    for call in source.of_type(cst.Call):
        if len(call.args) == 1 and source.text(call.func) == f"{np}.arange":
            text = f"{random_of(source, call)}.permutation({source.text(call.args[0])})"
            yield source.edit(call, text, "data", ON_BOTH_SIDES, "sorted-split")
    free, named = free_name(source, "order", "new"), script.lines_of("sorted-split")
    for (one, x), (other, y) in product(_split(script, "samples"), _split(script, "targets")):
        if x == y or source.scope(one) is not source.scope(other):
            continue
        if named & {*source.lines(one)}:
            first = min((one, other), key=lambda each: source.span(each)[0])
            above = source.inserted_before(first, *mixed_lines(source, first, (x, y), free))
            yield edit_of([above], "data", ON_BOTH_SIDES, "sorted-split")


def _split(script: Script, role: str) -> Iterator[tuple[cst.CSTNode, str]]:
    """The statements that take a part of an array, with the array's name."""
    for one in script.flow(role):
        if isinstance(one.value, cst.Subscript) and isinstance(one.value.slice[0].slice, cst.Slice):
            yield script.source.statement(one.statement), key(one.value.value)


def mixed_lines(
    source: Source, node: cst.CSTNode, names: tuple[str, str], order: str
) -> tuple[str, str]:
    """A random order drawn where a node stands, and two arrays or lists put into it."""
    both = []
    for name in names:
        is_list = any(
            isinstance(one.value, cst.List | cst.ListComp) or isinstance(one.statement, cst.Call)
            for one in bound(source, name)
        )
        both.append(f"[{name}[i] for i in {order}]" if is_list else f"{name}[{order}]")
    drawn = f"{order} = {random_of(source, node)}.permutation(len({names[0]}))"
    return drawn, f"{', '.join(names)} = {', '.join(both)}"


def unseen(script: Script, trials: Trials, given: Sequence[Edit]) -> list[Edit]:
    """The first edit for each thing that was seen after which it is seen no more.

    given: edits that are made in any case.
    """
    chosen: list[Edit] = []
    for kind, maker in (SEEN | MEANT).items():
        if kind not in script.found:
            continue
        for one, got in trials.each([*given, *chosen], maker(script)):
            if kind not in got.told:
                chosen.append(one)
                break
    return chosen


def more_shown(script: Script, trials: Trials, given: Sequence[Edit], base: Outcome) -> list[Edit]:
    """The first edit after which an epoch shows more classes or samples than it does in a copy."""
    classes, count = _shown(base)
    for one, got in trials.each(given, whole_batches(script)):
        if _shown(got) > (classes, count):
            return [one]
    if "missing-classes" not in script.found:
        return []
    for one, got in trials.each(given, (*permuted(script), *of_sorted_split(script))):
        if _shown(got)[0] > classes:
            return [one]
    return []


def _shown(copy: Outcome) -> tuple[int, int]:
    """How many labels, and different samples, there are: one shown again was read again."""
    data = copy.trainer.data
    return len(np.unique(data.labels)), len({row.tobytes() for row in np.asarray(data.images)})


def related(
    script: Script, trials: Trials, given: Sequence[Edit], effective: float, works: float
) -> list[Edit]:
    """The first edit of the data after which a sound network learns what holds for others.

    effective: its rate. Nothing where a sound network learns them, and answers the test as well as
    what was left out of its training: by heart it takes more units.
    """
    if "order" in script.report.data.get("unlike_test", {}):
        return _in_order(script, trials, given)
    twin = script.report.twin
    unlearned = twin is not None and (bool(twin.lacks) or twin.fails)
    if "unlike_test" not in script.report.data and not unlearned:
        return []
    for one, got in trials.each(given, script.named_first(of_data(script))):
        # with every part taken from the sound twin, what is left is in the samples
        if got.with_the_rest_sound("", effective, trials.seed, works) >= works:
            return [one]
    return []


def _in_order(script: Script, trials: Trials, given: Sequence[Edit]) -> list[Edit]:
    """The first edit after which neighbours have labels as alike as in the order that is meant."""
    unlike = script.report.data["unlike_test"]
    enough = (unlike["as_given"] + unlike["in_order"]) / 2
    edits = script.named_first(of_data(script))
    for one, got in trials.each(given, (*edits, *moved_labels(script, unlike["order"]))):
        if alike(got.network, got.trainer, trials.seed, of_test=unlike["of_test"]) >= enough:
            return [one]
    return []


def numbered_alike(
    script: Script, trials: Trials, given: Sequence[Edit], effective: float, works: float
) -> list[Edit]:
    """The first edit after which a sound network answers the script's test by its own numbers.

    Nothing where it does so already. effective: its rate.
    """
    if "renumbered" not in script.report.data:
        return []
    for one, got in trials.each(given, _numberings(script.source)):
        if got.with_the_rest_sound("", effective, trials.seed, works) >= works:
            return [one]
    return []


def _numberings(source: Source) -> Iterator[Edit]:
    """Classes in the order in which they stand, and not sorted; answers one further on, or back."""
    why = "answers and targets number the classes alike"
    every = [*source.of_type(cst.Call)]
    for call in every:
        if name_called(call) == "sorted" and len(call.args) == 1:
            yield source.edit(call.func, "list", "answer", why, RENUMBERED)
    for call in every:
        if name_called(call) == "argmax" or any(is_call(one.value, "max") for one in call.args):
            for text in (source.joined(sign, call, "1") for sign in ("+", "-")):
                yield source.edit(call, f"({text})", "answer", why, RENUMBERED)


# By what was seen; each is tried by watching whether it is seen again.
SEEN: dict[str, Maker] = {
    "integer-dtype": of_whole_numbers,
    "mixed-samples": of_mixed_samples,
    "scaled-by-sample": of_scaled_by_sample,
    "sorted-split": of_sorted_split,
    "unscaled-targets": of_unscaled_targets,
    UNUSED: of_unused_biases,
}
# What may be meant so: it is mended in this way, or stays. Samples of a test that are prepared in
# another way make any network look bad, a sound one, too.
MEANT: dict[str, Maker] = {NEVER_TAKEN: whole_batches, "test-preparation": prepared_as_trained}


def stacked(node: cst.CSTNode) -> int:
    """Of how many arrays of the script one is made in one call, ``np.array([x, y])``; 0 of none."""
    made = node.args[0].value if is_call(node, *STACKED) and node.args else None
    several = made.elements if isinstance(made, cst.List | cst.Tuple) else ()
    return len(several) if all(isinstance(one.value, Variable | cst.Call) for one in several) else 0


def undivided(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """``//`` on some lines, which leaves whole numbers, as ``/``: wherever it is by this number."""
    every = [*source.operations(cst.FloorDivide)]
    found = {}
    for one in every:
        if source.line(one) not in lines:
            continue
        alike = [two for two in every if source.text(two.right) == source.text(one.right)]
        places = [source.code.index(b"//", source.span(two.left)[1]) for two in alike]
        splices = tuple(Splice(start=at, end=at + 2, text="/") for at in places)
        why = "a division that keeps fractions, and not only the largest numbers"
        found[splices] = edit_of(splices, "input", why, INTEGERS)
    yield from found.values()


def kept_as_floats(splices: Iterable[Splice]) -> Edit:
    """Splices after which an array holds fractions."""
    why = "numbers are kept as floats, which hold fractions and any size"
    return edit_of(splices, "input", why, INTEGERS)
