"""Edits of what is drawn, and of how many are gone through; told by the source alone.

A seed that is set anew in each turn, so that the same is drawn again and again; and an index from
the number of features, or from a few of many samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from diagnose.patching.places import key, name_called, names_in
from diagnose.patching.script import GENERATORS, random_of, within
from diagnose.patching.source import Edit, Source

# What draws an index, and the last of whose plain arguments says from how many.
INDICES = ("randint", "integers", "choice", "randrange", "permutation")
# Of an array: how many samples it has, be they its rows or its columns.
MANY = ("len({})", "{}.shape[1]")
# A loop that counts to a number goes through the samples where it takes them by its turn.
MOST_ARRAYS = 4


def _seeded_once(source: Source) -> Iterator[Edit]:
    """A seed that is set in a loop, or a generator that is made there: before the loop, or gone."""
    for call in source.of_type(cst.Call):
        loops = source.loops(call)
        scope = source.scope(call)
        line = source.parent(call)
        inside = bool(loops) or isinstance(scope, cst.FunctionDef)
        if name_called(call) == "seed" and inside and isinstance(line, cst.Expr):
            yield _edit(source, call, "")
        elif name_called(call) in GENERATORS and loops and isinstance(line, cst.Assign):
            yield _edit(source, call, source.text(line), loops[-1], line)


def _edit(
    source: Source, call: cst.Call, text: str, loop: cst.CSTNode | None = None,
    line: cst.CSTNode | None = None,
) -> Edit:  # fmt: skip
    splices = [source.removed(line or call)]
    if loop is not None and text:
        splices.append(source.inserted_before(loop, text))
    why = "each turn draws numbers of its own, and not those of the one before once more"
    return Edit(splices=tuple(splices), part="order", why=why, defect="class-order")


def _in_random_order(source: Source) -> Iterator[Edit]:
    """``i = np.arange(n)`` and ``np.argsort(y)``, by which samples are taken, in a random order."""
    for one in source.of_type(cst.Assign):
        call, index = one.value, key(one.targets[0].target)
        if not isinstance(call, cst.Call) or not call.args or not index:
            continue
        taken = source.text(call.args[0].value)
        counts = {"argsort": f"len({taken})"}
        if len(call.args) == 1:
            counts |= {"arange": taken}
        read = [each for each in source.of_type(cst.Subscript)
                if key(each.value) == index
                or any(index in names_in(part) for part in each.slice)]  # fmt: skip
        if name_called(call) in counts and (read or index == taken):
            text = f"{random_of(source, call)}.permutation({counts[name_called(call)]})"
            why = "samples come in a random order, and not class by class"
            yield source.edit(call, text, "order", why, "class-order")


def _of_all(source: Source) -> Iterator[Edit]:
    """An index that is drawn from as many as there are samples, by rows or by columns."""
    for call in source.of_type(cst.Call):
        plain = [one.value for one in call.args if one.keyword is None]
        if name_called(call) not in INDICES or not plain:
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
    index = key(above.targets[0].target) if isinstance(above, cst.Assign) else ""
    if isinstance(above, cst.For):
        index = key(above.target)
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
        if not isinstance(call, cst.Call) or name_called(call) != "range" or not key(loop.target):
            continue
        if _counts(source, loop):
            continue  # what is counted there is divided by so many elsewhere
        last = call.args[1 if len(call.args) > 1 else 0].value
        for text, name in indexed(source, key(loop.target), source.scope(loop)).items():
            if text != source.text(last):
                why = f"the loop goes through all of {name}"
                yield source.edit(last, text, "data", why, "missing-classes")


def _counts(source: Source, loop: cst.For) -> bool:
    """Whether a loop counts how often two things are equal."""
    for one in within(loop):
        equal = isinstance(one, cst.Comparison) and any(
            isinstance(each.operator, cst.Equal) for each in one.comparisons
        )
        for above in source.above(one) if equal else ():
            if above is loop:
                break
            if any(
                isinstance(each, cst.AugAssign)
                and isinstance(each.operator, cst.AddAssign)
                and not isinstance(each.value, cst.BinaryOperation)
                for each in (within(above.body) if isinstance(above, cst.If) else [above])
            ):
                return True
    return False


# Each kind of edit by itself, the likeliest first.
OF_DRAWS: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    _seeded_once,
    _in_random_order,
    _of_all,
    _through_all,
)
