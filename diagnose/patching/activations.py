"""Edits of hidden layers that lack their activation, and of a last layer that should have none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

import libcst as cst

from diagnose.patching.nodes import (
    all_in,
    both_ways,
    is_call,
    is_number,
    is_operation,
    only_arg,
)
from diagnose.patching.places import Binding, bindings, is_product, key, name_called, parameters
from diagnose.patching.script import Script, library, within
from diagnose.patching.source import Edit, Source, Splice, edit_of

# How people call a function that gives a derivative.
SLOPE = re.compile(r"deriv|prime|grad|slope|back|^d_|_d$|^d(?=relu|tanh|sig)", re.I)
WHY = "a hidden layer applies its activation: without one, all layers together are a single one"
LINEAR = "the last layer is linear, so that its outputs can come to lie below 0, too"
RECTIFIED = re.compile("relu|rectif", re.I)

SIDE = re.compile(r"[<>]=?")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An activation as it is written, and its derivative, of what the layer gives.

    sign: how the derivative shows in the author's own backward pass. names: of the author's
    functions that compute it; gives: what such a one gives back, whatever it is called.
    """

    applied: str
    slope: str
    sign: str
    names: str
    gives: str


KINDS = {
    "relu": Kind(
        applied="{np}.maximum(0, {x})", slope="({x} > 0)", sign=r"[<>]=? *0\b", names="relu",
        gives=r"[\w.]*maximum\((0(\.0*)?, *\w+|\w+, *0(\.0*)?)\)|\w+ *\* *\(\w+ *> *0(\.0*)?\)",
    ),
    "tanh": Kind(
        applied="{np}.tanh({x})", slope="(1 - {x}**2)", sign=r"1(\.0)? *- *[^()]*\*\* *2",
        names="tanh", gives=r"[\w.]*tanh\(\w+\)",
    ),
    "sigmoid": Kind(
        applied="1 / (1 + {np}.exp(-({x})))", slope="({x} * (1 - {x}))",
        sign=r"(\w+) *\* *\(1(\.0)? *- *\1\)", names="sigm|logistic",
        gives=r"1(\.0*)? */ *\(1(\.0*)? *\+ *[\w.]*exp\( *- *\w+\)\)",
    ),
}  # fmt: skip


def of_activations(script: Script) -> list[Edit]:
    """Edits after which no hidden layer is linear, with a derivative where none is written."""
    source = script.source
    text = "\n".join(source.text(one) for one in script.statements("backward"))

    def is_unlikely(kind: Kind) -> tuple[bool, bool]:
        """First that which the author wrote and never takes; that whose derivative is there."""
        own = _own_function(source, kind)
        return not own or any(source.calls_of(own)), not re.search(kind.sign, text)

    kinds = sorted(KINDS.values(), key=is_unlikely)
    return [one for kind in kinds for one in _applied(script, kind)]


def _has_factor(source: Source, error: cst.CSTNode) -> bool:
    """Whether an error is multiplied by something already, as by a derivative."""
    return is_operation(source.parent(error), cst.Multiply)


def has_weight(weight: str, text: str, *, turned: bool = False) -> bool:
    """Whether a weight stands in a text, also one of a list: ``W[1]``; turned: as ``W.T`` too.

    Also as ``p["W"]``, and as ``p["W"].T``.
    """
    end = r"(?!\w)" if turned else r"(?!\w|['\"\]]*\.T\b)"
    return bool(re.search(rf"(?<!\w){re.escape(weight)}{end}", text))


def products_in(node: cst.CSTNode) -> Iterator[cst.BinaryOperation | cst.Call]:
    """The matrix products in an expression."""
    for one in within(node):
        if is_product(one):
            assert isinstance(one, cst.BinaryOperation | cst.Call)
            yield one


def _products(script: Script) -> list[cst.BinaryOperation | cst.Call]:
    """The matrix products of the backward pass."""
    return [one for each in script.statements("backward") for one in products_in(each)]


