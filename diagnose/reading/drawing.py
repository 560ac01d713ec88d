"""When all samples have come of a training that draws them anew for each step of one long loop.

Such a training has no epochs, and most of it shows nothing new: a few thousand steps may take less
than a second as they are written, and minutes while each is watched.
"""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.reading.steps import Step
from diagnose.recording.tape import Tape

# After so many times as many samples as are known by then none was new. If there were one more,
# with the same chance as each other, all of them would have missed it once in e^5 = 150 times.
SURE = 5
# Of samples that are drawn with the same chance, 1 in 150 does not come within that, either; of a
# training that takes some first and others later, or each some times in a row, most do not.
AGAIN = 0.9
# No sooner than after such a part of all steps: what comes later may come in another way.
PART = 1 / 64


class Draws:
    """The samples that came until now, each with the last step that took it.

    all_came: whether all that there are are likely to be among them.
    """

    def __init__(self) -> None:
        self.last: dict[int, int] = {}
        self.newest = 0  # the last step with a sample that was not known
        self.taken = 0  # how many samples were taken since
        self.all_came = False

    def took(self, step: int, samples: Iterable[int], count: int) -> None:
        """Note a step's samples, and how many these are."""
        known = len(self.last)
        for one in samples:
            self.last[one] = step
        if len(self.last) > known:
            self.newest, self.taken, self.all_came = step, 0, False
            return
        enough, before = SURE * known, self.taken
        self.taken += count
        if before < enough <= self.taken:
            again = sum(at > self.newest for at in self.last.values())
            self.all_came = again >= AGAIN * known


def steps_for_epoch(tape: Tape, step: Step, done: int) -> int:
    """How many steps stand for an epoch of a training without any, all of whose samples came.

    As many as were ``done``, and a few more, so that a number of such epochs is all of it. 0 where
    it is not sure that the loop is all of the training, or how long that is.
    """
    loop = step.loop
    total = tape.lengths.get(loop.site, 0)
    if tape.begun[loop.site] != 1 or loop.skips or 2 * done > total or done < PART * total:
        return 0
    around = any(count for site, count in tape.running.items() if site != loop.site)
    first = loop.starts[0]
    while_loops = {site for at, site in tape.turns if at <= first} - {*tape.begun}
    return 0 if around or while_loops else total // (total // done)
