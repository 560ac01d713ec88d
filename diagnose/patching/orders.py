"""Edits of the order in which samples are shown, and of where batches begin and end.

``x[i:i + size]`` where ``i`` is the number of a batch, by whatever name it goes there; a place that
goes on by one and not by the size of a batch; and a batch that is the first one in every turn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import libcst as cst

from diagnose.patching.nodes import (
    all_in,
    assigned,
    first_in,
    is_call,
    is_number,
    is_operation,
    kept_in,
)
from diagnose.patching.places import (
    LIBRARY,
    argument,
    batch_of_turn,
    bindings,
    calls,
    followed,
    key,
    name_called,
    names_in,
    parameters,
)
from diagnose.patching.script import Script, free_name, random_of, within
from diagnose.patching.source import Edit, Source, Splice, edit_of

WHY = "a batch begins where the one before it ends, so that every sample is shown"
# What is said of samples that batches leave aside: that they overlap, or that no step takes them.
NEVER_TAKEN = "never-taken"
LEFT = ("overlapping-batches", "empty-batches", NEVER_TAKEN)
# What gives numbers so many apart, by its third argument.
APART = ("range", "arange")
# How many samples there are, as it is asked for.
SAMPLES = re.compile(r"len\(\w+\)|\w+\.shape\[\d\]")

# What makes a new array of the first one that it is handed; ORDERED, in another order.
ORDERED = ("permutation",)
MADE_OF = (*ORDERED, "clip", "sort", "reshape", "maximum", "minimum", "abs", "round")
# And as a method, of its own.
OF_ITS_OWN = ("astype", "reshape", "clip", "ravel", "flatten", "transpose", "round")


def of_order(script: Script) -> list[Edit]:
    """Edits of the order in which samples are shown, and of what is kept back for the test."""
    return [
        *permuted(script),
        *whole_batches(script),
        *_mixed_classes(script),
        *_mixed_each_epoch(script),
        *kept_results(script.source, "order", "class-order"),
        *kept_samples(script, "order"),
    ]


def permuted(script: Script) -> Iterator[Edit]:
    """``np.arange(n)`` and ``np.argsort(y)``, by which samples are taken, as a random order."""
    source = script.source
    for one in followed(source, script.at("samples")):
        if isinstance(one.value, cst.Call) and (text := _as_permutation(source, one.value)):
            yield in_random_order(source.replaced(one.value, text))


def _as_permutation(source: Source, call: cst.Call) -> str:
    """``arange(n)`` or ``argsort(y)`` as a random order; nothing for any other call."""
    taken = source.text(call.args[0].value) if call.args else ""
    counts = {"argsort": f"len({taken})", **({"arange": taken} if len(call.args) == 1 else {})}
    count = counts.get(name_called(call), "") if taken else ""
    return f"{random_of(source, call)}.permutation({count})" if count else ""


def in_random_order(*splices: Splice) -> Edit:
    """Splices after which samples come in a random order."""
    why = "samples come in a random order, and not class by class"
    return edit_of(splices, "order", why, "class-order")


def _mixed_each_epoch(script: Script) -> Iterator[Edit]:
    """Samples and targets put into a new order, the same for both, when an epoch begins."""
    source = script.source
    loops = script.loops
    if len(loops) < 2 or not isinstance(loops[0].body, cst.IndentedBlock):
        return
    loop = loops[0]
    inside = {name for one in loops for name in names_in(one)}
    here = source.scope(loop)

    def before(role: str) -> dict[str, None]:
        """The names of a flow that have their values before the loop begins."""
        return dict.fromkeys(
            one.name for one in script.flow(role) if one.scope is here and "." not in one.name
            if one.statement is not loop and loop not in source.above(one.statement)
        )  # fmt: skip

    free = free_name(source, "order", "new")
    for x, y in product(before("samples"), before("targets")):
        if x != y and {x, y} <= inside:
            at = f"[{free}]" if script.samples_axis == 0 else f"[:, {free}]"
            count = f"len({x})" if script.samples_axis == 0 else f"{x}.shape[1]"
            first = loop.body.body[0]
            yield in_random_order(source.inserted_before(
                first, f"{free} = {random_of(source, first)}.permutation({count})",
                f"{x}, {y} = {x}{at}, {y}{at}"))  # fmt: skip


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


def _mixed_classes(script: Script) -> Iterator[Edit]:
    """Classes one after the other, and of each its samples: all of them in one list, shuffled.

    The body of the inner loop stays as it stands.
    """
    for outer, inner in pairwise(script.loops):
        *before, last = outer.body.body
        lines = [one for one in before if isinstance(one, cst.SimpleStatementLine)]
        # what stands before the inner loop only gives names their values
        given = all(isinstance(each, cst.Assign) for one in lines for each in one.body)
        prepared = last is inner and given and len(lines) == len(before)
        if prepared and key(outer.target) and key(inner.target):
            yield in_random_order(*_one_list(script.source, outer, inner, lines))


def _one_list(
    source: Source, outer: cst.For, inner: cst.For, prepared: Sequence[cst.SimpleStatementLine]
) -> list[Splice]:
    """The two loops as one over pairs: written above, with the assignments within it."""
    one, other = key(outer.target), key(inner.target)
    iterated = source.text(inner.iter)
    for line in reversed(prepared):
        for each in line.body:
            if isinstance(each, cst.Assign) and (name := assigned(each)):
                value = source.text(each.value).replace("\\", r"\\")
                iterated = re.sub(rf"\b{re.escape(name)}\b", value, iterated)
    pairs = free_name(source, "samples", "all")
    indent, deeper = source.indent(outer), source.indent(inner.body.body[0])
    both = f"{one},{source.space}{other}"
    listed = f"[({both}) for {one} in {source.text(outer.iter)} for {other} in {iterated}]"
    lines = [
        indent + source.joined("=", pairs, listed),
        f"{indent}{random_of(source, outer)}.shuffle({pairs})",
        f"{indent}for {both} in {pairs}:",
    ]
    read = {*re.findall(r"\w+", source.text(inner.body))}
    for line in prepared:
        notes = [each.comment.value for each in line.leading_lines if each.comment]
        used = any(assigned(each) in read for each in line.body)
        kept = [source.text(each) for each in line.body] if used else []
        lines += [f"{deeper}{text}" for text in (*notes, *kept)]
    start = source.span(outer)[0] - len(indent.encode())
    end = source.code.find(b"\n", source.span(inner.iter)[1]) + 1
    return [Splice(start=start, end=end, text="".join(one + source.newline for one in lines))]


def whole_batches(script: Script) -> Iterator[Edit]:
    """``x[i:i + size]`` for i = 0, 1, 2, as ``x[i * size:(i + 1) * size]``; labels alike.

    And ``x[:size]``, the same samples in each turn. A loop that goes on by one through all samples
    is one from batch to batch.
    """
    source = script.source
    splices, steps = list[Splice](), list[Splice]()
    for loop in script.loops:
        by = _apart(source, loop)
        if isinstance(loop.iter, cst.Call):
            splices += _always_first(source, loop, by_itself=bool(by))
        if by:  # it goes from batch to batch by itself
            splices += _to_their_end(script, loop, by)
        else:
            splices += _of_turns(source, loop)
            steps += _with_step(source, loop)
    splices += _gone_on_by_one(source)
    defect = next((one for one in LEFT if one in script.found), "class-order")
    for some in (steps, splices):
        if some:
            yield edit_of(dict.fromkeys(some), "order", WHY, defect)


def _apart(source: Source, loop: cst.For) -> str:
    """How far apart the numbers are that a loop goes through; nothing where it counts by one."""
    made = [loop.iter, *(one.value for one in followed(source, [loop.iter]) if one.value)]
    every = [node for one in made for node in within(one) if is_call(node, *APART)]
    return next((source.text(one.args[2].value) for one in every if len(one.args) > 2), "")


def _of_turns(source: Source, loop: cst.For) -> Iterator[Splice]:
    """What is cut out from the number of a turn on, as the batch of this number.

    Also where the number has another name there, or is handed to the function that cuts it out.
    """
    turns, here = _turns(source, loop), source.scope(loop)
    for low, high, at in _cut_out(source):
        i, there = key(low), loop in source.above(low) or at is not here
        if (i, id(at)) in turns and there and (size := _size(source, i, high)):
            begin, end = batch_of_turn(source, i, size).split(":")
            yield source.replaced(low, begin)
            yield source.replaced(high, end)


def _cut_out(
    source: Source,
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression, cst.CSTNode]]:
    """Where what is cut out begins and ends, ``x[i:j]`` and ``slice(i, j)``, and in which scope."""
    for one in source.of_type(cst.Slice, cst.Call):
        if isinstance(one, cst.Slice):
            low, high = one.lower, one.upper
        elif is_call(one, "slice") and len(one.args) == 2:
            low, high = (each.value for each in one.args)
        else:
            continue
        if low is not None and high is not None and key(low):
            yield low, high, source.scope(one)


def _size(source: Source, i: str, high: cst.BaseExpression) -> str:
    """The size of a batch that ends there, ``i + size``; nothing where it does not end so."""
    if not is_operation(high, cst.Add):
        return ""
    sides = [high.right, high.left]
    return next((source.text(one) for one, other in zip(sides, sides[::-1], strict=True)
                 if key(other) == i and i not in names_in(one)), "")  # fmt: skip


def _turns(source: Source, loop: cst.For) -> set[tuple[str, int]]:
    """What the number of a turn is called, in which scopes.

    Of a name that gets more values in a turn it is not known where a batch begins.
    """
    i, here = key(loop.target), source.scope(loop)
    body = [one for one in bindings(source) if loop.body in source.above(one.statement)]
    given = Counter(one.name for one in body)
    names = {one.name for one in body if one.value is not None and key(one.value) == i != ""}
    names = {one for one in names if given[one] == 1} | ({i} - {"", *given})
    found = {(one, id(here)) for one in names}
    for function in source.of_type(cst.FunctionDef):
        every = [*calls(source, function)]
        for name in parameters(function) if every else ():
            handed = [argument(one, function, name) for one in every if loop in source.above(one)]
            if len(handed) == len(every) and all(one and key(one) in names for one in handed):
                found.add((name, id(function)))
    return found


def _with_step(source: Source, loop: cst.For) -> Iterator[Splice]:
    """``for i in range(len(x))`` as one that goes on by the size of what is cut out there."""
    call = loop.iter
    if not is_call(call, "range") or not SAMPLES.fullmatch(source.text(call.args[-1].value)):
        return
    sizes = [_size(source, key(loop.target), high) for low, high, _ in _cut_out(source)
             if loop in source.above(low) and key(low) == key(loop.target)]  # fmt: skip
    for size in sizes[:1] if all(sizes) else ():
        first = "0, " if len(call.args) == 1 else ""
        stop = call.args[-1].value
        yield source.replaced(stop, f"{first}{source.text(stop)}, {size}")


def _gone_on_by_one(source: Source) -> Iterator[Splice]:
    """``start += 1``, behind ``x[start:start + size]`` in its loop, as ``start += size``."""
    for one in source.of_type(cst.AugAssign):
        start, loops = key(one.target), source.loops(one)
        if not loops or not isinstance(one.operator, cst.AddAssign) or not is_number(one.value, 1):
            continue
        sizes = {_size(source, start, high) for low, high, _ in _cut_out(source)
                 if key(low) == start and loops[0] in source.above(low)} - {""}  # fmt: skip
        if len(sizes) == 1:
            yield source.replaced(one.value, min(sizes))


def _always_first(source: Source, loop: cst.For, *, by_itself: bool) -> Iterator[Splice]:
    """``x[:size]`` and ``x[0:size]`` in a loop through batches, as the batch of its turn.

    by_itself: whether the loop goes on by the size of a batch. Not where anything is taken by the
    turn that it is, nor of what is made in the loop, nor of a loop that goes through epochs.
    """
    i = key(loop.target)
    if not i or not source.loops(loop):
        return
    body = within(loop.body)
    taken = [one for one in body if isinstance(one, cst.Subscript)]
    inner = any(isinstance(one, cst.For | cst.While) for one in body)
    if inner or any(i in names_in(one) for one in taken):
        return
    made = {name for one in body if isinstance(one, cst.AssignTarget)
            for name in names_in(one.target)}  # fmt: skip
    for one in taken:
        for element in one.slice:
            part = element.slice
            if not isinstance(part, cst.Slice) or part.step is not None or kept_in(one) in made:
                continue
            first = part.lower is None or is_number(part.lower, 0)
            if first and isinstance(part.upper, cst.Name | cst.Attribute | cst.Integer):
                size = source.text(part.upper)
                its = f"{i}:{source.joined('+', i, size)}"
                yield source.replaced(part, its if by_itself else batch_of_turn(source, i, size))


def _to_their_end(script: Script, loop: cst.For, size: str) -> Iterator[Splice]:
    """``x[i:size]`` for i = 0, size, 2 * size, as ``x[i:i + size]``: most others are empty."""
    source, i = script.source, key(loop.target)
    for one in source.of_type(cst.Slice):
        if one.lower is None or one.upper is None or loop not in source.above(one):
            continue
        if key(one.lower) == i != "" and source.text(one.upper) == size:
            yield source.replaced(one.upper, source.joined("+", i, size))


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