def _errors(script: Script, weight: str) -> list[cst.BinaryOperation | cst.Call]:
    """What flows back through a layer's weights."""
    text = script.source.text
    return [one for one in _products(script) if has_weight(weight, text(one), turned=True)]


def weighted(script: Script, weight: str) -> list[Binding]:
    """Where the inputs of a layer are weighted, for training and test alike."""
    source = script.source
    others = script.lines("backward") | script.lines("update") | script.lines("init")
    return [
        one for one in bindings(source)
        if one.value is not None and isinstance(one.statement, cst.Assign)
        and source.line(one.statement) not in others
        and has_weight(weight, source.text(one.value)) and any(products_in(one.value))
    ]  # fmt: skip


def _applied(script: Script, kind: Kind) -> Iterator[Edit]:
    """The activation of each hidden layer, with its derivative where that is not written yet.

    Alone after that: somebody may take it in another way.
    """
    source, splices, slopes = script.source, list[Splice](), list[Splice]()
    for layer, following in pairwise(script.network.layers):
        if layer.activation != "linear":
            continue
        every = weighted(script, layer.weight)
        given, own = copies(source, every) or every, _own_function(source, kind)
        applied = f"{own}({{x}})" if own else kind.applied
        for one in given:
            if one.value is not None:
                x = source.text(copied(one.value) or one.value)
                text = applied.format(np=library(source), x=x)
                splices.append(source.replaced(one.value, text))
        for error in _errors(script, following.weight) if given else ():
            slope = kind.slope.format(x=given[0].name)
            if not _has_factor(source, error):
                slopes.append(source.replaced(error, source.joined("*", error, slope)))
    if splices:
        for some in dict.fromkeys([(*splices, *slopes), tuple(splices)]):
            yield edit_of(some, "forward", WHY)


def copies(source: Source, every: Sequence[Binding]) -> list[Binding]:
    """Where sums get another name, and nothing else is done with them."""
    scopes = {(one.name, id(one.scope)) for one in every}
    return [
        one for one in bindings(source)
        if isinstance(one.statement, cst.Assign) and one.value is not None
        and (node := copied(one.value)) is not None and (key(node), id(one.scope)) in scopes
    ]  # fmt: skip


def copied(value: cst.BaseExpression) -> cst.BaseExpression | None:
    """What a value is but another name for: ``z``, also of ``z * 1.0`` and of ``z.copy()``."""
    if is_operation(value, cst.Multiply):
        factors = [one for one, other in both_ways(value) if is_number(other, 1)]
        return copied(factors[0]) if factors else None
    if is_call(value, "copy", "array", "asarray") and isinstance(value.func, cst.Attribute):
        return copied(only_arg(value) or value.func.value)
    return value if key(value) else None


def _own_function(source: Source, kind: Kind) -> str:
    """The author's function of an activation, by its name or what it gives; else nothing."""
    others = "|".join(one.names for one in KINDS.values())
    given = ""
    for name, params, back in _functions(source):
        if SLOPE.search(name) or params != 1:
            continue
        if re.search(kind.names, name, re.I):
            return name
        if re.fullmatch(kind.gives, back) and not re.search(others, name, re.I):
            given = given or name
    return given


def _functions(source: Source) -> Iterator[tuple[str, int, str]]:
    """The functions of the module: their names, how many parameters, what they give back."""
    for one in source.of_type(cst.FunctionDef):
        if isinstance(source.parent(one), cst.Module):
            backs = [each.value for each in all_in(one, cst.Return) if each.value is not None]
            back = source.text(backs[0]) if len(backs) == 1 else ""
            yield one.name.value, len(parameters(one)), back
    for given in bindings(source):
        if isinstance(given.value, cst.Lambda) and given.scope is source.module:
            yield given.name, len(given.value.params.params), source.text(given.value.body)


