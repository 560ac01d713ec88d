"""The steps that are on the tape: before those that were read, and of a training that overflows.

And a training that ended before its epochs were told apart, and is watched once more for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.began import CLOCK, firsts_taken, taken_at_first
from diagnose.reading.collecting import Collector
from diagnose.reading.collecting_samples import SampleCollector
from diagnose.reading.dropping import masks_of
from diagnose.reading.edges import Kept
from diagnose.reading.loops import Key, Loop
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Place, Step
from diagnose.reading.targets import Targets, as_rows, rows_of, samples_in
from diagnose.recording.nodes import leaf_at
from diagnose.watching.handover import FEWEST_HELD
from diagnose.watching.understanding import FEWEST

# A step as it is held against a network: its number, rows, targets, rate, the state before and
# after it, and its masks.
Early = tuple[int, Array, Array, float, dict[Key, Any], dict[Key, Any], Sequence[Array]]
# Of so many turns it is; where there are more, an epoch is longer than it is waited for.
FEWEST_TURNS, MOST = 5, 150


def overflows(loop: Loop, turn: int) -> bool:
    """Whether what is trained is no longer finite when a turn begins."""
    carried, step = loop.carried(turn), Step(loop, turn, [])
    return any(not _is_finite(step.value(carried[key])) for key in loop.state(turn))


def early_steps(
    roles: Roles, targets: Targets, kept: Sequence[Kept], *, counted: bool
) -> list[Early]:
    """The steps on the tape, as far as their values were kept, but for those that were read.

    With these, where no step of those that were kept begins with numbers that are finite. counted:
    whether something in the network counts the steps.
    """
    used = min(one.turn for one in roles.steps)
    is_over = bool(kept) and not any(all(map(_is_finite, one.before.values())) for one in kept)
    found: list[Early] = []
    if is_over:
        first = first_step(roles, targets, counted=counted)
        found += [(-used, *first[1:])] if first else []
    for turn in range(1, roles.steps[-1].turn + 1 if is_over else used):
        one = roles.step.again(turn)
        if one.shape != roles.step.shape:
            continue
        step = _on_tape(roles, targets, one, used, counted=counted, whole=is_over)
        if step is not None:
            found.append(step)
    return found


def _on_tape(
    roles: Roles, targets: Targets, one: Step, used: int, *, counted: bool, whole: bool
) -> Early | None:
    """One step; of one that takes its samples one by one, where they are wanted, all of them."""
    loop, keys, turn = one.loop, one.keys, one.turn
    within = loop.turns_within(turn)
    if (within or loop.turns_within(roles.step.turn)) and not whole:
        return None  # only the first sample is there
    places = one.places()
    rate = one.value(places[roles.rate_place]) * roles.rate_sign if roles.rate_place else 1.0
    sides = [
        {key: one.value(ref) for key in keys if (ref := loop.carried(at).get(key)) is not None}
        for at in (turn, turn + 1)
    ]
    if within:
        xs, wanted = _each(one, roles.x), _each(one, roles.target)
    else:
        xs, wanted = [one.value(places[roles.x])], [one.value(places[roles.target])]
    masks = () if within else masks_of(one, roles.masks)
    values = [*xs, *wanted, *(value for side in sides for value in side.values())]
    if any(value is None for value in values) or any(len(side) < len(keys) for side in sides):
        return None
    if masks is None or len(xs) != len(wanted):
        return None
    if counted:
        sides = [{**side, CLOCK: turn + more} for more, side in enumerate(sides)]
    rows = np.concatenate([rows_of(x, roles) for x in xs])
    sizes = [1] * len(xs) if within else [samples_in(roles, one)]
    goals = [as_rows(one, n, roles, targets.index) for one, n in zip(wanted, sizes, strict=True)]
    if roles.over_samples:
        rate = float(f"{rate * len(rows):.14g}")
    return turn - used, rows, np.concatenate(goals), float(rate), sides[0], sides[1], masks


def _each(step: Step, place: Place) -> list[Any]:
    """What is taken at a place for each sample of a step that takes them one after the other."""
    within = step.within
    assert within is not None
    number, path = step.seen_at(place)
    every = [number, *sorted(within.twins.get(number, ()))]
    taken = [leaf_at(step.nodes[at], path) for at in every]
    return [None if one is None else step.value(one) for one in taken]


def first_step(roles: Roles, targets: Targets, *, counted: bool) -> Early | None:
    """The very first step, which begins with what was drawn; None where it does other things."""
    step = roles.step

    def at_first(place: Place) -> Any:
        return taken_at_first(step, *step.seen_at(place))

    if roles.masks or roles.over_samples or roles.step.within:
        return None
    x, target = at_first(roles.x), at_first(roles.target)
    rate = at_first(roles.rate_place) if roles.rate_place else 1.0
    firsts = firsts_taken(step)
    began = {key: firsts.get(key) for key in step.keys}
    before = {key: None if one is None else step.value(one) for key, one in began.items()}
    carried = step.loop.carried(1)
    after = {key: step.value(carried[key]) for key in step.keys if key in carried}
    values = [x, target, rate, *before.values(), *after.values()]
    if any(value is None for value in values) or len(after) < len(before):
        return None
    if counted:
        before[CLOCK], after[CLOCK] = 0, 1
    rows = rows_of(x, roles)
    wanted = as_rows(target, len(rows), roles, targets.index)
    return 0, np.array(rows), np.array(wanted), float(rate) * roles.rate_sign, before, after, ()


def _is_finite(value: Any) -> bool:
    if not isinstance(value, np.ndarray | np.generic | float):
        return True
    array = np.asarray(value)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def ended_soon(seen: Collector | None, turns: int) -> bool:
    """Whether a training of so many turns has too few steps beside those that it is read from."""
    if isinstance(seen, SampleCollector) and len(seen.kept) >= FEWEST_HELD:
        return False  # its samples come one by one, and what it has seen of them is enough
    return FEWEST_TURNS <= turns <= MOST and (seen is None or seen.ends_at is None)


def half_of(turns: list[int], most: int) -> list[int]:
    """The turns from which it is read."""
    return turns[: min(max(len(turns) // 2, FEWEST), most)]


def told(site: int, turns: int) -> str:
    """What the process is told that watches it once more."""
    return f"{site},{turns}"


def site_and_turns(said: str) -> tuple[int, int] | None:
    """The loop that trains, and how many turns it takes; None where that was not said."""
    site, _, turns = said.partition(",")
    return (int(site), int(turns)) if turns else None
