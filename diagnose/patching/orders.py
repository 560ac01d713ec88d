"""Edits of the order in which samples are shown, of how many are, and of what is drawn for that.

A seed that is set anew in each turn draws the same again and again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product, takewhile

import libcst as cst

from diagnose.patching.batches import whole_batches
from diagnose.patching.inplace import kept_results, kept_samples
from diagnose.patching.nodes import (
    all_in,
    assigned,
    has_equal,
    is_call,
    only_arg,
    plain_args,
)
from diagnose.patching.places import followed, key, name_called, names_in
from diagnose.patching.script import GENERATORS, Script, free_name, library, random_of, within
from diagnose.patching.source import Edit, Source, Splice, edit_of

# What gives the indices at which something is so.
CHOOSING = ("flatnonzero", "nonzero", "where")
# What draws an index, and the last of whose plain arguments says from how many.
INDICES = ("randint", "integers", "choice", "randrange", "permutation")
# Of an array: how many samples it has, be they its rows or its columns.
MANY = ("len({})", "{}.shape[1]")
# A loop that counts to a number goes through the samples where it takes them by its turn.
MOST_ARRAYS = 4


def of_order(script: Script) -> list[Edit]:
    """Edits of the order in which samples are shown, and of what is kept back for the test."""
    return [
        *kept_results(script.source, "order", "class-order"),
        *permuted(script),
        *whole_batches(script),
        *_shuffled_lists(script),
        *_mixed_classes(script),
        *_mixed_each_epoch(script),
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


def of_all_classes(source: Source) -> list[Edit]:
    """``np.flatnonzero(labels < 7)``, the indices of some classes, as those of all samples."""
    found = []
    for call in source.calls_of(*CHOOSING):
        asked = only_arg(call)
        names = [*dict.fromkeys(names_in(asked))] if isinstance(asked, cst.Comparison) else []
        if asked is None or not names:
            continue
        above = source.parent(call)  # `where` and `nonzero` give one array for each axis
        whole = above if isinstance(above, cst.Subscript) and above.value is call else call
        text = f"{library(source)}.arange(len({names[0]}))"
        why = f"samples of all classes are taken, and not only where {source.text(asked)}"
        found.append(source.edit(whole, text, "data", why, "missing-classes"))
    return [*found, *_from_the_first(source)]


def _from_the_first(source: Source) -> Iterator[Edit]:
    """``for digit in range(1, 10)``, by which labels are asked for, from 0 on."""
    for loop in source.of_type(cst.For, cst.CompFor):
        digit = key(loop.target)
        if not is_call(loop.iter, "range"):
            continue
        first, *others = (one.value for one in loop.iter.args)
        body = loop.body if isinstance(loop, cst.For) else source.parent(loop) or loop
        equal = (digit in names_in(one) and has_equal(one) for one in all_in(body, cst.Comparison))
        if len(others) == 1 and source.text(first) == "1" and digit and any(equal):
            begin = Splice(start=source.span(first)[0], end=source.span(others[0])[0], text="")
            why = "classes are numbered from 0 on, and samples of the first are taken, too"
            yield edit_of([begin], "data", why, "missing-classes")


def of_count(script: Script, count: int) -> list[Edit]:
    """All samples, where a loop goes through so many of them by a number that is written there."""
    source = script.source
    found = []
    for loop in script.loops:
        taken = [one for one in source.of_type(cst.Subscript)
                 if loop in source.above(one) and key(loop.target) in {*names_in(one.slice[0])}
                 and key(one.value)]  # fmt: skip
        for number in all_in(loop.iter, cst.Integer):
            if int(number.evaluated_value) == count:
                why = f"all samples are shown, and not the first {count} of them"
                for name in dict.fromkeys(key(one.value) for one in taken):
                    text = f"len({name})"
                    found.append(source.edit(number, text, "data", why, "missing-classes"))
    return found


def _shuffled_lists(script: Script) -> Iterator[Edit]:
    """A list that is gone through in each epoch, shuffled before it is."""
    source = script.source
    loops = script.loops
    endless = [one for one in loops if any(isinstance(up, cst.While) for up in source.above(one))]
    for loop in loops[1:2] or endless[:1]:
        name = key(loop.iter)
        if name:
            line = f"{random_of(source, loop)}.shuffle({name})"
            yield in_random_order(source.inserted_before(loop, line))


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


def _seeded_once(source: Source) -> Iterator[Edit]:
    """A seed that is set in a loop, or a generator that is made there: before the loop, or gone."""
    for call in source.of_type(cst.Call):
        loops, scope, line = source.loops(call), source.scope(call), source.parent(call)
        inside = bool(loops) or isinstance(scope, cst.FunctionDef)
        splices = []
        if name_called(call) == "seed" and inside and isinstance(line, cst.Expr):
            splices = [source.removed(call)]
        elif name_called(call) in GENERATORS and loops and isinstance(line, cst.Assign):
            first = source.inserted_before(loops[-1], source.text(line))
            splices = [source.removed(line), first]
        if splices:
            why = "each turn draws numbers of its own, and not those of the one before once more"
            yield edit_of(splices, "order", why, "class-order")


def _in_random_order(source: Source) -> Iterator[Edit]:
    """``i = np.arange(n)`` and ``np.argsort(y)``, by which samples are taken, in a random order."""
    for one in source.of_type(cst.Assign):
        call, index = one.value, assigned(one)
        text = _as_permutation(source, call) if isinstance(call, cst.Call) and index else ""
        read = (key(each.value) == index or any(index in names_in(part) for part in each.slice)
                for each in source.of_type(cst.Subscript))  # fmt: skip
        own = isinstance(call, cst.Call) and text and index == source.text(call.args[0].value)
        if text and (own or any(read)):
            yield in_random_order(source.replaced(call, text))


def _of_all(source: Source) -> Iterator[Edit]:
    """An index that is drawn from as many as there are samples, by rows or by columns."""
    for call in source.calls_of(*INDICES):
        plain = plain_args(call)
        if not plain:
            continue
        number = plain[1] if name_called(call) in INDICES[:2] and len(plain) > 1 else plain[0]
        if name_called(call) in ("choice", "permutation"):
            number = plain[0]
        counted = isinstance(number, cst.Integer | cst.Call | cst.Subscript | cst.BinaryOperation)
        if not counted or (isinstance(number, cst.Call) and name_called(number) != "len"):
            continue
        for text, name in _taken_by(source, call).items():
            if text != source.text(number):
                why = f"an index is one of all samples of {name}"
                yield source.edit(number, text, "data", why, "missing-classes")


def _taken_by(source: Source, call: cst.Call) -> dict[str, str]:
    """How many samples arrays have, from which something is taken by what a call draws."""
    above = source.parent(call)
    if isinstance(above, cst.Index):
        element = source.parent(above) or above
        taken = source.parent(element)
        return _many(taken, element) if isinstance(taken, cst.Subscript) else {}
    index = key(above.target) if isinstance(above, cst.For) else assigned(above)
    return indexed(source, index, source.scope(call)) if index else {}


def indexed(source: Source, index: str, scope: cst.CSTNode) -> dict[str, str]:
    """How many samples arrays have, that are taken from by an index of this name."""
    found: dict[str, str] = {}
    for one in source.of_type(cst.Subscript):
        for part in one.slice if source.scope(one) is scope else ():
            if any(isinstance(each, cst.Name) and each.value == index for each in within(part)):
                found |= _many(one, part)
    return dict(list(found.items())[:MOST_ARRAYS])


def _many(taken: cst.Subscript, part: cst.CSTNode) -> dict[str, str]:
    """How many there are along the axis in which something is taken of an array, and of which."""
    at = [id(one) for one in taken.slice].index(id(part))
    name = key(taken.value)
    return {MANY[at].format(name): name} if name and at < len(MANY) else {}


def _through_all(source: Source) -> Iterator[Edit]:
    """``for i in range(100)``, by which samples are taken, through as many as there are."""
    for loop in source.of_type(cst.For):
        call = loop.iter
        if not is_call(call, "range") or not key(loop.target) or _counts(source, loop):
            continue  # what is counted there is divided by so many elsewhere
        last = call.args[:2][-1].value
        for text, name in indexed(source, key(loop.target), source.scope(loop)).items():
            if text != source.text(last):
                why = f"the loop goes through all of {name}"
                yield source.edit(last, text, "data", why, "missing-classes")


def _counts(source: Source, loop: cst.For) -> bool:
    """Whether a loop counts how often two things are equal."""

    def adds(node: cst.CSTNode) -> bool:
        if not isinstance(node, cst.AugAssign) or isinstance(node.value, cst.BinaryOperation):
            return False
        return isinstance(node.operator, cst.AddAssign)

    for one in filter(has_equal, all_in(loop, cst.Comparison)):
        for above in takewhile(lambda each: each is not loop, source.above(one)):
            if any(map(adds, within(above.body) if isinstance(above, cst.If) else [above])):
                return True
    return False


# Each kind of edit by itself, the likeliest first.
OF_DRAWS: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    _seeded_once,
    _in_random_order,
    _of_all,
    _through_all,
)
