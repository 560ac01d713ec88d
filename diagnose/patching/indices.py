"""Edits of what is taken of lists and arrays: an element, a part, and how far a loop goes.

``acts[l - 1]`` where the layer before is meant, ``x[0]`` in a loop over the inputs, ``X[k:size]``
of a batch that begins at ``k``, a loop back over the layers that leaves out the first; and of a
gradient that is a product, or a sum, of another array than the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import (
    Number,
    Variable,
    all_in,
    at_once_and_each,
    is_call,
    is_minus,
    is_number,
    is_operation,
    place_of,
)
from diagnose.patching.places import (
    NUMBERED,
    batch_of_turn,
    bindings,
    bound,
    key,
    name_called,
    names_in,
    next_to,
    turns_around,
)
from diagnose.patching.products import is_of_library, sides_of
from diagnose.patching.script import Script, edited
from diagnose.patching.source import Edit, Source, Splice, edit_of

PLACE = "what is taken there is the element of this turn, and not another one"
# Why an output is held against its middle.
AROUND = "the output lies around {}, and one class above it, the other below"
# Names of one statement that may be mistaken for others are alike in their first letter.
MOST_NAMES = 3
ADDING = ("sum", "mean")
FOUND = "wrong-gradient"
# Arrays that the passes make of one layer and the next: of more, a slip is found by its line.
MOST_ARRAYS = 10


def of_places(script: Script) -> Iterator[Edit]:
    """An element beside the one that is taken, wherever it is on a line of the training."""
    source, met = script.source, set[tuple[int, str]]()
    for node in script.inside("backward", cst.Subscript):
        at, line, text = place_of(node), source.statement(node), source.text(node)
        if not isinstance(at, cst.Index) or (id(line), text) in met:
            continue
        met.add((id(line), text))
        alike = [one for one in all_in(line, cst.Subscript) if source.text(one) == text]
        for place in _beside(source, node, at.value):
            new = f"{source.text(node.value)}[{place}]"
            pairs = [(one, new) for one in alike]
            yield source.edit_each(pairs, "gradient", PLACE, "wrong-gradient")


def _beside(source: Source, node: cst.Subscript, index: cst.BaseExpression) -> list[str]:
    """The places next to one; of one that is written as a number, those of the turns around it."""
    turns = turns_around(source, node)
    if isinstance(index, cst.Integer):
        taken = {key(one.value) for one in all_in(source.statement(node), cst.Index)}
        return [one for one in turns if one in taken]
    counted = {*names_in(index)} & {*turns}
    return next_to(source, index) if counted and not isinstance(index, cst.Subscript) else []


def names_alike(script: Script) -> Iterator[Edit]:
    """``d`` where ``dh`` is meant: another name of the same turn that begins like it."""
    source = script.source
    for step in script.inside("backward", cst.AugAssign):
        if not isinstance(step.target, cst.Subscript | cst.Attribute):
            continue
        loops = source.loops(step)
        made = [one.name for one in bindings(source) if isinstance(one.statement, cst.Assign)
                and one.scope is source.scope(step) and one.value is not None
                and {*map(id, source.loops(one.statement))} & {*map(id, loops)}]  # fmt: skip
        for node in all_in(step.value, cst.Name):
            others = [one for one in dict.fromkeys(made)
                      if one != node.value and one[:1] == node.value[:1]]  # fmt: skip
            for other in others[:MOST_NAMES]:
                why = f"{other} belongs into this step, and not {node.value}"
                yield source.edit(node, other, "gradient", why, "wrong-gradient")


def parts_of_batches(source: Source) -> Iterator[Edit]:
    """``X[k:size]`` and ``X[:size]`` in a loop over every ``size``-th ``k``, as ``X[k:k + size]``.

    And ``X[k:k + size]`` and ``X[:size]`` in one over the numbers of the batches, ``n // size``, as
    ``X[k * size:(k + 1) * size]``. All of them in one loop at once.
    """
    for loop in source.of_type(cst.For):
        call, turn = loop.iter, key(loop.target)
        if not isinstance(call, cst.Call) or name_called(call) not in ("range", "arange"):
            continue
        given = [one.value for one in call.args]
        size = source.text(given[2]) if len(given) == 3 else _size_of(source, given)
        if not turn or not size:
            continue
        wanted, other = f"{turn}:{source.joined('+', turn, size)}", f"{turn}:{size}"
        if len(given) < 3:
            wanted, other = batch_of_turn(source, turn, size), f"{turn}:{turn}+{size}"
        found = [
            source.replaced(one, wanted) for one in all_in(loop.body, cst.Slice)
            if source.text(one).replace(" ", "") in (other, f":{size}")
        ]  # fmt: skip
        if found:
            why = f"a batch is of {size} samples, and the next one begins where it ends"
            yield edit_of(found, "data", why, "missing-classes")


def _size_of(source: Source, given: Sequence[cst.BaseExpression]) -> str:
    """The size of the batches that a loop counts: ``size`` of ``n // size``, by a name or not."""
    counted = given[-1] if given else None
    for one in bound(source, key(counted)) if counted is not None and key(counted) else ():
        counted = one.value
    if isinstance(counted, cst.Call) and name_called(counted) == "int" and counted.args:
        counted = counted.args[0].value
    if counted is None or not is_operation(counted, cst.FloorDivide | cst.Divide):
        return ""
    return key(counted.right)


