"""Edits of derivatives of activations: of another one, one too many, or one that is missing.

And of the array at which one is taken, and the side on which a unit is on: also told by the source
alone, where a function says whether it takes the output of a unit or its sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

import libcst as cst

from diagnose.patching.activations import KINDS, MOST_NAMES, SLOPED
from diagnose.patching.nodes import (
    Variable,
    all_in,
    array_named,
    at_once_and_each,
    has,
    is_call,
    is_number,
    is_operation,
    place_of,
    plain_args,
)
from diagnose.patching.places import bindings, bound, key, names_in, next_to, parameters
from diagnose.patching.products import factors_of, is_factor
from diagnose.patching.script import Script, edited, library, within
from diagnose.patching.source import Edit, Scope, Source, Splice, edit_of

SIDE = re.compile(r"[<>]=?")
# What else a comparison may have meant: with its edge, and the other side with what was left out.
SIDES = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<")}
# How a derivative is written by the output of its unit: ``a * (1 - a)``, and ``1 - a ** 2``.
BY_OUTPUT = (
    r"\(?{0}\*\(1(\.0)?-{0}\)\)?",
    r"\(?\(1(\.0)?-{0}\)\*{0}\)?",
    r"\(?1(\.0)?-{0}\*\*2\)?",
    r"\(?1(\.0)?-{0}\*{0}\)?",
    r"\(?1(\.0)?-(np|numpy)\.(square\({0}\)|power\({0},2\))\)?",
)
# What it is computed by of the sum.
BY_SUM = r"\b(exp|tanh|\w*sig\w*|\w*logistic\w*)\(-?{0}\)"


def of_derivatives(script: Script) -> list[Edit]:
    """Edits of the derivatives in a backward pass."""
    return [
        *_of_another(script),
        *_applied_once(script),
        *_squared(script),
        *_in_layers(script),
        *_with_their_slope(script),
        *_of_elements(script),
    ]


def _of_another(script: Script) -> Iterator[Edit]:
    """The derivative of one activation as that of another that the network has, or left out."""
    source = script.source
    kinds = [one.activation for one in script.network.layers if one.activation in KINDS]
    for node in script.operations("backward", cst.Multiply):
        if is_factor(source, node):
            continue
        every = factors_of(node)
        for given in ("sigmoid", "tanh"):
            for at, rest, value in derivatives_in(source, every, given):
                for kind in dict.fromkeys(kinds) if given not in kinds[:-1] else ():
                    slope = KINDS[kind].slope.format(x=value)
                    text = source.joined("*", *rest[:at], slope, *rest[at:])
                    yield edited(script, "backward", node, text, SLOPED, "wrong-gradient")
                if rest:
                    why = "the derivative of the last activation is in the difference already"
                    text = source.joined("*", *rest)
                    yield edited(script, "backward", node, text, why, "wrong-gradient")


def _applied_once(script: Script) -> Iterator[Edit]:
    """``1 - tanh(a)**2`` of what a tanh gave as ``1 - a**2``, and the other way round."""
    source = script.source
    why = "the derivative is taken of what the activation gave, which is not put in once more"
    for node in script.operations("backward", cst.Power):
        one = node.left
        if isinstance(one, cst.Call) and len(one.args) == 1:
            yield edited(script, "backward", one, one.args[0].value, why, "wrong-gradient")
        elif isinstance(one, Variable):
            text = KINDS["tanh"].applied.format(np=library(source), x=source.text(one))
            yield edited(script, "backward", one, text, why, "wrong-gradient")


def _squared(script: Script) -> Iterator[Edit]:
    """``1 - a`` of what a tanh gave as ``1 - a**2``; not where it is that of a sigmoid."""
    source = script.source
    if "tanh" not in {one.activation for one in script.network.layers}:
        return
    for node in script.operations("backward", cst.Subtract):
        gave = node.right
        if is_number(node.left, 1) and isinstance(gave, Variable):
            text = source.joined("**", gave, "2")
            why = "the derivative of a tanh is 1 less the square of what it gave"
            yield edited(script, "backward", gave, text, why, "wrong-gradient")


def _in_layers(script: Script) -> Iterator[Edit]:
    """What a layer's method hands back as it came, times the derivative of its activation."""
    source = script.source
    kinds = dict.fromkeys(one.activation for one in script.network.layers[:-1])
    for function in source.of_type(cst.FunctionDef):
        back = _given_back(function)
        if not isinstance(back, cst.Name) or back.value not in parameters(function):
            continue
        if not script.lines("backward") & {*source.lines(back)}:
            continue
        block = source.parent(function)
        layer = None if block is None else source.parent(block)
        if not isinstance(layer, cst.ClassDef):
            continue
        inside = {id(one) for one in within(layer)}
        kept = [one.name for one in bindings(source) if id(one.statement) in inside]
        for kind in kinds:
            known = KINDS.get(kind)
            if known is None or not re.search(known.names, source.text(layer), re.I):
                continue
            for name in dict.fromkeys(one for one in kept if one.startswith("self.")):
                text = source.joined("*", back, known.slope.format(x=name))
                yield edited(script, "backward", back, text, SLOPED, "wrong-gradient")


