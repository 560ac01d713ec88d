"""Turns of a training that nobody looks at, of which what is to be noted is put off."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Protocol

from diagnose.reading.by_loop import LONG
from diagnose.reading.collecting import Collector
from diagnose.reading.not_read import NotReadError
from diagnose.reading.spared import Spared, made_in
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import Sites
from diagnose.watching.by_its_loop import are_places
from diagnose.watching.each_turn import comes_to_all
from diagnose.watching.evaluations import Evaluations
from diagnose.watching.looking_away import LookingAway
from diagnose.watching.texts import Texts
from diagnose.watching.told_on_the_way import untroubled


class Watching(Protocol):
    """A watcher, as its own class says."""

    tape: Recorder
    sites: Sites
    seen: Collector | None
    evaluations: Evaluations | None
    steps_unseen: LookingAway
    begun: Counter[int]
    turns: dict[int, int]
    looked_at: int

    @property
    def program(self) -> Texts:
        """The program's files."""

    def end(self, why: NotReadError | None) -> None:
        """Hand over what was read."""


class PutOff:
    """What a watcher notes of turns later.

    spared: the turns of which it is not asked what they make, once it is known that there are any.
    left: how many more are put off, None where the next one is not. It is set up after what looks
    away from steps, which it tells to go on.
    """

    def __init__(self, watcher: Watching) -> None:
        self.watcher = watcher
        self.spared: Spared | None = None
        self.left: int | None = None
        self.is_asked = False  # whether there are any
        watcher.tape.woken = self._wake

    def asks_less(self, seen: Collector, site: int) -> None:
        """Now and then: ask nothing of steps whose samples are known from their loop.

        Or nothing of what they make, where their text says that each turn makes a step.
        """
        if not self.is_asked:
            self.is_asked = True
            self._spare(seen)
        if site == seen.site and seen.by_loop is None and self._places is not None:
            seen.go_by_loop(places=self._places)

    @cached_property
    def _places(self) -> bool | None:
        """Whether the items of the loop that trains are places of rows, which its text tells."""
        watcher = self.watcher
        told = untroubled(are_places, watcher.program, watcher.seen, watcher.sites.every)
        return told if isinstance(told, bool) else None

    def _spare(self, seen: Collector) -> None:
        if seen.coming() < LONG:
            return
        made, program, sites = made_in(seen), self.watcher.program, self.watcher.sites.every
        places = [sites[one] for one in sorted(made or ())]
        if places and untroubled(comes_to_all, program, sites[seen.site], places):
            self.spared = seen.spare()
            self.watcher.steps_unseen.begins = self.spared.begins

    def goes_on(self) -> None:
        """A turn begins: whether those that come next are put off."""
        watcher, seen = self.watcher, self.watcher.seen
        its = seen.by_loop if seen is not None else None
        few = 0
        if its is not None:
            few = 0 if its.is_torn else its.until - its.turns - 2
        elif self.spared is not None and self._places is None:
            few = self.spared.are_alike()
        few = min(few, watcher.steps_unseen.next - watcher.steps_unseen.steps - 2)
        self.left = few if few > 1 and watcher.tape.idle else None

    def takes(self, site: int) -> bool:
        """Whether the turn that is over, and the one that begins, are such."""
        seen = self.watcher.seen
        if self.left and seen is not None and site == seen.site and self.watcher.tape.idle:
            if seen.by_loop is not None:
                taken = seen.by_loop.put_off(seen.now, seen.tape.begun[site])
            else:
                taken = self.spared is not None and self.spared.put_off()
            if taken:
                self.left -= 1
                return True
        self.catch_up()
        return False

    def _wake(self) -> None:
        """A step does what steps do not usually do: the rest of it is seen."""
        self.catch_up()
        self.watcher.steps_unseen.look_on()

    def catch_up(self) -> None:
        """Note what was put off; what goes wrong here is none of the program's errors."""
        self.left = None
        watcher, seen = self.watcher, self.watcher.seen
        if seen is None:
            return
        count = seen.by_loop.catch_up() if seen.by_loop is not None else 0
        try:
            count += self.spared.catch_up() if self.spared is not None else 0
        except Exception as error:
            watcher.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))
            return
        if not count:
            return
        site = seen.site
        watcher.begun[site] += count
        watcher.turns[site] += count
        watcher.looked_at += count
        watcher.steps_unseen.steps += count
        if watcher.evaluations is not None:
            for _ in range(count):
                watcher.evaluations.turned(site)
