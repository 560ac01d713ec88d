"""One table of targets for all steps, in which the marks of earlier samples are left.

``table[np.arange(n), labels] = 1`` marks the samples of a step and clears none. What a step meets
then are the marks of all steps before it too, and no targets of its samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step
from diagnose.reading.targets import Targets, as_rows, samples_in
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.sites import Site

LEFT = (
    "one table of targets keeps the marks of earlier samples, as `table[np.arange(n), labels] = 1` "
    "leaves them there; read are targets of the samples alone: clear the table before each step, "
    "or make another"
)


def refuse_left_marks(roles: Roles, targets: Targets, sites: list[Site]) -> None:
    """NotReadError for a training that takes its targets out of such a table."""
    at = None if targets.index else marking(roles)
    if at is not None:
        raise NotReadError(LEFT, sites[at])


def marking(roles: Roles) -> int | None:
    """The site that marks the targets of a step in a table that is left as it is; None of others.

    Nothing else writes there in a step, it does in each, and a sample has more marks than one.
    """
    if roles.step.within:
        return None
    every = [_marks(one, roles) for one in roles.steps]
    sites = {node.site for own in every for node in own}
    if not all(every) or len(sites) > 1:
        return None
    most = 0
    for step, own in zip(roles.steps, every, strict=True):
        wanted, marks = _met(step, roles), {step.loop.tape.value_of(node.args[2]) for node in own}
        if len(marks) > 1 or not np.isin(wanted, (0, *marks)).all():
            return None
        most = max(most, int(np.count_nonzero(wanted, axis=1).max(initial=0)))
    return sites.pop() if most > 1 else None


def _met(step: Step, roles: Roles) -> Array:
    """The targets that a step meets, as rows."""
    wanted = step.value(step.places()[roles.target])
    return as_rows(wanted, samples_in(roles, step), roles, index=False)


def _marks(step: Step, roles: Roles) -> list[Node]:
    """All that writes into the table of a step's targets, if that only marks, and in each step."""
    taken = step.places()[roles.target]
    loop, tape = step.loop, step.loop.tape
    root = tape.nodes[taken.node].root if isinstance(taken, Ref) else None
    if root is None:
        return []
    own = [tape.nodes[one] for one in loop.writes(step.turn, root)]
    begins = loop.starts[step.turn]
    before = [one for one in tape.writes.get(root, ()) if loop.starts[0] <= one < begins]
    if len(before) < step.turn or not all(one.kind == "store" for one in own):
        return []
    values = [[tape.value_of(each) for each in one.args[1:3]] for one in own]
    return own if all(_is_mark(*one) for one in values) else []


def _is_mark(index: Any, mark: Any) -> bool:
    """Whether a number is put in single places."""
    if isinstance(mark, bool) or not isinstance(mark, int | float | np.number) or not mark:
        return False
    places = index if isinstance(index, tuple) else (index,)
    if any(isinstance(one, slice) or one is None for one in places):
        return False
    return all(np.asarray(one).dtype.kind in "iu" for one in places)
