"""Edits of the samples: their scale, for training and test alike, and their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import libcst as cst

from diagnose.patching.places import Binding, bindings, followed, key, name_called, names_in
from diagnose.patching.script import Script, bare, free_name, library, within
from diagnose.patching.source import Edit, Source, Splice

LIBRARY = ("np", "numpy")
# What a table is brought to scale by.
OF_A_TABLE = ("mean", "std", "min", "max")
# What people call samples that are kept back.
TEST = (("train", "test"), ("train", "val"), ("train", "valid"), ("tr", "te"), ("", "_test"))


def of_input(script: Script) -> list[Edit]:
    """Edits that bring the inputs to the size that weights are drawn for, the likeliest first."""
    numbers = script.found.get("unnormalized-input", {})
    shifts, divisors = numbers.get("shifts", []), numbers.get("divisors", [])
    found = [*each_column(script), *other_axis(script)]
    if len(divisors) == 1 and shifts == [0.0]:
        found += _divided(script, f"{divisors[0]:.6g}")
    else:
        found += _standardized(script)
        if len(divisors) == 1:
            found += _divided(script, f"{divisors[0]:.6g}")
    return found


def chain(script: Script) -> list[Binding]:
    """Where the samples come from, nearest first, without what the network computes of them."""
    own = script.lines("init") | script.lines("update") | script.lines("backward")
    own |= script.lines("forward")
    return [one for one in script.flow("samples") if script.source.line(one.statement) not in own]


def _divided(script: Script, divisor: str) -> Iterator[Edit]:
    """The expression that makes samples divided by one number, wherever the script writes it."""
    source = script.source
    over = f"{source.space}/{source.space}"
    for value in _made_on_named_lines(script):
        yield Edit(
            splices=(source.replaced(value, f"{bare(source.text(value), value)}{over}{divisor}"),),
            part="input", defect="unnormalized-input",
            why=f"the inputs are divided by {divisor} where they are made",
        )  # fmt: skip
    for one in chain(script):
        if one.value is None or not isinstance(one.statement, cst.Assign | cst.AnnAssign):
            continue
        yield Edit(
            splices=tuple(
                source.replaced(value, f"{bare(source.text(value), value)}{over}{divisor}")
                for value in alike(source, one)
            ),
            part="input", defect="unnormalized-input",
            why=f"the inputs are divided by {divisor}, in training and when predicting",
        )  # fmt: skip


def _made_on_named_lines(script: Script) -> Iterator[cst.BaseExpression]:
    """What is returned on a line that a finding names, or that makes the samples.

    Of a list, each of its elements.
    """
    lines = script.named | {int(script.roles.get("samples", {}).get("line", 0))}
    for one in script.source.of_type(cst.Return):
        if one.value is not None and script.source.line(one) in lines:
            yield one.value.elt if isinstance(one.value, cst.ListComp) else one.value


def alike(source: Source, one: Binding) -> list[cst.BaseExpression]:
    """The values that are made as that of a binding is: of training samples, and of the test."""
    assert one.value is not None
    spots = {
        source.span(other.value): other.value
        for other in bindings(source)
        if other.value is not None
        and isinstance(other.statement, cst.Assign)
        and _pattern(source, other.value) == _pattern(source, one.value)
    }
    return list(spots.values())


def _pattern(source: Source, node: cst.CSTNode) -> str:
    """An expression without its names: ``train.reshape(len(train), 28*28)`` and that of the test.

    Of strings only that there is one; numbers stay.
    """
    text = re.sub(r"(['\"]).*?\1", "''", source.text(node))
    mine = sorted(set(names_in(node)), key=len, reverse=True)
    for name in mine:
        text = re.sub(rf"\b{re.escape(name)}\b", "_", text)
    return re.sub(r"\s+", "", text)


def counterparts(script: Script, one: Binding) -> list[str]:
    """The names that test samples have where training samples have this one."""
    there = {other.name for other in bindings(script.source) if other.scope is one.scope}
    found = []
    for train, test in TEST:
        names = [one.name + test] if not train else [
            re.sub(train, test, one.name), re.sub(train.upper(), test.upper(), one.name),
            re.sub(train.title(), test.title(), one.name)]  # fmt: skip
        found += [name for name in names if name in there and name != one.name
                  and not _made_of(script.source, name, one.name)]  # fmt: skip
    if isinstance(one.value, cst.Subscript):
        base = key(one.value.value)
        found += [other.name for other in bindings(script.source)
                  if other.scope is one.scope and isinstance(other.value, cst.Subscript)
                  and key(other.value.value) == base and other.name != one.name
                  and base != one.name]  # fmt: skip
    return list(dict.fromkeys(found))


def _made_of(source: Source, name: str, other: str) -> bool:
    """Whether a name gets its value from another one."""
    return any(
        one.name == name and one.value is not None and other in names_in(one.value)
        for one in bindings(source)
    )


def _standardized(script: Script) -> Iterator[Edit]:
    """Each column less its mean over the training samples, divided by its standard deviation."""
    source, seen, tests = script.source, set(), set()
    axis = "axis=0" if script.samples_axis == 0 else "axis=1, keepdims=True"
    why = (
        "each column is taken less its mean and divided by its standard deviation, both of the "
        "training samples, in training and when predicting"
    )
    for one in chain(script):
        statement = source.statement(one.statement)
        if one.name in seen or not isinstance(one.statement, cst.Assign) or "." in one.name:
            continue
        if any(loop in source.above(statement) for loop in script.loops):
            continue
        seen.add(one.name)
        others = counterparts(script, one)
        if one.name in tests:
            continue
        tests |= {*others}
        last = last_bound(source, one, {one.name, *others[:1]})
        mean, spread = free_name(source, "mean", one.name), free_name(source, "spread", one.name)
        x = one.name
        if others:
            test = others[0]
            lines = [
                f"{mean}, {spread} = {x}.mean({axis}), {x}.std({axis})",
                f"{x}, {test} = ({x} - {mean}) / {spread}, ({test} - {mean}) / {spread}",
            ]
        else:
            lines = [f"{x} = ({x} - {x}.mean({axis})) / {x}.std({axis})"]
        yield Edit(
            splices=(source.inserted_after(last, *lines),), part="input",
            defect="unnormalized-input", why=why,
        )  # fmt: skip


def last_bound(source: Source, one: Binding, names: set[str]) -> cst.CSTNode:
    """The last statement in the scope that binds one of several names."""
    those = [source.statement(other.statement) for other in bindings(source)
             if other.name in names and other.scope is one.scope]  # fmt: skip
    return max(those, key=lambda each: source.span(each)[1])


def other_axis(script: Script) -> Iterator[Edit]:
    """A mean or a spread of the inputs that is taken along the other axis."""
    source, axis = script.source, str(script.samples_axis)
    for one in chain(script):
        if one.value is None:
            continue
        splices = []
        for call in calls_in(one.value):
            for arg in call.args:
                wrong = isinstance(arg.value, cst.Integer) and arg.value.value != axis
                if arg.keyword is not None and arg.keyword.value == "axis" and wrong:
                    splices.append(source.replaced(arg.value, axis))
        if splices:
            yield Edit(
                splices=tuple(splices), part="input", defect="unnormalized-input",
                why="each column is standardised over the samples, and not each sample by itself",
            )  # fmt: skip


def each_column(script: Script) -> Iterator[Edit]:
    """``x.mean()`` and ``x.std()``, one number for the whole table, as those of each column."""
    source = script.source
    axis = "axis=0" if script.samples_axis == 0 else "axis=1, keepdims=True"
    splices = {}
    for one in chain(script):
        for call in calls_in(one.value) if one.value is not None else ():
            of_library = isinstance(call.func, cst.Attribute) and key(call.func.value) in LIBRARY
            if name_called(call) in OF_A_TABLE and len(call.args) == of_library:
                end = source.span(call)[1] - 1
                text = f", {axis}" if of_library else axis
                splices[end] = Splice(start=end, end=end, text=text)
    if splices:
        yield Edit(
            splices=tuple(splices.values()), part="input", defect="unnormalized-input",
            why="each column is brought to one scale by numbers of its own, not of the whole table",
        )  # fmt: skip


def calls_in(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in an expression."""
    if isinstance(node, cst.Call):
        yield node
    for one in node.children:
        yield from calls_in(one)