def _with_their_slope(script: Script) -> Iterator[Edit]:
    """``W @ (a - t)`` as ``W @ d``, where ``d = (a - t) * slope``."""
    source = script.source
    for made in script.inside("backward", cst.Assign):
        name = source.text(made.targets[0].target)
        every = factors_of(made.value)
        error = source.text(every[0].with_changes(lpar=[], rpar=[]))
        for node in script.inside("backward", cst.BinaryOperation) if len(every) > 1 else ():
            same = source.text(node.with_changes(lpar=[], rpar=[])) == error
            if same and made not in source.above(node):
                why = f"what flows back is {name}, the error times its derivative"
                # what stands within the parentheses is the span of an expression
                (start, end), wide = source.span(node), len(node.lpar)
                splice = Splice(start=start - wide, end=end + wide, text=name)
                yield edit_of([splice], "gradient", why, "wrong-gradient")


def _of_elements(script: Script) -> Iterator[Edit]:
    """``e = d * w[j]``, in a loop over the units, times the derivative at ``h[j]``; lists alike.

    What is read or computed of this unit beside it comes first.
    """
    source, known = script.source, script.network.layers[:-1]
    kinds = dict.fromkeys(one.activation for one in known if one.activation in KINDS)
    for node, unit in _errors_of_units(script):
        around = next((one for one in source.above(node) if isinstance(one, cst.For)), node)
        beside = re.findall(rf"\b([A-Za-z_]\w*)\[{re.escape(unit)}\]", source.text(around))
        made = [one.name for one in script.made("forward")]
        names = [one for one in dict.fromkeys([*beside, *made]) if one.isidentifier()]
        for kind, name in product(kinds, names[:MOST_NAMES]):
            slope = KINDS[kind].slope.format(x=f"{name}[{unit}]")
            times = source.joined("*", node, slope)
            yield edited(script, "backward", node, times, SLOPED, "wrong-gradient")


def _errors_of_units(script: Script) -> Iterator[tuple[cst.BaseExpression, str]]:
    """What flows back to one unit, and the name of its number: products, and sums of some.

    None that has a derivative already.
    """
    source = script.source
    for made in script.inside("backward", cst.Assign):
        loop = next((one for one in source.loops(made) if isinstance(one, cst.For)), None)
        listed = made.value if isinstance(made.value, cst.ListComp) else None
        value = made.value if listed is None else listed.elt
        turns = loop if listed is None else listed.for_in
        unit = key(turns.target) if turns is not None else ""
        flows = is_operation(value, cst.Multiply) or (is_call(value, "sum") and bool(value.args))
        if not flows or not unit or has(value, cst.Comparison | cst.Power):
            continue
        weighted = any(unit in names_in(one.slice[0]) for one in all_in(value, cst.Subscript))
        sloped = any(is_operation(one, cst.Subtract) and is_number(one.left, 1)
                     for one in all_in(value, cst.BinaryOperation))  # fmt: skip
        if weighted and not sloped:
            yield value, unit


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


def arguments_of_slopes(script: Script) -> Iterator[Edit]:
    """A derivative taken at another of the arrays of the forward pass."""
    source = script.source
    every = bindings(source)
    traced = [one.name for one in every if one.name.startswith("self.")
              and isinstance(one.value, cst.Name)]  # of its argument: ``self.x = x`` # fmt: skip
    kept = [one.name for one in every if isinstance(one.statement, cst.Call)]
    made = [one.name for one in script.made("forward")]
    made = list(dict.fromkeys([*made, *traced, *kept]))
    for nodes in [*((one,) for one in _slopes(script)), *_products(script)]:
        old = source.text(nodes[0])
        for name in _in_lists(script, nodes[0]) or _own_first(source, nodes[0], made):
            if name != old:
                why = (
                    f"the derivative is taken at {name}, which the activation was computed from or "
                    f"gave, and not at {old}"
                )
                pairs = [(one, name) for one in nodes]
                yield source.edit_each(pairs, "gradient", why, "wrong-gradient")
    for call, error in _cut_off(script):
        for name in _own_first(source, call, made):
            if name != error:
                why = f"the error goes through where {name} is above 0, and not where it is itself"
                text = f"{error} * ({name} > 0)"
                yield edited(script, "backward", call, text, why, "wrong-gradient")


def _cut_off(script: Script) -> Iterator[tuple[cst.Call, str]]:
    """What flows back without what is below 0 in it, ``np.maximum(d, 0)``: a ReLU of the error."""
    for call in script.inside("backward", cst.Call):
        given = plain_args(call) if is_call(call, "maximum", "clip") else []
        errors = [key(one) for one in given if key(one) not in ("", "None")]
        if len(errors) == 1 and any(is_number(one, 0) for one in given):
            yield call, errors[0]


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
    for rest in script.operations("backward", cst.Subtract):
        if not is_number(rest.left, 1) or not array_named(rest.right):
            continue
        product: cst.CSTNode = rest
        while is_operation(above := source.parent(product), cst.Multiply):
            product = above
        name = source.text(rest.right)
        alike = (each for each in within(product) if isinstance(each, type(rest.right)))
        same = tuple(each for each in alike if source.text(each) == name)
        if len(same) > 1:
            yield same
        for given in script.made("backward"):
            if given.name == name and isinstance(given.value, cst.Attribute):
                yield (given.value,)


