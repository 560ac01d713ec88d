"""Looks on while a script runs rewritten, until enough was seen of its training."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from diagnose.program.passes import partings
from diagnose.program.slicing import noted
from diagnose.program.verdict import Examined, examine
from diagnose.program.writing import Text
from diagnose.reading.buffers import without_buffers
from diagnose.reading.collecting import Collector
from diagnose.reading.collecting_samples import collector
from diagnose.reading.first_epoch import replay, with_first_steps
from diagnose.reading.loops import Loop
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import ANSWERED
from diagnose.recording.origins import Origins
from diagnose.recording.recorder import Recorder
from diagnose.recording.sites import Site, Sites
from diagnose.telling.steps import told_of_loops, told_of_steps
from diagnose.telling.witness import Witness
from diagnose.watching.afterwards import Afterwards, Looks
from diagnose.watching.asked import Asked
from diagnose.watching.early import ended_soon, half_of, overflows, site_and_turns, told
from diagnose.watching.epochs_done import (
    epochs_done,
    epochs_written,
    has_just_begun,
    refuse_without_steps,
    steps_of_all,
)
from diagnose.watching.evaluations import Evaluations
from diagnose.watching.handing_over import Around, handed_over
from diagnose.watching.handover import (
    KNOWN,
    LATE,
    LONGER,
    NO,
    OVERFLOWS,
    SHORT,
    Handover,
    Parted,
    write_ended,
    write_told,
)
from diagnose.watching.how_far import HowFar
from diagnose.watching.looking_away import LookingAway
from diagnose.watching.loop_that_trains import LOOKED_AT, Loops, PassingBy, are_long, not_found
from diagnose.watching.made_again import MadeAgain
from diagnose.watching.never_taken import variables
from diagnose.watching.number_tests import NumberEvaluations, of_numbers
from diagnose.watching.of_the_reading import OF_THE_READING
from diagnose.watching.running_on import Moment, RunningOn, had, has_had, now
from diagnose.watching.samples_alone import met, samples_alone
from diagnose.watching.step_told import STEPS, told_of_step, told_of_test
from diagnose.watching.tested import seen_of, write_seen
from diagnose.watching.told_on_the_way import ToldOnTheWay, untroubled
from diagnose.watching.understanding import FEW, ONE_BY_ONE, UNEVEN, Understood, understand
from diagnose.watching.unwatched import Unwatched, left_alone

# So many turns are read; where steps are made in few of them, more.
WINDOW, MOST_TURNS = 14, 400
MOST_NODES, FEWEST_NODES = 600_000, 60_000
# Where a loop was looked at that may be one within the loop that trains, for so many times the
# operations until then another is looked for: an epoch and some steps of any usual number of units.
# For no fewer than those, a second's worth: a series that is computed number by number comes first.
LOOKED_ON = 20
# Seconds for the gradients of a step, and the share of those that are left.
EXAMINED, EXAMINING = 15.0, 0.25
A_MOMENT = 0.05
# Where half of the epochs is waited for, it is asked again when so many times as long was waited.
ONCE_MORE = 1.25
# Until the reading is over, this many steps are looked at first, each of them, or as many samples
# where a loop goes through these: more than show that a pass belongs to the steps, a fraction of a
# second's.
ALL_LOOKED_AT = 128
TIME_IS_UP = "not enough of a training was seen in the {:.0f} s that there were to watch it"
NO_TRAINING = "no training was found: no loop multiplies what it steps"
NOT_THERE = "no training was seen that line {} is within, or calls"


class Watcher:
    """Looks at each turn of each loop: which one trains, what it does, what samples it takes."""

    def __init__(
        self,
        folder: Path,
        seconds: float,
        further: float = 0.0,
        from_first: str = NO,
        longer: float = LONGER,
        most: float = math.inf,
        since: float | None = None,
        *,
        is_copy: bool = False,
    ) -> None:
        self.folder = folder
        self.further = further
        self.longer, self.is_copy = longer, is_copy
        self.from_first = from_first != NO
        self.short = site_and_turns(from_first)
        self.sites = Sites([Site(file="", line=0, text="")])
        self.own: set[str] = set()
        self.tape = Recorder(self.turn, self.own)
        self.tape.keeping.always, self.tape.keeping.folder = self.from_first, folder
        self.witness = Witness(self.tape, self.sites.every)
        self.tape.witness, self.tape.named = self.witness.see, self.witness.shared.named
        self.tape.at_end = self._goes_on
        self.told = ToldOnTheWay()
        self.examined: Examined | None = None
        self.afterwards: Afterwards | None = None
        self.origins: Origins | None = None  # of its arrays, once enough was seen of them
        self.is_read = False
        self.read_at = 0.0
        self.ended_after: int | None = None  # how many epochs there were, once they are over
        self.steps_unseen = LookingAway(self.tape, self.witness.see, self.sites.statements)
        self.closing = threading.Lock()
        self.turns: dict[int, int] = {}
        self.window: tuple[int, int] | None = None
        self.understood: Understood | None = None
        self.seen: Collector | None = None
        self.looked_at = 0  # turns since its steps are understood
        self.evaluations: Evaluations | None = None
        self.parted: NotReadError | None = None
        # None once the training that was asked for has begun, or where it is the first.
        self.passing: PassingBy | None = None
        self.asked = False
        self.passed: set[int] = set()
        self.inner: int | None = None  # of these one within which no target joins
        self.is_judged = False
        self.loops = Loops(self.tape)
        self.most, self.wanted = MOST_NODES, WINDOW
        self.began = time.perf_counter() - (time.time() - since if since else 0.0)
        self.seconds, self.at_most = min(seconds, most), most
        self.is_looking = False  # the program waits until that is over
        self.enough_at: Moment | None = None
        self.variables: list[Any] = []  # what they stood for then
        self.how_far: HowFar | None = None
        self.again: MadeAgain | None = None  # once the training is over
        self.texts: dict[str, str] = {}  # the program's files, as they were written
        self.begun: Counter[int] = Counter()
        self.unwatched: Unwatched | None = None

    def turn(self, site: int) -> None:
        """A loop of the program begins another turn; what goes wrong here is none of its errors."""
        self.is_looking = True
        try:
            self._turn(site)
        except Exception as error:
            self.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))
        self.is_looking = False

    def _turn(self, site: int) -> None:
        self.begun[site] += 1
        if self.evaluations is not None:
            self.evaluations.turned(site)
        if self.unwatched is not None:
            self.unwatched.turn(site)
        if self.is_read:
            if self.afterwards is not None:
                self.afterwards.turn(site)
            if self.again is not None and self.tape.taps and self.again.turn(site):
                self._taps_nothing()
                if self.further <= 0:
                    self.close()
            self._looks_away(site)
            return
        if self.passing is not None and self._passes_by(site):
            return
        count = self.turns[site] = self.turns.get(site, 0) + 1
        if self.enough_at is not None:
            self._until_the_end(site)
        elif self.seen is not None:
            self.looked_at += 1
            if self.seen.turn(site):
                self._enough()
            elif self.looked_at >= ALL_LOOKED_AT:
                self._looks_away(site)
        elif self.window is not None:
            if site == self.window[0]:
                self._begins()
                self._in_window()
            elif count in LOOKED_AT and self.short is None:
                self._look_behind(site, self.window[0])
        elif count in LOOKED_AT and site not in self.passed and site in (self.short or (site,)):
            if self.loops.is_around(site, self.inner):
                self._look(site)
        elif self.short is not None and site == self.short[0]:
            self._begins()
        if len(self.tape.nodes) > self.most:
            self.end(
                self.parted or NotReadError(not_found(self.tape.nodes, MOST_NODES), of_run=True)
            )
        if self.left <= 0:
            self._end_late()

    @property
    def has_begun(self) -> bool:
        """Whether a loop was seen that trains."""
        return self.seen is not None or self.window is not None

    @property
    def left(self) -> float:
        """The seconds until its training is to be read."""
        return self.began + self.seconds - time.perf_counter()

    def time_is_up(self) -> None:
        """Nothing is looked at any more, whatever the program does; for one that waits as well."""
        if not (self.is_looking or self.is_read):
            self.is_looking = True
            self._end_late()
            self.is_looking = False

    def _end_late(self) -> None:
        read = self.seen is not None and self.understood is not None
        late = NotReadError(TIME_IS_UP.format(self.seconds), of_run=True)
        self.end(None if read else self.parted or late)

    def _begins(self) -> None:
        """A step begins that is read."""
        self.tape.keeping.always = True
        self.tape.keeping.begin(len(self.tape.nodes), self.tape.calls)

    def ask(self, asked: Asked) -> None:
        """Read the training that was asked for, and no other."""
        self.passing, self.asked = PassingBy(asked, self.loops), True

    def _looks_away(self, site: int) -> None:
        """A step of a training that was read begins: most of these need not be seen.

        Only where it is known when they end, as it is of a for loop.
        """
        if self.understood is None or site != self.understood.roles.step.loop.site:
            return
        if site in self.tape.begun:
            self.steps_unseen.step()

    def _passes_by(self, site: int) -> bool:
        """Whether a loop belongs to no training that was asked for."""
        assert self.passing is not None
        if not self.passing.begins(self.sites.every[site], sys._getframe(1)):
            self.passing.turn(site)
            return True
        self.passing = None
        return False

    def _goes_on(self, site: int) -> None:
        """A loop has ended; what follows one that trains may begin another training, or test it."""
        if self.passing is not None:
            self.passing.end(site)
        epochs = self.seen.epoch_site if self.seen else None
        if site == epochs and self.ended_after is None and self.tape.begun[site] == 1:
            self.ended_after = self.begun[site]
        read_by = None if self.is_read else site
        if self.enough_at is not None and self.seen is not None and not self.is_read:
            self.is_looking = True
            try:
                self._is_over(site, self.seen)
            except Exception as error:
                self.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))
            self.is_looking = False
        if self.understood and site == self.understood.roles.step.loop.site:
            self.steps_unseen.end()
        if self.afterwards is not None and site in (self.afterwards.loop, read_by):
            self.afterwards.begin(self._lookers())

    def _is_over(self, site: int, seen: Collector) -> None:
        """A pass of a training that was read is over, or all of it is: then that is handed over."""
        epochs = seen.epoch_site
        if site == seen.site:
            seen.end_of_pass(self.begun[epochs or site] + 1, epochs_written(seen))
        # of a loop without epochs that is begun anew, all of it is the training
        alone = seen.pass_of == 1 and site == seen.site if epochs is None else site == epochs
        if alone and self.tape.begun[site] == 1:
            seen.end_of_training()
            self.end(None, goes_on=not self.is_copy)

    def _look(self, site: int) -> None:
        loop = self.loops.that_trains(site)
        if loop is not None:
            self.window = (site, 1 if self.from_first else len(loop.starts))
            self._begins()

    def _look_behind(self, site: int, before: int) -> None:
        """A loop that comes when the one looked at is over, as samples are prepared by one."""
        is_over = self.tape.begun[before] == 1 and not self.tape.running[before]
        if is_over and site not in self.passed and self.loops.is_apart(site, before):
            self._look(site)
            if self.window is not None and self.window[0] == site:
                self.passed.add(before)

    def _in_window(self) -> None:
        assert self.window is not None
        site, first = self.window
        loop = self.loops.on_tape(site)
        turns = list(range(first, len(loop.starts) - 1))
        if self.short is not None:
            if len(loop.starts) == self.short[1]:
                self._understand(loop, half_of(turns, WINDOW))
                if self.seen is not None and self.understood is not None:
                    replay(self.seen)
        elif len(turns) >= self.wanted or self._are_long(loop, turns):
            self._understand(loop, turns)

    def _are_long(self, loop: Loop, turns: list[int]) -> bool:
        """Whether a few steps say enough, since each is so long."""
        return self.wanted <= WINDOW and are_long(loop, turns)

    def _understand(self, loop: Loop, turns: list[int]) -> None:
        sites = self.sites.every
        self._examine(loop, turns)
        loop = without_buffers(loop)
        self.told.of_steps = untroubled(told_of_steps, loop, turns, sites, self.witness)
        if not self.from_first and overflows(loop, turns[-1]):
            self.end(NotReadError(OVERFLOWS, of_run=True))
            return
        try:
            self.understood = understand(loop, turns, sites)
        except NotReadError as error:
            self._tell_of_refusal(error)
            if error.reason == FEW and len(turns) < MOST_TURNS and self.short is None:
                self.wanted = 2 * len(turns)  # it steps in few of them
                return
            if error.reason.startswith((*ONE_BY_ONE, UNEVEN, ANSWERED)):
                self._look_elsewhere(loop, turns, error)
            elif not (self.is_copy or self.is_judged) and self._is_within(loop):
                self.inner = loop.site
                self._look_elsewhere(loop, turns, error)
            else:
                self._look_at_samples(loop, turns, error)
        except Exception as error:  # what nobody thought of is no reading either
            self.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))
        else:
            read = self.understood
            self.seen = collector(self.tape, read.roles, read.targets, read.passes.clock)
            if self.short is None and not self.from_first:
                with_first_steps(self.seen)
            for tell in OF_THE_READING.values():
                self.told.of_steps += untroubled(tell, read, sites)
            self._look_at_tests(read, self.seen)

    def _examine(self, loop: Loop, turns: list[int]) -> None:
        """Run the step again and differentiate it, whatever can be read of it."""
        if self.is_copy or self.told.of_gradients:
            return
        seconds = min(EXAMINED, EXAMINING * self.left)
        texts = {file: Text(source) for file, source in self.texts.items()}
        given = loop, turns[:STEPS], self.sites.every, texts
        with threadpool_limits(1):
            self.examined = untroubled(partial(examine, seconds=seconds), *given) or None
        found = self.examined and untroubled(told_of_step, self.examined, self.sites.every, texts)
        if found and (found.right or found.told):  # else these may be no gradients at all
            self.is_judged, self.told.of_gradients = True, [*found.told]
            found.write(self.folder)

    def _lookers(self) -> list[Looks]:
        """What goes on to look at the tape of the reading."""
        found: list[Looks] = [self.witness]
        if self.evaluations is not None:
            found += [self.evaluations, self.evaluations.sources, self.evaluations.steps]
        return found

    def _tell_of_test(self) -> None:
        """Whether the network was tested as it was trained, as far as that was seen."""
        made = self.examined.judgement if self.examined is not None else None
        if made is None or self.afterwards is None:
            return
        self.afterwards.over()
        texts = {file: Text(source) for file, source in self.texts.items()}
        for tape in reversed(self.afterwards.tapes):
            given = self.sites.every, texts
            found = partings(made, noted(tape, self.sites.every), *given)
            self.told.of_gradients += [told_of_test(one, *given) for one in found]

    def _is_within(self, loop: Loop) -> bool:
        """Whether a loop is within another, as one over the steps of a recurrent network is."""
        others = self.turns.keys() - self.passed - {loop.site}
        return any(self.loops.is_around(one, loop.site) for one in others)

    def _tell_of_refusal(self, error: NotReadError) -> None:
        """What keeps a loop from being read is told by itself where that is a fault."""
        shuffled = self.origins.shuffled_again if self.origins else set()
        self.told.of_refusal(error, [self.sites.every[one] for one in shuffled])

    def _look_at_samples(self, loop: Loop, turns: list[int], why: NotReadError) -> None:
        """What trains is not read; what it trains on may be, for a moment longer."""
        try:
            self.seen = samples_alone(self.tape, loop, turns, self.sites.every)
        except Exception:  # then nothing of it is known
            self.end(why)
            return
        self.parted = why
        self.seconds = min(self.seconds, time.perf_counter() - self.began + LONGER)

    def _look_at_tests(self, understood: Understood, seen: Collector) -> None:
        """From now on, see how the network that was read is tested."""
        try:
            looks = NumberEvaluations if of_numbers(understood) else Evaluations
            self.evaluations = looks(understood, seen, self.tape)
        except Exception:  # then it is tested on what it trains on
            return
        self.witness.ask_for_tests(self.evaluations)

    def _look_elsewhere(self, loop: Loop, turns: list[int], why: NotReadError) -> None:
        """A loop over units steps an array of weights, but it is one around it that trains."""
        why.site = why.site or self.sites.every[loop.site]
        self.parted = self.parted or why
        self.passed.add(loop.site)
        self.window, self.tape.keeping.always = None, False
        further = 2 if self._are_long(loop, turns) else LOOKED_ON  # so long is no loop over units
        self.most = min(self.most, max(further * len(self.tape.nodes), FEWEST_NODES))

    def _enough(self) -> None:
        """Enough was seen to read it; what later epochs do is seen in windows.

        Of a copy only how the rate goes on, where it changes, and of what computes number by
        number, which takes ten times as long while it is watched.
        """
        seen, read = self.seen, self.understood
        assert seen is not None
        if read is not None and has_just_begun(seen):
            return  # the next step says which rate this epoch has
        self.origins = self.tape.origins or self.origins
        self.tape.origins = None
        if read is None or seen.is_over:
            self.end(None)
            return
        self.how_far = HowFar(read.roles, seen, self.sites.every, self.begun)
        is_long = self.is_copy or isinstance(self.evaluations, NumberEvaluations)
        written = epochs_written(seen)
        if is_long and written is not None and self.how_far.is_steady():
            self.end(None)
            return
        if written is None:
            self.longer = LONGER  # how long the training is, nothing but its end tells
        self.enough_at, self.variables = now(), self._variables()

    def _until_the_end(self, site: int) -> None:
        assert self.enough_at is not None
        assert self.seen is not None
        if self.seen.is_over:
            self.end(None)
            return
        self.seen.watch_on(site)
        if site == self.seen.epoch_site:
            self.seen.late.begin(self.begun[site], epochs_written(self.seen))
        self._looks_away(site)
        waits = None if self.is_copy else self.how_far
        is_up = has_had(self.longer, self.enough_at)
        if is_up and not (waits and waits.half_is_near(self.began, self.seconds)):
            self.end(None)
        elif is_up:
            self.longer *= ONCE_MORE

    def end(self, why: NotReadError | None, *, goes_on: bool = False) -> None:
        """Hand over what was read; the program runs on for a while, and the witness sees it.

        goes_on: whether steps may be made again.
        """
        if self.is_read:
            return
        made = self._handover(why)
        # that it was watched on counts where its training is not over: tests may come after that
        waited = had(self.enough_at) if self.enough_at and not goes_on else 0.0
        running = RunningOn(
            further=self.further or self.longer, had=waited, at_most=self.at_most,
            began=self.began, seen=self.seen, steps=untroubled(steps_of_all, self.seen) or 0,
            evaluations=self.evaluations, close=self.close,
        )  # fmt: skip
        made.write(self.folder)
        if self.evaluations is not None:
            self.evaluations.trained_on = len(made.arrays.get("labels", ()))
        self.is_read = True
        self.read_at = self.enough_at.clock if self.enough_at else time.perf_counter()
        if self.window is None:
            self.told.of_steps = untroubled(told_of_loops, self.tape, self.sites.every)
        self.tape.recording = self.tape.keeping.always = False
        if self.window is not None and not self.is_copy:
            self.afterwards = Afterwards(self.tape, self.window[0])
        if goes_on and made.parted is None and self.seen and self.understood:
            self.again = MadeAgain(self.seen, self.understood, made.said)
        else:
            self._taps_nothing()
        # of a copy, what it tells by itself is asked beside its network alone
        is_over = self.is_copy and made.parted is not None
        if (self.further <= 0 and self.again is None) or is_over:
            self.close()
        if isinstance(self.evaluations, NumberEvaluations):
            self.unwatched = left_alone(self.seen, self.texts, self.begun)
        running.begin()

    def _taps_nothing(self) -> None:
        tape = self.tape
        for one in (tape.taps, tape.quick, tape.followed, tape.threaded):
            one.clear()

    def close(self) -> None:
        """Hand over what the run told by itself, and end the process."""
        self.closing.acquire()  # whoever comes second waits for the end of the process
        untroubled(self._tell_of_test)
        write_told(self.folder, self.told.once(self.witness.told()))
        if self.ended_after is not None:
            write_ended(self.folder, self.ended_after)
        if self.again is not None:
            self.again.hand_over(self.folder)
        if self.evaluations is not None:
            self._hand_tests_over(self.evaluations)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def _hand_tests_over(self, evaluations: Evaluations) -> None:
        evaluations.over = True
        here, every = threading.current_thread(), threading.enumerate()
        if any(one is not here and not isinstance(one, threading.Timer) for one in every):
            time.sleep(A_MOMENT)  # the program may be in the midst of an operation
        given = evaluations, self.sites.every, self.read_at
        try:
            write_seen(self.folder, [seen_of(one, *given) for one in evaluations.found()])
        except Exception:  # then it is tested on what it trains on
            return

    def _handover(self, why: NotReadError | None) -> Handover:
        if why is None and self.seen is not None and self.understood is not None:
            done = epochs_done(self.seen, self.begun)
            epochs = epochs_written(self.seen) or done or self.seen.epochs_seen()
            try:
                refuse_without_steps(self.seen, self.sites.every)
                self.origins = self.tape.origins or self.origins
                around = Around(
                    variables=self._variables, origins=self.origins, tell=self._tell_of_refusal,
                )  # fmt: skip
                known = self.how_far and self.how_far.known(epochs or 1)
                made = handed_over(self.understood, self.seen, self.sites.every, epochs, around)
                if self.how_far and made.parted is None:
                    made.said[KNOWN], made.said[LATE] = known, self.how_far.late()
                    made.said["asked"] = self.asked
                return made
            except NotReadError as error:
                why = error
            except Exception as error:
                why = NotReadError(f"it could not be read ({type(error).__name__}: {error})")
        why = why or self.parted or NotReadError(NO_TRAINING, of_run=True)
        if self.passing is not None:
            why = NotReadError(NOT_THERE.format(self.passing.asked.line), why.site, of_run=True)
        site = why.site or self._place()
        reason, of_run = why.reason, why.of_run
        parted = Parted(file=site.file, line=site.line, reason=reason, of_run=of_run)
        if self.seen is not None and self.understood is None:
            try:
                return met(self.seen, self.sites.every, parted)
            except Exception:  # not all that it trains on was seen
                pass
        again = told(self.window[0], self._turns_seen(self.window[0])) if self.window else ""
        return Handover(parted=parted, again=again if reason == SHORT else "")

    def _variables(self) -> list[Any]:
        """What the program's variables stand for, and stood for when enough was seen.

        By now it may have left the function that trains.
        """
        found = (*self.variables, *variables(self.own))
        held = {id(one): one for one in found if isinstance(one, np.ndarray | list | tuple)}
        return [*held.values()]

    def _place(self) -> Site:
        if self.window is not None:
            return self.sites.every[self.window[0]]
        return Site(file="", line=0, text="")

    def _is_short(self) -> bool:
        """Whether a training ended with too few steps beside those that it is read from."""
        if self.window is None or self.short is not None or self.parted is not None:
            return False
        return ended_soon(self.seen, self._turns_seen(self.window[0]))

    def _turns_seen(self, site: int) -> int:
        """How many turns a loop took, on the tape and after it."""
        on_tape = sum(one == site for _, one in self.tape.turns)
        return on_tape + (len(self.seen.steps) - self.seen.shown if self.seen else 0)

    def ended(self) -> None:
        """The program came to its end by itself."""
        self.is_looking = True
        if self.evaluations is not None:
            self.evaluations.ended = True
        if self.seen is not None:
            self.seen.is_ended = True
        if self._is_short():
            self.end(NotReadError(SHORT, of_run=True))
        elif self.short is not None and self.seen is not None:
            self.seen.turn(self.short[0])
        elif self.seen is None and self.window is not None:
            loop = self.loops.on_tape(self.window[0])
            turns = list(range(1 if self.from_first else 2, len(loop.starts) - 1))
            if len(turns) > 2:
                self.tape.keeping.always = False
                self._understand(loop, turns)
        self.end(None)
        self.close()