def back_to_the_first(source: Source) -> Iterator[Edit]:
    """``range(n, 0, -1)`` as ``range(n, -1, -1)``, and ``range(1, n)`` in it as ``range(n)``."""
    why = "the loop goes through all layers, and does not leave out the first"
    for call in source.calls_of("range"):
        texts = [source.text(one.value) for one in call.args]
        if len(texts) == 3 and is_minus(call.args[2].value) and texts[1] in ("0", "1"):
            last = "-1" if texts[1] == "0" else "0"
            yield source.edit(call.args[1].value, last, "gradient", why, "wrong-gradient")
        above = source.parent(source.parent(call) or call)
        if len(texts) == 2 and is_call(above, "reversed") and is_number(call.args[0].value, 1):
            yield source.edit(call, f"range({texts[1]})", "gradient", why, "wrong-gradient")


def thresholds(source: Source, middle: str | None = None) -> Iterator[Edit]:
    """``(out > 0) == (t == 1)`` as ``(out > 0.5) == (t == 1)``, and the other way.

    Of nothing but answers that are held against labels there: by what makes labels, or by the other
    side of a threshold, a network that learns nothing, or the contrary, would answer rightly.
    middle: what lies between the targets, where that is known: no other threshold is right then. By
    one that no sigmoid falls below all answers are of one class, as all that are tested may be.
    """
    others = dict[str, list[Splice]]()
    for one in source.of_type(cst.Comparison):
        compared = source.parent(one)
        sign, number = one.comparisons[0].operator, one.comparisons[0].comparator
        ordered = isinstance(sign, cst.GreaterThan | cst.GreaterThanEqual)
        if not ordered or not isinstance(compared, cst.Comparison) or compared.left is not one:
            continue
        for value, other in ((0.0, "0.5"), (0.5, "0")):
            if is_number(number, value) and middle in (None, other):
                others.setdefault(other, []).append(source.replaced(number, other))
    for some in others.values():
        for splices in at_once_and_each(some):
            yield edit_of(splices, "answer", AROUND.format("this"), "misleading-metric")


def other_arrays(script: Script) -> Iterator[Edit]:
    """``p @ h.T`` as ``d2 @ h.T``, and ``p.sum(0)`` as ``d2.sum(0)``: what the passes compute.

    On the lines that a finding names, where one does. Those that differ by a number alone are
    tried as what belongs to another layer.
    """
    source, lines = script.source, script.lines_of(FOUND)
    made = _made(script)[:MOST_ARRAYS]
    for node in _factors(script):
        if lines and source.line(node) not in lines:
            continue
        mine, start, scope = key(node), source.span(node)[0], source.scope(node)
        stem = NUMBERED.fullmatch(mine)
        here = source.span(source.statement(node))
        given = [(one.name, source.span(one.statement)) for one in bindings(source)
                 if one.scope is scope]  # fmt: skip
        later = {other for other, at in given if at[0] > start or here[0] <= at[0]}
        earlier = {other for other, at in given if at[1] < here[0]}
        for name in made:
            its = NUMBERED.fullmatch(name)
            alike = stem is not None and its is not None and stem[1] == its[1]
            if name != mine and not alike and name not in later - earlier:
                why = f"{name} is what this gradient is made of, and not {mine}"
                yield edited(script, "backward", node, name, why, FOUND)


def _made(script: Script) -> list[str]:
    """The arrays that the passes compute, errors first, by the names that are given to them."""
    every = [*script.made("backward"), *script.made("forward")]
    made = (one.name for one in every if isinstance(one.statement, cst.Assign)
            and one.name.isidentifier() and not isinstance(one.value, Number))  # fmt: skip
    return [*dict.fromkeys(made)]


def _factors(script: Script) -> Iterator[cst.BaseExpression]:
    """The arrays of matrix products and sums in the backward pass that the passes give a name."""
    known = {*_made(script)}
    for node in script.inside("backward", cst.BinaryOperation):
        yield from (one for one in map(_plain, sides_of(node)) if key(one) in known)
    for call in script.inside("backward", cst.Call):
        every = [_plain(one) for one in sides_of(call)]
        if name_called(call) in ADDING and isinstance(call.func, cst.Attribute):
            every += [call.args[0].value if is_of_library(call) else call.func.value]
        yield from (one for one in every if key(one) in known)


def _plain(node: cst.BaseExpression) -> cst.BaseExpression:
    """What is turned, ``h`` of ``h.T``."""
    turned = isinstance(node, cst.Attribute) and node.attr.value == "T"
    inner = node.value if turned and isinstance(node, cst.Attribute) else node
    return inner if isinstance(inner, Variable) else node
