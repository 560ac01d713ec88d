"""The witness of a run: sees each operation as it is done, also where nothing is kept any more.

It goes on when the reading of the network is over, so that it sees what a program does after its
training too: how it predicts, and how it counts its right answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Protocol

from diagnose.network.authors_code import text_of
from diagnose.recording.operations import is_added_at, is_random
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.telling.accuracies import SignsOfSigmoids, WrongAxes
from diagnose.telling.draws import Draws
from diagnose.telling.empty import Empty
from diagnose.telling.integers import WholeNumbers, Wrapped
from diagnose.telling.marks import LeftMarks
from diagnose.telling.not_finite import NotFinite
from diagnose.telling.record import Told, Watch
from diagnose.telling.shapes import Broadcasts, Reshapes
from diagnose.telling.shared import WRITES, Shared
from diagnose.telling.spent import told_of_spent

# What divides a count by a number of samples, or makes a share of it.
SCALED = ("Mult", "Div")
COUNTED = re.compile(r"\]\s*\[.+\]\s*(?:\+=|=(?!=))")
# What may go into a table, by answers and labels, to count them; one of which may be a dictionary,
# and ``np.add.at`` gives nothing.
TABLES = (dict, type(None))
NOTHING_TO_SEE = (int, bool, str, tuple)


class Tests(Watch, Protocol):
    """What looks at how a network is tested: of plain numbers, only where it wants to."""

    def wants(self, site: int) -> bool:
        """Whether an operation on plain numbers is one that it looks at, beside ratios."""


class Witness:
    """Hands each operation to everything that looks.

    What stops with an error looks no more, and tells nothing: a program must run as if nobody
    looked, and a fault of the one who looks is none of the program's.
    """

    def __init__(self, tape: Tape, sites: Sequence[Site]) -> None:
        self.tape = tape
        self.sites = sites
        self.stopped: list[Exception] = []
        self.not_finite = NotFinite()
        self.shared = Shared()
        self.draws = Draws(tape.own)
        self.reshapes = Reshapes()
        self.broadcasts = Broadcasts()
        self.axes = WrongAxes()
        tape.forgotten = self.forget
        # those that an operation of a kind and name matters to
        self.asked: dict[tuple[str, str], list[Watch]] = {}
        # what looks at comparisons and shares of whole numbers too, once there is a network to test
        self.tests: Tests | None = None
        self.counting: dict[int, bool] = {}
        self.watches: list[Watch] = [
            self.not_finite, self.shared, self.draws, self.reshapes,
            self.broadcasts, WholeNumbers(), Wrapped(), SignsOfSigmoids(), self.axes,
            LeftMarks(), Empty(),
        ]  # fmt: skip

    def forget(self, number: int) -> None:
        """Nothing is known of an array any more, by its id."""
        for watch in self.watches:
            for known in vars(watch).values():
                if type(known) is dict:
                    known.pop(number, None)

    def ask_for_tests(self, watch: Tests) -> None:
        """From now on, one more looks: at how a network is tested."""
        self.tests = watch
        if any(map(self._counts, range(len(self.sites)))):
            self.tape.rows = self._row_taken
        self.watches.append(watch)
        self.asked.clear()

    def see(self, site: int, kind: str, done: Any, args: tuple[Any, ...], value: Any) -> None:
        """An operation was done. Of plain numbers, which may be many, little is looked at."""
        form = type(value)
        if form is float:
            if not math.isfinite(value):
                self._ask(self.not_finite, site, kind, done, args, value)
            if self.tests is not None and (done in SCALED or self.tests.wants(site)):
                self._ask(self.tests, site, kind, done, args, value)
        elif form is bool:
            if self.tests is not None:
                self._ask(self.tests, site, kind, done, args, value)
            self._ask(self.axes, site, kind, done, args, value)
        elif form is list:
            self._ask(self.shared, site, kind, done, args, value)
            if self.tests is not None and kind == "store" and self._counts(site):
                self._ask(self.tests, site, kind, done, args, value)
        elif form in TABLES:
            if form is dict and self.shared.ones and kind in WRITES:
                self._ask(self.shared, site, kind, done, args, value)
            if self.tests is not None and (kind == "store" or is_added_at(done)):
                self._ask(self.tests, site, kind, done, args, value)
        elif form not in NOTHING_TO_SEE:
            if kind == "call" and is_random(done):
                self.draws.drew(site, self.tape.calls.get((site, kind), -1) + 1, _name(done), value)
            name = _name(done)
            for watch in self._those_that_take(kind, name):
                try:
                    watch.see(site, kind, name, args, value)
                except Exception as error:
                    self._leave_out(watch, error)

    def _row_taken(self, site: int, table: Any, index: Any, row: list[Any]) -> None:
        """A list was taken out of a list, of which nothing else is looked at."""
        if self.tests is not None and self._counts(site):
            self._ask(self.tests, site, "get", None, (table, index), row)

    def _counts(self, site: int) -> bool:
        """Whether a line may count in a table of lists, as ``table[t][p] += 1`` does.

        Other lists may be gone into all the time, where weights are kept in them.
        """
        if site not in self.counting:
            at = self.sites[site]
            self.counting[site] = COUNTED.search(text_of(at.file, at.line)) is not None
        return self.counting[site]

    def _those_that_take(self, kind: str, name: str) -> list[Watch]:
        """Most operations matter to few, and all of them are done often."""
        found = self.asked.get((kind, name))
        if found is None:
            found = [watch for watch in self.watches if watch.takes(kind, name)]
            self.asked[kind, name] = found
        return found

    def _ask(
        self, watch: Watch, site: int, kind: str, done: Any, args: tuple[Any, ...], value: Any
    ) -> None:
        if watch in self.watches:
            try:
                watch.see(site, kind, _name(done), args, value)
            except Exception as error:
                self._leave_out(watch, error)

    def _leave_out(self, watch: Watch, error: Exception) -> None:
        self.watches.remove(watch)
        self.asked.clear()
        self.stopped.append(error)

    def told(self) -> list[Told]:
        """Everything that was seen."""
        found: list[Told] = []
        for watch in self.watches:
            try:
                found += watch.told(self.sites)
            except Exception as error:
                self.stopped.append(error)
        return found + told_of_spent(self.tape, self.sites)


def _name(done: Any) -> str:
    """What an operation is called, whether it is an operator, a function or a method."""
    return done if isinstance(done, str) else getattr(done, "__name__", "")