def of_order(script: Script) -> list[Edit]:
    """Edits of the order in which samples are shown, and of what is kept back for the test."""
    return [
        *_permuted(script),
        *whole_batches(script),
        *_shuffled_lists(script),
        *_mixed_classes(script),
        *_mixed_each_epoch(script),
    ]


def _permuted(script: Script) -> Iterator[Edit]:
    """``np.arange(n)`` from which samples are taken, as ``np.random.permutation(n)``."""
    source = script.source
    for one in followed(source, script.at("samples")):
        value = one.value
        if not isinstance(value, cst.Call) or len(value.args) != 1:
            continue
        if source.text(value.func).endswith(".arange"):
            text = f"{library(source)}.random.permutation({source.text(value.args[0])})"
            yield _order_edit(source.replaced(value, text))


def _order_edit(*splices: Splice) -> Edit:
    return Edit(
        splices=tuple(splices), part="order", defect="class-order",
        why="samples come in a random order, and not class by class",
    )  # fmt: skip


def whole_batches(script: Script) -> Iterator[Edit]:
    """``x[i:i + size]`` for i = 0, 1, 2, as ``x[i * size:(i + 1) * size]``; labels alike."""
    source, space = script.source, script.source.space
    splices = []
    for loop in script.loops:
        i, steps = key(loop.target), loop.iter
        # a range of three goes from batch to batch by itself
        if not isinstance(steps, cst.Call) or len(steps.args) > 2:
            continue
        for one in source.of_type(cst.Slice):
            low, high = one.lower, one.upper
            if low is None or key(low) != i or loop not in source.above(one):
                continue
            if isinstance(high, cst.BinaryOperation) and isinstance(high.operator, cst.Add):
                size = source.text(high.right if key(high.left) == i else high.left)
                text = f"{i}{space}*{space}{size}:({i}{space}+{space}1){space}*{space}{size}"
                splices.append(source.replaced(one, text))
    if splices:
        yield Edit(
            splices=tuple(splices), part="order", defect="class-order",
            why="a batch begins where the one before it ends, so that every sample is shown",
        )  # fmt: skip


