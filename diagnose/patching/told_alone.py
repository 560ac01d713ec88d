"""Edits of what was told of a script that cannot be read, judged by what it prints last.

Nothing is known of its network then, so only a far better result counts: a share of right answers
that seeds alone do not bring, or less than half of the error.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.judging import HALF, gained, is_share, level
from diagnose.patching.reading import told_edits
from diagnose.patching.source import Edit, Source
from diagnose.patching.trial import Trials

# So much larger a share, and of more than half. Of two networks that guess one of two classes, one
# is so much better than the other once in 14 times on twenty test samples, once in 170 on fifty.
FAR = 0.25
# Copies that are run to their end: what these do not mend is no slip that is known here.
MOST_COPIES = 12


def mended_by_print(source: Source, seen: Sequence[tuple[str, int]], trials: Trials) -> list[Edit]:
    """The edits with which the script prints a far better result; none where there are no such.

    seen: the kind and the line of each thing that was told.
    """
    chosen: list[Edit] = []
    found = now = trials.printed(())[1]
    for one in told_edits(source, seen)[:MOST_COPIES]:
        if trials.is_late or any(one.meets(other) for other in chosen):
            continue
        to_its_end, line = trials.printed([*chosen, one])
        if to_its_end and gained(now, line) >= NOTICEABLE:
            chosen, now = [*chosen, one], line
    return chosen if is_far_better(found, now) else []


def is_far_better(before: str, after: str) -> bool:
    """Whether a result is better by more than seeds may do."""
    if is_share(after):
        return gained(before, after) >= FAR and level(after, before) > HALF
    return gained(before, after) >= HALF
