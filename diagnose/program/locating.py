"""At which statement what the author computed parts from the truth.

It is the first that takes right values and makes one that leads to no right value. Where that is a
product of a right value with something that was computed for it alone, such as a slope, it is the
statement that made this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import numpy as np

from diagnose.program.graph import Graph, Operation
from diagnose.program.judging import Fit, Judgement
from diagnose.program.signals import LAYOUT
from diagnose.recording.operations import ADDS, LESS, MATMULS, OVER, PLUS, TIMES

ADDING = PLUS | {"sum"}
MULTIPLYING = TIMES | OVER | MATMULS | {"einsum"}
# What a step does with a gradient, and makes of it none of another parameter.
SCALING = ADDS | TIMES | OVER | {"USub"}


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A place where the gradient goes wrong.

    values: what is made there, wrongly; results: the gradients that are wrong by it first, and
    sources: the right ones that they are made of. factor: whether the place makes a factor of the
    gradient, and not the gradient itself; caller: the place of the call within which it does, if it
    does so rightly elsewhere. shares: of what it is made of, if these are shares of adjoints alone.
    passed: whether what is made there is right, for an earlier place than that which takes it.
    without_error: whether it is a step that takes nothing of the error.
    spoils: the parameters whose gradient is wrong by it.
    """

    site: int
    values: tuple[int, ...]
    results: tuple[int, ...]
    sources: tuple[int | None, ...]
    factor: bool
    caller: int | None
    spoils: frozenset[int]
    shares: tuple[Fit, ...] = ()
    passed: bool = False
    without_error: bool = False


def slips(made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int]) -> list[Slip]:
    """Where gradients go wrong, the first place first."""
    graph = made.graph
    after = {before: parameters[before] for before in made.wrong}
    way = graph.behind(after.values()) & made.joint.behind
    right = {*matched, *(parameters[one] for one in made.right)}
    good = _lead_to(graph, way, right)
    passed = graph.behind(made.joint.outputs)
    first = _first_wrong(graph, way, good, matched.keys())
    found: dict[tuple[int, bool, int | None, int | None], list[tuple[int, int, int | None]]] = {}
    shares: dict[int, dict[int, Fit]] = {}
    parts = {value: fit.share for value, fit in matched.items() if fit.share is not None}
    main = _sign_of_most(made)
    for taken in first:
        one = _turns_sign(graph, taken, matched, way, main) or taken
        source = next((each for each in one.operands if each in matched), None)
        share = _share_of_many(graph, parts, way, one, good)
        if share is not None:
            shares.setdefault(share.site, {})[share.value] = parts[share.value]
        blamed, factor = _factor_of(made, one, way)
        caller = _caller(graph, blamed, one, good - {*made.signal.own}, passed) if factor else None
        value = blamed.value if factor else one.value
        key = blamed.site, factor, caller, share.site if share is not None else None
        found.setdefault(key, []).append((value, one.value, source))
    every = []
    for (site, factor, caller, shared), several in found.items():
        values, results, sources = zip(*dict.fromkeys(several), strict=True)
        its = () if shared is None else tuple(shares[shared].values())
        every.append(
            Slip(
                site=site, values=values, results=results, sources=sources, factor=factor,
                caller=caller, shares=its, spoils=frozenset(
                    before for before, last in after.items()
                    if not graph.behind([last]).isdisjoint(results)
                ),
            )
        )  # fmt: skip
    return [*every, *_without_error(made, after)]


def _without_error(made: Judgement, after: Mapping[int, int]) -> Iterator[Slip]:
    """Steps of parameters that take nothing of what targets join, those of a place as one."""
    found: dict[int, dict[int, int]] = {}
    for before, last in after.items():
        if last in made.joint.behind:
            continue
        step = made.graph.maker(last)
        if step is not None:
            step = _taken_by(made.graph, step)
            found.setdefault(step.site, {})[before] = step.value
    for site, several in found.items():
        values = tuple(several.values())
        yield Slip(
            site=site, values=values, results=values, sources=(None,) * len(values), factor=False,
            caller=None, spoils=frozenset(several), without_error=True,
        )  # fmt: skip


def _taken_by(graph: Graph, step: Operation) -> Operation:
    """What a step takes as its gradient, before it is multiplied by a rate; else the step."""
    while step.name in SCALING:
        sources = [one for each in step.operands if (one := graph.operation(each)) is not None]
        if len(sources) != 1:
            break
        (step,) = sources
    return step


def _lead_to(graph: Graph, way: Set[int], right: Set[int]) -> set[int]:
    """The values on the way that are right, or lead to right ones alone."""
    users, good = graph.users(), {*right}
    for value in sorted(way, reverse=True):
        after = [one for one in users.get(value, []) if one in way]
        if value in right or (after and all(one in good for one in after)):
            good.add(value)
    return good


