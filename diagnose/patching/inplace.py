"""Edits of what is written into arrays: into too many rows, or into one that is read again.

And of what is made and nobody keeps, as ``scaler.transform(x)``, which changes no ``x``, or reads,
beside a value that is taken twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, assigned, first_in, kept_in
from diagnose.patching.places import key, name_called
from diagnose.patching.products import LIBRARY, PRODUCTS, is_product
from diagnose.patching.script import Script, free_name, library, within
from diagnose.patching.source import Edit, Source, edit_of

READERS = (*PRODUCTS, "outer")
# What makes a new array of the first one that it is handed; ORDERED, in another order.
ORDERED = ("permutation",)
MADE_OF = (*ORDERED, "clip", "sort", "reshape", "maximum", "minimum", "abs", "round")
# And as a method, of its own.
OF_ITS_OWN = ("astype", "reshape", "clip", "ravel", "flatten", "transpose", "round")


def own_rows(script: Script, part: str) -> Iterator[Edit]:
    """``a[:, labels] = 1``, which writes into every row, as ``a[np.arange(n), labels] = 1``."""
    source, np = script.source, library(script.source)
    for target in written_into(source):
        if not isinstance(target, cst.Subscript) or len(target.slice) != 2:
            continue
        first, second = (one.slice for one in target.slice)
        if not isinstance(first, cst.Slice) or first.lower or first.upper or first.step:
            continue
        if isinstance(second, cst.Index) and key(second.value):
            rows = f"{np}.arange(len({key(second.value)}))"
            why = "each sample is written into at its own label, and not at those of all"
            yield source.edit(first, rows, part, why, "wrong-gradient")


def kept_arrays(script: Script) -> Iterator[Edit]:
    """An array that is written into in the passes: a copy is, or what is read later is one."""
    source = script.source
    passes = script.lines("forward") | script.lines("backward") | script.named
    done = set[tuple[str, int]]()
    for target in written_into(source):
        statement, name = source.statement(target), kept_in(target)
        scope = source.scope(target)
        whole = not isinstance(target, cst.Subscript)
        if not name or (whole and not isinstance(source.parent(target), cst.AugAssign | cst.Arg)):
            continue
        if not passes & {*source.lines(statement)} or (name, id(scope)) in done:
            continue
        done.add((name, id(scope)))
        why = f"{name} is read again, and is not to be written into before"
        copied = source.inserted_before(statement, f"{name} = {name}.copy()")
        yield edit_of([copied], "gradient", why, "inplace-mutation")
        kept = free_name(source, "kept", name.split(".")[-1])
        after = source.span(statement)[1]
        products = (one for one in within(scope) if is_product(one, READERS))
        later = [source.replaced(one, kept) for product in products for one in within(product)
                 if key(one) == name and source.span(one)[0] > after]  # fmt: skip
        if later:
            before = source.inserted_before(statement, f"{kept} = {name}.copy()")
            splices = [before, *dict.fromkeys(later)]
            yield edit_of(splices, "gradient", why, "inplace-mutation")


def kept_samples(script: Script, part: str) -> Iterator[Edit]:
    """``g = x`` as ``g = x.copy()``, where the training then adds something to ``g``, or masks it.

    What is written into an array with two names stays in it for all epochs.
    """
    source = script.source
    for one in source.of_type(cst.AugAssign):
        if not script.trains(one) or not isinstance(one.target, cst.Name):
            continue
        line, block = source.statement(one), source.block(source.statement(one))
        for each in block[: block.index(line)] if block else ():
            made = first_in(each)
            if not isinstance(made, cst.Assign) or assigned(made) != one.target.value:
                continue
            value = made.value
            taken = value.slice if isinstance(value, cst.Subscript) else ()
            # a slice of an array is no copy of it
            if key(value) or any(isinstance(each.slice, cst.Slice) for each in taken):
                name, sign = one.target.value, source.text(one.operator).strip().removesuffix("=")
                anew = f"{name} = {name} {sign} {source.operand(one.value)}"
                why = f"what is written into {name} does not stay in the samples"
                yield source.edit(one, anew, part, why, "inplace-mutation")
                text = f"{source.text(value)}.copy()"
                yield source.edit(value, text, part, why, "inplace-mutation")


def written_into(source: Source) -> Iterator[cst.BaseExpression]:
    """What a statement gives a value, be it a name, or places in an array; or ``out=`` names."""
    for one in source.nodes:
        if isinstance(one, cst.AugAssign | cst.AssignTarget):
            yield one.target
        elif isinstance(one, cst.Arg) and one.keyword is not None and one.keyword.value == "out":
            yield one.value


def kept_results(source: Source, part: str, defect: str) -> Iterator[Edit]:
    """The result of each such call under the name of what it was made of."""
    giving = {one.name.value for one in source.of_type(cst.FunctionDef) if _gives(source, one)}
    for one in source.of_type(cst.Expr):
        call = one.value
        if not isinstance(call, cst.Call):
            continue
        name, owner = name_called(call), call.func
        its_own = key(owner.value) if isinstance(owner, cst.Attribute) else ""
        made_of = its_own if name in OF_ITS_OWN and its_own not in LIBRARY else ""
        if not made_of and call.args and name in {*MADE_OF, *giving}:
            made_of = key(call.args[0].value)
        if made_of and (part == "order") == (name in ORDERED):
            why = f"what the call makes of {made_of} is kept"
            yield source.edit(call, f"{made_of} = {source.text(call)}", part, why, defect)


def _gives(source: Source, function: cst.FunctionDef) -> bool:
    """Whether a function gives something back that is not itself."""
    return any(one.value is not None and key(one.value) != "self"
               for one in all_in(function, cst.Return)
               if source.scope(one) is function)  # fmt: skip
