"""Edits of what the source alone shows to be a mistake, whatever the samples are.

A count that begins anew with each turn and is read behind the loop alone, targets that an error is
written into under another name, gradients that are set to zero before they are stepped by. Such a
mistake is mended beside others, and before them: none of it shows by itself while another one is
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from diagnose.patching.nodes import Loop, Variable, assigned, first_in, is_call, kept_in, within
from diagnose.patching.only_told import only_told
from diagnose.patching.placed import may_go_up
from diagnose.patching.places import key, name_called, parameters
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.sums import is_nothing

OVER_ALL = "it is begun once, and not anew in each turn, of which only the last one would be left"
BEFORE = "the error goes back through the weights that the forward pass used, and they step then"
EMPTY = "[]"
SET_BACK = "gradients are set back before they are made, and not between that and their step"


def plain_slips(source: Source) -> list[Edit]:
    """All of them."""
    return [
        *begun_in_each_turn(source), *written_into_targets(source), *set_back_too_early(source),
    ]  # fmt: skip


def begun_in_each_turn(source: Source) -> Iterator[Edit]:
    """``right = 0`` in the loop that counts and behind which alone it is read, above that loop."""
    for loop in source.of_type(cst.For, cst.While):
        for line in loop.body.body if isinstance(loop.body, cst.IndentedBlock) else ():
            given = first_in(line)
            name = assigned(given)
            if not isinstance(given, cst.Assign) or not name or len(given.targets) > 1:
                continue
            begun = is_nothing(source, given.value) or source.text(given.value) == EMPTY
            if not begun or not _is_read_behind(source, loop, given, name):
                continue
            said = name in only_told(source)
            part, defect = ("answer", "misleading-metric") if said else ("gradient", "")
            block = source.block(loop)
            above = [source.text(one).strip() for one in block[: block.index(loop)]]
            text = source.text(given)
            first = [] if text in above else [source.inserted_before(loop, text)]
            yield edit_of([*first, source.removed(given)], part, OVER_ALL, defect)


def _is_read_behind(source: Source, loop: Loop, begun: cst.Assign, name: str) -> bool:
    """Whether a turn does nothing with this but to add to it, once, and it is read behind."""
    own, end = {id(one) for one in within(begun)}, source.span(loop)[1]
    scope, added, behind = source.scope(loop), 0, False
    for one in source.nodes:
        if key(one) != name or id(one) in own or source.scope(one) is not scope:
            continue
        if loop not in source.above(one):
            behind |= source.span(one)[0] >= end
        elif not _is_added_to(source, one) or source.loops(one)[0] is not loop:
            return False
        else:
            added += 1
    return behind and added > 0


def _is_added_to(source: Source, name: cst.CSTNode) -> bool:
    """Whether something is added where a name stands: ``n += 1``, ``g[k] += x``, ``a.append``."""
    for one in source.above(name):
        if isinstance(one, cst.AugAssign):
            return isinstance(one.operator, cst.AddAssign) and kept_in(one.target) == key(name)
        if isinstance(one, cst.Call):
            return is_call(one, "append") and source.text(one.func) == f"{key(name)}.append"
        if isinstance(one, cst.BaseSmallStatement):
            break
    return False


def written_into_targets(source: Source) -> Iterator[Edit]:
    """``err = t`` and then ``err -= out``, read below: into a copy of ``t``, which was handed in.

    Also of a part of an array, ``err = targets[i]``. Nothing is read below what is stepped so.
    """
    for step in source.of_type(cst.AugAssign):
        line = source.statement(step)
        block, scope, name = source.block(line), source.scope(step), key(step.target)
        if not name or not isinstance(step.operator, cst.SubtractAssign):
            continue
        at = block.index(line) if block else 0
        given = next(
            (one for one in map(first_in, reversed(block[:at])) if assigned(one) == name), None
        )
        if not isinstance(given, cst.Assign) or not isinstance(given.value, Variable):
            continue
        handed = isinstance(given.value, cst.Subscript) or key(given.value) in parameters(scope)
        read = any(key(one) == name for each in block[at + 1 :] for one in within(each))
        if handed and read:
            text = f"{name} = {source.joined('-', name, source.operand(step.value))}"
            why = f"{name} is an array of its own, and what {source.text(given.value)} is stays"
            yield source.edit(step, text, "targets", why, "overwritten-samples")


@dataclass(frozen=True)
class Done:
    """What a line does, with all that it calls: the names that it sets to zero, gives, and reads.

    added: those of them to which something is added.
    """

    cleared: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)


def set_back_too_early(source: Source) -> Iterator[Edit]:
    """``zero_grads()`` behind what adds to gradients, and before what steps by them: above both."""
    for block in source.of_type(cst.IndentedBlock):
        lines = [one for one in block.body if not isinstance(one, cst.FunctionDef | cst.ClassDef)]
        every = [_done(source, one) for one in lines]
        gone, texts = list[Splice](), list[str]()
        for at, (line, done) in enumerate(zip(lines, every, strict=True)):
            names = done.cleared & set().union(*(one.added for one in every[:at]))
            below = next((one for one in every[at + 1 :] if names & one.read), Done())
            if names & below.read and not done.given and not names & (below.given | below.cleared):
                start, end = source.span(line)
                end += source.code[end : end + 1] == b"\n"
                whole = Splice(start=start - len(source.indent(line)), end=end, text="")
                is_block = isinstance(line, cst.For | cst.While)
                gone.append(whole if is_block else source.removed(line))
                texts += source.text(line).splitlines()
        if gone:
            above = source.inserted_before(lines[0], *texts)
            yield edit_of([above, *gone], "step", SET_BACK, "frozen-parameter")


def _done(source: Source, line: cst.CSTNode) -> Done:
    nodes, todo, met = list[cst.CSTNode](), [line], set[str]()
    while todo:
        nodes += (more := within(todo.pop()))
        called = {name_called(one) for one in more if isinstance(one, cst.Call)} - met
        todo += [one for one in source.of_type(cst.FunctionDef) if one.name.value in called]
        met |= called
    turns = [one for one in nodes if isinstance(one, cst.For)]
    done = Done(read={_last(one) for one in nodes} - {""})
    for one in nodes:
        if isinstance(one, cst.Assign):
            into = one.targets[0].target
            whole = not isinstance(into, cst.Subscript) or _is_whole(source, into, turns)
            zero = whole and is_nothing(source, one.value)
            (done.cleared if zero else done.given).add(_last(into))
        elif isinstance(one, cst.AugAssign):
            done.given.add(_last(one.target))
            done.added.update(
                {_last(one.target)} if isinstance(one.operator, cst.AddAssign) else ()
            )
        elif is_call(one, "fill") and isinstance(one, cst.Call) and one.args:
            of = one.func.value if isinstance(one.func, cst.Attribute) else one.func
            done.cleared.update({_last(of)} if is_nothing(source, one.args[0].value) else ())
    for one in turns:  # each of some arrays, by a name of its own
        if _last(one.target) in done.cleared:
            done.cleared.update(_last(each) for each in within(one.iter))
    return done


def _is_whole(source: Source, part: cst.Subscript, turns: list[cst.For]) -> bool:
    """Whether ``g[:]``, or ``g[k]`` in a loop over each ``k``, is all of an array or a dict."""
    text = "".join(source.text(one.slice) for one in part.slice)
    return text in {":", "...", *(source.text(one.target) for one in turns)}


def _last(node: cst.CSTNode) -> str:
    """The last name of a variable that something is kept in, as ``dW`` of ``self.dW[...]``."""
    return kept_in(node).rpartition(".")[-1]


def before_their_step(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """What reads, on these lines, what a line above it has stepped, above that line."""
    for reader in source.of_type(cst.SimpleStatementLine):
        block = source.block(reader) if source.line(reader) in lines else []
        read = {source.text(one) for one in within(reader) if isinstance(one, Variable)}
        above = block[: block.index(reader)] if block else []
        first = next((at for at, one in enumerate(above) if _steps(source, one, read)), len(above))
        if first < len(above) and may_go_up(source, reader, above[first:]):
            moved = source.inserted_before(above[first], source.text(reader).strip())
            edit = edit_of([source.removed(reader), moved], "gradient", BEFORE, "stepped-too-early")
            yield edit


def _steps(source: Source, line: cst.CSTNode, read: set[str]) -> bool:
    """Whether a line changes one of these in place, or hands it to what gives nothing back."""
    inner = first_in(line)
    if isinstance(inner, cst.AugAssign):
        return source.text(inner.target) in read
    call = inner.value if isinstance(inner, cst.Expr) else None
    return isinstance(call, cst.Call) and any(source.text(one.value) in read for one in call.args)
