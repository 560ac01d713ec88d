"""Edits of the labels with which answers are compared, told by the source alone.

``answers == labels[:300]``, where the answers are to the samples from 300 on; ``== y_train`` of
answers to the test, and ``accuracy(X_test, y_train)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import Variable, array_named
from diagnose.patching.places import Binding, bindings, key, names_in
from diagnose.patching.source import Edit, Source

WHY = "an answer is compared with the label of the sample that it is the answer to"
# How people call what is kept back from the training, and what it is a part of.
TEST = re.compile(r"(?:^|_)?(?:test|te|val|valid|held|eval|hold|dev|new)(?:_|(?=[A-Z])|$)", re.I)
KINDS = {
    kind: re.compile(rf"(?:^|_|^[xy]){kind}(?:ing|ation)?(?:_|$|[xy])")
    for kind in ("train", "test", "valid", "val")
}
TRAINED = re.compile(r"train(?:ing|ed)?|tr(?=_|$)", re.I)


def labels_compared(source: Source) -> Iterator[Edit]:
    """The labels beside ``==``: another part of them, or those that are made as a part of them."""
    for one in source.of_type(cst.Comparison):
        same = len(one.comparisons) == 1 and isinstance(one.comparisons[0].operator, cst.Equal)
        both = (one.left, one.comparisons[0].comparator)
        counted = any("range(" in source.text(side) for side in both)  # of each class a column
        plain = any(isinstance(side, cst.Integer | cst.SimpleString) for side in both)
        if not same or plain or counted:
            continue
        for side in (both[1], both[0]):
            other = both[0] if side is both[1] else both[1]
            for text in _instead(source, side, other):
                yield source.edit(side, text, "answer", WHY, "misleading-metric")


def handed_together(source: Source) -> Iterator[Edit]:
    """``accuracy(X_test, y_train)`` with ``y_test``: what is handed over last as what is first.

    Where arrays of the other kind are handed over elsewhere, too, so that a training keeps its own.
    """
    marked = {id(call): _marked(call) for call in source.of_type(cst.Call)}
    for call in source.of_type(cst.Call):
        own = marked[id(call)]
        kinds = list(dict.fromkeys(kind for _, kind, _ in own))
        stems = [stem for _, _, stem in own]
        if len(kinds) != 2 or len({*stems}) < len(stems):
            continue
        first, other = kinds
        elsewhere = [
            kind for one, every in marked.items() if one != id(call) for _, kind, _ in every
        ]
        pairs = [(node, _of_kind(source, node, other, first)) for node, kind, _ in own
                 if kind == other]  # fmt: skip
        if other in elsewhere and all(new for _, new in pairs):
            why = "labels go with the samples that they are the labels of"
            yield source.edit_each(pairs, "answer", why, "misleading-metric")


def _marked(call: cst.Call) -> list[tuple[cst.BaseExpression, str, str]]:
    """What a call is handed of the training or the test: the name, of which, and the rest of it."""
    found: list[tuple[cst.BaseExpression, str, str]] = []
    for arg in call.args:
        for kind, called in KINDS.items():
            name = array_named(arg.value)
            if isinstance(arg.value, cst.Name) and called.search(name.lower()):
                found.append((arg.value, kind, name.lower().replace(kind, "")))
                break
    return found


def _of_kind(source: Source, node: cst.BaseExpression, old: str, new: str) -> str:
    """The name of the same for the other kind, where there is such a one."""
    name = array_named(node)
    made = {name.replace(old, new), name.replace(old.title(), new.title())} - {name}
    return next((one for one in sorted(made) if one in source.names), "")


def _instead(source: Source, side: cst.BaseExpression, other: cst.BaseExpression) -> Iterator[str]:
    """What else these labels may be."""
    name = array_named(side)
    if not isinstance(side, Variable) or not name or _is_an_index(side):
        return
    if text := _rest(source, side):
        yield text
    seen = {name, array_named(other)}
    scope = source.scope(side)
    for one in bindings(source):
        known = one.scope is scope or one.scope is source.module
        part = _is_part(one, name)
        if known and one.name not in seen and (part or _is_counterpart(name, one.name)):
            seen.add(one.name)
            yield one.name


def _is_an_index(side: cst.BaseExpression) -> bool:
    """Whether it is one element: nobody takes a place of many labels for that of others."""
    index = side.slice[0].slice if isinstance(side, cst.Subscript) and side.slice else None
    return isinstance(index, cst.Index) and isinstance(index.value, cst.Name)


def _is_part(one: Binding, name: str) -> bool:
    """Whether it is a part of an array, or one of several that a call cuts it into."""
    if isinstance(one.value, cst.Subscript):
        return key(one.value.value) == name
    several = isinstance(one.statement, cst.Assign) and isinstance(
        one.statement.targets[0].target, cst.Tuple
    )
    return several and isinstance(one.value, cst.Call) and name in names_in(one.value)


def _is_counterpart(name: str, other: str) -> bool:
    """Whether a name is that of the test to a name, as ``y_test`` to ``y`` and ``y_train``."""
    if not TEST.search(other):
        return False
    plain = TRAINED.sub("", name).strip("_").lower()
    return bool(plain) and TEST.sub("", other).strip("_").lower() == plain


def _rest(source: Source, side: cst.BaseExpression) -> str:
    """``y[:n]`` as ``y[n:]``, and the other way; of any other expression nothing."""
    if not isinstance(side, cst.Subscript) or len(side.slice) != 1:
        return ""
    part = side.slice[0].slice
    if not isinstance(part, cst.Slice) or part.step is not None:
        return ""
    low, high = (source.text(one) if one is not None else "" for one in (part.lower, part.upper))
    if bool(low) == bool(high) or "len(" in low + high:
        return ""
    return f"{source.text(side.value)}[{high}:{low}]"
