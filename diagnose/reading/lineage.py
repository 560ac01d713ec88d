"""At which line of a program an array came to be what it is, and its roles stand.

For findings to point at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.network.authors_code import source_of
from diagnose.network.written_numbers import assigned_line, constant_line
from diagnose.reading.initial import Initial
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.parts import kept_in
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, is_all, references
from diagnose.recording.operations import TIMES, TURNED, is_random
from diagnose.recording.sites import Site
from diagnose.recording.threads import SHUFFLES

# Operations that hand on numbers as they are, in another order or shape of memory.
HANDED_ON = TURNED | SHUFFLES | {"take", "copy", "ascontiguousarray"}
# Functions that write numbers down.
WRITTEN = {"where", "select", "clip", "eye", "identity", "zeros", "ones", "full"}
# A file and a line, as JSON has them.
Place = tuple[str, int]


def lineage(loop: Loop, taken: Taken | None) -> list[Node]:
    """The operations by which an array came about, the last one first."""
    nodes, found = loop.tape.nodes, []
    written: set[int] = set()
    while isinstance(taken, Ref):
        # of a loop that fills an array place by place, one turn stands for all
        writes = [one for one in loop.written(taken) if nodes[one].site not in written]
        node = nodes[max(taken.node, *writes)] if writes else nodes[taken.node]
        if node.kind == "leaf":
            break
        if writes:
            written.add(node.site)
        found.append(node)
        taken = _largest(loop, node)
    return found


def _largest(loop: Loop, node: Node) -> Taken | None:
    """Of what an operation took, what its numbers come from."""

    def size(ref: Ref) -> float:
        value = loop.tape.nodes[ref.node].value
        return float("inf") if value is None else float(np.size(value))

    if node.kind in ("get", "item", "attribute", "method"):
        return node.args[0]
    refs = references(node.args, node.kw)
    if node.kind == "store":
        refs = [one for one in references(node.args[2]) if size(one) > 1]
        refs = refs or [one for one in node.args[:1] if isinstance(one, Ref)]
    return max(refs, key=size, default=None)


def only_hands_on(node: Node) -> bool:
    """Whether an operation gives no numbers, but chooses samples among those that are there."""
    if node.kind != "get":
        return name_of(node) in HANDED_ON
    index = node.args[1]
    if not (isinstance(index, Group) and index.of is tuple):
        return True
    return sum(not is_all(one) for one in index.items) < 2 and not any(
        isinstance(one, Const) and isinstance(one.value, int) for one in index.items
    )


def is_computed(node: Node) -> bool:
    """Whether an operation computes new numbers, or writes them down: 1 where a label says so."""
    if node.kind == "store":
        return not isinstance(node.args[2], Ref)
    return (
        node.kind in ("binary", "in_place", "unary", "compare")
        or isinstance(node.done, np.ufunc)
        or name_of(node) in WRITTEN
    )


def given_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where an array last got its numbers: scaled, if it was, else made or loaded."""
    line = lineage(loop, taken)
    giving = [node for node in line if not only_hands_on(node)]
    last = next(filter(is_computed, giving), None) or next(iter(giving or line[-1:]), None)
    return _outside(loop, last, sites) if last else None


def shaped_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where an array was last handed on or changed, but for rows that a turn takes of it."""
    line = lineage(loop, taken)
    own = (one for one in line if one.number < loop.starts[0] or not takes_rows(one))
    last = next(own, line[0] if line else None)
    return _outside(loop, last, sites) if last else None


def takes_rows(node: Node) -> bool:
    """Whether an operation takes some rows of an array, and leaves it as many axes."""
    if node.kind != "get":
        return False
    index = node.args[1]
    if isinstance(index, Group):
        return index.of is slice
    return isinstance(index, Ref)


def drawn_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where a parameter was drawn; of one that is not, where it was made."""
    line = lineage(loop, taken)
    drawn = next((one for one in line if one.kind == "call" and is_random(one.done)), None)
    node = drawn or next(iter(line), None)
    return sites[node.site] if node else None


