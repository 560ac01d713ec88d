"""Edits of the shape and the scale of samples and targets, told by the source alone.

How they are laid out; brackets that are left out, as ``x - mean / spread`` takes a number near 0
off the samples and leaves them as they were; and lines that stand there twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import libcst as cst

from diagnose.patching.nodes import (
    Variable,
    at_once_and_each,
    first_in,
    has,
    is_call,
    is_operation,
    kept_in,
)
from diagnose.patching.places import bindings, bound, key, names_in
from diagnose.patching.products import is_of_library
from diagnose.patching.script import how_made
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import target_of

REST = "-1"
WHOLE = "integer-dtype"
IN_COLUMNS = "the numbers of a sample stay together: rows are turned, and not only laid out anew"
# The largest byte, by which pictures are divided.
BYTES = "255"
# What is taken off samples, and what they are divided by: as it is measured, and as it is called.
CENTRES = re.compile(r"mean|average|avg|mu\b|mu_|_mu|cent|min|low|media|mittel|moy", re.I)
SPREADS = re.compile(r"std|sd\b|sigma|dev|spread|ptp|max|range|scale|span|s\b", re.I)
# What makes one array of several, each of which is a row of it.
STACKED = ("array", "asarray", "stack", "vstack")
DIVIDED_WHOLE = "the difference is divided by the spread, and not only what is taken off"


def _turned(source: Source) -> Iterator[Edit]:
    """``x.reshape(784, -1)``, which takes samples apart, as ``x.reshape(-1, 784).T``; all alike.

    And ``x.reshape(784, -1).T`` as ``x.reshape(-1, 784)``.
    """
    alike: dict[str, list[tuple[cst.CSTNode, str]]] = {}
    for call in source.calls_of("reshape"):
        if not isinstance(call.func, cst.Attribute):
            continue
        texts = [source.text(one.value) for one in call.args]
        owner = source.text(call.func.value)
        if is_of_library(call) and texts:
            owner, texts = source.operand(call.args[0].value), texts[1:]
        if len(texts) == 1 and texts[0].startswith("("):
            texts = [one.strip() for one in texts[0].strip("()").split(",")]
        # as many columns as there are samples: by -1, by their number, or by what has that
        many = (REST, f"{owner}.shape[0]", f"len({owner})")
        if len(texts) == 2 and texts[0] not in ("1", REST) and texts[1] in many:
            text, above = f"{owner}.reshape({texts[1]}, {texts[0]})", source.parent(call)
            turned = isinstance(above, cst.Attribute) and above.attr.value == "T"
            pair = (above, text) if turned and above is not None else (call, f"{text}.T")
            alike.setdefault(texts[0], []).append(pair)
    for pairs in alike.values():
        yield source.edit_each(pairs, "input", IN_COLUMNS, "mixed-samples")


def stacked(node: cst.CSTNode) -> int:
    """Of how many arrays of the script one is made in one call, ``np.array([x, y])``; 0 of none."""
    made = node.args[0].value if is_call(node, *STACKED) and node.args else None
    several = made.elements if isinstance(made, cst.List | cst.Tuple) else ()
    return len(several) if all(isinstance(one.value, Variable | cst.Call) for one in several) else 0


def _stacked(source: Source) -> Iterator[Edit]:
    """``np.array([x, y]).reshape(-1, 2)``, which pairs each x with the next, as its ``.T``."""
    for call in source.calls_of("reshape"):
        owner = call.func.value if isinstance(call.func, cst.Attribute) else None
        sizes = [source.text(one.value) for one in call.args]
        if owner is not None and (count := stacked(owner)) > 1 and sizes[1:] == [f"{count}"]:
            yield source.edit(call, f"{source.text(owner)}.T", "input", IN_COLUMNS, "mixed-samples")


def _scaled(source: Source) -> Iterator[Edit]:
    """Pictures as they are loaded, of bytes, divided by 255; wherever they are made so."""
    alike: dict[str, list[cst.BaseExpression]] = {}
    labels = _compared(source)
    for one in bindings(source):
        value = one.value
        made = one.statement
        if value is None or not isinstance(made, cst.Assign) or made.value is not value:
            continue
        if source.loops(made):
            continue
        if one.name in labels or has(value, cst.Comparison):
            continue  # all answers that are below a half would be right
        text = source.text(value)
        if "255" not in text and (".reshape(" in text or "astype(" in text or "asarray(" in text):
            alike.setdefault(how_made(source, value), []).append(value)
    for values in alike.values():
        why = f"the inputs are divided by {BYTES}, in training and when predicting"
        divided = [(one, source.joined("/", source.operand(one), BYTES)) for one in values]
        yield source.edit_each(divided, "input", why, "unnormalized-input")


def _compared(source: Source) -> set[str]:
    """What answers are compared with, and what that is a part of: labels, and no pictures."""
    found = {
        kept_in(side) for one in source.of_type(cst.Comparison)
        for side in (one.left, *(each.comparator for each in one.comparisons))
    }  # fmt: skip
    todo = [*found]
    while todo:
        name = todo.pop()
        behind = {kept_in(one.value) for one in (bound(source, name) if name else ())
                  if isinstance(one.value, Variable)}  # fmt: skip
        todo += behind - found
        found |= behind
    return found - {""}


def _as_columns(source: Source) -> Iterator[Edit]:
    """What is taken off an output as one column, be it made as a row of numbers."""
    taken = {key(one.right) for one in source.operations(cst.Subtract)} - {""}
    for one in bindings(source):
        value, made = one.value, one.statement
        if one.name not in taken or value is None or not isinstance(made, cst.Assign):
            continue
        if isinstance(value, cst.Call) and isinstance(made.targets[0].target, cst.Tuple):
            continue  # one call gives several
        plain = isinstance(value, cst.Integer | cst.Float) or "reshape" in source.text(value)
        if plain or source.loops(made):
            continue
        text = f"{source.operand(value)}.reshape(-1, 1)"
        why = "outputs and targets get one shape, so that each output meets its own target"
        yield source.edit(value, text, "gradient", why, "broadcast-shape")


def _as_floats(source: Source) -> Iterator[Edit]:
    """A difference of bytes, which wraps around, of floats: ``images - 128``, wherever it is so."""
    alike: dict[str, list[cst.BinaryOperation]] = {}
    for node in source.operations(cst.Subtract):
        if isinstance(node.right, cst.Integer) and int(node.right.evaluated_value) > 1:
            alike.setdefault(source.text(node.right), []).append(node)
    for number, nodes in alike.items():
        yield kept_as_floats([source.replaced(one.right, f"{number}.0") for one in nodes])


def undivided(source: Source, lines: frozenset[int] | None = None) -> Iterator[Edit]:
    """``//``, which leaves whole numbers, as ``/``: wherever it is by the same number.

    lines: where to look first; everywhere if it is None, but for what counts turns or places.
    """
    every = [*source.operations(cst.FloorDivide)]
    found = {}
    for one in every:
        if (source.line(one) not in lines) if lines is not None else _counts(source, one):
            continue
        alike = [two for two in every if source.text(two.right) == source.text(one.right)]
        places = [source.code.index(b"//", source.span(two.left)[1]) for two in alike]
        splices = tuple(Splice(start=at, end=at + 2, text="/") for at in places)
        why = "a division that keeps fractions, and not only the largest numbers"
        found[splices] = edit_of(splices, "input", why, WHOLE)
    yield from found.values()


def kept_as_floats(splices: Iterable[Splice]) -> Edit:
    """Splices after which an array holds fractions."""
    why = "numbers are kept as floats, which hold fractions and any size"
    return edit_of(splices, "input", why, WHOLE)


def _counts(source: Source, node: cst.CSTNode) -> bool:
    """Whether a number says how often, how many or where."""
    return any(isinstance(one, cst.Index | cst.Slice) or is_call(one, "range", "arange")
               for one in source.above(node))  # fmt: skip


def _by_transposes(source: Source) -> Iterator[Edit]:
    """``x.T.reshape(...)``, which takes samples apart, without the ``.T``; all alike.

    And ``W.reshape(m, n)`` beside ``@``, which leaves numbers in their row, as ``W.T``.
    """
    alike: dict[str, list[Splice]] = {}
    for call in source.calls_of("reshape"):
        if not isinstance(call.func, cst.Attribute):
            continue
        owner, sizes = call.func.value, [source.text(one.value) for one in call.args]
        first = call.args[0].value if is_of_library(call) and call.args else owner
        if isinstance(first, cst.Attribute) and first.attr.value == "T":
            shape = ",".join(sizes[is_of_library(call) :])
            alike.setdefault(shape, []).append(source.replaced(first, first.value))
        elif isinstance(first, Variable) and is_operation(source.parent(call), cst.MatrixMultiply):
            why = "rows and columns change places, and no number leaves its row and column"
            text = f"{source.text(first)}.T"
            yield source.edit(call, text, "gradient", why, "wrong-gradient")
    every = tuple(one for some in alike.values() for one in some)
    for some in dict.fromkeys([*map(tuple, alike.values()), every]) if every else ():
        why = "each row is one sample, and is laid out as it was"
        yield edit_of(some, "input", why, "mixed-samples")


# Each kind of edit by itself, the likeliest first.
SHAPES: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    _scaled,
    _turned,
    _stacked,
    _by_transposes,
    _as_columns,
    _as_floats,
)


def in_brackets(source: Source) -> Iterator[Edit]:
    """``x - mean / spread`` as ``(x - mean) / spread``; all of them at once, and each."""
    for some in at_once_and_each(_without_brackets(source)):
        yield edit_of(some, "input", DIVIDED_WHOLE)


def _without_brackets(source: Source) -> Iterator[Splice]:
    for node in source.operations(cst.Subtract):
        right = node.right
        if not is_operation(right, cst.Divide) or right.lpar or node.left.lpar:
            continue
        if not any(names_in(node.left)):
            continue
        if _means(source, right.left, CENTRES) and _means(source, right.right, SPREADS):
            difference = f"({source.joined('-', node.left, right.left)})"
            yield source.replaced(node, source.joined("/", difference, right.right))


def _means(source: Source, node: cst.BaseExpression, words: re.Pattern[str]) -> bool:
    """Whether it is measured so, or is called so, or has a name whose value is measured so."""
    made = [one.value for one in (bound(source, key(node)) if key(node) else ()) if one.value]
    return any(words.search(source.text(one)) for one in (node, *made))


def once_only(source: Source) -> Iterator[Edit]:
    """A line ``x = (x - mean) / spread`` that stands there twice, once."""
    met = set[tuple[int, str]]()
    for line in source.of_type(cst.SimpleStatementLine):
        one = first_in(line)
        if not isinstance(one, cst.Assign | cst.AugAssign) or source.loops(line):
            continue
        name = key(target_of(one))
        divided = isinstance(one, cst.AugAssign) and isinstance(one.operator, cst.DivideAssign)
        if isinstance(one, cst.Assign):
            divided = name in names_in(one.value) and has(one.value, cst.Divide)
        place = id(source.scope(line)), source.text(one)
        if divided and name and place in met:
            why = f"{name} is brought to scale once, and not twice"
            yield edit_of([source.removed(one)], "answer", why, "test-preparation")
        met.add(place)
