"""The step of a training, understood: its layers and targets, both passes, and the first draw."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.folding.folded import ONE_VECTOR, VECTORS, folded
from diagnose.folding.initial_numbers import NumbersWriter
from diagnose.folding.units import UnitLayer
from diagnose.network.arrays import Array
from diagnose.reading.batches import stepped_again, unrolled
from diagnose.reading.frozen import frozen
from diagnose.reading.gated import gated, held_back
from diagnose.reading.initial import Initial, InitialWriter
from diagnose.reading.left_marks import refuse_left_marks
from diagnose.reading.loops import STILL, Key, Loop, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import Part, kept_in
from diagnose.reading.passes import Passes
from diagnose.reading.repeated import without_places, without_repeated
from diagnose.reading.roles import Roles, read_roles
from diagnose.reading.sample_loops import by_sample
from diagnose.reading.steps import Step, common, idle, is_step, steps_in
from diagnose.reading.targets import Targets, read_targets
from diagnose.reading.updating import write_passes
from diagnose.recording.nodes import Group, Node, references
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.sites import Site

# What is said of programs in which a unit, or a weight, is computed after the other.
ONE_BY_ONE = ("weights are multiplied one by one", "no product of a parameter with samples")
# What is said of a loop whose turns differ: over layers, say, each of which it steps.
UNEVEN = "not every step does the same: a branch, or a loop, depends on the data"
SKIPPED = (
    "not every turn makes a step: which samples do depends on the data; what is read is a plain "
    "comparison around all of the step, as in `if y * s < 1`, or a factor of 0 or 1 in the gradient"
)
UNROLLED = (
    "a loop over the samples within a step on all of a batch: each turn does one of its rows, and "
    "read is what does all rows in one operation"
)
LISTED = (
    "numbers of a list that are stepped one by one are taken as an array here; read are numbers "
    "that are an array from the beginning, as `np.array(...)` makes one"
)
SEVERAL = (
    "parameters are changed once more, and made anew, after a loop of several steps, as by "
    "`W = W * 0.999` at the end of an epoch; read is a training whose steps all do the same: do "
    "that in each step, or leave it out"
)
# So large a part of the turns may be without a step, for whatever reason, and are passed over: a
# loop that now and then only prints, say.
UNLIKE = 0.2
FEWEST = 3
FEW = "fewer than three steps of the training were seen"
# Of so many steps before those that are read, the samples are looked at too, for their rate.
MANY = 64


@dataclass(frozen=True, kw_only=True)
class Understood:
    """One step, understood; uncounted: the same, if no number in it is the size of the batch.

    units: of a program that computes number by number, its layers.
    """

    roles: Roles
    targets: Targets
    passes: Passes
    initial: Initial
    uncounted: Passes | None
    units: tuple[UnitLayer, ...] = ()


def trained(loop: Loop, turns: list[int], sites: list[Site]) -> list[Step]:
    """The steps of a loop's turns; NotReadError where they do not do the same."""
    if loop.readable is not None:
        turns = [turn for turn in turns if turn in loop.readable]
    keys = loop.first_state(turns)
    steps = steps_in(loop, turns, keys)
    if steps and (fixed := frozen(steps)):
        loop.stay(fixed)
        keys = [*keys, *((STILL, number) for number in fixed)]
        steps = [Step(loop, one.turn, keys) for one in steps]
    alone = _by_themselves(steps[0]) if steps else []
    if alone:
        keys = [key for key in keys if key not in alone]
        steps = [Step(loop, one.turn, keys) for one in steps]
    without = [turn for turn in turns if not is_step(loop, turn, keys)]
    if steps and not loop.skips and len(without) > UNLIKE * len(turns):
        raise NotReadError(SKIPPED, sites[steps[-1].graph[-1].site])
    if len(steps) < FEWEST:
        raise NotReadError(FEW)
    alike = common(steps)
    others = [one for one in steps if one.shape != alike[0].shape]
    if len(others) > UNLIKE * len(steps):
        here, there = alike[0].shape, others[0].shape
        at = next(
            (n for n, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]),
            min(len(here), len(there)) - 1,
        )
        _refuse_unrolled([alike[0], others[0]], sites)
        raise NotReadError(UNEVEN, sites[here[at][0]])
    return alike


def _refuse_unrolled(steps: list[Step], sites: list[Site]) -> None:
    """NotReadError for a loop over the samples of a batch that did not become one operation.

    What was seen of it has as many turns as that batch had samples, and is true of no other.
    """
    for one in steps:
        if (node := unrolled(one)) is not None:
            raise NotReadError(UNROLLED, sites[node.site])


def _by_themselves(step: Step) -> list[Key]:
    """States that change without the network, such as a rate that decays: values from outside."""
    bit = {key: 1 << at for at, key in enumerate(step.keys)}
    alone = set(step.keys)
    masks = {
        key: step.masks[made] if (made := step.made(key)) is not None else 0 for key in step.keys
    }
    while True:
        allowed = sum(bit[key] for key in alone)
        left = {
            key
            for key in alone
            if not masks[key] & ~allowed and key[0] == "made" and _is_number(step, key)
        }
        if left == alone:
            if len(alone) == len(step.keys):  # the weights are numbers, too, and depend on others
                alone = {key for key in alone if masks[key] == bit[key]}
            return [key for key in step.keys if key in alone] if len(alone) < len(step.keys) else []
        alone = left


def _is_number(step: Step, key: Key) -> bool:
    made = step.made(key)
    return made is not None and np.size(step.nodes[made].value) == 1


