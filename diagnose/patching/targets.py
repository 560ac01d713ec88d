"""Edits of targets and of the output that is to reach them: one that can, with its derivative.

Where a target is 0, the margin ``1 - t * out`` of a hinge is 1 for any output, and none is pushed
down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from diagnose.patching.activations import last_first, with_slopes
from diagnose.patching.nodes import (
    is_call,
    is_minus,
    is_number,
    is_operation,
    only_arg,
)
from diagnose.patching.places import (
    Binding,
    factors_of,
    is_factor,
    name_called,
)
from diagnose.patching.samples import counterparts, in_its_spread, last_bound
from diagnose.patching.script import Script, library
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.starting import told_apart

# What lies between 0 and 1, or -1 and 1, at the output.
BOUNDED = ("sigmoid", "tanh")
# A table is made a few lines before its rows are filled.
NEAR = 4
# What gives a table of 0 with a 1 in each row, once rows are taken of it.
UNITS = ("eye", "identity")
WHY = {
    "linear": "the output is not squeezed any more, so that it can reach the targets",
    "tanh": "the output lies between -1 and 1, as the targets do",
}


def of_targets(script: Script) -> list[Edit]:
    """Edits after which the targets are each sample's own, and the output can reach them."""
    apart = told_apart(script.source) if "aliased-arrays" in script.found else ()
    return [*(replace(one, part="targets") for one in apart), *_within_reach(script)]


def _within_reach(script: Script) -> list[Edit]:
    """Edits after which the output can reach the targets, and these are about as large as 1."""
    given = script.network.layers[-1].activation
    if given not in BOUNDED:
        return [*_standardized(script)]
    wanted = "tanh" if script.network.classes else "linear"
    squeezed = [*_squeezed(script, given, wanted)] if wanted != given else []
    # an output that lies as the targets do is read off as its author does it
    return [*squeezed, *(_lifted(script) if given == "sigmoid" else ())]


def _near(script: Script) -> set[int]:
    """The lines of the targets, and those just above: a table is made before it is filled."""
    return {near for line in _lines(script) for near in range(line - NEAR, line + 1)}


def _lifted(script: Script) -> Iterator[Edit]:
    """A table of -1, in which right classes are 1, as one of 0.

    ``-np.ones(shape)`` or ``np.full(shape, -1.0)``.
    """
    source, near = script.source, _near(script)
    for node in source.nodes:
        zeros = _zeros(source, node) if isinstance(node, cst.BaseExpression) else ""
        if zeros and source.line(node) in near:
            why = "a class that is not meant is asked for by 0, which the output can reach"
            yield source.edit(node, zeros, "targets", why, "output-range")


def _zeros(source: Source, node: cst.BaseExpression) -> str:
    """A table of 0 of the shape of one of -1; nothing for any other expression."""
    if is_call(node, "full"):
        given = [source.text(one.value) for one in node.args]
        if len(given) == 2 and given[1] in ("-1", "-1.0"):
            return f"{source.text(node.func).replace('full', 'zeros')}({given[0]})"
    if not is_minus(node):
        return ""
    table = node.expression
    ones = isinstance(table, cst.Call) and name_called(table).startswith("ones")
    return source.text(table).replace("ones", "zeros", 1) if ones else ""


def _lines(script: Script) -> set[int]:
    """The lines on which targets are made, or of which a finding says that they are."""
    role = script.roles.get("targets", {})
    lines = {int(role.get(name, 0)) for name in ("line", "made")}
    return lines | script.lines_of("output-range") | script.lines("encode")


def _standardized(script: Script) -> Iterator[Edit]:
    """Targets less their mean, divided by their spread; those of the test by the same numbers."""
    source = script.source
    if script.network.classes:
        return
    why = (
        "targets are taken less their mean and divided by their standard deviation; "
        "errors are in that unit, too"
    )
    for one in _made(script):
        lines = in_its_spread(source, one.name, counterparts(source, one))
        yield _line(source, one, *lines, why=why)


def _made(script: Script) -> list[Binding]:
    """Where targets get their values before the training begins, the last such place first."""
    every = [one for one in script.flow("targets") if isinstance(one.statement, cst.Assign)]
    return [one for one in every if "." not in one.name and not script.trains(one.statement)]