def _sign_of_most(made: Judgement) -> int:
    """The sign that most right gradients have."""
    return int(np.sign(sum(np.sign(one.factor) for one in made.right.values())))


def sign_of(graph: Graph, fit: Fit) -> int:
    """The sign that a value has beside an adjoint: that of ``-z`` is that of ``z``, turned."""
    sign, made = int(np.sign(fit.factor)), graph.operation(fit.of)
    while made is not None and made.name == "USub":
        sign, made = -sign, graph.operation(made.operands[0])
    return sign


def _turns_sign(
    graph: Graph, one: Operation, matched: Mapping[int, Fit], way: Set[int], main: int
) -> Operation | None:  # fmt: skip
    """What gave one of the addends of a sum the other sign, on its way back; None if nothing did.

    A value is an adjoint up to its sign, and is none any more once it is added to others.
    """
    signs = {value: sign_of(graph, fit) for value, fit in matched.items()}
    for at, value in enumerate(one.operands if main and one.name in ADDS else ()):
        sign = -1 if at and one.name in LESS else 1
        if value not in signs or sign * signs[value] != -main:
            continue
        its, made = signs[value], graph.operation(value)
        while made is not None:
            before = [each for each in made.operands if each in way]
            if len(before) != 1:
                break
            if signs.get(before[0], its) != its:
                return made
            made = graph.operation(before[0])
    return None


def _first_wrong(
    graph: Graph, way: Set[int], good: Set[int], adjoints: Set[int]
) -> list[Operation]:
    """What takes right values alone, and makes a wrong one; or multiplies an adjoint by one.

    Adjoints go by products with what the forward pass computed: one that is multiplied by what the
    error became elsewhere goes wrong there, and not where that was made.
    """
    first, elsewhere = [], set[int]()
    for one in graph.operations:
        if one.value not in way or one.value in good:
            continue
        on_way = {each for each in one.operands if each in way}
        wrong = on_way - good
        if not wrong:
            first.append(one)
        elif one.name in MULTIPLYING and _are_apart(graph, on_way & adjoints, wrong):
            first.append(one)
            elsewhere |= graph.behind(wrong)
    return [one for one in first if one.value not in elsewhere]


def _are_apart(graph: Graph, adjoints: Set[int], values: Set[int]) -> bool:
    """Whether there are adjoints of which none of some values is made."""
    return bool(adjoints) and graph.reached(adjoints).isdisjoint(values)


def _share_of_many(
    graph: Graph, parts: Mapping[int, Fit], way: Set[int], one: Operation, good: Set[int]
) -> Operation | None:
    """What made the share of an adjoint that one use of a value contributes, taken for all of it.

    As a gradient that is given anew for each sample, and added to no other; or what goes back
    through a layer, without what goes back beside it.
    """
    shares = list(dict.fromkeys(each for each in one.operands if each in way and each in parts))
    adds = one.name in ADDING and len({*one.operands} & way) > 1
    if adds or len(shares) != 1 or not {*one.operands} & way <= good:
        return None
    made = graph.operation(shares[0])
    while made is not None:
        its = parts[made.value].of
        before = [each for each in made.operands if each in parts and parts[each].of == its]
        if len(before) != 1:
            break
        made = graph.operation(before[0])
    return made


def _factor_of(made: Judgement, one: Operation, way: Set[int]) -> tuple[Operation, bool]:
    """What made the factor with which a right value is multiplied wrongly; else the operation."""
    if one.name not in MULTIPLYING or len(one.operands) != 2:
        return one, False
    others = [each for each in one.operands if each not in way]
    if len(others) != 1:
        return one, False
    source = made.graph.operation(others[0])
    while source is not None and source.name in LAYOUT and source.operands:
        source = made.graph.operation(source.operands[0])
    passed = made.graph.behind(made.joint.outputs)
    if source is None or source.value in passed or source.value not in made.joint.forward:
        return one, False
    return source, True


def _caller(
    graph: Graph, blamed: Operation, one: Operation, good: Set[int], passed: Set[int]
) -> int | None:
    """The call within which a factor is wrong that the same function makes rightly elsewhere.

    Or that is made of something else by the same function on the way forward.
    """
    if len(blamed.calls) <= len(one.calls):
        return None
    users = graph.users()
    for other in graph.operations:
        same = other.site == blamed.site and other.value != blamed.value
        if same and (
            other.value in passed or any(each in good for each in users.get(other.value, []))
        ):
            return blamed.calls[len(one.calls)]
    return None
