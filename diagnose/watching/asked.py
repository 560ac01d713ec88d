"""Of several trainings of a script, the one that is asked for by a line."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import FrameType

from diagnose.recording.calling import frames
from diagnose.recording.sites import Site

Loop = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True)
class Asked:
    """A training in whose loop the line stands, or that goes on while its statement is done.

    first, last: the lines of that statement; loops: where the loops around it begin.
    """

    file: str
    line: int
    first: int
    last: int
    loops: frozenset[int]

    def is_this(self, site: Site, frame: FrameType | None) -> bool:
        """Whether a turn of the loop at a site, begun in a frame, belongs to that training."""
        if site.file == self.file and site.line in self.loops:
            return True
        return any(
            one.f_code.co_filename == self.file and self.first <= one.f_lineno <= self.last
            for one in frames(frame)
        )


def asked_for(source: str, file: str, line: int) -> Asked | None:
    """The training that a line of a source asks for; None where no statement stands there."""
    every = (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.stmt))
    around = [one for one in every if stands_at(one, line)]
    if not around:
        return None
    inner, loops = around[-1], [one for one in around if isinstance(one, Loop)]
    last = inner.end_lineno or inner.lineno
    return Asked(file, line, inner.lineno, last, frozenset(map(begins, loops)))


def begins(loop: Loop) -> int:
    """The line under which the turns of a loop are noted, as ``recording.rewriting`` has it."""
    return (loop.test if isinstance(loop, ast.While) else loop.iter).lineno


def stands_at(node: ast.stmt, line: int) -> bool:
    """Whether a line is one of those of a statement."""
    return node.lineno <= line <= (node.end_lineno or node.lineno)