def understand(loop: Loop, turns: list[int], sites: list[Site]) -> Understood:
    """Understand a step; NotReadError for the first thing that stands in the way."""
    every = list(range(1, turns[-1] + 1)) if turns[0] < MANY else turns
    try:
        return _understood(loop, turns, every, sites)
    except NotReadError as error:
        other = without_places(loop, every)
        if other is not loop:
            with suppress(NotReadError):  # the first reason says what stands in the way
                return _understood(other, turns, every, sites)
        if not error.kind and (node := _taken_as_array(loop, turns[-1])) is not None:
            raise NotReadError(LISTED, sites[node.site]) from error
        raise


def _taken_as_array(loop: Loop, turn: int) -> Node | None:
    """The first operation of a turn that makes an array of a list of numbers that are stepped."""
    keys = {key for key in loop.state(turn) if key[0] == "made"}
    for node in loop.nodes(turn) if keys else ():
        for taken in (*node.args, *node.kw.values()):
            if isinstance(taken, Group) and isinstance(node.value, np.ndarray):
                refs = references([taken])
                if refs and all(loop.key(one, turn) in keys for one in refs):
                    return node
    return None


def _understood(loop: Loop, turns: list[int], every: list[int], sites: list[Site]) -> Understood:
    """The same of a loop as it is; every: the turns that are looked at."""
    loop = by_sample(without_repeated(loop, every), every)
    if loop.turns_within(turns[0]) is None:
        one = gated(loop, every)
        loop = held_back(loop, every) if one is loop else one
    steps = trained(loop, turns, sites)
    _refuse_unrolled(steps[:1], sites)
    try:
        return _read(loop, steps, sites)
    except NotReadError as error:
        found = _number_by_number(steps, sites, error)
        if found is None:
            raise
        return found


def _number_by_number(steps: list[Step], sites: list[Site], why: NotReadError) -> Understood | None:
    """Understand a step whose weights are multiplied one by one; None for any other."""
    try:
        found = folded(steps, sites)
    except NotReadError as error:
        if error.reason in (ONE_VECTOR, VECTORS):
            raise  # units were found, which are no layers of matrices
        if not why.reason.startswith(ONE_BY_ONE):
            return None
        raise NotReadError(
            f"{ONE_BY_ONE[0]}, and {error.reason}", error.site, error.kind
        ) from error
    if found is None:
        return None
    return Understood(
        roles=found.roles, targets=found.targets, passes=found.passes,
        initial=NumbersWriter(found.roles, found.passes.parameters, sites).written(),
        uncounted=None, units=found.layers,
    )  # fmt: skip


def _read(loop: Loop, steps: list[Step], sites: list[Site]) -> Understood:
    """Understand a step whose layers are matrix products."""
    roles = read_roles(steps, sites)
    needed = {kept_in(key) for one in roles.layers for key in (one.weight, one.bias) if key}
    if left := idle(roles.step, needed):
        keys = [key for key in roles.step.keys if key not in left]
        roles = read_roles(common([Step(loop, one.turn, keys) for one in steps]), sites)
    targets = read_targets(roles, sites)
    refuse_left_marks(roles, targets, sites)
    _refuse_others(roles, sites)
    again = stepped_again(roles.step, roles.parameters, roles.layers[0].weight)
    if again is not None:
        raise NotReadError(SEVERAL, sites[again.site])
    if roles.over_samples and len({kept_in(key) for key in roles.parameters}) < len(
        roles.step.keys
    ):
        # what is carried is stepped after the samples, where their number is not known any more
        roles = replace(roles, over_samples=False)
        targets = replace(targets, roles=roles)
    passes = write_passes(roles, targets, sites)
    return Understood(
        roles=roles, targets=targets, passes=passes,
        initial=InitialWriter(roles, passes.parameters, sites).written(),
        uncounted=_uncounted(roles, targets, passes, sites),
    )  # fmt: skip


def _uncounted(roles: Roles, targets: Targets, passes: Passes, sites: list[Site]) -> Passes | None:
    """The same, should a number that is as large as the batches be one of its own."""
    try:
        other = write_passes(roles, targets, sites, counted=False)
    except NotReadError:
        return None
    return other if other.counts and {*other.constants} == {*passes.constants} else None


def _refuse_others(roles: Roles, sites: list[Site]) -> None:
    """NotReadError for a state that is multiplied as a weight is, but belongs to no layer found."""
    step, held_in = roles.step, set(map(kept_in, roles.parameters))
    for node in step.graph:
        if name_of(node) in MATRIX_PRODUCTS:
            for ref in takes(node):
                key = step.origin(ref)
                if isinstance(key, tuple) and key not in held_in:
                    raise NotReadError("a weight that belongs to no layer found", sites[node.site])


def as_contract(understood: Understood, name: str, value: Any) -> Array:
    """A parameter as the author keeps it, in the shape that the contract wants."""
    roles, key = understood.roles, understood.passes.parameters[name]
    array = np.asarray(value)
    if isinstance(key, Part):
        return roles.form(key).array(array)
    laid = _laid_out(roles, key, array)
    return laid if roles.times(key) == 1 else roles.times(key) * laid


def _laid_out(roles: Roles, key: Key, array: Array) -> Array:
    """The same, but for what it is multiplied by."""
    layer = roles.layer(key)
    if key == layer.weight and layer.turned:
        return array.T
    if key == layer.weight and array.ndim < 2:
        return array.reshape(layer.flat_shape(roles.layout))
    return array.reshape(1) if array.ndim == 0 else array