def linear_end(script: Script) -> Iterator[Edit]:
    """The last ReLU left out, with its derivative, with another one's, or with none.

    Where a softmax is taken of it the layer is read as one of that, and it stands in a list.
    """
    source, last = script.source, script.network.layers[-1].activation
    if last == "softmax":
        yield from (edit_of(one, "forward", LINEAR) for one in _layers(source))
    if last != "relu":
        return
    calls = [*script.inside("forward", cst.Call), *script.called("forward")]
    nodes = {id(one): one for one in (*calls, *script.inside("forward", cst.BinaryOperation))}
    found = [(source.text(one), source.replaced(one, _plain(source, one, taken)))
             for one in nodes.values() if (taken := _taken(source, one)) is not None]  # fmt: skip
    outputs = [*last_first(found), *_layers(source)]
    yield from (edit_of(one, "forward", LINEAR) for one in with_slopes(outputs, [*_slopes(script)]))


def last_first(found: Iterable[tuple[str, Splice]]) -> list[tuple[Splice, ...]]:
    """Splices of what is written in the same words, each such set at once: the last one first."""
    alike: dict[str, dict[int, Splice]] = {}
    for words, one in found:
        alike.setdefault(words, {})[one.start] = one
    return sorted(
        (tuple(one.values()) for one in alike.values()), key=lambda some: -max(some).start
    )


def with_slopes(
    outputs: Iterable[tuple[Splice, ...]], slopes: Iterable[Splice]
) -> Iterator[tuple[Splice, ...]]:
    """An activation with each derivative that may be its own, and with none, where both can be."""
    for output, slope in product(outputs, [*((one,) for one in slopes), ()]):
        splices = (*output, *slope)
        if not any(one.overlaps(two) for one, two in combinations(splices, 2)):
            yield splices


def _taken(source: Source, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What a ReLU is computed of, in whatever way it is written; None for anything else."""
    if isinstance(node, cst.BinaryOperation):
        for one, mask in both_ways(node) if isinstance(node.operator, cst.Multiply) else ():
            if isinstance(mask, cst.Comparison) and source.text(mask.left) == source.text(one):
                return one
        return None
    if not isinstance(node, cst.Call):
        return None
    name, given = name_called(node), [one.value for one in node.args]
    if RECTIFIED.search(name) and not SLOPE.search(name) and len(given) == 1:
        return given[0]
    if name in ("maximum", "fmax") and len(given) == 2:
        return next((one for one, other in (given, given[::-1]) if is_number(other, 0)), None)
    if name == "where" and len(given) == 3 and is_number(given[2], 0):
        return given[1] if isinstance(given[0], cst.Comparison) else None
    return None


def _plain(source: Source, node: cst.CSTNode, taken: cst.BaseExpression) -> str:
    """An expression in the place of another: without parentheses where it stands by itself."""
    alone = isinstance(source.parent(node), cst.Assign | cst.Return)
    return source.text(taken.with_changes(lpar=[], rpar=[])) if alone else source.operand(taken)


def _layers(source: Source) -> Iterator[tuple[Splice, ...]]:
    """The last of a list of layers, where it is a ReLU."""
    for one in source.of_type(cst.List):
        last = one.elements[-1].value if len(one.elements) > 1 else None
        if isinstance(last, cst.Call) and RECTIFIED.search(name_called(last)):
            start = source.span(one.elements[-2].value)[1]
            yield (Splice(start=start, end=source.span(last)[1], text=""),)


def _slopes(script: Script) -> Iterator[Splice]:
    """Where an error is multiplied by a derivative of a ReLU, or set to 0: without that."""
    source = script.source
    for node in script.operations("backward", cst.Multiply):
        for rest, slope in both_ways(node):
            named = isinstance(slope, cst.Call) and SLOPE.search(name_called(slope))
            if named or isinstance(slope, cst.Comparison):
                yield source.replaced(node, _plain(source, node, rest))
    for one in script.inside("backward", cst.Assign):
        target = one.targets[0].target
        masked = isinstance(target, cst.Subscript) and SIDE.search(source.text(target.slice[0]))
        if masked and is_number(one.value, 0) and key(target.value):
            yield source.removed(one)
