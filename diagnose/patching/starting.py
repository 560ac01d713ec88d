"""Edits of the initial draws: centred, spread by the number of inputs, biases 0, no two alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.instruments.initial_draw import reference_gain
from diagnose.network.record import Network
from diagnose.patching.nodes import (
    named_arg,
    plain_args,
)
from diagnose.patching.places import name_called
from diagnose.patching.script import Script, library, random_of
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.sums import in_one_line

# Draws whose arguments are the sizes, and such as are handed a shape last; and constant arrays.
SIZES = ("randn", "rand")
SHAPE = ("normal", "uniform", "standard_normal", "random", "random_sample", "ranf", "integers",
         "randint")  # fmt: skip
CONSTANT = ("zeros", "ones", "full", "empty")
# What makes something that can be changed: in a list times a number it is one and the same.
MADE = (cst.Call, cst.List, cst.ListComp)
# By what weights are drawn, or made of one number.
OF_ITS_OWN = "each gets an array of its own, and not all the same one"
WHY = (
    "weights are drawn around 0, with a spread that keeps signals as large as they are, "
    "for their number of inputs"
)
MENDED = ("symmetric-initialization", "initialization-offset", "initialization-scale")


def of_start(script: Script) -> list[Edit]:
    """Edits of the draws: all weights and biases; the weights alone; copies told apart."""
    calls = [one for one in script.inside("init", cst.Call) if sizes_in(one)]
    defect, found = next((one for one in MENDED if one in script.found), ""), []
    for weights in _weights(script, calls):
        biases = [one for one in calls if one not in weights]
        drawn = _written(script, [one for one in weights if not _is_constant(one)])
        every = _written(script, weights)
        still = [one for each in biases for one in _zeros(script, each)]
        for splices in (drawn, (*drawn, *still), (*every, *still), still):
            if splices:
                found.append(edit_of(splices, "start", WHY, defect))
    found += told_apart(script.source)
    kept, code = {one.splices: one for one in found}, script.source.code
    return [edit for some, edit in kept.items()
            if any(code[one.start : one.end] != one.text.encode() for one in some)]  # fmt: skip


def _weights(script: Script, calls: Sequence[cst.Call]) -> Iterator[list[cst.Call]]:
    """The draws of the weights; with one input, a layer's weights have the shape of a bias."""
    found = [one for one in calls if not _is_bias(one, script.network)]
    tables = [one for one in calls if len(sizes_in(one)) > 1 and not _is_constant(one)]
    layers = len(script.network.layers)
    yield found
    if 0 < len(found) < layers <= len(tables):
        yield tables[:layers]
    # what stands in the lists in which calls stand: the weights of all layers, say
    above = (one for call in found for one in script.source.above(call))
    listed = [each.value for one in above if isinstance(one, cst.List) for each in one.elements]
    beside = [one for one in calls if one in listed]
    if len(found) < layers == len(beside):
        yield beside


def sizes_in(call: cst.Call) -> list[cst.BaseExpression]:
    """The sizes of the array that a call makes; nothing where they are not written there."""
    name = name_called(call)
    if name in SIZES:
        return [one.value for one in call.args]
    if name in (*SHAPE, *CONSTANT):
        given, named = plain_args(call), named_arg(call, "size")
        place = given[:1] if name in CONSTANT else given[-1:]
        shape = named or next(iter(place), None)
        if isinstance(shape, cst.Tuple | cst.List):
            return [one.value for one in shape.elements]
        if shape is not None and (name in CONSTANT or named):
            return [shape]
    return []


def _is_constant(call: cst.Call) -> bool:
    return name_called(call) in CONSTANT


def _is_bias(call: cst.Call, network: Network) -> bool:
    """One size, or a 1 where a bias has it."""
    sizes = sizes_in(call)
    if len(sizes) < 2:
        return True
    one = sizes[0 if network.layout == "rows" else 1]
    return isinstance(one, cst.Integer) and one.value == "1"


def _written(script: Script, calls: Sequence[cst.Call]) -> list[Splice]:
    """Each weight's draw, with all arithmetic around it, as a normal one of the right spread."""
    layers = script.network.layers
    found = []
    for at, call in enumerate(calls):
        layer = layers[at] if len(calls) == len(layers) else layers[0]
        gain = f"{reference_gain(layer.activation) ** 2:.0f}"
        fan_in = sizes_in(call)[script.samples_axis]
        found.append(_drawn(script, call, gain, fan_in))
    return found


def _drawn(script: Script, call: cst.Call, gain: str, fan_in: cst.BaseExpression) -> Splice:
    """One draw: by ``normal`` where the author draws by it or asks a generator, else ``randn``."""
    source, name = script.source, name_called(call)
    np = library(source)
    spread = f"{np}.sqrt({source.joined('/', gain, source.operand(fan_in))})"
    shape = _joined(source, call)
    owner = random_of(source, call)
    if isinstance(call.func, cst.Attribute) and not _is_constant(call):
        owner = source.text(call.func.value)
    plain = name in SIZES or owner == f"{np}.random"
    if plain and name in (*SIZES, *CONSTANT):
        text = source.joined("*", f"{owner}.randn({shape})", spread)
    else:
        text = f"{owner}.normal(0, {spread}, ({shape}))"
    return source.replaced(whole_draw(script.source, call), text)


def _joined(source: Source, call: cst.Call) -> str:
    """The sizes in a row, with or without spaces as the author writes them there."""
    tight = re.search(r",\S", source.text(call)) and not re.search(r",\s", source.text(call))
    return ("," if tight else ", ").join(source.text(one) for one in sizes_in(call))


def whole_draw(source: Source, call: cst.Call) -> cst.CSTNode:
    """A draw with the sums and products that it stands in."""
    top: cst.CSTNode = call
    for one in source.above(call):
        if not isinstance(one, cst.BinaryOperation):
            break
        top = one
    return top


def _zeros(script: Script, call: cst.Call) -> Iterator[Splice]:
    """A draw as zeros; nothing where it makes them already, and nothing is added to them."""
    source, whole = script.source, whole_draw(script.source, call)
    if name_called(call) != "zeros" or whole is not call:
        shape = _joined(source, call) if len(sizes_in(call)) == 1 else f"({_joined(source, call)})"
        yield source.replaced(whole, f"{library(source)}.zeros({shape})")


def told_apart(source: Source) -> Iterator[Edit]:
    """``[draw()] * n``, which is one thing n times, as ``[draw() for _ in range(n)]``.

    And ``a = b = [0] * n`` as ``a, b = [0] * n, [0] * n``.
    """
    for one in source.of_type(cst.Assign):
        if text := in_one_line(source, one):
            yield source.edit(one, text, "start", OF_ITS_OWN, "aliased-arrays")
    for node in source.operations(cst.Multiply):
        if not isinstance(node.left, cst.List) or len(node.left.elements) != 1:
            continue
        element = node.left.elements[0].value
        made = element.left if isinstance(element, cst.BinaryOperation) else element
        if isinstance(made, MADE):
            new = f"[{source.text(element)} for _ in range({source.text(node.right)})]"
            yield source.edit(node, new, "start", OF_ITS_OWN, "aliased-arrays")
