"""Which operations are steps, and where the calls stand by which operations are reached."""

from __future__ import annotations

from diagnose.reading.loops import Loop, name_of
from diagnose.recording.nodes import Node
from diagnose.recording.rewriting import Site


def is_step(node: Node, site: Site) -> bool:
    """Whether an operation changes what was there by adding or taking off, in place or anew."""
    if name_of(node) not in ("Sub", "Add"):
        return False
    return node.kind == "in_place" or bool(site.operands and site.target == site.operands[0])


def called_at(loop: Loop, node: Node, other: Node, start: int) -> int:
    """The place of the outermost call since ``start`` that does the one and not the other.

    Else that of the operation itself.
    """
    calls = (
        (first, site)
        for first, end, site in loop.tape.calls_done
        if start <= first <= node.number < end and not first <= other.number < end
    )
    return min(calls, default=(0, node.site))[1]