def of_count(script: Script, count: int) -> list[Edit]:
    """All samples, where a loop goes through so many of them by a number that is written there."""
    source = script.source
    found = []
    for loop in script.loops:
        taken = [one for one in source.of_type(cst.Subscript)
                 if loop in source.above(one) and key(loop.target) in {*names_in(one.slice[0])}
                 and key(one.value)]  # fmt: skip
        for number in within(loop.iter):
            if isinstance(number, cst.Integer) and int(number.evaluated_value) == count:
                found += [
                    Edit(
                        splices=(source.replaced(number, f"len({name})"),), part="data",
                        defect="missing-classes",
                        why=f"all samples are shown, and not the first {count} of them",
                    )
                    for name in dict.fromkeys(key(one.value) for one in taken)
                ]  # fmt: skip
    return found


def _shuffled_lists(script: Script) -> Iterator[Edit]:
    """A list that is gone through in each epoch, shuffled before it is."""
    source = script.source
    loops = script.loops
    if len(loops) < 2:
        return
    for loop in loops[1:2]:
        name = key(loop.iter)
        if name:
            line = f"{library(source)}.random.shuffle({name})"
            yield _order_edit(source.inserted_before(loop, line))


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
            one.name
            for one in script.flow(role)
            if one.scope is here and "." not in one.name and one.statement is not loop
            if loop not in source.above(one.statement)
        )

    free = free_name(source, "order", "new")
    for x, y in product(before("samples"), before("targets")):
        if x != y and {x, y} <= inside:
            at = f"[{free}]" if script.samples_axis == 0 else f"[:, {free}]"
            count = f"len({x})" if script.samples_axis == 0 else f"{x}.shape[1]"
            first = loop.body.body[0]
            yield _order_edit(source.inserted_before(
                first, f"{free} = {library(source)}.random.permutation({count})",
                f"{x}, {y} = {x}{at}, {y}{at}"))  # fmt: skip