def _line(source: Source, one: Binding, *lines: str, why: str) -> Edit:
    """Further lines below the last statement that gives targets, and those of the test, values."""
    names = set(re.findall(r"[A-Za-z_]\w*", lines[-1].split("=")[0]))
    last = last_bound(source, one, names | {one.name})
    return edit_of([source.inserted_after(last, *lines)], "targets", why, "output-range")


def _squeezed(script: Script, given: str, wanted: str) -> Iterator[Edit]:
    """The last activation as another one, and its derivative where that is written, as that's."""
    outputs, slopes = _outputs(script, given, wanted), _slopes(script, given, wanted)
    for splices in with_slopes(outputs, slopes):
        yield edit_of(splices, "targets", WHY[wanted], "output-range")


def _outputs(script: Script, given: str, wanted: str) -> list[tuple[Splice, ...]]:
    """What may be the last activation, the last one first; wherever it is written in these words.

    Or is taken of what the same weight gives, as behind the training. A function's own lines
    compute the layer, and its calls are what is edited.
    """
    source = script.source
    nodes: list[cst.BaseExpression] = [
        *script.inside("forward", cst.BinaryOperation),
        *script.inside("forward", cst.Call),
        *script.called("forward"),
    ]
    found = list[tuple[str, Splice]]()
    for node in nodes:
        for each in (node, *_of_its_weight(script, node)):
            taken = _taken(each, given)
            if taken is not None:
                text = source.operand(taken)
                if wanted == "tanh":
                    text = f"{library(source)}.tanh({source.text(taken)})"
                found.append((source.text(node), source.replaced(each, text)))
    return last_first(found)


def _of_its_weight(script: Script, node: cst.BaseExpression) -> list[cst.Call]:
    """The calls of one function, where one is called of what the last weight gives."""
    source = script.source
    last = re.compile(rf"(?<![\w.]){re.escape(script.network.layers[-1].weight)}(?!\w)")
    if not isinstance(node, cst.Call) or not last.search(source.text(node)):
        return []
    function = source.text(node.func)
    every = [one for one in source.of_type(cst.Call) if source.text(one.func) == function]
    return [one for one in every if last.search(source.text(one))]


def _taken(node: cst.CSTNode, given: str) -> cst.BaseExpression | None:
    """What an activation is computed of: ``z`` of ``sigmoid(z)`` and of ``1 / (1 + exp(-z))``."""
    if isinstance(node, cst.Call):
        return None if is_call(node, "exp", "dot", "len", "abs") else only_arg(node)
    if given != "sigmoid" or not is_operation(node, cst.Divide) or not is_number(node.left, 1):
        return None
    if not is_operation(below := node.right, cst.Add):
        return None
    minus = only_arg(below.right if isinstance(below.right, cst.Call) else below.left)
    return minus.expression if is_minus(minus) else None


def _slopes(script: Script, given: str, wanted: str) -> list[Splice]:
    """Products with the derivative of the activation in them, and that of another one instead."""
    source, found = script.source, list[Splice]()
    products = [one for role in ("backward", "forward")
                for one in script.operations(role, cst.Multiply)
                if not is_factor(source, one)]  # fmt: skip
    for node in products:
        for at, rest, value in derivatives_in(source, factors_of(node), given):
            new = [*rest[:at], *([f"(1 - {value}**2)"] if wanted == "tanh" else []), *rest[at:]]
            text = source.joined("*", *new) or "1"
            found.append(source.replaced(node, text))
    return list(dict.fromkeys(found))


def derivatives_in(
    source: Source, every: Sequence[cst.BaseExpression], given: str
) -> Iterator[tuple[int, list[str], str]]:
    """Where in a product a derivative stands, the other factors, and the output that it is of."""
    texts = [source.text(one) for one in every]
    for at, one in enumerate(every):
        if not is_operation(one, cst.Subtract) or not is_number(one.left, 1):
            continue
        value = source.text(one.right)
        if given == "sigmoid" and value in texts:
            first = texts.index(value)
            rest = [text for place, text in enumerate(texts) if place not in (at, first)]
            yield at - (first < at), rest, value
        if given == "tanh" and isinstance(one.right, cst.BinaryOperation):
            rest = [text for place, text in enumerate(texts) if place != at]
            yield at, rest, source.text(one.right.left)
