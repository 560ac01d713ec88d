"""The learning rate of a step: the factor that all its increments have."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from diagnose.reading.bounded import stepped_first
from diagnose.reading.layers import FoundLayer
from diagnose.reading.loops import STILL, Key, name_of, takes
from diagnose.reading.parts import kept_in, steps_within
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Const, Node, Ref, leaves
from diagnose.recording.operations import JOINED, LINEAR, MATRIX_PRODUCTS, STEPS, SUMS, TIMES, VIEWS
from diagnose.recording.sites import Site

RATE_WORDS = re.compile(
    r"(?:^|[^A-Za-z])(lr|l_r|learn\w*|\w*rate|eta|alpha|step\w*)(?:$|[^A-Za-z])", re.I
)


def read_rate(
    step: Step, layers: tuple[FoundLayer, ...], sites: list[Site]
) -> tuple[frozenset[tuple[int, tuple[Any, ...]]], Place | None]:
    """The places of the learning rate: the factor that all increments have, by name or by value."""
    keys = list(
        dict.fromkeys(kept_in(key) for one in layers for key in (one.weight, one.bias) if key)
    )
    every = []
    carried = len(step.keys) > len(keys)
    for key in keys:
        if key[0] == STILL and key[1] in step.loop.staying:
            continue  # no step changes it
        whole = increments_of(step, key) or beside_a_decay(step, key)
        if not whole and (bounded := stepped_first(step, key)):
            whole = [bounded[1]]
        parts = whole or [one.by for one in steps_within(step, key)]
        found = [factors_of(step, one, sites, carried) for one in parts]
        if whole or not parts:
            every.append([factor for factors in found for factor in factors])
        else:
            every += found  # each of the parts has the rate
    by_name = [[one for one in several if RATE_WORDS.search(one.text)] for several in every]
    chosen = by_name if any(by_name) else every
    shared = [
        one.value
        for several in chosen
        for one in several
        # within a product a number may be anything, unless it says what it is
        if (chosen is by_name or not one.within)
        and all(any(are_equal(one.value, two.value) for two in others) for others in chosen)
    ]
    if not shared:
        return frozenset(), None
    places = [one for several in chosen for one in several if are_equal(one.value, shared[0])]
    places = [one for one in places if carried or not one.again]
    # of a rate that is written in both, the more precise one
    places.sort(key=lambda one: isinstance(one.value, np.float32))
    at = next((one for one in places if one.node in step.need), None)
    if at is None:
        return frozenset(), None
    taken = frozenset((one.node, one.path) for one in places)
    return taken, (step.need.index(at.node), at.path)


def where_it_is_least(steps: list[Step], place: Place) -> Place:
    """Where the very number that is found under a place is multiplied with the fewest others.

    That is where it is looked at in each step: what is done there takes longer, of a large array.
    """
    if any(type(one) is not Step for one in steps) or not steps:
        return place
    found = [one for one in steps[-1].places() if _are_one(steps, one, place)]
    return min(found, key=lambda one: _numbers_at(steps[-1], one), default=place)


def _are_one(steps: list[Step], one: Place, other: Place) -> bool:
    """Whether the same object is taken at two places of each step, which nobody writes into."""
    for step in steps:
        taken = [step.places().get(at) for at in (one, other)]
        if not all(isinstance(ref, Ref) and type(step.value(ref)) is float for ref in taken):
            return False
        if len({ref.node for ref in taken if isinstance(ref, Ref)}) > 1:
            return False
    return True


def _numbers_at(step: Step, place: Place) -> float:
    value = step.graph[place[0]].value
    return np.inf if value is None else np.size(value)


def sign_of(step: Step, place: Place | None) -> int:
    """-1 for a rate that is less than 0."""
    return -1 if place and step.value(step.places()[place]) < 0 else 1


def is_over_samples(step: Step, place: Place | None, sites: list[Site]) -> bool:
    """Whether the rate is divided by the number of samples that the step goes through."""
    taken = step.places()[place] if place else None
    made = step.nodes[taken.node] if isinstance(taken, Ref) else None
    count = step.loop.samples(step.turn)
    if made is None or name_of(made) != "Div" or count < 2:
        return False
    below = made.args[1]
    written = sites[made.site].operand(made.kind, (0, 1))
    return isinstance(below, Const) and below.value == count and not written.isdigit()


class Factor(NamedTuple):
    """A number that an increment is multiplied by: where it is taken, and the author's text of it.

    within: whether it stands within a matrix product. again: whether a number that is as large
    multiplies what it multiplies: ``2.0 * (x.T @ (2 * (p - t)))`` has one rate, the outer one.
    """

    node: int
    path: tuple[Any, ...]
    value: Any
    text: str
    within: bool
    again: bool = False


def are_equal(one: Any, other: Any) -> bool:
    """Whether two numbers are one, up to what single precision tells apart."""
    return abs(float(one) - float(other)) <= 1e-6 * abs(float(one))


def increment_of(step: Step, key: Key) -> tuple[int, Ref | None]:
    """Sign and increment of ``new = old + sign * increment``; None if written otherwise."""
    number = step.made(key)
    assert number is not None
    node = step.nodes[number]
    name = name_of(node).lower()
    if node.kind not in ("binary", "in_place", "call") or name not in ("add", "sub", "subtract"):
        return 0, None
    if key[0] == "written" and len(step.loop.writes(step.turn, key[1])) != 1:
        return 0, None
    if len(node.args) < 2 or not all(isinstance(one, Ref) for one in node.args[:2]):
        return 0, None
    left, right = node.args[:2]
    assert isinstance(left, Ref)
    assert isinstance(right, Ref)
    if step.state(left) == key:
        return (1 if name == "add" else -1), right
    if step.state(right) == key and name == "add":
        return 1, left
    return 0, None


def _writes(step: Step, key: Key) -> tuple[list[Node], list[Any]]:
    """The operations that write into a state in a step, and what those that add to it add."""
    writes = [step.nodes[one] for one in step.loop.writes(step.turn, key[1])]
    return writes, [one.args[1] for one in writes if one.kind == "in_place" and one.done in STEPS]


def beside_a_decay(step: Step, key: Key) -> list[Ref]:
    """The increments of a weight that shrinks by itself: ``new = number * old - increment``."""
    number = step.made(key)
    if number is None:
        return []
    if key[0] == "written":
        writes, added = _writes(step, key)
        shrunk = [one for one in writes if one.kind == "in_place" and one.done == "Mult"]
        if len(added) + len(shrunk) == len(writes) and all(_by_a_number(step, o) for o in shrunk):
            return [one for one in added if isinstance(one, Ref)]
    node = step.nodes[number]
    if name_of(node).lower() not in ("add", "sub", "subtract"):
        return []
    sides = [one for one in node.args[:2] if isinstance(one, Ref)]
    for one, other in zip(sides, sides[::-1], strict=True):
        product = step.nodes[one.node]
        is_decay = name_of(product) in TIMES and _by_a_number(step, product)
        if one is not other and is_decay and any(step.state(ref) == key for ref in takes(product)):
            return [other]
    return []


def _by_a_number(step: Step, node: Node) -> bool:
    """Whether an array is multiplied by a number."""
    taken = [one for one in node.args[:2] if isinstance(one, Ref | Const)]
    return sorted(np.size(step.value(one)) > 1 for one in taken) in ([False, False], [False, True])


def increments_of(step: Step, key: Key) -> list[Ref]:
    """All increments: several where a parameter that layers share is stepped once for each."""
    _, only = increment_of(step, key)
    if only is not None or key[0] != "written":
        return [] if only is None else [only]
    writes, added = _writes(step, key)
    refs = [one for one in added if isinstance(one, Ref)]
    return refs if len(refs) == len(writes) else []


def is_beside_nothing(step: Step, node: Node) -> bool:
    """Whether what depends on the state is added to 0: to a velocity that begins anew, say."""
    others = [one for _, one in leaves(node.args) if not step.is_active(one)]
    return name_of(node) in STEPS and len(others) == 1 and not np.any(step.value(others[0]))


def factors_of(step: Step, taken: Ref, sites: list[Site], carried: bool) -> list[Factor]:
    """The numbers that an increment is multiplied by: node, way, value and the author's text."""
    found: list[Factor] = []
    # what is carried is added to what the rate multiplies
    through = LINEAR | STEPS if carried else LINEAR
    start, needed = step.start, set(step.need)
    above: list[Any] = []  # what multiplies all that is followed

    def follow(node: Node, depth: int, product: bool) -> None:
        name = name_of(node)
        if node.whole and node.kind == "store" and isinstance(node.args[2], Ref):
            into(node.args[2], depth + 1, product)
            return
        if name in JOINED and depth <= 12:
            shared(node, depth, product)
            return
        if depth > 12 or not (name in through or is_beside_nothing(step, node)):
            return
        product = product or name in MATRIX_PRODUCTS | {"outer"}
        every = [one for _, one in leaves((node.args, node.kw))]
        if any(step.state(one) for one in every) and not any(map(step.is_active, every)):
            return  # what is carried is multiplied: momentum, or a decay
        for path, one in sorted(
            leaves((node.args, node.kw)), key=lambda each: step.is_active(each[1])
        ):
            outer = len(above)
            if path[0] != 0 or len(path) > 2:
                continue
            below = name in ("Div", "divide", "true_divide") and path[1] == 1
            value = step.value(one)
            if (
                name not in STEPS
                and np.size(value) == 1
                and not step.is_active(one)
                and isinstance(value, int | float | np.generic)
            ):
                if below or name in VIEWS | SUMS:
                    continue
                text = sites[node.site].operand(node.kind, path)
                inner = step.nodes[one.node] if isinstance(one, Ref) else None
                if inner is not None and one.node >= start and name_of(inner) in LINEAR:  # type: ignore[union-attr]
                    before = len(found)
                    follow(inner, depth + 1, product)
                    del above[outer:]
                    if any(factor.node in needed for factor in found[before:]):
                        continue
                    del found[before:]  # a rate over the samples, say: one number to the step
                if not isinstance(value, bool):
                    again = any(are_equal(one, value) for one in above)
                    found.append(Factor(node.number, path, value, text, product, again))
                    above.append(value)
            elif isinstance(one, Ref) and (step.is_active(one) or product):
                into(one, depth + 1, product)
            if name in STEPS:
                del above[outer:]  # it multiplies no other of those that are added

    def shared(node: Node, depth: int, product: bool) -> None:
        """Of arrays that are put together, the numbers that all of them are multiplied by."""
        several = []
        for _, one in leaves(node.args):
            if isinstance(one, Ref) and step.is_active(one):
                before, outer = len(found), len(above)
                into(one, depth + 1, product)
                several.append(found[before:])
                del found[before:], above[outer:]
        for own in several:
            found.extend(
                one
                for one in own
                if all(any(are_equal(one.value, two.value) for two in each) for each in several)
            )

    def into(ref: Ref, depth: int, product: bool) -> None:
        for number in (ref.node, *step.loop.written(ref)):
            if number >= start:
                follow(step.nodes[number], depth, product)

    if step.is_active(taken):
        into(taken, 0, False)
    return found
