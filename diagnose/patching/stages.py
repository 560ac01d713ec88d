"""Edits after which test samples go through the same lines as those of the training, one by one.

Told by names alone, ``test_x`` beside ``train_x``: each line that gives one of them a new value is
held against that of the other, with its names in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import libcst as cst

from diagnose.patching.nodes import first_in
from diagnose.patching.places import bindings, key, names_in
from diagnose.patching.samples import TEST
from diagnose.patching.script import within
from diagnose.patching.source import Edit, Source

# What people call labels: these may be prepared for the training alone, as vectors.
LABELS = re.compile(r"^[yt](?=_|$|tr|te)|(?:^|_)y$|lab|targ|class|cls", re.I)
# What mixes samples, or takes some of them, is for the training.
MIXES = re.compile(r"shuffle|perm|choice|argsort|append|concat|rand")
WHY = "test samples are prepared as the samples that the network trains on"


def stage_by_stage(source: Source) -> Iterator[Edit]:
    """A line of the training's samples for those of the test, in place of theirs or beside it.

    Not for what is a part of the samples of the training, and so went through these lines.
    """
    every = list(dict.fromkeys(one.name for one in bindings(source)))
    for train in every:
        for pair in TEST[:-1]:
            test = next(
                (new for old, new in _pairs(train, pair) if new in every and new != train), ""
            )
            parts = any(one.name == test and one.value is not None and train in names_in(one.value)
                        for one in bindings(source))  # fmt: skip
            if test and not parts and not LABELS.search(train):
                yield from _held(source, train, test, pair)


def _pairs(name: str, pair: tuple[str, str]) -> Iterator[tuple[str, str]]:
    old, new = pair
    for one, other in ((old, new), (old.title(), new.title()), (old.upper(), new.upper())):
        if one in name:
            yield name, name.replace(one, other)


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
                    if not _reads(source, first_in(old), train):
                        yield _edit(source, old, new)
            elif kind == "insert":
                for at in range(begin, stop):
                    yield from _added(source, block, test, mine[:start], its[at], wanted[at])


def _edit(source: Source, old: cst.SimpleStatementLine, text: str) -> Edit:
    splice = source.replaced(old.body[0], text)
    return Edit(splices=(splice,), part="answer", why=WHY, defect="test-preparation")


def _added(
    source: Source, block: list[cst.CSTNode], test: str, before: list[cst.SimpleStatementLine],
    line: cst.SimpleStatementLine, text: str,
) -> Iterator[Edit]:  # fmt: skip
    """The line of the training once more, below what makes the samples of the test until then."""
    given = [source.statement(one.statement) for one in bindings(source) if one.name == test]
    above = [*before, *(one for one in given if one in block), line]
    last = max(above, key=source.line)
    if any(one in block for one in given):
        splice = source.inserted_after(last, text)
        yield Edit(splices=(splice,), part="answer", why=WHY, defect="test-preparation")


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
    if isinstance(line, cst.AugAssign):
        return key(line.target)
    return key(line.targets[0].target) if isinstance(line, cst.Assign) else ""


def _lines(source: Source, block: list[cst.CSTNode], name: str) -> list[cst.SimpleStatementLine]:
    """The lines of a block that make a new value of a name out of the one that it has."""
    found = []
    for one in block:
        line = first_in(one)
        if not isinstance(one, cst.SimpleStatementLine) or len(one.body) > 1:
            continue
        if _given(line) == name and _reads(source, line, name):
            value = line.value if isinstance(line, cst.Assign | cst.AugAssign) else None
            if not isinstance(value, cst.Subscript) and not MIXES.search(source.text(one)):
                found.append(one)
    return found


def _text(source: Source, line: cst.SimpleStatementLine) -> str:
    """What stands on a line, without the comments above and beside it."""
    return source.text(line.body[0]).strip()


def _reads(source: Source, line: cst.CSTNode | None, name: str) -> bool:
    stepped = isinstance(line, cst.AugAssign) and key(line.target) == name
    value = line.value if isinstance(line, cst.Assign | cst.AugAssign) else None
    return stepped or (value is not None and name in names_in(value))


def _renamed(source: Source, line: cst.SimpleStatementLine, pair: tuple[str, str]) -> str:
    """A line of the training in the names of the test, where such a name is known."""
    text = _text(source, line)
    for name in sorted({one.value for one in within(line) if isinstance(one, cst.Name)}):
        for _, new in _pairs(name, pair):
            if new in source.names and not _is_a_number_of_the_training(source, name):
                text = re.sub(rf"\b{re.escape(name)}\b", new, text)
    return text


def _is_a_number_of_the_training(source: Source, name: str) -> bool:
    """Whether it is a mean or a spread: that of the training is taken for the test, too."""
    made = [source.text(one.value) for one in bindings(source) if one.name == name and one.value]
    return any(re.search(r"\.?(mean|std|min|max|ptp)\(", one) for one in made)
