"""The lines of a program at which its roles stand, for findings to point at."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.network.authors_code import source_of
from diagnose.network.written_numbers import assigned_line, constant_line
from diagnose.reading.initial import Initial
from diagnose.reading.lineage import drawn_at, given_at, shaped_at
from diagnose.reading.loops import name_of
from diagnose.reading.parts import kept_in
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import Const, Ref
from diagnose.recording.rewriting import Site

# A file and a line, as JSON has them.
Place = tuple[str, int]


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
    every = {role: (site.file, site.line) for role, site in found.items()}
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
        site = sites[step.graph[-1].site]
        return {"learning_rate": (site.file, site.line)}
    at, path = roles.rate_place
    node, taken = step.graph[at], step.places()[roles.rate_place]
    used = sites[node.site]
    place = (used.file, used.line)
    found = {}
    made = step.nodes[taken.node] if isinstance(taken, Ref) else None
    if made is not None and made.kind != "leaf":
        place = sites[made.site].file, sites[made.site].line
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
        if name_of(node) not in ("Mult", "multiply") or len(node.args) != 2:
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
    return over.file, over.line
