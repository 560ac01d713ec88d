"""Looks on while a script runs rewritten, until enough was seen of its training."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diagnose.reading.buffers import without_buffers
from diagnose.reading.collecting import Collector
from diagnose.reading.collecting_samples import SampleCollector, collector
from diagnose.reading.first_epoch import with_first_steps
from diagnose.reading.loops import Loop
from diagnose.reading.not_read import NotReadError
from diagnose.reading.pacing import read_rates
from diagnose.reading.replaying import replay
from diagnose.reading.roles import ANSWERED
from diagnose.recording.origins import Origins
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import Site, Sites
from diagnose.telling.record import Told, at
from diagnose.telling.steps import told_of_loops, told_of_steps
from diagnose.telling.witness import Witness
from diagnose.watching.asked import Asked
from diagnose.watching.early import overflows
from diagnose.watching.epochs_done import epochs_done
from diagnose.watching.evaluations import Evaluations
from diagnose.watching.handed_rate import may_be_another
from diagnose.watching.handing_over import Around, handed_over
from diagnose.watching.handover import (
    FEWEST_HELD,
    LONGER,
    NO,
    OVERFLOWS,
    SHORT,
    Handover,
    Parted,
    write_ended,
    write_told,
)
from diagnose.watching.left_to_do import Left, left_to_do
from diagnose.watching.looking_away import LookingAway
from diagnose.watching.loop_that_trains import LOOKED_AT, Loops, are_long, not_found, steps
from diagnose.watching.number_tests import NumberEvaluations, of_numbers
from diagnose.watching.of_the_reading import OF_THE_READING
from diagnose.watching.rates_ahead import rates_ahead
from diagnose.watching.samples_alone import met, samples_alone
from diagnose.watching.tested import seen_of, write_seen
from diagnose.watching.understanding import FEW, ONE_BY_ONE, UNEVEN, Understood, understand
from diagnose.watching.understanding import FEWEST as FEWEST_STEPS
from diagnose.watching.unwatched import Unwatched

# So many turns are read; where steps are made in few of them, more.
WINDOW, MOST_TURNS = 14, 400
# A training of so many turns that ended before its epochs were told apart, as one of two epochs of
# sixty batches does, is watched once more, and is read from half of them at most, and held against
# the others. Of the fewest three are read, as of any, and two are not; then all that it did is held
# against it.
FEWEST, SHORT_TURNS = 5, 150
MOST_NODES, FEWEST_NODES = 600_000, 60_000
# Where a loop was looked at that may be one within the loop that trains, for so many times the
# operations until then another is looked for: an epoch and some steps of any usual number of units.
# For no fewer than those, a second's worth: a series that is computed number by number comes first.
LOOKED_ON = 20
A_MOMENT = 0.05
# Until the reading is over, this many steps are looked at first, each of them, or as many samples
# where a loop goes through these: more than show that a pass belongs to the steps, a fraction of a
# second's.
ALL_LOOKED_AT = 128
# So many steps tell how long one takes. While the script runs further nobody looks at most of them,
# and they are faster, by less than this.
MEASURED, FASTER = 1000, 2
# Of a training of which so much is done when its time is up, the rest takes no longer.
HALF = 0.5
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
    ) -> None:
        self.folder = folder
        self.further = further
        self.longer = longer
        self.from_first = from_first != NO
        self.short = _site_and_turns(from_first)
        self.sites = Sites([Site(file="", line=0, text="")])
        self.own: set[str] = set()
        self.tape = Recorder(self.turn, self.own)
        self.tape.keeping.always = self.from_first
        self.witness = Witness(self.tape, self.sites.every)
        self.tape.witness, self.tape.named = self.witness.see, self.witness.shared.named
        self.tape.at_end = self._goes_on
        self.of_steps: list[Told] = []
        self.refused: list[Told] = []  # what kept a loop from being read, where that is a fault
        self.origins: Origins | None = None  # of its arrays, once enough was seen of them
        self.is_read = False
        self.read_at = 0.0
        self.steps = 0
        self.ended_after: int | None = None  # how many epochs there were, once they are over
        self.steps_unseen = LookingAway(self.tape, self.witness.see, self.sites.statements)
        self.closing = threading.Lock()
        self.turns: dict[int, int] = {}
        self.window: tuple[int, int] | None = None
        self.understood: Understood | None = None
        self.seen: Collector | None = None
        self.looked_at = 0  # turns since its steps are understood
        # when most of these began not to be seen, and how many steps there were by then
        self.looked_on: tuple[float, int] | None = None
        self.evaluations: Evaluations | None = None
        self.parted: NotReadError | None = None
        # None once the training that was asked for has begun, or where it is the first.
        self.asked: Asked | None = None
        self.others: set[int] = set()  # loops that train, and were not asked for
        self.passed: set[int] = set()
        self.loops = Loops(self.tape)
        self.most, self.wanted = MOST_NODES, WINDOW
        self.began = time.perf_counter()
        self.seconds = seconds
        self.enough_at: float | None = None
        self.texts: dict[str, str] = {}  # the program's files, as they were written
        self.begun: Counter[int] = Counter()
        self.unwatched: Unwatched | None = None

    def turn(self, site: int) -> None:
        """A loop of the program begins another turn; what goes wrong here is none of its errors."""
        try:
            self._turn(site)
        except Exception as error:
            self.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))

    def _turn(self, site: int) -> None:
        self.begun[site] += 1
        if self.evaluations is not None:
            self.evaluations.turned(site)
        if self.unwatched is not None:
            self.unwatched.turn(site)
        if self.is_read:
            self._looks_away(site)
            return
        if self._passes_by(site):
            return
        count = self.turns[site] = self.turns.get(site, 0) + 1
        if self.enough_at is not None:
            self._until_the_end(site)
        elif self.seen is not None:
            self.looked_at += 1
            if self.seen.turn(site):
                self._enough()
            elif self.looked_at >= ALL_LOOKED_AT:
                self.looked_on = self.looked_on or (time.perf_counter(), len(self.seen.steps))
                self._looks_away(site)
        elif self.window is not None:
            if site == self.window[0]:
                self.tape.keeping.begin(len(self.tape.nodes), self.tape.calls)
                self._in_window()
        elif count in LOOKED_AT and site not in self.passed and site in (self.short or (site,)):
            self._look(site)
        if len(self.tape.nodes) > self.most:
            self.end(self.parted or NotReadError(not_found(self.tape.nodes, MOST_NODES)))
        if time.perf_counter() - self.began > self.seconds:
            self.end(None)

    def ask(self, asked: Asked) -> None:
        """Read the training that was asked for, and no other."""
        self.asked = asked

    def _looks_away(self, site: int) -> None:
        """A step of a training that was read begins: most of these need not be seen.

        Only where it is known when they end, as it is of a for loop.
        """
        if self.understood is None or site != self.understood.roles.step.loop.site:
            return
        if site in self.tape.begun:
            self.steps_unseen.step()

    def _passes_by(self, site: int) -> bool:
        """Whether a loop belongs to no training that was asked for; of such, little is kept."""
        if self.asked is None:
            return False
        if self.asked.is_this(self.sites.every[site], sys._getframe(1)):
            self.asked = None
            self.tape.recording = True
            self.turns.clear()
            del self.tape.turns[:-1]
            return False
        count = self.turns[site] = self.turns.get(site, 0) + 1
        if count in LOOKED_AT and site in self.tape.begun and steps(self.loops.on_tape(site)):
            self.others.add(site)
        if site in self.others:
            self.tape.recording = False
        return True

    def _goes_on(self, site: int) -> None:
        """A loop has ended; what follows one that trains may begin another training, or test it."""
        if self.asked is not None and site in self.others:
            self.tape.recording = True
        epochs = self.seen.epoch_site if self.seen else None
        if site == epochs and self.ended_after is None and self.tape.begun[site] == 1:
            self.ended_after = self.begun[site]
        if self.understood and site == self.understood.roles.step.loop.site:
            self.steps_unseen.end()

    def _look(self, site: int) -> None:
        loop = self.loops.that_trains(site)
        if loop is not None:
            self.window = (site, 1 if self.from_first else len(loop.starts))
            self.tape.keeping.always = True

    def _in_window(self) -> None:
        assert self.window is not None
        site, first = self.window
        loop = self.loops.on_tape(site)
        turns = list(range(first, len(loop.starts) - 1))
        if self.short is not None:
            if len(loop.starts) == self.short[1]:
                half = max(len(turns) // 2, FEWEST_STEPS)
                self._understand(loop, turns[: min(half, WINDOW)])
                if self.seen is not None and self.understood is not None:
                    replay(self.seen)
        elif len(turns) >= self.wanted or self._are_long(loop, turns):
            self._understand(loop, turns)

    def _are_long(self, loop: Loop, turns: list[int]) -> bool:
        """Whether a few steps say enough, since each is so long."""
        return self.wanted <= WINDOW and are_long(loop, turns)

    def _understand(self, loop: Loop, turns: list[int]) -> None:
        loop = without_buffers(loop)
        self._tell_of_steps(loop, turns)
        if not self.from_first and overflows(loop, turns[-1]):
            self.end(NotReadError(OVERFLOWS))
            return
        try:
            self.understood = understand(loop, turns, self.sites.every)
        except NotReadError as error:
            self._tell_of_refusal(error)
            if error.reason == FEW and len(turns) < MOST_TURNS and self.short is None:
                self.wanted = 2 * len(turns)  # it steps in few of them
                return
            if not error.reason.startswith((*ONE_BY_ONE, UNEVEN, ANSWERED)):
                self._look_at_samples(loop, turns, error)
                return
            self._look_elsewhere(loop, turns, error)
        except Exception as error:  # what nobody thought of is no reading either
            self.end(NotReadError(f"it could not be read ({type(error).__name__}: {error})"))
        else:
            read = self.understood
            self.seen = collector(self.tape, read.roles, read.targets, read.passes.clock)
            if self.short is None and not self.from_first:
                with_first_steps(self.seen)
            for tell in OF_THE_READING.values():
                self.of_steps += untroubled(tell, read, self.sites.every)
            self._look_at_tests(read, self.seen)

    def _tell_of_refusal(self, error: NotReadError) -> None:
        """What keeps a loop from being read is told by itself where that is a fault."""
        shuffled = self.origins.shuffled_again if self.origins else set()
        if error.kind == "unrelated-labels" and error.site is None and len(shuffled) == 1:
            error.site = self.sites.every[min(shuffled)]
        if error.kind and error.site:
            said = error.reason.removeprefix(f"{ONE_BY_ONE[0]}, and ")
            self.refused.append(at(error.site, error.kind, said))

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

    def _tell_of_steps(self, loop: Loop, turns: list[int]) -> None:
        """What the steps tell, while the tape has them."""
        sites = self.sites.every
        self.of_steps = untroubled(told_of_steps, loop, turns, sites, self.witness)

    def _enough(self) -> None:
        """Enough was seen, unless the rate or the number of epochs is still to be learned."""
        assert self.seen is not None
        if self._has_just_begun():
            return  # the next step says which rate this epoch has
        self.origins = self.tape.origins or self.origins
        self.tape.origins = None
        if (
            self.understood is None
            or self.seen.is_over
            or untroubled(self._is_known_ahead)
            or (self.epochs() is not None and not self._may_change())
        ):
            self.end(None)
            return
        if self.epochs() is None:
            self.longer = LONGER  # how long the training is, nothing but its end tells
        self.enough_at = time.perf_counter()

    def _may_change(self) -> bool:
        """Whether the rate is a value that the program may still change."""
        assert self.understood is not None
        assert self.seen is not None
        place = self.understood.roles.rate_place
        if place is None:
            return False
        every = read_rates(self.understood.roles, self.seen)
        if len({rate for one in every for rate in one}) > 1:
            return True
        node = self.understood.roles.step.graph[place[0]]
        site = self.sites.every[node.site]
        text = site.operand(node.kind, place[1]).lstrip("-")
        if text.replace(".", "").isdigit():
            return False
        return self._assigned(text) > 1 or may_be_another(self.texts, site.file, site.line, text)

    def _has_just_begun(self) -> bool:
        """Whether an epoch has begun of which no step was made yet."""
        assert self.seen is not None
        seen, epochs = self.seen, self.seen.epoch_site
        if self.understood is None or seen.is_over or epochs is None:
            return False
        return seen.turns[epochs][-1] == len(seen.steps)

    def _is_known_ahead(self) -> bool:
        """Whether the lines that make the rate say what it will be in each epoch to come."""
        assert self.understood is not None
        assert self.seen is not None
        seen, roles, epochs = self.seen, self.understood.roles, self.seen.epoch_site
        if epochs is None or roles.rate_place is None or self.tape.begun[epochs] != 1:
            return False
        node = roles.step.graph[roles.rate_place[0]]
        rate, loop = self.sites.every[node.site], self.sites.every[epochs]
        name = rate.operand(node.kind, roles.rate_place[1]).lstrip("-")
        found = rates_ahead(self.texts[loop.file], rate, name, loop, sys._getframe())
        every, written = read_rates(roles, seen), self.epochs() or 0
        if found is None or any(len(one) > 1 for one in every):
            return False
        now, *coming = found
        # of a number that is handed on otherwise than by its name it is not the rate
        sign = next((one for one in (1, -1) if one * now == every[-1][0] != 0), 0)
        if not sign or not len(every) == self.begun[epochs] == written - len(coming):
            return False
        if {*found} != {now} or len({one[0] for one in every}) > 1:
            seen.ahead = tuple(sign * one for one in coming)
        return True

    def _assigned(self, text: str) -> int:
        name = text.split(".")[-1]
        return (
            sum(one.target.split(".")[-1] == name for one in self.sites.every if one.target) + 1
            if name
            else 0
        )

    def _until_the_end(self, site: int) -> None:
        assert self.enough_at is not None
        assert self.seen is not None
        if self.seen.is_over:
            self.end(None)
            return
        self.seen.watch_on(site)
        self._looks_away(site)
        if time.perf_counter() - self.enough_at > self.longer:
            self.end(None)

    def epochs(self) -> int | None:
        """How many epochs the program trains, where the loop says it."""
        assert self.seen is not None
        if self.seen.epoch_site is not None:
            return self.tape.lengths.get(self.seen.epoch_site)
        steps = self.tape.lengths.get(self.seen.roles.step.loop.site)
        every = self.seen.segments()
        if not every:
            # what has no second pass is one, or a part of one that goes on
            return max((steps or 0) // max(self.seen.drawn or len(self.seen.steps), 1), 1)
        return None if steps is None else max(steps // len(every[0]), 1)

    def end(self, why: NotReadError | None) -> None:
        """Hand over what was read; the program runs on for a while, and the witness sees it."""
        if self.is_read:
            return
        pace = self._seconds_of_a_step()
        made = self._handover(why)
        self.steps = untroubled(self._steps_of_all) or 0
        left = self._left_to_do() if self.further > 0 and made.parted is None else Left()
        if not (left.within or left.after):
            made.said["nothing_to_test"] = True
        made.write(self.folder)
        if self.evaluations is not None:
            self.evaluations.trained_on = len(made.arrays.get("labels", ()))
        self.is_read, self.read_at = True, time.perf_counter()
        if self.window is None:
            self.of_steps = untroubled(told_of_loops, self.tape, self.sites.every, self.witness)
        self.tape.recording = self.tape.keeping.always = False
        self.tape.taps.clear()
        self.tape.followed.clear()
        self.tape.threaded.clear()
        if self.further <= 0 or not self._is_worth_while(left, pace):
            self.close()
        if isinstance(self.evaluations, NumberEvaluations):
            self._leave_alone()
        self._call_in_time(self._time_is_up, self.further)

    def _left_to_do(self) -> Left:
        """Where a test of the network that was read may still come."""
        epochs = self.seen.epoch_site if self.seen is not None and self.understood else None
        if epochs is None or not self.tape.running[epochs] or self.tape.begun[epochs] != 1:
            return Left()
        return left_to_do(self.texts, self.own, sys._getframe(), self.sites.every[epochs])

    def _is_worth_while(self, left: Left, pace: float) -> bool:
        """Whether a test may come while the program runs on; pace: seconds of a step, if known."""
        return left.within or (left.after and not self._is_far_from_its_end(pace))

    def _is_far_from_its_end(self, pace: float) -> bool:
        """Whether the training does not end in the time, were it twice as fast from now on."""
        # of a training that is half done by then the rest is waited for, too
        return (
            self.seen is not None
            and (self.steps - len(self.seen.steps)) * pace / FASTER > 2 * self.further
        )

    def _seconds_of_a_step(self) -> float:
        """Of those of which most were not looked at; 0 if there were few."""
        if self.looked_on is None or self.seen is None:
            return 0.0
        since, first = self.looked_on
        steps = len(self.seen.steps) - first
        return (time.perf_counter() - since) / steps if steps >= MEASURED else 0.0

    def _leave_alone(self) -> None:
        """Let the rest of a training that computes number by number run as it was written."""
        assert self.seen is not None
        loops = (self.seen.epoch_site, *self.seen.turns, self.seen.roles.step.loop.site)
        once = [one for one in loops if one is not None and self.tape.begun[one] == 1]
        if once:  # the outermost one turns least often
            site = min(once, key=lambda one: self.begun[one])
            self.unwatched = Unwatched(self.tape, self.texts, site, self.begun[site])

    def _call_in_time(self, what: Callable[[], None], seconds: float) -> None:
        clock = threading.Timer(seconds, what)
        clock.daemon = True
        clock.start()

    def _time_is_up(self) -> None:
        """End; but if the training will, in as long again, its test may follow.

        Of one that was read before its end, since it draws its samples, in as long as a reading
        may take.
        """
        drawn = self.seen is not None and self.seen.drawn > 0
        done = self.evaluations.turns / self.steps if self.steps and self.evaluations else 0.0
        passed = time.perf_counter() - self.began
        if HALF <= done < 1:
            self._call_in_time(self.close, self.further)
        elif drawn and 0 < done < 1 and passed / done < self.seconds:
            self._call_in_time(self.close, passed / done - passed + self.further)
        else:
            self.close()

    def _steps_of_all(self) -> int:
        """How many steps the training has, if that is known; else 0."""
        segments = self.seen.segments() if self.seen else []
        size = len(segments[0]) if segments else self.seen.drawn if self.seen else 0
        return (self.epochs() or 0) * size if size else 0

    def close(self) -> None:
        """Hand over what the run told by itself, and end the process."""
        self.closing.acquire()  # whoever comes second waits for the end of the process
        once: dict[tuple[str, int, str], Told] = {}
        for one in [*self.of_steps, *self.refused, *self.witness.told()]:
            once.setdefault((one.file, one.line, one.kind), one)
        write_told(self.folder, [once[key] for key in sorted(once)])
        if self.ended_after is not None:
            write_ended(self.folder, self.ended_after)
        if self.evaluations is not None:
            self._hand_tests_over(self.evaluations)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def _hand_tests_over(self, evaluations: Evaluations) -> None:
        evaluations.over = True
        time.sleep(A_MOMENT)  # the program may be in the midst of an operation
        given = evaluations, self.sites.every, self.read_at
        try:
            write_seen(self.folder, [seen_of(one, *given) for one in evaluations.found()])
        except Exception:  # then it is tested on what it trains on
            return

    def _handover(self, why: NotReadError | None) -> Handover:
        if why is None and self.seen is not None and self.understood is not None:
            done = epochs_done(self.seen, self.begun)
            epochs = self.epochs() or done or self.seen.epochs_seen()
            try:
                self.origins = self.tape.origins or self.origins
                around = Around(own=self.own, origins=self.origins, tell=self._tell_of_refusal)
                return handed_over(self.understood, self.seen, self.sites.every, epochs, around)
            except Exception as error:
                why = NotReadError(f"it could not be read ({type(error).__name__}: {error})")
        why = why or self.parted
        reason = why.reason if why else NO_TRAINING
        if self.asked is not None:
            reason = NOT_THERE.format(self.asked.line)
        site = why.site if why and why.site else self._place()
        parted = Parted(file=site.file, line=site.line, reason=reason)
        if self.seen is not None and self.understood is None:
            try:
                return met(self.seen, self.sites.every, parted)
            except Exception:  # not all that it trains on was seen
                pass
        return Handover(parted=parted, again=self._again() if reason == SHORT else "")

    def _again(self) -> str:
        """What a second child is told of a training that is short."""
        assert self.window is not None
        return f"{self.window[0]},{self._turns_seen(self.window[0])}"

    def _place(self) -> Site:
        if self.window is not None:
            return self.sites.every[self.window[0]]
        return Site(file="", line=0, text="")

    def _is_short(self) -> bool:
        """Whether a training ended with too few steps beside those that it is read from."""
        if self.window is None or self.short is not None or self.parted is not None:
            return False
        if isinstance(self.seen, SampleCollector) and len(self.seen.kept) >= FEWEST_HELD:
            return False  # its samples come one by one, and what it has seen of them is enough
        few = FEWEST <= self._turns_seen(self.window[0]) <= SHORT_TURNS
        return few and (self.seen is None or self.seen.ends_at is None)

    def _turns_seen(self, site: int) -> int:
        """How many turns a loop took, on the tape and after it."""
        on_tape = sum(one == site for _, one in self.tape.turns)
        return on_tape + (len(self.seen.steps) - self.seen.shown if self.seen else 0)

    def ended(self) -> None:
        """The program came to its end by itself."""
        if self.evaluations is not None:
            self.evaluations.ended = True
        if self.seen is not None:
            self.seen.is_ended = True
        if self._is_short():
            self.end(NotReadError(SHORT))
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


def _site_and_turns(from_first: str) -> tuple[int, int] | None:
    site, _, turns = from_first.partition(",")
    return (int(site), int(turns)) if turns else None


def untroubled(tell: Callable[..., Any], *of: Any) -> Any:
    """What is told; nothing where what nobody thought of keeps it from being told."""
    try:
        return tell(*of)
    except Exception:
        return []
