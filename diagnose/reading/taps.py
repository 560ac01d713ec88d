"""Where in a turn of the loop that trains all passes by that is kept of further steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from diagnose.reading.began import Clock
from diagnose.reading.learning_rate import where_it_is_least
from diagnose.reading.loops import STILL, Key
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import references
from diagnose.recording.tape import Tape


@dataclass
class Taps:
    """Where in a turn the samples, the targets, the rate and the new state pass by."""

    places: dict[tuple[int, str, int], list[tuple[Any, tuple[Any, ...]]]] = field(
        default_factory=dict
    )
    results: dict[tuple[int, str, int], Key] = field(default_factory=dict)

    @classmethod
    def of(cls, roles: Roles, clock: Clock | None) -> Taps:
        """The taps of a step."""
        taps = cls()
        step = roles.step
        keys = step.loop.ordinals(step.turn)

        def tap(name: Any, place: Place) -> None:
            number, path = step.seen_at(place)
            taps.places.setdefault(keys[number][1:], []).append((name, path))

        for name, place in (("x", roles.x), ("target", roles.target)):
            several = step.parts(place)
            for at, one in enumerate(several):
                tap(name if several == (place,) else (name, at), one)
        if roles.rate_place:
            tap("rate", where_it_is_least(roles.steps, roles.rate_place))
        if clock:
            taps.places.setdefault(clock.key[1:], []).append(("clock", clock.path))
        for key in roles.step.keys:
            if key[0] == "made":
                taps.results[key[1:]] = key
        for at, mask in enumerate(roles.masks):
            taps.results[mask.key[1:]] = ("mask", at)
        return taps


def reached(args: tuple[Any, ...], kw: dict[str, Any], path: tuple[Any, ...]) -> Any:
    """The value at a place of what an operation takes."""
    value: Any = args if path[0] == 0 else kw
    for at in path[1:]:
        if isinstance(value, slice):
            value = (value.start, value.stop, value.step)[at]
        elif isinstance(value, dict) and at not in value:
            value = list(value.values())[at]
        else:
            value = value[at]
    return value


def written_into(tape: Tape, step: Step) -> dict[Key, Any]:
    """The arrays that the program writes its state into; None of one that is no more."""
    loop = step.loop
    live = {number: held for held, number in tape.known.values()}
    found = {}
    last = len(loop.starts) - 2
    for key in step.keys:
        if key[0] in ("written", STILL):
            # a turn that skips its step takes none of them
            taken = (loop.carried(turn).get(key) for turn in range(last, -1, -1))
            held = live.get(next(one.node for one in taken if one is not None))
            found[key] = held() if callable(held) else held
    return found


def ways(tape: Tape, roles: Roles, side: Place) -> set[int]:
    """The sites where samples, or targets, come about within a step."""
    step = roles.step
    loop, start = step.loop, step.start
    taken = [one for place in step.parts(side) for one in references(step.places()[place])]
    return {tape.nodes[number].site for number in loop.behind(loop.made_by(taken), start)}


def inner_loops(tape: Tape, roles: Roles) -> set[int]:
    """Loops within a step, such as those over its layers; none is that of the epochs."""
    found: dict[int, int] = {}
    loop = roles.step.loop
    for one in roles.steps:
        start, end = loop.starts[one.turn], loop.starts[one.turn + 1]
        for site in {site for at, site in tape.turns if start < at < end}:
            found[site] = found.get(site, 0) + 1
    return {site for site, count in found.items() if 2 * count > len(roles.steps)}
