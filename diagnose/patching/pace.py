"""Edits of the pace: the rate that is written, what becomes of it, and the number of epochs.

And of what ends a training early.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.nodes import (
    Loop,
    all_in,
    assigned,
    has,
    is_call,
    is_number,
    is_operation,
)
from diagnose.patching.places import (
    Number,
    bindings,
    key,
    literals,
    made_of,
    name_called,
    names_in,
    parameters,
)
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import steps_of, sum_in, target_of

# What a rate shrinks by, and with what it stays: in `rate / (1 + decay * step)`, and as a factor.
STAYS = "the rate stays as it is, so that the training gets there"
FADING = re.compile("decay|gamma|anneal|shrink", re.I)
STILL = ("0.0", "1.0")
# How people write of how many samples a mean is: by a name, or asked of an array; and no root.
COUNT = re.compile(r"^(\w+|len\(.*\)|float\(\w+\)|[\w.]+\.shape\[\d\])$")
# A schedule takes the epoch, and perhaps the step within it.
MOST_TAKEN = 2
# Who chose a rate, units or epochs with which a network learns more slowly, or a little less, made
# no mistake: one that is mistaken costs three times what is noticeable, and most of what there is.
FAR = 3 * NOTICEABLE
# The rate as read differs from the one as written by the rounding of a product or two.
SAME = 1e-9
# Hardly a network is trained in fewer steps than these; where there are fewer, a longer training
# may be what is missing, though its twin was trained as long and is no better.
FEW_STEPS = 500
# Who asks for epochs and gets less than a quarter of them did not mean to stop there.
FAR_FEWER = 4
# What goes on for ever.
ALWAYS = ("True", "1")
ENDLESS = {f"{of}{name}" for name in ("count", "cycle", "repeat") for of in ("", "itertools.")} | {
    "iter"
}
# So many times as many epochs are tried there, as for the finding.
TIMES = (4, 16)
# What ends a training before its last epoch, as a finding says it.
ENDS_EARLY = "too-few-epochs"


def only_slow(edits: Sequence[Edit], gained: float) -> bool:
    """Whether edits only let a training get further, by less than a mistake costs.

    gained: how much more the network reaches by them, of 1.
    """
    return all(one.part in ("pace", "size") for one in edits) and gained < FAR


def of_rate(script: Script, rate: float) -> list[Edit]:
    """The number that is the rate at the start, or that it is made of, as another one.

    Where no rate is written, the steps are multiplied with one.
    """
    own = abs(script.network.learning_rate(0))
    if script.roles.get("learning rate", {}).get("line") == 0:
        return _written_into_the_steps(script, rate)
    found, parts = list[Edit](), list[Edit]()
    for one in literals(script.source, script.at("learning rate")):
        written = float(one.evaluated_value)
        if not written or (abs(written) in (1.0, 2.0) and abs(written) != own):
            continue
        if abs(abs(written) - own) <= SAME * own:
            found.append(_edit(script, one, rate))
        elif own:  # of a rate that is a number times another, as 1 - momentum
            parts.append(_edit(script, one, rate * written / own))
    found += _schedules(script, rate)
    return found or [*(_edit(script, one, rate) for one in _computed(script)), *parts[:1]]


def _written_into_the_steps(script: Script, rate: float) -> list[Edit]:
    """All steps with a rate before them, as ``W -= 0.1 * d``; none where one is no such sum."""
    source = script.source
    steps = steps_of(script)
    sums = [sum_in(source, one) for one in steps if isinstance(one, cst.Assign)]
    by = [one.value for one in steps if isinstance(one, cst.AugAssign)]
    by += [one.right for one in sums if one is not None]
    why = f"the steps have no rate; of the rates tried, the training gets furthest at {rate:.3g}"
    if not steps or len(by) < len(steps):
        return []
    pairs = [(one, source.joined("*", f"{rate:.3g}", source.operand(one))) for one in by]
    return [source.edit_each(pairs, "pace", why, "learning-rate")]


def _computed(script: Script) -> list[cst.BinaryOperation]:
    """What a rate is computed by, as ``ETA / 2500``, of nothing that a function is handed."""
    source, places = script.source, script.at("learning rate")
    there = [one for place in places for one in within(place)]
    back = [one for one in there if isinstance(source.parent(one), cst.Return)]
    every = [*back, *(one for one in made_of(source, places) if one not in there)]
    return [one for one in every if isinstance(one, cst.BinaryOperation)
            and not {*names_in(one)} & {*parameters(source.scope(one))}]  # fmt: skip


def of_schedule(script: Script) -> list[Edit]:
    """The rate as it is written, and not less and less of it."""
    source = script.source
    cuts = [one for one in source.nodes if is_cut(one, _rate_names(script))]
    ways = [tuple(source.removed(one) for one in cuts)] if cuts else []
    for one in literals(source, script.at("learning rate")):
        if FADING.search(_called(source, one)):
            ways += [(source.replaced(one, still),) for still in STILL]
    ways += [(source.replaced(one, kept),) for one, kept in _fades(script)]
    return [*divided_once(script)] + [
        edit_of(some, "pace", STAYS, "learning-rate") for some in ways
        if all(source.code[each.start : each.end] != each.text.encode() for each in some)
    ]  # fmt: skip


def divided_once(script: Script) -> Iterator[Edit]:
    """``W -= lr / n * g`` in all steps as ``W -= lr * g``, where the gradient is a mean already."""
    source = script.source
    found: dict[str, list[Splice]] = {}
    stepped = steps_of(script)
    for step in stepped:
        for node in all_in(step.value, cst.BinaryOperation):
            by = source.text(node.right)
            if isinstance(node.operator, cst.Divide) and COUNT.search(by):
                found.setdefault(by, []).append(source.replaced(node, source.text(node.left)))
    lines = {line for step in stepped for line in source.lines(step)}
    means = [source.text(one.right) for one in script.operations("backward", cst.Divide)
             if source.line(one) not in lines]  # fmt: skip
    if not any(COUNT.search(one) for one in means):
        return
    for by, splices in found.items():
        why = f"the gradient is a mean already, and is not divided by {by} once more"
        yield edit_of(splices, "pace", why, "learning-rate")


def hangs_on_results(script: Script) -> bool:
    """Whether the rate falls by what the training gives, as where a loss does not fall any more.

    So it goes another way in each copy, however alike it begins. A count of turns is no result,
    unless something sets it back.
    """
    source, names = script.source, _rate_names(script)
    for cut in [one for one in source.nodes if is_cut(one, names)]:
        loops = source.loops(cut)
        asked = {name for one in source.above(cut) if isinstance(one, cst.If)
                 for name in names_in(one.test)}  # fmt: skip
        given = {one.name for one in bindings(source) if not isinstance(one.statement, cst.For)
                 if any(loop in source.above(one.statement) for loop in loops)}  # fmt: skip
        if any(one.rpartition(".")[-1] not in names for one in asked & given):
            return True
    return False


def _fades(script: Script) -> list[tuple[cst.BinaryOperation, cst.BaseExpression]]:
    """Products and quotients of the rate with what changes from epoch to epoch, and the rest.

    Also what is taken off it. Of ``rate / (1 + decay * epoch)`` the whole, and no part in it.
    """
    source = script.source
    turns = {key(loop.target) for loop in script.loops} - {""}
    found = list[tuple[cst.BinaryOperation, cst.BaseExpression]]()
    tops = made_of(source, script.at("learning rate"))
    for one in (each for top in tops for each in all_in(top, cst.BinaryOperation)):
        whole = [old for old, kept in found if kept is old.left]
        if any(above is old for above in source.above(one) for old in whole):
            continue
        if is_operation(one, cst.Multiply | cst.Divide | cst.Subtract):
            moving = turns | _of_a_schedule(source, one)
            left, right = ({*names_in(side)} & moving for side in (one.left, one.right))
            if (
                right
                and not left
                and (any(names_in(one.left)) or not is_operation(one, cst.Subtract))
            ):
                found.append((one, one.left))
            elif left and not right and isinstance(one.operator, cst.Multiply):
                found.append((one, one.right))
    return found


def _of_a_schedule(source: Source, node: cst.CSTNode) -> set[str]:
    """The epoch, and the step within it, that a function takes which gives the rate back."""
    if not any(isinstance(one, cst.Return) for one in source.above(node)):
        return set()
    own = {*parameters(source.scope(node))}
    return own if len(own) <= MOST_TAKEN else set()


def _called(source: Source, number: Number) -> str:
    """What a number is called where it is written; nothing if it has no name."""
    parent = source.parent(number)
    if isinstance(parent, cst.Arg):
        return parent.keyword.value if parent.keyword else ""
    if isinstance(parent, cst.Param):
        return parent.name.value
    return assigned(parent)


def _edit(
    script: Script, old: cst.CSTNode, rate: float, also: tuple[cst.CSTNode, ...] = ()
) -> Edit:
    source = script.source
    splices = source.replaced(old, f"{rate:.3g}"), *map(source.removed, also)
    stays = ", and it stays" if also else ""
    why = f"of the rates tried, the training gets furthest at {rate:.3g}{stays}"
    return edit_of(splices, "pace", why, "learning-rate")


def _schedules(script: Script, rate: float) -> list[Edit]:
    """The rate at the start where it is cut before the first step; and kept, where it is cut."""
    source = script.source
    names = _rate_names(script)
    cuts = [one for one in source.nodes if is_cut(one, names)]
    found = []
    for one in literals(source, script.at("learning rate")) if cuts else ():
        first = source.parent(one)  # where the rate gets its first value
        given = first.name.value if isinstance(first, cst.Param) else assigned(first)
        if given.split(".")[-1] in names:
            own = float(one.evaluated_value)
            early = abs(script.network.learning_rate(0)) / own if own else 1.0
            found.append(_edit(script, one, rate / early if early else rate))
            found.append(_edit(script, one, rate, tuple(cuts)))
    return found


def _rate_names(script: Script) -> set[str]:
    """The names beside a rate where it is read, but for gradients, which may be cut for another."""
    places = script.at("learning rate")
    found = {node.value for one in places for node in all_in(one, cst.Name)}
    return found - {one.name for one in script.made("backward")}


def is_cut(node: cst.CSTNode, names: set[str]) -> bool:
    """Whether a statement makes the rate a part of what it was."""
    if not isinstance(node, cst.AugAssign | cst.Assign) or _last_name(target_of(node)) not in names:
        return False
    if isinstance(node, cst.AugAssign):
        return isinstance(node.operator, cst.MultiplyAssign | cst.DivideAssign)
    parted = is_operation(node.value, cst.Multiply | cst.Divide)
    return parted and node.value.left.deep_equals(target_of(node))  # type: ignore[attr-defined]


def _last_name(node: cst.CSTNode) -> str:
    """A variable by the last of its names: ``rate`` of ``net.optimizer.rate``."""
    name = node.attr if isinstance(node, cst.Attribute) else node
    return name.value if isinstance(name, cst.Name) else ""


def of_ends(script: Script) -> list[Edit]:
    """The training without what ends it early, each alone; but not where nothing else ends it.

    With what is said of that; where a function that trains gives back what it has, too.
    """
    source = script.source
    why = "the training goes on to the last of its epochs, since it gets better until then"
    left = [one for one in source.of_type(cst.Break, cst.Return) if script.trains(one)
            and not any(_is_endless(script, loop) for loop in source.loops(one)[:1])]  # fmt: skip
    gone = (source.removed(_with_its_words(source, one)) for one in left)
    return [edit_of([one], "pace", why, ENDS_EARLY) for one in gone]


def _with_its_words(source: Source, end: cst.CSTNode) -> cst.CSTNode:
    """The condition under which a training ends, where nothing is done beside but to print that."""
    condition = next((one for one in source.above(end) if isinstance(one, cst.If)), None)
    if condition is None or condition.orelse is not None:
        return end
    *words, last = (
        one for line in condition.body.body
        for one in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    )  # fmt: skip
    said = (isinstance(one, cst.Expr) and is_call(one.value, "print") for one in words)
    return condition if last is end and all(said) else end


def _is_endless(script: Script, loop: Loop) -> bool:
    """Whether a loop has no end of its own, be it by a generator that it goes through."""
    source = script.source
    if isinstance(loop, cst.While):
        return source.text(loop.test) in ALWAYS
    node = loop.iter
    while is_call(node, "enumerate") and node.args:
        node = node.args[0].value
    given = [one.value for one in source.of_type(cst.Assign) if assigned(one) == key(node)]
    every = [node] if isinstance(node, cst.Call) else given
    made = [one for one in every if isinstance(one, cst.Call)]
    if {source.text(one.func) for one in made} & ENDLESS:
        return True
    called = {name_called(one) for one in made}
    endless = (source.scope(one) for one in source.of_type(cst.While)
               if source.text(one.test) in ALWAYS and has(one, cst.Yield))  # fmt: skip
    return any(isinstance(one, cst.FunctionDef) and one.name.value in called for one in endless)


def is_short(script: Script, samples: int) -> bool:
    """Whether the whole training takes few steps."""
    network = script.network
    return network.epochs * math.ceil(samples / network.batch_size) < FEW_STEPS


def ends_far_too_early(script: Script) -> bool:
    """Whether a training is left after a small part of the epochs that its loop counts to."""
    counted = max([float(one.evaluated_value) for one in _outermost(script)], default=0.0)
    return counted > FAR_FEWER * script.network.epochs and bool(of_ends(script))


def of_longer(script: Script) -> list[Edit]:
    """The number of epochs after which a training that was made for longer does best."""
    numbers = script.found.get(ENDS_EARLY)
    if numbers is None or not numbers.get("longer"):
        return []
    best = max(numbers["longer"], key=lambda one: float(one["score"]))
    return of_epochs(script, script.network.epochs * best["times"])


def of_several_times(script: Script) -> list[Edit]:
    """Some times as many epochs, the fewest first."""
    return [one for times in TIMES for one in of_epochs(script, script.network.epochs * times)]


def _stop(call: cst.BaseExpression) -> cst.BaseExpression | None:
    """The n of ``range(n)`` and ``range(1, n + 1)``; None of anything else."""
    if not isinstance(call, cst.Call) or name_called(call) != "range" or not call.args:
        return None
    *start, stop = [one.value for one in call.args]
    if len(start) > 1 or not all(is_number(one, 0) or is_number(one, 1) for one in start):
        return None
    if is_operation(stop, cst.Add) and is_number(stop.right, 1):
        stop = stop.left
    return stop


def of_epochs(script: Script, epochs: int) -> list[Edit]:
    """The number of epochs that is written, as another one.

    Where none is that of the epochs as they were read, that to which the outermost loop counts: two
    epochs of some batches may have been read as one of all.
    """
    own = script.network.epochs
    if epochs == own:
        return []
    starts = [one.iter for one in script.loops] or script.at("training loop")
    written = [one for one in literals(script.source, starts) if float(one.evaluated_value) == own]
    if written:
        return [_counted(script, one, epochs) for one in written]
    return [_counted(script, one, round(float(one.evaluated_value) * (epochs / own)))
            for one in _outermost(script)]  # fmt: skip


def _counted(script: Script, number: Number, epochs: int) -> Edit:
    own = round(float(number.evaluated_value))
    why = f"{epochs} epochs, since after {own} the training is not done"
    return script.source.edit(number, str(epochs), "pace", why, ENDS_EARLY)


def _outermost(script: Script) -> list[Number]:
    """The number to which the outermost of several loops counts, however it comes by it."""
    stop = _stop(script.loops[0].iter) if len(script.loops) > 1 else None
    return [] if stop is None else _counts(literals(script.source, [stop]))


def _counts(numbers: Iterable[Number]) -> list[Number]:
    """The first of the numbers that is a whole one above 0, as loops count."""
    values = [(one, float(one.evaluated_value)) for one in numbers]
    return [one for one, value in values if value.is_integer() and value > 0][:1]
