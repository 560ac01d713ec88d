"""Edits of how long a training goes on: the number of its epochs, and what ends it early."""

from __future__ import annotations

import math
from collections.abc import Iterable

import libcst as cst

from diagnose.patching.nodes import (
    Loop,
    assigned,
    has,
    is_call,
    is_number,
    is_operation,
)
from diagnose.patching.places import Number, key, literals, name_called
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, edit_of

# Hardly a network is trained in fewer steps than these; where there are fewer, a longer training
# may be what is missing, though its twin was trained as long and is no better.
FEW_STEPS = 500
# Who asks for epochs and gets less than a quarter of them did not mean to stop there.
FAR = 4
# What goes on for ever.
ALWAYS = ("True", "1")
ENDLESS = {f"{of}{name}" for name in ("count", "cycle", "repeat") for of in ("", "itertools.")} | {
    "iter"
}
# So many times as many epochs are tried there, as for the finding.
TIMES = (4, 16)
# What ends a training before its last epoch, as a finding says it.
ENDS_EARLY = "too-few-epochs"


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
    return counted > FAR * script.network.epochs and bool(of_ends(script))


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
