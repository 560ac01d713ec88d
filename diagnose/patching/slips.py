"""Edits of what learners slip in most often, told by the source alone.

For scripts of which no network can be read: none of these edits is known to mend anything before
the script was run with it, and what it prints then decides (``told_alone``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, islice

import libcst as cst

from diagnose.patching.biases import left_out
from diagnose.patching.compared import (
    handed_together,
    labels_by_number,
    labels_compared,
    stage_by_stage,
)
from diagnose.patching.counting import of_largest
from diagnose.patching.decays import called_by, of_strengths
from diagnose.patching.derivatives import of_arguments
from diagnose.patching.formulas import FORMULAS
from diagnose.patching.indices import back_to_the_first, parts_of_batches, thresholds
from diagnose.patching.inplace import kept_results
from diagnose.patching.mates import of_mates
from diagnose.patching.nodes import (
    Variable,
    all_in,
    at_once_and_each,
    has_equal,
    is_call,
    is_operation,
    named_arg,
)
from diagnose.patching.once_more import once_more
from diagnose.patching.orders import OF_DRAWS, in_random_order
from diagnose.patching.outputs import of_layer_lists
from diagnose.patching.pace import STAYS, is_cut
from diagnose.patching.pairs import is_mixed, of_source, of_whole_splits
from diagnose.patching.placed import (
    begun_before,
    ended_later,
    into_their_loop,
    left_later,
    out_of_an_inner_loop,
    out_of_their_loop,
    out_of_what_prints,
)
from diagnose.patching.places import (
    Number,
    bindings,
    followed,
    key,
    literals,
    name_called,
    names_in,
)
from diagnose.patching.predicting import by_their_names
from diagnose.patching.products import factors_of
from diagnose.patching.repeated import of_repeated_columns
from diagnose.patching.script import free_name, parts_taken, random_of_lists
from diagnose.patching.seen import kept_in_floats, mixed_lines
from diagnose.patching.shaped import SHAPES, in_brackets, once_only, undivided
from diagnose.patching.signs import TURNED, turned
from diagnose.patching.signs import WHY as DOWN
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.starting import lists_of_one_number, of_starts, told_apart
from diagnose.patching.stepping import Step, called, sum_in, target_of
from diagnose.patching.sums import begun_in_init, is_added_up, of_sums
from diagnose.patching.targets import of_repeated_labels
from diagnose.patching.velocities import named_velocities, stepped_against, velocity_in

# Of each kind so many, the first in the source.
MOST_OF_A_KIND = 6
# A rate and a spread that are wrong are so by far: the learning curve is flat in between.
RATES, SPREADS = (0.1, 10.0, 0.01, 100.0, 0.001), (0.1, 0.01)
# And of a rate so small that nothing moves by it, as 1e-5.
TINY, FAR_LARGER = 1e-4, (1e3, 1e4)
# What people call it; a script may have one as a default, and another that is handed over.
RATE = re.compile(r"^lr|rate|eta$|alpha|step_?size|taux|tasa|taxa|tasso|^wsp", re.I)
MOST_RATES = 2
# No rate of a plain step is larger.
LARGEST = 10
# What draws numbers around 0, with how wide they lie as an argument.
DRAWS = ("normal", "gauss", "normalvariate", "uniform")
# What is a share of the right answers where the numbers that it counts are comparisons.
COUNTING = ("mean", "average", "sum", "count_nonzero", "int", "float", "bool")
# What an axis of a softmax is handed to.
OVER, OF_COLUMNS = ("sum", "max", "amax"), ("mean", "std", "min", "ptp")


def of_slips(source: Source, middle: str | None = None) -> list[Edit]:
    """The edits, the likeliest first; middle: between two classes, where that is known."""
    makers: tuple[Callable[[Source], Iterator[Edit]], ...] = (
        *USUAL,
        by_their_names, once_more, of_source, of_mates, told_apart, lists_of_one_number, undivided,
        into_their_loop, out_of_what_prints, _made_alike, _split_mixed, _mixed, _turned, _sums,
        _steady, _other_axis, of_largest, begun_before, begun_in_init,
        ended_later, left_later, stage_by_stage, parts_of_batches, in_brackets, once_only, left_out,
        labels_compared, handed_together, back_to_the_first, out_of_an_inner_loop,
        partial(thresholds, middle=middle),
        *OF_DRAWS, *SHAPES, kept_in_floats, *FORMULAS, of_layer_lists, of_strengths, of_starts,
        _swapped, _other_rates, _narrower, left_later, out_of_their_loop,
    )  # fmt: skip
    return list(dict.fromkeys([
        *kept_results(source, "order", "class-order"),
        *kept_results(source, "answer", "test-preparation"),
        *(one for maker in makers for one in islice(maker(source), MOST_OF_A_KIND)),
    ]))  # fmt: skip


def counts_answers(source: Source) -> bool:
    """Whether a script counts which of its answers equal something: what it prints is a share."""
    for one in source.of_type(cst.Comparison):
        if not has_equal(one):
            continue
        if "argmax" in source.text(one):
            return True
        for above in source.above(one):
            if is_call(above, *COUNTING) or isinstance(above, cst.AugAssign):
                return True
            lines = above.body.body if isinstance(above, cst.If) else ()
            if any(isinstance(each, cst.AugAssign) for line in lines for each in line.children):
                return True
    return False


def steps(source: Source) -> list[Step]:
    """The statements that look like steps: something less a product with a number, the rate."""
    return [one for one in source.of_type(cst.AugAssign, cst.Assign) if _rates(source, one)]


def _rates(source: Source, node: Step) -> list[Number]:
    """The numbers that scale what a statement adds to what it is given, or takes off it."""
    factors = _added(source, node)
    numbers = [number for one in factors for number in _number(source, one)]
    return numbers[:MOST_RATES] if len(factors) > 1 else []


def _added(source: Source, node: Step) -> list[cst.BaseExpression]:
    """The factors of what a statement adds to what it is given, or takes off it."""
    if isinstance(node, cst.AugAssign):
        return factors_of(node.value, opened=True) if type(node.operator) in TURNED else []
    value = sum_in(source, node) or velocity_in(source, node)
    return factors_of(value.right, opened=True) if value is not None else []


def _number(source: Source, factor: cst.BaseExpression) -> list[Number]:
    """The number that a factor is, or that its name is given, be it by another name.

    None of those that an array is made with: they scale no step.
    """

    def named(node: cst.CSTNode) -> Iterator[str]:
        """The name that an expression is, and none that it is computed of."""
        yield from filter(None, [key(node)])

    given = followed(source, [factor], named) if key(factor) else []
    found = [one for one in (factor, *(each.value for each in given)) if isinstance(one, Number)]
    every = [one for one in dict.fromkeys(found) if 0 < float(one.evaluated_value) <= LARGEST]
    return every[:MOST_RATES]


def _split_mixed(source: Source) -> Iterator[Edit]:
    """Samples and labels in one random order before they are split, ``x[:-40], y[:-40]``."""
    order = free_name(source, "order", "new")
    met: dict[tuple[int, str], tuple[str, cst.CSTNode]] = {}
    for one in bindings(source):
        part = one.value.value if isinstance(one.value, cst.Attribute) else one.value  # of `.T`
        if not isinstance(part, cst.Subscript) or not isinstance(part.value, cst.Name):
            continue
        if source.loops(one.statement) or not isinstance(part.slice[0].slice, cst.Slice):
            continue
        other, place = part.value.value, (id(one.scope), source.text(part.slice[0].slice))
        x, first = met.setdefault(place, (other, source.statement(one.statement)))
        if x == other or any(is_mixed(source, each, one.scope) for each in (x, other)):
            continue
        above = source.inserted_before(
            first, *mixed_lines(source, one.statement, (x, other), order)
        )
        why = "samples of every class are on both sides of the split, being shuffled before it"
        yield edit_of([above], "data", why, "sorted-split")


def _whole_split_mixed(source: Source) -> Iterator[Edit]:
    """The same of pairs and rows; of a series, whose order is a part of the task, they stay."""
    if counts_answers(source):
        yield from of_whole_splits(source)


def _made_alike(source: Source) -> Iterator[Edit]:
    """``b = f(q)`` as ``b = f(g(q))``, where ``a = f(g(p))`` stands above it, and p is not q."""
    whole = (cst.Call, cst.ListComp, cst.BinaryOperation)
    every = [
        one for one in bindings(source)
        if isinstance(one.statement, cst.Assign) and isinstance(one.value, whole)
        if not source.loops(one.statement)
    ]  # fmt: skip
    for first, second in combinations(every, 2):
        if first.scope is not second.scope or first.value is None or second.value is None:
            continue
        mine, its = {*names_in(first.value)}, {*names_in(second.value)}
        if len(mine - its) != 1 or len(its - mine) != 1:
            continue
        if type(first.value) is not type(second.value):
            continue
        (old,), (new,) = mine - its, its - mine
        text = re.sub(rf"(?<![\w.]){re.escape(old)}\b", new, source.text(first.value))
        if parts_taken(source, first.value) != parts_taken(source, second.value):
            continue  # it would be asked of the samples that it is trained on
        if first.name != second.name and text != source.text(second.value) and "(" in text:
            why = f"{second.name} is made as {first.name} is, of {new} in the place of {old}"
            yield source.edit(second.value, text, "answer", why, "test-preparation")


def _sums(source: Source) -> Iterator[Edit]:
    """Sums of gradients that are never set back, begun anew where a turn begins."""
    every: list[Step] = [
        one for one in source.of_type(cst.AugAssign)
        if isinstance(one.value, cst.BinaryOperation | cst.Name)
        if not any(isinstance(each, cst.List) for each in one.value.children)
        if source.loops(one)
    ]  # fmt: skip
    every += [one for one in source.of_type(cst.Assign) if isinstance(one.value, cst.ListComp)
              and source.loops(one) and is_added_up(source, one)]  # fmt: skip
    yield from of_sums(source, every)
    for one in every:
        yield from of_sums(source, [one])


def _steady(source: Source) -> Iterator[Edit]:
    """The rate as it is written, and not less and less of it."""
    numbers = [one for step in steps(source) for one in _added(source, step)]
    names = {key(one).rpartition(".")[-1] for one in numbers} - {""}
    splices = tuple(source.removed(one) for one in source.nodes if is_cut(one, names))
    if splices:
        yield edit_of(splices, "pace", STAYS, "learning-rate")


def _turned(source: Source) -> Iterator[Edit]:
    """All steps with the other sign; of such as have both signs those that are added; and each."""
    sums = [(one, one if isinstance(one, cst.AugAssign) else sum_in(source, one))
            for one in steps(source)]  # fmt: skip
    every = [(source.replaced(node, turned(node)), is_added_up(source, one))
             for one, node in sums if node is not None]  # fmt: skip
    up = [one for one, added in every if added] or [one for one, _ in every]
    for some in dict.fromkeys([tuple(up), *((one,) for one, _ in every)]):
        if some:
            yield edit_of(some, "step", DOWN, "update-direction")


def _mixed(source: Source) -> Iterator[Edit]:
    """A list that a loop within a loop goes through, shuffled before it does."""
    for loop in source.of_type(cst.For):
        name = loop.iter.value if isinstance(loop.iter, cst.Name) else ""
        around = source.loops(loop)
        if not name or not around:
            continue
        line = f"{random_of_lists(source, loop)}.shuffle({name})"
        yield in_random_order(source.inserted_before(loop, line))


def _other_axis(source: Source) -> Iterator[Edit]:
    """Sums of exponentials, or means of columns, along the other axis, all at once and each."""
    for names, part, defect, why in (
        (OVER, "forward", "softmax-axis", "the sum is over the classes"),
        (OF_COLUMNS, "input", "scaled-by-sample", "each column has a mean of its own"),
    ):
        axes = (named_arg(call, "axis") for call in source.calls_of(*names))
        pairs = [(one, str(1 - int(one.value))) for one in axes
                 if isinstance(one, cst.Integer) and one.value in ("0", "1")]  # fmt: skip
        for some in at_once_and_each(pairs):
            yield source.edit_each(some, part, why, defect)


def _other_rates(source: Source) -> Iterator[Edit]:
    """The number that scales the steps, ten and a hundred times smaller and larger."""
    found = dict.fromkeys(number for one in steps(source) for number in _rates(source, one))
    numbers = sorted(found, key=lambda one: not RATE.search(called_by(source, one)))
    for factor in (*FAR_LARGER, *RATES):
        for number in numbers[:MOST_RATES]:
            if factor in FAR_LARGER and float(number.evaluated_value) > TINY:
                continue
            text = f"{float(number.evaluated_value) * factor:g}"
            why = "steps are of a size with which the network learns"
            yield source.edit(number, text, "pace", why, "learning-rate")


def _narrower(source: Source) -> Iterator[Edit]:
    """First weights that are drawn less widely; samples that are drawn stay as they are."""
    stepped = {called(target_of(one)) for one in steps(source)} - {""}
    drawn = [
        one for given in bindings(source) if given.name.rpartition(".")[-1] in stepped
        if given.value is not None for one in all_in(given.value, cst.Call)
    ]  # fmt: skip
    for factor in SPREADS:
        for call in drawn:
            if name_called(call) not in DRAWS or len(call.args) < 2:
                continue
            splices = [
                source.replaced(one, f"{float(one.evaluated_value) * factor:g}")
                for arg in call.args[:2] if arg.keyword is None
                for one in literals(source, [arg.value])[:1] if float(one.evaluated_value)
            ]  # fmt: skip
            if splices:
                why = "first weights are small enough for their units not to be at an edge"
                yield edit_of(dict.fromkeys(splices), "start", why, "initialization-scale")


def _swapped(source: Source) -> Iterator[Edit]:
    """A difference of two arrays, given a name or given back, the other way round."""
    for one in source.of_type(cst.Return, cst.Assign):
        node = one.value
        if not is_operation(node, cst.Subtract):
            continue
        if isinstance(node.left, Variable) and isinstance(node.right, Variable):
            new = node.with_changes(left=node.right, right=node.left)
            why = "the error is taken the way round in which the step goes down the loss"
            yield source.edit(node, new, "gradient", why, "wrong-gradient")


# What the source itself shows to be a slip: a column that is taken twice and another one never.
USUAL: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    of_repeated_columns,
    of_repeated_labels,
    of_arguments,
    stepped_against,
    named_velocities,
    labels_by_number,
    _whole_split_mixed,
)
