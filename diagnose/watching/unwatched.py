"""Lets a program's functions run as they were written, while nothing of them is to be seen.

A training that computes number by number takes ten times as long rewritten, and its test comes
after it. So once its network is read, the functions are given the code that their author wrote, and
get back the rewritten one for the last epoch, with what follows.
"""

from __future__ import annotations

import gc
import types
from collections import Counter
from collections.abc import Mapping

from diagnose.reading.collecting import Collector
from diagnose.recording.tape import Tape


class Unwatched:
    """Exchanges the code of a program's functions for the epochs of one loop but its last.

    texts: the program's files. site: the loop over the epochs; begun: how many it had by then.
    """

    def __init__(self, tape: Tape, texts: Mapping[str, str], site: int, begun: int) -> None:
        self.tape, self.texts, self.site = tape, texts, site
        self.turns: Counter[int] = Counter({site: begun})
        self.rewritten: list[tuple[types.FunctionType, types.CodeType]] = []

    def turn(self, site: int) -> None:
        """A loop begins another turn."""
        if site != self.site:
            return
        self.turns[site] += 1
        if self.turns[site] >= self.tape.lengths.get(site, 0):
            self.end()
        elif not self.rewritten:
            self._begin()

    def _begin(self) -> None:
        plain = {
            _name(code): code
            for path, text in self.texts.items()
            for code in _codes(compile(text, path, "exec", dont_inherit=True))
        }
        for one in gc.get_objects():
            if type(one) is not types.FunctionType or one.__code__.co_filename not in self.texts:
                continue
            code = plain.get(_name(one.__code__))
            if code is not None and code.co_freevars == one.__code__.co_freevars:
                self.rewritten.append((one, one.__code__))
                one.__code__ = code

    def end(self) -> None:
        """From now on everything is seen again."""
        for one, code in self.rewritten:
            one.__code__ = code
        self.rewritten.clear()


def left_alone(
    seen: Collector | None, texts: Mapping[str, str], begun: Mapping[int, int]
) -> Unwatched | None:
    """The rest of a training, to run as it was written; None where no loop is gone through once.

    begun: how many turns each loop began.
    """
    if seen is None:
        return None
    loops = (seen.epoch_site, *seen.turns, seen.roles.step.loop.site)
    once = [one for one in loops if one is not None and seen.tape.begun[one] == 1]
    if not once:
        return None
    site = min(once, key=lambda one: begun[one])  # the outermost one turns least often
    return Unwatched(seen.tape, texts, site, begun[site])


def _name(code: types.CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_name, code.co_firstlineno


def _codes(code: types.CodeType) -> list[types.CodeType]:
    """A code, and all that stand in it; of those with one name and line none is meant for sure."""
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    found = [*inner, *(one for each in inner for one in _codes(each))]
    several = Counter(map(_name, found))
    return [one for one in found if several[_name(one)] == 1]