def _outside(loop: Loop, node: Node, sites: list[Site]) -> Site:
    """A node's place; the call of the author's function, where that draws what it returns.

    What makes samples up is one piece to whoever scales them: its result is scaled, no line in it.
    A call that trains, too, is over by the end of the program, and draws more than that.
    """
    for start, end, site in reversed(loop.tape.calls_done):
        trains = start <= loop.starts[0] < end
        if (
            not trains
            and start <= node.number < end
            and any(
                one.kind == "call" and is_random(one.done) for one in loop.tape.nodes[start:end]
            )
        ):
            return sites[site]
    return sites[node.site]


def places(
    roles: Roles,
    initial: Initial,
    rates: Sequence[float],
    epochs: tuple[int, int | None] | None,
    sites: list[Site],
) -> dict[str, Place]:
    """Where each role stands; of a parameter "init NAME".

    epochs: how many there are, and the place of the loop over them, as far as they are known.
    """
    step = roles.step
    # of what is taken number by number, the first stands for all
    x, target = (step.places()[step.parts(one)[0]] for one in (roles.x, roles.target))
    loop, joint = sites[step.loop.site], sites[step.graph[roles.joint].site]
    *hidden, last = roles.layers
    # a function that hidden layers call, too, says nothing of the last one
    shared = {step.nodes[one.out].site for one in hidden}
    ends = last.pre if step.nodes[last.out].site in shared else last.out
    found = {
        "outputs": sites[step.nodes[ends].site],
        "prepare": given_at(step.loop, x, sites) or sites[step.graph[roles.x[0]].site],
        "encode": given_at(step.loop, target, sites) or joint,
        "labels": shaped_at(step.loop, target, sites) or joint,
        "order": loop,
    }
    for name, first in initial.first.items():
        if site := drawn_at(step.loop, first, sites):
            found[f"init {name}"] = site
    every = {role: site.at for role, site in found.items()}
    for name in initial.first:
        line = assigned_line(source_of(loop.file), name) if f"init {name}" not in every else None
        if line:
            every[f"init {name}"] = loop.file, line  # of numbers that nothing has computed
    every |= _rate(roles, rates, sites) | _decay(roles, sites)
    if epochs:
        every["epochs"] = _epochs(*epochs, loop, sites)
    return every


def _rate(roles: Roles, rates: Sequence[float], sites: list[Site]) -> dict[str, Place]:
    """Where the rate is written, and where it is changed."""
    step = roles.step
    if roles.rate_place is None:
        return {"learning_rate": sites[step.graph[-1].site].at}
    at, path = roles.rate_place
    node, taken = step.graph[at], step.places()[roles.rate_place]
    used = sites[node.site]
    place = used.at
    found = {}
    made = step.nodes[taken.node] if isinstance(taken, Ref) else None
    if made is not None and made.kind != "leaf":
        place = sites[made.site].at
        if len({*rates}) > 1:
            found["schedule"] = place
    text = used.operand(node.kind, path).lstrip("-")
    line = constant_line(source_of(used.file), text, rates[0]) if rates else None
    return {"learning_rate": (used.file, line) if line else place, **found}


def _decay(roles: Roles, sites: list[Site]) -> dict[str, Place]:
    """Where the number is written by which a weight is multiplied in its own step, if one is."""
    step = roles.step
    weights = {kept_in(one.weight) for one in roles.layers}
    for node in step.graph:
        if name_of(node) not in TIMES or len(node.args) != 2:
            continue
        for at, other in ((0, node.args[1]), (1, node.args[0])):
            number = node.args[at]
            if not isinstance(other, Ref) or step.origin(other) not in weights:
                continue
            if not isinstance(number, Ref | Const) or not isinstance(
                value := step.value(number), int | float
            ):
                continue
            site = sites[node.site]
            text = site.operand(node.kind, (0, at))
            line = constant_line(source_of(site.file), text, value)
            return {"decay": (site.file, line or site.line)}
    return {}


def _epochs(count: int, site: int | None, loop: Site, sites: list[Site]) -> Place:
    """Where the number of epochs is written; the loop over them where it is not found."""
    over = loop if site is None else sites[site]
    source = source_of(over.file)
    for text in over.operands:
        last = text.removesuffix(")").rpartition(",")[2].rpartition("(")[2].strip()
        line = constant_line(source, last, count)
        if line:
            return over.file, line
    return over.at
