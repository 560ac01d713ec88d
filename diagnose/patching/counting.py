"""Edits of how an answer is read off, in which unit it is, and how right ones are counted.

Whole numbers that are cut off, of which sample it is, divided by how many; R2, which is 1 less the
squared errors by the squares around the mean; and how the largest output is looked for: the axis,
the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.activations import has_weight
from diagnose.patching.nodes import (
    ABOVE,
    Number,
    Variable,
    all_in,
    at_once_and_each,
    compares,
    has,
    is_call,
    is_number,
    is_operation,
    named_arg,
    place_of,
    plain_args,
)
from diagnose.patching.places import bound, key, made_of, name_called, turns_around
from diagnose.patching.products import is_of_library
from diagnose.patching.script import Script, library, within
from diagnose.patching.source import Edit, Source

NEAREST = "an answer is the nearest whole number, and not the one below it"
WHOLE = ("int", "np.int64", "np.int32", "numpy.int64", "numpy.int32")
UNIT = "answer-unit"
IN_THEIR_UNIT = "answers are brought back to the unit in which the targets were"
# Of other quotients of errors nothing is known.
NAMED = re.compile(r"\br[ _]?(\^|\*\*)?2\b|r²|r2_|explained|r_?squared|determin", re.I)
REDUCING = ("sum", "mean")
EXPLAINED = "R2 is 1 less the squared errors by the squares of what the targets are off their mean"
LARGEST = ("argmax", "argmin", "nanargmax")
A_LABEL = "a label is the number of a class, and no row of which the largest is looked for"
# By which numbers an axis is written, and the other one of a matrix.
OTHER = {"0": "1", "1": "0", "-1": "0"}
LARGEST_OUTPUT = "the answer of a sample is the class whose output is the largest"


def misread(source: Source, why: str, *pairs: tuple[cst.CSTNode, str]) -> Edit:
    """The edit of how an answer is read off or counted: nodes, each as another text."""
    return source.edit_each(pairs, "answer", why, "misleading-metric")


def rounded(script: Script) -> Iterator[Edit]:
    """``int(answer)``, ``answer.astype(int)`` and ``floor(answer)`` as the nearest whole number.

    Not of a comparison, which is whole already, and not of what was rounded.
    """
    source, np = script.source, library(script.source)
    for call in source.of_type(cst.Call):
        if script.trains(call) or len(call.args) != 1:
            continue
        value, func = call.args[0].value, call.func
        computed = isinstance(value, cst.BinaryOperation) or has(value, cst.Call)
        if key(func) == "int" and computed:
            yield misread(source, NEAREST, (func, "round"))
        elif name_called(call) == "floor":
            yield misread(source, NEAREST, (func, f"{np}.round"))
        if name_called(call) != "astype" or not isinstance(func, cst.Attribute):
            continue
        cut = source.text(value).strip("\"'") in WHOLE and not has(func.value, cst.Comparison)
        calls = {name_called(one) for one in all_in(func.value, cst.Call)}
        if cut and calls and not {"round", "rint", "argmax"} & calls:
            # Without the parentheses around it, which stay.
            text = source.text(func.value.with_changes(lpar=(), rpar=()))
            yield misread(source, NEAREST, (func.value, f"{np}.round({text})"))


def of_counts(script: Script) -> Iterator[Edit]:
    """What is added up in a loop behind the training, by the turns of this one and no other."""
    yield from _divided(script)
    yield from _of_this_turn(script)


def _divided(script: Script) -> Iterator[Edit]:
    """``right / n`` divided by as many as the loop has turns in which it is added up."""
    source = script.source
    for node in source.operations(cst.Divide):
        if script.trains(node) or not key(node.left):
            continue
        for loop in source.of_type(cst.For):
            added = any(
                isinstance(one, cst.AugAssign) and key(one.target) == key(node.left)
                for one in within(loop)
            )
            before = source.span(loop)[1] <= source.span(node)[0]
            if added and before and loop not in script.loops:
                for text in _turns(script, loop):
                    if text != source.text(node.right):
                        why = "a share is one of all that are counted"
                        yield misread(source, why, (node.right, text))


def _turns(script: Script, loop: cst.For) -> Iterator[str]:
    """How many turns a loop has, and how many there are of what it cuts into parts."""
    source, each = script.source, loop.iter
    given = [one.value for one in each.args] if isinstance(each, cst.Call) else []
    if is_call(each, "range") and given:
        last = given[:2][-1]
        yield source.operand(last)
    several = given[:1] if is_call(each, "zip", "enumerate") else [each]
    yield from (f"len({key(one)})" for one in several if key(one))


def _of_this_turn(script: Script) -> Iterator[Edit]:
    """``y[i]`` in a loop over ``k``, where ``i`` is what another loop left: ``y[k]``."""
    source = script.source
    turns = {key(one.target) for one in source.of_type(cst.For)} - {""}
    for node in source.of_type(cst.Subscript):
        place = node.slice[0].slice
        around = [key(one.target) for one in source.above(node) if isinstance(one, cst.For)]
        if not isinstance(place, cst.Index) or script.trains(node) or not around:
            continue
        if key(place.value) in turns and key(place.value) not in around:
            for name in filter(None, around):
                why = "an answer is held against the label of its sample"
                yield misread(source, why, (place.value, name))


def in_their_unit(script: Script) -> Iterator[Edit]:
    """``answer * spread + mean`` behind the training, where targets are ``(y - mean) / spread``."""
    source = script.source
    if script.network.classes:
        return

    def in_unit(node: cst.BaseExpression, mean: str, spread: str) -> str:
        return source.joined("+", source.joined("*", source.operand(node), spread), mean)

    for mean, spread in dict.fromkeys(_scaled(script)):
        for node in source.of_type(cst.BinaryOperation):
            if script.trains(node):
                continue
            sides = [source.text(one) for one in (node.left, node.right)]
            parent = source.parent(node)
            added = is_operation(parent, cst.Add)
            if isinstance(node.operator, cst.Multiply) and spread in sides and not added:
                inner = isinstance(parent, cst.BinaryOperation | cst.Attribute | cst.Subscript)
                apart = inner and not node.lpar
                text = source.joined("+", node.with_changes(lpar=[], rpar=[]), mean)
                text = f"({text})" if apart else text
                yield source.edit(node, text, "answer", IN_THEIR_UNIT, UNIT)
            if isinstance(node.operator, cst.Add):
                taken = node.left
                if is_operation(taken, cst.Multiply):
                    taken = taken.left
                elif sides[1] != mean:
                    continue
                if (text := in_unit(taken, mean, spread)) != source.text(node):
                    yield source.edit(node, text, "answer", IN_THEIR_UNIT, UNIT)
        for value in _named(script):
            text = in_unit(value, mean, spread)
            yield source.edit(value, text, "answer", IN_THEIR_UNIT, UNIT)


def _scaled(script: Script) -> Iterator[tuple[str, str]]:
    """What targets are taken less of, and what they are divided by, as the script writes it."""
    source = script.source
    for one in script.flow("targets"):
        for node in within(one.value) if one.value is not None else ():
            less = node.left if is_operation(node, cst.Divide) else None
            if is_operation(node, cst.Divide) and is_operation(less, cst.Subtract):
                yield source.text(less.right), source.operand(node.right)


def _named(script: Script) -> Iterator[cst.BaseExpression]:
    """What is given back, or kept, on a line of which it was seen that answers miss their unit.

    Or what is held against other numbers there, where it is computed and kept.
    """
    source, lines = script.source, script.lines_of(UNIT)
    for one in source.of_type(cst.Return):
        if one.value is not None and source.line(one) in lines:
            yield one.value
    for made in source.of_type(cst.Assign):
        if source.line(made) in lines and key(made.targets[0].target):
            yield made.value
    for less in source.operations(cst.Subtract):
        for side in (less.left, less.right) if source.line(less) in lines else ():
            for kept in bound(source, key(side), source.scope(less)):
                value = kept.value
                if value is not None and has(value, cst.Call) and not script.trains(kept.statement):
                    yield value


def of_explained(script: Script) -> Iterator[Edit]:
    """The squares around the mean of the targets, where errors are divided by others; ``1 -``."""
    source = script.source
    if script.network.classes or not NAMED.search(source.code.decode()):
        return
    for node in source.operations(cst.Divide):
        if script.trains(node):
            continue
        errors, around = (_written(source, one) for one in (node.left, node.right))
        reduced = next((name_called(one) for one in all_in(errors, cst.Call)
                        if name_called(one) in REDUCING), "")  # fmt: skip
        squares = [one.left for one in all_in(errors, cst.BinaryOperation)
                   if is_operation(one, cst.Power) and is_number(one.right, 2)]  # fmt: skip
        off = [one for one in squares if is_operation(one, cst.Subtract)]
        # squares are added up there, or a variance is taken: no number of samples
        spread = has(around, cst.Power) or any(
            name_called(one) == "var" for one in all_in(around, cst.Call)
        )
        if len(off) != 1 or not reduced or not spread:
            continue
        less = source.joined("-", "1", node)
        pairs = [(node, less)] if _lacks_one(source, node) else []
        if pairs:
            yield misread(source, EXPLAINED, *pairs)
        for side in _targets(script, off[0]):
            numpy = library(source)
            mean = source.joined("-", source.operand(side), f"{numpy}.mean({source.text(side)})")
            text = f"{numpy}.{reduced}({source.joined('**', f'({mean})', '2')})"
            if around is not node.right:
                yield misread(source, EXPLAINED, (around, text), *pairs)
            elif pairs:
                whole = source.joined("-", "1", source.joined("/", node.left, text))
                yield misread(source, EXPLAINED, (node, whole))
            else:
                yield misread(source, EXPLAINED, (around, text))


def _lacks_one(source: Source, node: cst.BaseExpression) -> bool:
    """Whether a quotient is called R2 where it stands, or is read on, and nowhere taken off 1.

    An error by the spread of the targets is right as it is, though R2 be printed beside it.
    """
    read: list[cst.CSTNode] = [node]
    met, said = set[cst.CSTNode](), False
    for one in read:
        for around in source.above(one):
            if is_operation(around, cst.Subtract) and is_number(around.left, 1):
                return False
        line, scope = source.statement(one), source.scope(one)
        if line in met or not isinstance(line, cst.SimpleStatementLine):
            continue
        met.add(line)
        names = {key(each.target) for each in all_in(line, cst.AssignTarget)}
        if isinstance(scope, cst.FunctionDef) and has(line, cst.Return):
            names.add(scope.name.value)
        said = said or any(NAMED.search(each) for each in (source.text(line), *names))
        read += [each for each in source.of_type(cst.Name) if each.value in names]
    return said


def _targets(script: Script, off: cst.BinaryOperation) -> list[cst.BaseExpression]:
    """The side of a difference that no weight is in; both where that does not tell."""
    sides, text = [off.left, off.right], script.source.text
    weights = [one.weight for one in script.network.layers]
    return [one for one in sides if not any(
            has_weight(name, text(part)) for part in made_of(script.source, [one])
            for name in weights)] or sides  # fmt: skip


def _written(source: Source, node: cst.BaseExpression) -> cst.BaseExpression:
    """What a name was given last; anything else as it is."""
    name, scope = key(node), source.scope(node)
    given = [one.value for one in (bound(source, name, scope) if name else ())
             if one.value is not None and isinstance(one.statement, cst.Assign)]  # fmt: skip
    return given[-1] if given and given[-1] is not None else node


def of_largest(source: Source) -> Iterator[Edit]:
    """The largest along the other axis: of all that are taken at once, and of each; then of none.

    Of a column of outputs ``argmax(o, axis=1)`` is always 0, and so is the first of it. Before
    these, where it is looked for in a loop of the author's own; and of a label, which is a number
    beside the largest of outputs, the label itself: that it is the first of one is always so.
    """
    yield from of_searches(source)
    places = [*largest_of(source)]
    for call, array, axis in places if len(places) > 1 else ():
        if not axis and array.isidentifier():
            yield source.edit(call, array, "answer", A_LABEL, "misleading-metric")
    calls = [*source.calls_of(*LARGEST)]
    turned = [(one, with_axis(source, one, OTHER.get(_axis(source, one), "1"))) for one in calls]
    for some in at_once_and_each(turned):
        yield _edit(source, some)
    for one in calls:
        axis = "" if _axis(source, one) else "0"
        yield _edit(source, [(one, with_axis(source, one, axis))])


def of_searches(source: Source) -> Iterator[Edit]:
    """``best = 1`` before a loop that looks for the largest number, from the first one on.

    And where the largest number itself is kept, ``top = 0``: less than any, as all may be below 0.
    """
    for one in source.of_type(cst.If):
        test = one.test
        if not isinstance(test, cst.Comparison) or not compares(test, ABOVE):
            continue
        held, given = test.comparisons[0].comparator, _given(source, one)
        if not isinstance(test.left, cst.Subscript | cst.Name):
            continue
        if isinstance(held, cst.Name) and given.get(held.value) == source.text(test.left):
            turns = turns_around(source, one)
            where = [name for name, text in given.items() if text in turns and name != held.value]
            for number in _starts(source, one, held.value) if where else ():
                yield _edit(source, [(number, '-float("inf")')])
        if not isinstance(held, cst.Subscript) or not isinstance(test.left, cst.Subscript):
            continue
        places = (place_of(each) for each in (held, test.left))
        best, turn = (source.text(each) if each is not None else "" for each in places)
        if source.text(held.value) != source.text(test.left.value) or given.get(best) != turn:
            continue
        for number in _starts(source, one, best):
            pairs: list[tuple[cst.CSTNode, str]] = [] if is_number(number, 0) else [(number, "0")]
            pairs += [(late, "1") for late in _late(source, one, turn)]
            if pairs:
                yield _edit(source, pairs)


def _given(source: Source, node: cst.If) -> dict[str, str]:
    """What the lines of a condition give to names, as it is written."""
    found = dict[str, str]()
    for one in all_in(node.body, cst.Assign):
        target, value = one.targets[0].target, one.value
        pairs: list[tuple[cst.BaseExpression, cst.BaseExpression]] = [(target, value)]
        if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
            both = zip(target.elements, value.elements, strict=False)
            pairs = [(each.value, its.value) for each, its in both]
        found |= {key(each): source.text(its) for each, its in pairs if key(each)}
    return found


def _starts(source: Source, node: cst.If, name: str) -> Iterator[Number]:
    """The number that a name has before the loop in which it is looked for."""
    scope, begins = source.scope(node), source.span(node)[0]
    for one in bound(source, name, scope):
        if source.span(one.statement)[0] < begins and isinstance(one.value, Number):
            yield one.value


def _late(source: Source, node: cst.If, turn: str) -> Iterator[cst.BaseExpression]:
    """Where the loop through the numbers begins, if that is behind the second one."""
    for loop in source.loops(node):
        steps = loop.iter if isinstance(loop, cst.For) and key(loop.target) == turn else None
        first = steps.args[0].value if is_call(steps, "range") and len(steps.args) > 1 else None
        if isinstance(first, cst.Integer) and int(first.evaluated_value) > 1:
            yield first


def largest_of(source: Source) -> Iterator[tuple[cst.Call, str, str]]:
    """Each call that gives the place of the largest of an array: the array, and the axis."""
    for call in source.calls_of("argmax"):
        array: cst.CSTNode | None = call.args[0].value if call.args else None
        if not _takes_array(call):
            array = call.func.value if isinstance(call.func, cst.Attribute) else None
        if isinstance(array, Variable | cst.Call):
            yield call, source.text(array), _axis(source, call)


def _edit(source: Source, pairs: Sequence[tuple[cst.CSTNode, str]]) -> Edit:
    return source.edit_each(pairs, "answer", LARGEST_OUTPUT, "misleading-metric")


def _axis(source: Source, call: cst.Call) -> str:
    """The axis as it is written; nothing where none is."""
    given = [named_arg(call, "axis"), *plain_args(call)[_takes_array(call) :]]
    return next((source.text(one) for one in given if one is not None), "")


def with_axis(source: Source, call: cst.Call, axis: str) -> str:
    """A call with this axis, or without one, whatever it was handed before."""
    taken = [source.text(one.value) for one in call.args[: _takes_array(call)]]
    given = ", ".join([*taken, *([f"axis={axis}"] if axis else [])])
    return f"{source.text(call.func)}({given})"


def _takes_array(call: cst.Call) -> bool:
    """Whether the array is its first argument, and not what the method is one of."""
    return is_of_library(call) or not isinstance(call.func, cst.Attribute)
