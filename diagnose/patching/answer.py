"""Edits of how answers are read off and counted, tried by the number that the script prints last.

No training tells whether these lines are right: they stand behind it. The accuracy that the script
prints does, beside the one that was measured of its network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import libcst as cst
import numpy as np

from diagnose.instruments.comparing import working
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.compared import WHY as OWN_LABEL
from diagnose.patching.compared import labels_by_number
from diagnose.patching.counting import (
    LARGEST_OUTPUT,
    in_their_unit,
    largest_of,
    misread,
    of_counts,
    of_explained,
    of_largest,
    rounded,
    with_axis,
)
from diagnose.patching.derivatives import SIDE
from diagnose.patching.indices import AROUND
from diagnose.patching.inplace import kept_results
from diagnose.patching.judging import is_better, is_share, level
from diagnose.patching.lengths import of_ends
from diagnose.patching.nodes import (
    ABOVE,
    Variable,
    all_in,
    array_named,
    assigned,
    at_once_and_each,
    compares,
    has,
    is_call,
    is_number,
    is_operation,
    only_arg,
    within,
)
from diagnose.patching.once_more import once_more
from diagnose.patching.places import Binding, bindings, bound, key, name_called
from diagnose.patching.predicting import (
    as_in_training,
    asked_as_in_training,
    without_activation,
    without_bias,
)
from diagnose.patching.script import TABLE, Script, library
from diagnose.patching.seen import answers_in_floats
from diagnose.patching.source import Edit, Source
from diagnose.patching.trial import Trials

# Copies that are run to their end for an answer, and edits that are put together for one.
MOST_ANSWERS, MOST_TOGETHER = 20, 3
# After an edit that takes so much of an error away no other is tried in its place.
MOST = 0.9
# What is printed may stay so much behind what was measured, since that may be of the training.
MOST_OF_IT = 0.75
# What a sum may stand in without parentheses.
BESIDE = (cst.Assign, cst.Return, cst.Arg, cst.Comparison, cst.ComparisonTarget)
# Functions of the network, whose lines are of the training; what a spread is measured from; what
# makes an error of a difference.
TRAINED = ("init", "forward", "backward", "update")
MEANS, SIZES_OF = ("mean", "average", "median", "min"), ("abs", "absolute", "fabs", "square")
# The threshold between two classes, by what the output is, where its targets do not tell.
BETWEEN = {"sigmoid": "0.5", "tanh": "0"}
# Of two outputs that sum to 1, the second says it all. Along which axis outputs lie, by how one of
# them is taken.
TWO, ALONG = 2, {"[:,k]": "1", "[k]": "0", "[k,:]": "0"}


def of_answer(script: Script) -> list[Edit]:
    """Edits of the lines behind the training, the likeliest first.

    And of what ends it early in the script's own run: a network that was read is trained to its
    last epoch. What makes samples of the test as those of the training comes first where these are
    found to be unlike.
    """
    alike = [*asked_as_in_training(script), *as_in_training(script)]
    unlike = "dataset-shift" in script.found
    learns = script.lines("backward") | script.lines("update")
    every = script.named_first([
        *(alike if unlike else []),
        *once_more(script.source),
        *of_ends(script),
        *of_counts(script),
        *kept_results(script.source, "answer", "test-preparation"),
        *labels_by_number(script.source),
        *answers_in_floats(script),
        *in_their_unit(script),
        *of_explained(script),
        *_order_of_classes(script),
        *_smallest(script),
        *_of_one_output(script),
        *_of_several_outputs(script),
        *_thresholds(script),
        *_thresholds_named(script),
        *_axes(script),
        *_tables(script),
        *_tables_of_errors(script),
        *without_activation(script),
        *without_bias(script),
        *_shifted(script),
        *rounded(script),
        *_of_the_test(script),
        *([] if unlike else alike),
    ])  # fmt: skip
    # how a network is asked is written on no line by which it learns
    return [one for one in every
            if one.part != "answer" or not learns & script.source.written(one)]  # fmt: skip


def answered(
    script: Script, trials: Trials, edits: list[Edit], reached: float, by_chance: float
) -> list[Edit]:
    """The edits, and more with which the script prints about what its network reaches.

    As they are where it prints that already, or nothing that was tried makes it, or nearly. Of an
    error it is not known how large that of the network is in the unit in which the script prints
    it: there edits are tried where a finding says that answers or test samples are mistaken, and
    each is to take half of the error away.
    """
    found, classes = trials.printed(edits)[1], script.network.classes
    counted = is_share(found, classes)
    told = [*(script.lines_of(part=one) for one in ("answer", "data")), script.lines_of(TABLE)]
    if not counted and not any(told):
        return edits
    enough = working(by_chance, reached) if counted else MOST
    before = level(found, trials.printed(())[1], classes) if counted else 0.0
    chosen, share = edits, before
    while share < enough and len(chosen) - len(edits) < MOST_TOGETHER:
        better = _better(script, trials, chosen, enough)
        if better is None:
            break
        chosen, share = better
    least = before + MOST_OF_IT * (reached - before)
    return chosen if not counted or share >= min(enough, least) else edits


def _better(
    script: Script, trials: Trials, chosen: list[Edit], enough: float
) -> tuple[list[Edit], float] | None:
    """The first edit beside others that is enough; else the one that brings the largest share."""
    before, classes = trials.printed(chosen)[1], script.network.classes
    # of a sample alone the outputs may be a column, whatever the layout of a batch is
    every = dict.fromkeys([*of_answer(script), *of_largest(script.source)])
    free = [one for one in every if not any(one.meets(other) for other in chosen)]
    best, least = None, 0.0
    trials.foresee_printed([*chosen, one] for one in free[:MOST_ANSWERS])
    for at, one in enumerate(free[:MOST_ANSWERS]):
        if (best is not None or at >= MOST_TOGETHER) and trials.is_late:
            break
        to_its_end, line = trials.printed([*chosen, one])
        now = level(line, before, classes)
        if not to_its_end or now < least or not is_better(before, line, classes):
            continue
        better = partial(is_better, classes=classes)
        if not trials.is_always_better(better, chosen, [*chosen, one]):
            continue
        best, least = ([*chosen, one], now), now + NOTICEABLE
        if now >= enough:
            break
    return best


def _order_of_classes(script: Script) -> Iterator[Edit]:
    """The names of the classes in the order in which they were learned, and in no other."""
    for call in script.source.of_type(cst.Call):
        listed = key(call.func) in ("sorted", "reversed", "set") and call.args
        if name := key(call.args[0].value) if listed else "":
            why = f"an answer is the place of its class in {name}, as in training"
            yield misread(script.source, why, (call, name))


def between(script: Script) -> str | None:
    """What lies between the targets of two classes of one output; None where that is not known."""
    network = script.network
    if network.encode is not None and network.classes and network.outputs == 1:
        codes = np.zeros(2)
        with suppress(Exception):  # the author's code may raise anything
            codes = np.ravel(network.targets(np.arange(2)))
        if np.isfinite(codes).all() and codes[0] != codes[1]:
            return f"{codes.mean():g}"
    return BETWEEN.get(network.layers[-1].activation)


def _of_one_output(script: Script) -> Iterator[Edit]:
    """One output held against its middle, where the largest of it alone is looked for."""
    middle = between(script)
    if middle is None or script.network.outputs != 1:
        return
    for call, array, axis in largest_of(script.source):
        its = {"0": f"{array}[0]", "1": f"{array}[:, 0]", "-1": f"{array}[..., 0]"}.get(axis)
        text = f"({its} > {middle}).astype(int)" if its else f"int({array}.ravel()[0] > {middle})"
        yield misread(script.source, AROUND.format(middle), (call, text))


def _of_several_outputs(script: Script) -> Iterator[Edit]:
    """The largest of several outputs, where one of them alone is held against a number."""
    source = script.source
    for one in source.of_type(cst.Comparison) if script.network.outputs > TWO else ():
        taken, above = one.left, source.parent(one)
        if not compares(one, ABOVE) or not isinstance(taken, cst.Subscript):
            continue
        place = source.text(taken).removeprefix(source.text(taken.value)).replace(" ", "")
        axis = ALONG.get(re.sub(r"-?\d+", "k", place))
        if isinstance(above, cst.Attribute | cst.Arg):
            above = source.parent(above)
        chooses = is_call(above, "astype", "int", "where") or isinstance(above, cst.IfExp)
        whole = above if above is not None and chooses else one
        if axis and is_number(one.comparisons[0].comparator, 0.5):
            text = f"{source.operand(taken.value)}.argmax(axis={axis})"
            yield misread(source, LARGEST_OUTPUT, (whole, text))


def _thresholds(script: Script) -> Iterator[Edit]:
    """The sign, or a threshold, by what the output can be."""
    middle = between(script)
    if middle is None:
        return
    source, why = script.source, AROUND.format(middle)
    for call in source.calls_of("sign"):
        if (inner := only_arg(call)) and middle != "0":
            text = f"({source.operand(inner)} > {middle}, 1, -1)"
            yield misread(source, why, (call, f"{library(source)}.where{text}"))
    for one in _of_answers(script):
        number = one.comparator
        ordered = isinstance(one.operator, ABOVE | cst.LessThan) and source.text(number) != middle
        if ordered and any(is_number(number, value) for value in (0, 0.5)):
            yield misread(source, why, (number, middle))


def _of_answers(script: Script) -> list[cst.ComparisonTarget]:
    """What is compared, but for what makes the targets: that says what is right."""
    made = _of_targets(script)
    return [one for one in script.source.of_type(cst.ComparisonTarget) if id(one) not in made]


def _of_targets(script: Script) -> set[int]:
    """The nodes of what makes the targets, and of what the training gives a value.

    ``t = 1 if k == label else 0`` asks for no answer: with another label nothing is learned, and
    all answers may be of the one class that is tested.
    """
    flow = [one.value for one in script.flow("targets")]
    given = [one.value for one in script.source.of_type(cst.Assign) if script.trains(one)]
    chosen = [one for one in given if has(one, cst.IfExp)]
    every = [one for one in (*flow, *chosen) if one is not None]
    return {id(node) for one in every for node in within(one)} | script.made_before


def _thresholds_named(script: Script) -> Iterator[Edit]:
    """Another threshold, on a line that a finding names; or the other side of it."""
    source = script.source
    middle = between(script)
    for one in _of_answers(script):
        side = SIDE.search(source.text(one))
        if side is None or source.line(one) not in script.lines_of("misleading-metric"):
            continue
        number = one.comparator
        if middle is not None and source.text(number) != middle:
            yield misread(source, AROUND.format(middle), (number, middle))
        other = "<" if side[0].startswith(">") else ">"
        text = SIDE.sub(other, source.text(one), count=1)
        why = "above the threshold is the class whose target is larger"
        yield misread(script.source, why, (one, text))


def _smallest(script: Script) -> Iterator[Edit]:
    """The largest output, where the smallest is taken."""
    for call in script.source.calls_of("argmin", "nanargmin"):
        name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        if not _is_a_place(script.source, call):
            yield misread(script.source, LARGEST_OUTPUT, (name, key(name).replace("min", "max")))


def _is_a_place(source: Source, call: cst.Call) -> bool:
    """Whether what a call gives is only printed, and where something is looked up.

    As the class of which the fewest answers are right: that is no answer of a network.
    """
    name = assigned(source.parent(call))
    read = [[*source.above(one)] for one in source.of_type(cst.Name) if name and one.value == name]
    looked_up = any(isinstance(up, cst.Index) for above in read for up in above)
    return looked_up and all(
        any(isinstance(up, cst.AssignTarget | cst.Index) or is_call(up, "print") for up in above)
        for above in read
    )


def _shifted(script: Script) -> Iterator[Edit]:
    """Classes numbered alike where targets are made and where answers are read off."""
    source = script.source
    why = "classes are numbered alike where targets are made and where answers are read off"
    for node in source.operations(cst.Add, cst.Subtract):
        if isinstance(node.right, cst.Integer) and node.right.value == "1":
            stored = _is_stored(source, node)
            if stored or "argmax" in source.text(node.left):
                yield misread(source, why, (node, source.text(node.left)))
            if stored and isinstance(node.operator, cst.Subtract):
                yield from _counted_from_one(source, why)


def _counted_from_one(source: Source, why: str) -> Iterator[Edit]:
    """The number of the largest output, from 1 on as the labels are counted."""
    pairs = []
    for call in source.of_type(cst.Call):
        largest = is_call(only_arg(call, "index"), "max")
        if name_called(call) != "argmax" and not largest:
            continue
        alone, text = isinstance(source.parent(call), BESIDE), source.joined("+", call, "1")
        pairs.append((call, text if alone else f"({text})"))
    yield from (misread(source, why, *some) for some in at_once_and_each(pairs))


def _is_stored(source: Source, node: cst.CSTNode) -> bool:
    """Whether a number is the index at which something is written."""
    for one in source.above(node):
        if not isinstance(one, cst.Index | cst.SubscriptElement | cst.Subscript):
            return isinstance(one, cst.AssignTarget)
    return False


def _axes(script: Script) -> Iterator[Edit]:
    """The largest along the classes: of all that are taken, and of each."""
    source, axis = script.source, str(1 - script.samples_axis)
    every = [(one, with_axis(source, one, axis)) for one in source.calls_of("argmax", "max")]
    pairs = [(call, text) for call, text in every if text != source.text(call)]
    yield from (misread(source, LARGEST_OUTPUT, *some) for some in at_once_and_each(pairs))


def _tables(script: Script) -> Iterator[Edit]:
    """What is compared as two rows, so that a column and a row make no table of all pairs."""
    source, numpy, made = script.source, library(script.source), _of_targets(script)
    for one in source.of_type(cst.Comparison):
        if id(one) in made:
            continue
        sides = one.left, one.comparisons[0].comparator
        plain = any(isinstance(side, cst.Integer | cst.Float | cst.SimpleString) for side in sides)
        if compares(one) and not plain:
            why = "each answer is compared with the label of its own sample, and with no other"
            pairs = [(side, f"{numpy}.ravel({source.text(side)})") for side in sides]
            yield misread(source, why, *pairs)


def _tables_of_errors(script: Script) -> Iterator[Edit]:
    """What is subtracted behind the training as two rows: a column less a row is such a table.

    All of these differences at once, and each: an error, and what it is held against.
    """
    source, numpy = script.source, library(script.source)
    if script.network.outputs > 1:
        return
    trained = frozenset[int]().union(*map(script.lines, TRAINED))
    pairs = []
    for node in source.operations(cst.Subtract):
        both = node.left, node.right
        if not all(isinstance(one, Variable | cst.Call) for one in both) or script.trains(node):
            continue
        means = any(is_call(one, *MEANS) for one in both)
        if means or source.line(node) in trained or not _is_error(source, node):
            continue
        texts = (f"{numpy}.ravel({source.text(one)})" for one in both)
        pairs.append((node, source.joined("-", *texts)))
    for some in at_once_and_each(pairs):
        why = "each answer is held against the number that it is the answer to"
        yield misread(source, why, *some)


def _is_error(source: Source, node: cst.CSTNode) -> bool:
    """Whether a difference is squared, or its size is taken, where it stands or by its name."""
    made, scope = source.parent(node), source.scope(node)
    read = [
        one for one in source.of_type(cst.Name)
        if one.value == assigned(made) and source.scope(one) is scope
        and source.parent(one) is not made
    ]  # fmt: skip
    return any(
        is_operation(above, cst.Power | cst.Multiply) or is_call(above, *SIZES_OF)
        for one in (node, *read)
        for above in (source.parent(one), source.parent(source.parent(one) or one))
    )


def _is_asked(one: Binding) -> bool:
    """Whether a loop hands what it gives a name to some function."""
    calls = all_in(one.statement.body, cst.Call) if isinstance(one.statement, cst.For) else []
    return any(key(arg.value) == one.name for call in calls for arg in call.args)


def _of_the_test(script: Script) -> Iterator[Edit]:
    """Answers compared with another array that was made in one statement with this one.

    Such as the labels of the test, where those of the training are; the likest name first.
    Never what the loop asks for an answer to: that is the sample.
    """
    source, targets = script.source, _of_targets(script)
    for one in source.of_type(cst.Comparison):
        if id(one) in targets:
            continue
        both = (one.comparisons[0].comparator, one.left)
        compared = {array_named(side) for side in both}
        for side in both if compares(one) else ():
            name = array_named(side)
            made = {id(each.statement) for each in (bound(source, name) if name else ())}
            beside = [each.name for each in bindings(source)
                      if id(each.statement) in made and each.name not in compared
                      and not _is_asked(each)]  # fmt: skip
            for other in sorted(dict.fromkeys(beside), key=lambda each: not each.startswith(name)):
                yield misread(script.source, OWN_LABEL, (side, other))
