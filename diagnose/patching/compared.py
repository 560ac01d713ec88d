"""Edits of what goes with the samples of the test, told by its names: labels, and preparation.

``answers == labels[:300]``, where the answers are to the samples from 300 on; ``== y_train`` of
answers to the test, and ``accuracy(X_test, y_train)``. Each line that gives ``train_x`` a new value
is held against those of ``test_x``, with its names in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import libcst as cst

from diagnose.patching.nodes import (
    Variable,
    all_in,
    array_named,
    assigned,
    compares,
    first_in,
    kept_in,
    place_of,
)
from diagnose.patching.places import Binding, bindings, bound, key, names_in
from diagnose.patching.samples import TEST
from diagnose.patching.source import Edit, Source, edit_of

WHY = "an answer is compared with the label of the sample that it is the answer to"
# How people call what is kept back from the training, and what it is a part of.
KEPT_BACK = re.compile(
    r"(?:^|_)?(?:test|te|val|valid|held|eval|hold|dev|new)(?:_|(?=[A-Z])|$)", re.I
)
KINDS = {
    kind: re.compile(rf"(?:^|_|^[xy]){kind}(?:ing|ation)?(?:_|$|[xy])")
    for kind in ("train", "test", "valid", "val")
}
TRAINED = re.compile(r"train(?:ing|ed)?|tr(?=_|$)", re.I)
# What people call labels: these may be prepared for the training alone, as vectors.
LABELS = re.compile(r"^[yt](?=_|$|tr|te)|(?:^|_)y$|lab|targ|class|cls", re.I)
# What mixes samples, or takes some of them, is for the training.
MIXES = re.compile(r"shuffle|perm|choice|argsort|append|concat|rand")
PREPARED = "test samples are prepared as the samples that the network trains on"


def labels_compared(source: Source) -> Iterator[Edit]:
    """The labels beside ``==``: another part of them, or those that are made as a part of them."""
    for one in source.of_type(cst.Comparison):
        both = (one.left, one.comparisons[0].comparator)
        counted = any("range(" in source.text(side) for side in both)  # of each class a column
        plain = any(isinstance(side, cst.Integer | cst.SimpleString) for side in both)
        if not compares(one) or plain or counted:
            continue
        for side, other in (both[::-1], both):
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
    name, index = array_named(side), place_of(side)
    # nobody takes one place of many labels for that of others
    element = isinstance(index, cst.Index) and isinstance(index.value, cst.Name)
    if not isinstance(side, Variable) or not name or element:
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
    if not KEPT_BACK.search(other):
        return False
    plain = TRAINED.sub("", name).strip("_").lower()
    return bool(plain) and KEPT_BACK.sub("", other).strip("_").lower() == plain


def _rest(source: Source, side: cst.BaseExpression) -> str:
    """``y[:n]`` as ``y[n:]``, and the other way; of any other expression nothing."""
    part = place_of(side)
    if not isinstance(side, cst.Subscript) or not isinstance(part, cst.Slice) or part.step:
        return ""
    low, high = (source.text(one) if one is not None else "" for one in (part.lower, part.upper))
    if bool(low) == bool(high) or "len(" in low + high:
        return ""
    return f"{source.text(side.value)}[{high}:{low}]"


def labels_by_number(source: Source) -> Iterator[Edit]:
    """``answer == train[i][1]`` in a loop through ``test``, as ``answer == test[i][1]``.

    Where the loop goes through an array by numbers, and takes the label by the same number out of
    one that was made beside it, or is called as that is but for the word for the test.
    """
    for loop in source.of_type(cst.For, cst.CompFor):
        turns = {*names_in(loop.target)}
        through = [one for one in dict.fromkeys(names_in(loop.iter)) if one not in turns]
        for one in _compared_in(source, loop):
            for taken in _bases(one, turns):
                for other in through:
                    if other != key(taken) and _are_mates(source, key(taken), other):
                        yield source.edit(taken, other, "answer", WHY, "misleading-metric")


def _compared_in(source: Source, loop: cst.For | cst.CompFor) -> list[cst.Comparison]:
    """What a loop, or the list that it makes, holds against something, be it equal to it or not."""
    whole = loop if isinstance(loop, cst.For) else source.parent(loop) or loop
    inner = (cst.For, cst.ListComp, cst.GeneratorExp)
    return [
        one for one in all_in(whole, cst.Comparison)
        if compares(one, cst.Equal | cst.NotEqual)
        # and not in a loop that is within this one
        if next(up for up in source.above(one) if up is whole or isinstance(up, inner)) is whole
    ]  # fmt: skip


def _bases(node: cst.Comparison, turns: set[str]) -> Iterator[cst.BaseExpression]:
    """The arrays of which a comparison takes something by the number of the turn."""
    sides: list[cst.BaseExpression] = [node.left, node.comparisons[0].comparator]
    for one in sides:
        base = one
        while isinstance(base, cst.Subscript):
            if turns & {*names_in(base.slice[0])} and kept_in(base):
                while isinstance(base, cst.Subscript):
                    base = base.value
                yield base
                break
            base = base.value


def _are_mates(source: Source, name: str, other: str) -> bool:
    """Whether two arrays were made in one statement, or are called alike but for the test."""
    mine, its = ({id(each.statement) for each in bindings(source) if each.name == one}
                 for one in (name, other))  # fmt: skip
    called = any(
        name.replace(train, test) == other != name if train else name + test == other
        for train, test in TEST
    )
    return bool(mine & its) or (called and bool(its))


def stage_by_stage(source: Source) -> Iterator[Edit]:
    """A line of the training's samples for those of the test, in place of theirs or beside it.

    Not for what is a part of the samples of the training, and so went through these lines.
    """
    every = list(dict.fromkeys(one.name for one in bindings(source)))
    for train in every:
        for pair in TEST[:-1]:
            named = _in_each_case(train, pair)
            test = next((new for new in named if new in every and new != train), "")
            parts = any(one.value is not None and train in names_in(one.value)
                        for one in bound(source, test))  # fmt: skip
            if test and not parts and not LABELS.search(train):
                yield from _held(source, train, test, pair)


def _in_each_case(name: str, pair: tuple[str, str]) -> list[str]:
    """A name with one word for another, be they written small, large or with a capital."""
    pairs = (pair, (pair[0].title(), pair[1].title()), (pair[0].upper(), pair[1].upper()))
    return [name.replace(*one) for one in pairs if one[0] in name]


def _held(source: Source, train: str, test: str, pair: tuple[str, str]) -> Iterator[Edit]:
    """Where the lines of the two differ, by what those of the training say."""
    for block in _blocks(source, train):
        mine, its = _lines(source, block, test), _lines(source, block, train)
        texts = [_text(source, one) for one in mine]
        wanted = [_renamed(source, one, pair) for one in its]
        matcher = SequenceMatcher(None, texts, wanted, autojunk=False)
        for kind, start, end, begin, stop in matcher.get_opcodes():
            if kind == "replace" and end - start == stop - begin:
                for old, new in zip(mine[start:end], wanted[begin:stop], strict=True):
                    if not _reads(first_in(old), train):
                        yield source.edit(old.body[0], new, "answer", PREPARED, "test-preparation")
            elif kind == "insert":
                for at in range(begin, stop):
                    yield from _added(source, block, test, mine[:start], its[at], wanted[at])


def _added(
    source: Source, block: list[cst.CSTNode], test: str, before: list[cst.SimpleStatementLine],
    line: cst.SimpleStatementLine, text: str,
) -> Iterator[Edit]:  # fmt: skip
    """The line of the training once more, below what makes the samples of the test until then."""
    given = [source.statement(one.statement) for one in bound(source, test)]
    above = [*before, *(one for one in given if one in block), line]
    last = max(above, key=source.line)
    if any(one in block for one in given):
        below = source.inserted_after(last, text)
        yield edit_of([below], "answer", PREPARED, "test-preparation")


def _blocks(source: Source, name: str) -> Iterator[list[cst.CSTNode]]:
    """The blocks, outside of loops, in which a name gets a new value."""
    met = set[int]()
    for one in source.of_type(cst.SimpleStatementLine):
        block = source.parent(one)
        if id(block) not in met and _given(first_in(one)) == name and not source.loops(one):
            met.add(id(block))
            yield source.block(one)


def _given(line: cst.CSTNode | None) -> str:
    """The name alone to which a line gives a value."""
    return key(line.target) if isinstance(line, cst.AugAssign) else assigned(line)


def _lines(source: Source, block: list[cst.CSTNode], name: str) -> list[cst.SimpleStatementLine]:
    """The lines of a block that make a new value of a name out of the one that it has."""
    found = []
    for one in block:
        line = first_in(one)
        if not isinstance(one, cst.SimpleStatementLine) or len(one.body) > 1:
            continue
        if _given(line) == name and _reads(line, name):
            value = line.value if isinstance(line, cst.Assign | cst.AugAssign) else None
            if not isinstance(value, cst.Subscript) and not MIXES.search(source.text(one)):
                found.append(one)
    return found


def _text(source: Source, line: cst.SimpleStatementLine) -> str:
    """What stands on a line, without the comments above and beside it."""
    return source.text(line.body[0]).strip()


def _reads(line: cst.CSTNode | None, name: str) -> bool:
    stepped = isinstance(line, cst.AugAssign) and key(line.target) == name
    value = line.value if isinstance(line, cst.Assign | cst.AugAssign) else None
    return stepped or (value is not None and name in names_in(value))


def _renamed(source: Source, line: cst.SimpleStatementLine, pair: tuple[str, str]) -> str:
    """A line of the training in the names of the test, where such a name is known."""
    text = _text(source, line)
    for name in sorted({one.value for one in all_in(line, cst.Name)}):
        for new in _in_each_case(name, pair):
            if new in source.names and not _is_a_number_of_the_training(source, name):
                text = re.sub(rf"\b{re.escape(name)}\b", new, text)
    return text


def _is_a_number_of_the_training(source: Source, name: str) -> bool:
    """Whether it is a mean or a spread: that of the training is taken for the test, too."""
    made = [source.text(one.value) for one in bound(source, name) if one.value]
    return any(re.search(r"\.?(mean|std|min|max|ptp)\(", one) for one in made)