def _slopes(script: Script) -> Iterator[cst.CSTNode]:
    """The arrays at which derivatives are taken: compared with 0, squared, or handed over alone."""
    powers = script.operations("backward", cst.Power)
    for one in [*script.inside("backward", cst.Comparison), *powers]:
        if array_named(one.left):
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
    taken = place_of(node)
    if not isinstance(node, cst.Subscript) or not isinstance(taken, cst.Index):
        return []
    source = script.source
    lists = dict.fromkeys([
        key(node.value),
        *(key(one.value) for one in script.inside("backward", cst.Subscript)),
        *(one.name for one in script.made("forward") if isinstance(one.statement, cst.Call)),
    ])  # fmt: skip
    places = [source.text(taken.value), *next_to(source, taken.value), *_turns(script, node)]
    return [f"{name}[{at}]" for name in lists if name for at in places]


def _turns(script: Script, node: cst.Subscript) -> list[str]:
    """How the other lists are indexed around a node that takes the same element in each turn."""
    source, at = script.source, node.slice[0].slice
    plain = at.value if isinstance(at, cst.Index) else None
    plain = plain.expression if isinstance(plain, cst.UnaryOperation) else plain
    number, here = isinstance(plain, cst.Integer), source.scope(node)
    beside = [one.slice[0].slice for one in script.inside("backward", cst.Subscript)
              if number and source.scope(one) is here]  # fmt: skip
    return [*dict.fromkeys(source.text(one.value) for one in beside if isinstance(one, cst.Index))]


def of_arguments(source: Source) -> Iterator[Edit]:
    """``prime(z1)`` of a ``prime(a)`` that gives ``a * (1 - a)``, as ``prime(a1)``.

    Where ``a1 = sigmoid(z1)`` stands in the script; and the other way round.
    """
    outputs = dict(_outputs(source))
    sums = {out: total for total, out in outputs.items()}
    for name, by_output in _derivatives(source):
        others = outputs if by_output else sums
        pairs = []
        for call in source.calls_of(name):
            taken = call.args[-1].value if call.args else None
            other = others.get(key(taken)) if taken is not None else None
            if taken is not None and other and _is_known(source, source.scope(call), other):
                pairs.append((taken, other))
        what = "the output of a unit" if by_output else "the sum that goes into a unit"
        for some in at_once_and_each(pairs):
            why = f"{name} is written for {what}, and is given that"
            yield source.edit_each(some, "gradient", why, "wrong-gradient")


def _derivatives(source: Source) -> Iterator[tuple[str, bool]]:
    """The functions that give a derivative: by the output of a unit, or by its sum."""
    functions: list[tuple[str, cst.FunctionDef | cst.Lambda]] = [
        *((one.name.value, one) for one in source.of_type(cst.FunctionDef)),
        *((one.name, one.value) for one in bindings(source) if isinstance(one.value, cst.Lambda)),
    ]
    for name, one in functions:
        names = [each.name.value for each in one.params.params if each.name.value != "self"]
        given = _given_back(one)
        if len(names) != 1 or given is None:
            continue
        text, whole = source.text(given).replace(" ", ""), source.text(one.body).replace(" ", "")
        if any(re.fullmatch(each.format(names[0]), text) for each in BY_OUTPUT):
            yield name, not re.search(BY_SUM.format(names[0]), whole)
        elif re.search(BY_SUM.format(names[0]), whole) and re.search(r"1(\.0)?-", text):
            yield name, False


def _given_back(function: cst.FunctionDef | cst.Lambda) -> cst.BaseExpression | None:
    """The one thing that a function gives back; None where there are several, or none."""
    if isinstance(function, cst.Lambda):
        return function.body
    every = all_in(function.body, cst.Return)
    return every[0].value if len(every) == 1 else None


def _outputs(source: Source) -> Iterator[tuple[str, str]]:
    """Variables with what one function gives of them alone: ``a1 = sigmoid(z1)``."""
    met: dict[str, set[str]] = {}
    for one in bindings(source):
        made = one.value
        alone = made.args if isinstance(made, cst.Call) and len(made.args) == 1 else ()
        for arg in alone if isinstance(one.statement, cst.Assign) else ():
            if key(arg.value):
                met.setdefault(key(arg.value), set()).add(one.name)
    made_of = {out for every in met.values() for out in every}
    for total, every in met.items():
        # a sum is none of another one's outputs, and has one output
        if len(every) == 1 and total not in made_of:
            yield total, next(iter(every))


def _is_known(source: Source, scope: Scope, name: str) -> bool:
    """Whether a variable has a value where a function is called."""
    if "." in name or name in parameters(scope):
        return True
    return any(one.scope in (scope, source.module) for one in bound(source, name))
