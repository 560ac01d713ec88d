"""Edits of derivatives: the array at which one is taken, and the side on which a unit is on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import array_named, is_number
from diagnose.patching.places import bindings, key
from diagnose.patching.script import Script, edited, within
from diagnose.patching.source import Edit, Source

SIDE = re.compile(r"[<>]=?")
# What else a comparison may have meant: with its edge, and the other side with what was left out.
SIDES = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<")}


def arguments_of_slopes(script: Script) -> Iterator[Edit]:
    """A derivative taken at another of the arrays of the forward pass."""
    source = script.source
    made = [one.name for one in bindings(source)
            if source.line(one.statement) in script.lines("forward")]  # fmt: skip
    kept = [one.name for one in bindings(source) if isinstance(one.statement, cst.Call)]
    made = list(dict.fromkeys([*made, *_traced(source), *kept]))
    for nodes in [*((one,) for one in _slopes(script)), *_products(script)]:
        old = source.text(nodes[0])
        for name in _in_lists(script, nodes[0]) or _own_first(source, nodes[0], made):
            if name != old:
                yield Edit(
                    splices=tuple(source.replaced(one, name) for one in nodes), part="gradient",
                    why=f"the derivative is taken at {name}, which the activation was computed "
                    f"from or gave, and not at {old}",
                    defect="wrong-gradient",
                )  # fmt: skip


def _own_first(source: Source, node: cst.CSTNode, names: list[str]) -> list[str]:
    """Names, those that the class keeps in which a node stands before the others."""
    layer = next((one for one in source.above(node) if isinstance(one, cst.ClassDef)), None)
    if layer is None:
        return names
    own = {one.name for one in bindings(source)
           if one.name.startswith("self.") and layer in source.above(one.statement)}  # fmt: skip
    return sorted(names, key=lambda name: name not in own)


def sides(script: Script) -> Iterator[Edit]:
    """``d[a < 0] = 0``, which lets every unit of a ReLU through, with its edge, or turned."""
    source = script.source
    for one in script.inside("backward", cst.ComparisonTarget):
        sign = SIDE.search(source.text(one))
        for other in SIDES[sign[0]] if sign else ():
            yield edited(
                script, "backward", one, SIDE.sub(other, source.text(one), count=1),
                "the error goes through the units that are on, and through no other",
                "wrong-gradient",
            )  # fmt: skip


def _products(script: Script) -> Iterator[tuple[cst.CSTNode, ...]]:
    """The array of ``a * (1 - a)``, wherever it stands in that product; also what it is called by.

    Where a name was given to it on a line of the backward pass, what it was given.
    """
    source = script.source
    for rest in script.inside("backward", cst.BinaryOperation):
        one = rest.left
        whole = is_number(one, 1)
        if not whole or not isinstance(rest.operator, cst.Subtract) or not array_named(rest.right):
            continue
        product: cst.CSTNode = rest
        while isinstance(above := source.parent(product), cst.BinaryOperation) and isinstance(
            above.operator, cst.Multiply
        ):
            product = above
        name = source.text(rest.right)
        alike = (each for each in within(product) if isinstance(each, type(rest.right)))
        same = tuple(each for each in alike if source.text(each) == name)
        if len(same) > 1:
            yield same
        for given in bindings(source):
            here = source.line(given.statement) in script.lines("backward")
            if given.name == name and here and isinstance(given.value, cst.Attribute):
                yield (given.value,)


def _traced(source: Source) -> Iterator[str]:
    """What a method keeps of its argument: ``self.x = x``."""
    for one in bindings(source):
        if one.name.startswith("self.") and isinstance(one.value, cst.Name):
            yield one.name


def _slopes(script: Script) -> Iterator[cst.CSTNode]:
    """The arrays at which derivatives are taken: compared with 0, squared, or handed over alone."""
    for one in script.inside("backward", cst.Comparison):
        if array_named(one.left):
            yield one.left
    for one in script.inside("backward", cst.BinaryOperation):
        if isinstance(one.operator, cst.Power) and array_named(one.left):
            yield one.left
    for one in [*script.inside("backward", cst.Call), *script.called("backward")]:
        own = isinstance(one.func, cst.Name) or key(one.func).startswith("self.")
        if len(one.args) == 1 and own:
            value = one.args[0].value
            base = value.value if isinstance(value, cst.Subscript) else value
            if key(base):
                yield base
                if base is not value:
                    yield value


def _in_lists(script: Script, node: cst.CSTNode) -> list[str]:
    """The elements beside one of a list: of the same list and of others, and those next to it.

    Lists of the arrays of the layers: who keeps the input among them counts from one more.
    """
    taken = node.slice[0].slice if isinstance(node, cst.Subscript) and len(node.slice) == 1 else 0
    if not isinstance(node, cst.Subscript) or not isinstance(taken, cst.Index):
        return []
    source = script.source
    lists = dict.fromkeys([
        key(node.value),
        *(key(one.value) for one in script.inside("backward", cst.Subscript)),
        *(one.name for one in bindings(source) if isinstance(one.statement, cst.Call)
          and source.line(one.statement) in script.lines("forward")),
    ])  # fmt: skip
    places = [source.text(taken.value), *next_to(source, taken.value), *_turns(script, node)]
    return [f"{name}[{at}]" for name in lists if name for at in places]


def _turns(script: Script, node: cst.Subscript) -> list[str]:
    """How the other lists are indexed around a node that takes the same element in each turn."""
    source = script.source
    found = dict[str, None]()
    for one in script.inside("backward", cst.Subscript) if _element(node) else ():
        at = one.slice[0].slice
        if isinstance(at, cst.Index) and source.scope(one) is source.scope(node):
            found[source.text(at.value)] = None
    return [*found]


def _element(node: cst.Subscript) -> bool:
    """Whether the place of an element is written as a number."""
    at = node.slice[0].slice
    plain = at.value if isinstance(at, cst.Index) else None
    plain = plain.expression if isinstance(plain, cst.UnaryOperation) else plain
    return isinstance(plain, cst.Integer)


def next_to(source: Source, index: cst.BaseExpression) -> list[str]:
    """``l`` and ``l - 2`` of ``l - 1``: an index one further, and one before."""
    base, shift = source.text(index), 0
    if isinstance(index, cst.BinaryOperation) and isinstance(index.right, cst.Integer):
        sign = {cst.Add: 1, cst.Subtract: -1}.get(type(index.operator), 0)
        base = source.text(index.left) if sign else base
        shift = sign * int(index.right.evaluated_value)
    if not base.isidentifier():
        return []
    space = source.space
    return [
        base if not one else f"{base}{space}{'+' if one > 0 else '-'}{space}{abs(one)}"
        for one in (shift + 1, shift - 1)
    ]
