"""Edits of arrays that go together, where only one of them is changed; told by the source alone.

Labels that stay where they are while their samples are mixed, and test samples that stay in another
unit than those of the training.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, is_call
from diagnose.patching.pairs import index_of, shuffled_in, together
from diagnose.patching.places import Binding, bindings, bound, is_alone, key, names_in
from diagnose.patching.predicting import prepared_alike
from diagnose.patching.samples import OF_A_TABLE, TEST
from diagnose.patching.script import free_name, how_made, random_of
from diagnose.patching.source import Edit, Scope, Source

DRAWN = ("permutation", "choice", "argsort", "sample")


def of_mates(source: Source) -> Iterator[Edit]:
    """Edits after which both of two arrays are changed, the likeliest first."""
    yield from _mixed_with_it(source)
    yield from _shuffled_with_it(source)
    yield from _prepared_with_it(source)


def _mixed_with_it(source: Source) -> Iterator[Edit]:
    """``X = X[order]``, and ``Y = Y[order]`` below it; or ``Y[i]`` as ``Y[order][i]``."""
    for one in bindings(source):
        made = one.value
        if not isinstance(made, cst.Subscript) or not isinstance(one.statement, cst.Assign):
            continue
        index = index_of(source, made)
        name, order = key(made.value), index.removeprefix(":, ")
        if not name or order not in _orders(source, one.scope):
            continue
        for mate in _mates(source, {name, one.name}, one.scope):
            if _is_taken(source, mate, order, one.scope):
                continue
            if name == one.name:
                for at in dict.fromkeys((index, order)):
                    line = f"{mate} = {mate}[{at}]"
                    yield together(source.inserted_after(source.statement(one.statement), line))
                continue
            splices = [source.replaced(each.value, f"{mate}[{order}]")
                       for each in source.of_type(cst.Subscript)
                       if key(each.value) == mate and source.scope(each) is one.scope
                       and source.span(each)[0] > source.span(one.statement)[1]]  # fmt: skip
            if splices:
                yield together(*splices)


def _orders(source: Source, scope: Scope) -> set[str]:
    """The names of random orders."""
    drawn = {one.name for one in bindings(source) if one.scope is scope
             and is_call(one.value, *DRAWN)}  # fmt: skip
    return drawn | shuffled_in(source, scope)


def _mates(source: Source, names: set[str], scope: Scope) -> list[str]:
    """What is taken out of by the same index as one of these arrays, or gone through with it."""
    places: dict[str, set[str]] = {}
    for one in source.of_type(cst.Subscript):
        if key(one.value) and source.scope(one) is scope:
            index = index_of(source, one)
            places.setdefault(key(one.value), set()).add(index.removeprefix(":, "))
    own = {place for name in names for place in places.get(name, ())}
    found = [name for name, every in places.items() if name not in names and every & own]
    for call in source.calls_of("zip"):
        given = [key(one.value) for one in call.args]
        if names & {*given} and source.scope(call) is scope:
            found += [one for one in given if one and one not in names]
    return list(dict.fromkeys(found))


def _is_taken(source: Source, name: str, order: str, scope: Scope) -> bool:
    """Whether an array is taken in this order already."""
    return any(key(one.value) == name and source.scope(one) is scope
               and any(source.text(each.slice).removeprefix(":, ") == order for each in one.slice)
               for one in source.of_type(cst.Subscript))  # fmt: skip


def _shuffled_with_it(source: Source) -> Iterator[Edit]:
    """``shuffle(X)`` alone, as one order by which X and what goes with it are taken.

    Also where that is shuffled by itself; and where nothing is seen to go with it, no shuffle.
    """
    order, others = free_name(source, "order", "new"), _orders_and_pairs(source)
    every = [one for one in source.calls_of("shuffle")
             if isinstance(source.parent(one), cst.Expr) and len(one.args) == 1]  # fmt: skip
    for call in every:
        name, scope = key(call.args[0].value), source.scope(call)
        if not name:
            continue
        drawn_by = source.text(call.func).rpartition(".")[0]
        mates = [] if drawn_by in ("random", "") else _mates(source, {name}, scope)
        if not mates and name not in others:
            yield together(source.removed(call))
        for mate in mates:
            again = [one for one in every if key(one.args[0].value) == mate]
            block = source.parent(source.statement(call))
            made = f"{order} = {drawn_by or random_of(source, call)}.permutation(len({name}))"
            both = f"{name}, {mate} = {name}[{order}], {mate}[{order}]"
            if not again:
                below = source.inserted_after(source.statement(call), both)
                yield together(source.replaced(call, made), below)
            elif source.span(call) < source.span(again[0]) and block is source.parent(
                source.statement(again[0])
            ):
                yield together(source.replaced(call, made), source.replaced(again[0], both))


def _orders_and_pairs(source: Source) -> set[str]:
    """The names by which others are taken, and of lists that are gone through as pairs."""
    taken_by = {name for one in source.of_type(cst.Subscript) for part in one.slice
                for name in names_in(part)}  # fmt: skip
    return taken_by | {
        key(one.iter) for one in source.of_type(cst.For, cst.CompFor)
        if isinstance(one.target, cst.Tuple | cst.List) or key(one.target) in taken_by
    }  # fmt: skip


def _prepared_with_it(source: Source) -> Iterator[Edit]:
    """``X = (X - mean) / spread``, and the same for what is made as X is and stays as it was."""
    for one in bindings(source):
        there = one.statement
        if not is_alone(one) or one.value is None or isinstance(one.value, cst.Subscript):
            continue
        if one.name not in names_in(one.value) or "." in one.name or source.loops(there):
            continue
        for other in _made_alike(source, one):
            line = f"{other} = {_of_other(source, one.value, one.name, other)}"
            made = [source.statement(each.statement) for each in bound(source, other, one.scope)]
            last = max(made, key=source.line)
            if source.span(last)[0] < source.span(there)[0]:
                yield prepared_alike(source.inserted_before(source.statement(there), line))
            else:
                yield prepared_alike(source.inserted_after(last, line))


def _made_alike(source: Source, one: Binding) -> list[str]:
    """Other names that are given their values as this one was at first, and no others later."""
    first = bound(source, one.name, one.scope)[0]
    if first.value is None or first.statement is one.statement:
        return []
    found = []
    for each in bindings(source):
        given = each.value
        if each.scope is not one.scope or each.name == one.name or given is None:
            continue
        written = isinstance(each.statement, cst.Assign) and each.name.isidentifier()
        same_place = _place(each) == _place(first)
        alike = same_place and how_made(source, given) == how_made(source, first.value)
        named = any(one.name + end == each.name for end in ("t", "_t", "te", "_te")) or any(
            train and one.name.replace(train, test) == each.name for train, test in TEST
        )
        again = len(bound(source, each.name, one.scope)) > 1
        later = again or one.name in names_in(given) or source.loops(each.statement)
        if written and (alike or named) and not later:
            found.append(each.name)
    return list(dict.fromkeys(found))


def _place(one: Binding) -> int:
    """At which place of several names it stands that are given values at once."""
    target = one.statement.targets[0].target if isinstance(one.statement, cst.Assign) else None
    elements = target.elements if isinstance(target, cst.Tuple | cst.List) else ()
    return next((at for at, each in enumerate(elements) if key(each.value) == one.name), 0)


def _of_other(source: Source, node: cst.BaseExpression, name: str, other: str) -> str:
    """An expression of another array, with the mean and the spread of the first one kept."""
    start, code = source.span(node)[0] - len(getattr(node, "lpar", ())), source.text(node).encode()
    for one in reversed(all_in(node, cst.Name)):
        above = source.parent(source.parent(one) or one)
        if one.value == name and not is_call(above, *OF_A_TABLE):  # which asks for its mean
            begin, end = (at - start for at in source.span(one))
            code = code[:begin] + other.encode() + code[end:]
    return code.decode()