def _mixed_classes(script: Script) -> Iterator[Edit]:
    """Classes one after the other, and of each its samples: all of them in one list, shuffled.

    The body of the inner loop stays as it stands.
    """
    source = script.source
    loops = script.loops
    for outer, inner in pairwise(loops):
        if inner not in outer.body.body or not _only_prepares(outer, inner):
            continue
        before = [one for one in outer.body.body if one is not inner]
        if outer.body.body[-1] is not inner or not key(outer.target) or not key(inner.target):
            continue
        yield _order_edit(*_one_list(source, outer, inner, before))


def _only_prepares(outer: cst.For, inner: cst.For) -> bool:
    """Whether what stands before the inner loop only gives names their values."""
    return all(
        isinstance(one, cst.SimpleStatementLine)
        and all(isinstance(each, cst.Assign) for each in one.body)
        for one in outer.body.body
        if one is not inner
    )


def _one_list(
    source: Source, outer: cst.For, inner: cst.For, before: Sequence[cst.CSTNode]
) -> list[Splice]:
    """The two loops as one over pairs: written above, with the assignments within it."""
    one, other = key(outer.target), key(inner.target)
    prepared = [each for each in before if isinstance(each, cst.SimpleStatementLine)]
    iterated = source.text(inner.iter)
    for line in reversed(prepared):
        for each in line.body:
            if isinstance(each, cst.Assign):
                name, text = key(each.targets[0].target), source.text(each.value)
                iterated = _with(iterated, name, text)
    pairs = free_name(source, "samples", "all")
    indent, deeper = _indents(source, outer, inner)
    both = f"{one},{source.space}{other}"
    lines = [
        f"{indent}{pairs}{source.space}={source.space}[({both}) for {one} in "
        f"{source.text(outer.iter)} for {other} in {iterated}]",
        f"{indent}{library(source)}.random.shuffle({pairs})",
        f"{indent}for {both} in {pairs}:",
    ]
    for line in prepared:
        notes = [each.comment.value for each in line.leading_lines if each.comment]
        kept = [source.text(each) for each in line.body] if _used(source, line, inner) else []
        lines += [f"{deeper}{text}" for text in (*notes, *kept)]
    start = source.span(outer)[0] - len(indent.encode())
    end = source.code.find(b"\n", source.span(inner.iter)[1]) + 1
    return [Splice(start=start, end=end, text="".join(one + source.newline for one in lines))]


def _with(text: str, name: str, value: str) -> str:
    """An expression with a value written for a name."""
    return re.sub(rf"\b{re.escape(name)}\b", lambda _: value, text) if name else text


def _used(source: Source, line: cst.CSTNode, inner: cst.For) -> bool:
    """Whether a statement binds a name that the body of the inner loop reads."""
    read = set(re.findall(r"\w+", source.text(inner.body)))
    return isinstance(line, cst.SimpleStatementLine) and any(
        key(each.targets[0].target) in read for each in line.body if isinstance(each, cst.Assign)
    )


def _indents(source: Source, outer: cst.For, inner: cst.For) -> tuple[str, str]:
    found = []
    for one in (outer, inner.body.body[0]):
        start = source.span(one)[0]
        found.append(source.code[source.code.rfind(b"\n", 0, start) + 1 : start].decode())
    return found[0], found[1]
