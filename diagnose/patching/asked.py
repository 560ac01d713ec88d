"""Edits of a network that is asked without an activation, or a bias, with which it is trained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import libcst as cst

from diagnose.patching.activations import has_weight, products_in
from diagnose.patching.nodes import is_operation
from diagnose.patching.places import bindings, key, names_in
from diagnose.patching.products import is_product, sides_of
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source

# What a sum may stand in as it is.
ALONE = (cst.Assign, cst.Return, cst.Arg, cst.Element)
WHY = "the network is asked with the activation with which it is trained"
# What stands where the sum of a layer does in its activation.
SUM = "{sum}"


def without_activation(script: Script) -> Iterator[Edit]:
    """``h = X @ W1 + b1`` behind the training as ``h = relu(X @ W1 + b1)``, as it is written there.

    Where the next layer takes that sum as it is.
    """
    source, trained = script.source, script.lines("forward")
    for layer, following in pairwise(script.network.layers):
        ways = [*dict.fromkeys(_applied(script, layer.weight))]
        taken = [
            side for one in _products(source)
            if has_weight(following.weight, source.text(one)) for side in sides_of(one)
        ]  # fmt: skip
        for node in _sums_of(source, layer.weight) if ways else ():
            if source.line(node) in trained or script.trains(node):
                continue
            name, scope = _called(source, node), source.scope(node)
            read = any(key(one) == name != "" and source.scope(one) is scope for one in taken)
            if read or any(one is node for one in taken):
                yield from _asked_alike(source, node, name, ways)


def without_bias(script: Script) -> Iterator[Edit]:
    """``X @ W1`` behind the training as ``X @ W1 + b1``, where the training adds that bias."""
    source, trained = script.source, script.lines("forward")
    for layer in script.network.layers:
        every = [*_sums_of(source, layer.weight)]
        added = dict.fromkeys(
            source.text(side)
            for one in every if source.line(one) in trained and is_operation(one, cst.Add)
            for side in (one.left, one.right) if not is_product(side)
        )  # fmt: skip
        for node in every:
            here = source.line(node) in trained or script.trains(node)
            for bias in () if here or is_operation(node, cst.Add) else added:
                text = f"{source.text(node)}{source.space}+{source.space}{bias}"
                apart = not isinstance(source.parent(node), ALONE)
                text = f"({text})" if apart and not node.lpar else text
                why = f"the network is asked with {bias}, with which it is trained"
                yield source.edit(node, text, "answer", why, "test-preparation")


def _asked_alike(
    source: Source, node: cst.BaseExpression, name: str, ways: list[str]
) -> Iterator[Edit]:
    """A sum with the activation around it; below it, where that takes the sum more than once."""
    text = source.text(node.with_changes(lpar=[], rpar=[]))
    for way in ways:
        if way.count(SUM) == 1:
            splice = source.replaced(node, way.replace(SUM, text))
        elif name:
            line = f"{name} = {way.replace(SUM, name)}"
            splice = source.inserted_after(source.statement(node), line)
        else:
            continue
        yield Edit(splices=(splice,), part="answer", why=WHY, defect="test-preparation")


def _applied(script: Script, weight: str) -> Iterator[str]:
    """The activation of a layer as the training writes it."""
    source, trained = script.source, script.lines("forward")
    sums = [one for one in _sums_of(source, weight) if source.line(one) in trained]
    names = {_called(source, one) for one in sums} - {""}
    texts = {source.text(one.with_changes(lpar=[], rpar=[])) for one in sums}
    for one in bindings(source):
        value = one.value
        if value is None or source.line(one.statement) not in trained or value in sums:
            continue
        written, read = source.text(value), names & {*names_in(value)}
        if any(products_in(source, value)):
            yield from (written.replace(each, SUM) for each in texts if each in written)
        elif len(read) == 1:
            yield re.sub(rf"(?<![\w.]){re.escape(min(read))}(?!\w)", SUM, written)


def _called(source: Source, node: cst.CSTNode) -> str:
    """The name that a sum is given as it is."""
    made = source.parent(node)
    return key(made.targets[0].target) if isinstance(made, cst.Assign) else ""


@lru_cache(maxsize=2)
def _products(source: Source) -> list[cst.BinaryOperation | cst.Call]:
    """All matrix products of a script."""
    every: list[cst.BinaryOperation | cst.Call] = [*source.of_type(cst.BinaryOperation)]
    every += source.of_type(cst.Call)
    return [one for one in every if is_product(one)]


def _sums_of(source: Source, weight: str) -> Iterator[cst.BaseExpression]:
    """The weighted sums of a layer's inputs, with the bias where one is added."""
    for product in _products(source):
        plain = [one for one in sides_of(product) if not any(products_in(source, one))]
        if not any(has_weight(weight, source.text(one)) for one in plain):
            continue
        above = source.parent(product)
        sides = [above.left, above.right] if is_operation(above, cst.Add) else []
        alone = all(one is product or not is_product(one) for one in sides)
        yield above if is_operation(above, cst.Add) and alone else product
