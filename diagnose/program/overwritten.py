"""Parameters that become a multiple of their gradient, and keep nothing of what they were.

As by ``W =- rate * dW``, which Python reads as ``W = -rate * dW``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from diagnose.program.graph import Operation
from diagnose.program.judging import Judgement, closeness, fitted, sizes_of, state_of, truth_of
from diagnose.program.points import numbers
from diagnose.program.stepping import sense
from diagnose.program.writing import Splice, Text
from diagnose.recording.sites import Site

# Any two numbers are a multiple of each other, and any other two nearly are by chance.
FEWEST = 3
FACTORS = (ast.Mult, ast.MatMult, ast.Div)


@dataclass(frozen=True, kw_only=True)
class Overwritten:
    """Parameters that a place gives their gradient, and the edit that adds it to them, if known."""

    site: int
    parameters: frozenset[int]
    file: str = ""
    splices: tuple[Splice, ...] = ()


def overwritten(
    made: Judgement, parameters: Mapping[int, int], sites: Sequence[Site],
    texts: Mapping[str, Text],
) -> list[Overwritten]:  # fmt: skip
    """Parameters that a step makes a multiple of their gradient, by the place that does it.

    Not where it takes an array that is carried beside them: a sum of all gradients is one, too,
    and a step may give what such a sum comes to.
    """
    found: dict[int, Overwritten] = {}
    state = state_of(made.graph, made.joint, made.right)
    for before, fit in made.right.items():
        after = parameters[before]
        truth = truth_of(made.points, made.truths, before)
        given = numbers(made.points, [one.values[after] for one in made.points])
        if truth is None or given is None or sizes_of(given) != sizes_of(truth):
            continue
        close = closeness(made.points, before, made.joint)
        its = fitted(given, truth, None, close) if min(sizes_of(truth)) >= FEWEST else None
        last = made.graph.maker(after)
        if its is None or last is None or not state.isdisjoint(made.graph.behind([after])):
            continue
        step = replace(fit, value=after, factor=its.factor)
        rises = sense(made, made.points, before, after, step) > 0
        one = _added(last, sites[last.site], texts, rises=rises)
        same = found.get(last.site, one)
        found[last.site] = replace(same, parameters=same.parameters | {before})
    return [*found.values()]


def _added(
    last: Operation, site: Site, texts: Mapping[str, Text], *, rises: bool
) -> Overwritten:  # fmt: skip
    """The assignment that gives a parameter a value as one that adds it, or takes it off."""
    plain = Overwritten(site=last.site, parameters=frozenset())
    text = texts.get(site.file)
    node = text.statement(site.line) if text is not None else None
    if text is None or not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return plain
    if text.expression(site.span) is not node.value:
        return plain  # the value that is given is made elsewhere
    first = node.value
    while isinstance(first, ast.BinOp) and isinstance(first.op, FACTORS):
        first = first.left
    start, end = text.ends(node.targets[0])[1], text.ends(node.value)[0]
    sign = "-" if rises else "+"
    if not rises and isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub):
        minus, inside = text.ends(first)[0], text.ends(first.operand)[0]
        if minus == end and text.code[minus:inside].strip() == b"-":
            sign, end = "-", inside
    return replace(plain, file=site.file, splices=(Splice(start, end, f" {sign}= "),))
