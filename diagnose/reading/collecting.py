"""Once the step is understood, only samples, targets, rate and state of further steps are kept."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.began import CLOCK, Clock, drawn_at
from diagnose.reading.edges import AFTER, AROUND, Edges, Kept
from diagnose.reading.epoch_ends import (
    IN_TURN,
    cycle,
    goes_around,
    is_drawn,
    is_full_batch,
    may_be_others,
    site_of_epochs,
)
from diagnose.reading.kept_samples import KeptSamples, Origins, numbered, steps_for_epoch
from diagnose.reading.late_steps import LateStep, LateSteps, State
from diagnose.reading.loops import STILL, Key
from diagnose.reading.quick_taps import quick_taps
from diagnose.reading.steps import Place
from diagnose.reading.taps import Taps, inner_loops, reached, ways, written_into
from diagnose.reading.targets import as_rows, rows_of
from diagnose.recording.tape import tracked
from diagnose.recording.threads import Thread

# So many steps are seen in any case. Of two epochs of two steps each, four are seen by then; with
# as many again, there are some to read the rest from, and the fewest to hold it against.
LEAST = 8
# Operations that are on the tape only if they make a number that the tape follows.
UNNOTED = {"binary", "unary", "compare", "attribute", "get", "method"}
# Of these it is asked out of which arrays they were taken.
SIDES = ("x", "target")
# After so many steps it is looked whether samples are rows of any array.
FILES = 128
MOST_SAMPLES = 600 << 20  # bytes


@dataclass
class Collector(KeptSamples):
    """Keeps what passes the taps, step by step: samples and targets, rates, and at times the state.

    turns: before which steps each other loop began a turn; epoch_site: which of them is that of the
    epochs, once it is known. is_over: whether the program has drawn its parameters anew, and what
    follows is another training. is_ended: whether no further step comes. read_from: which of the
    steps that are kept the network was read from. drawn: of a training without epochs, how many
    steps stand for one, since all samples have come by then; else 0. pass_of: of how many steps a
    pass is that no loop begins, once that is known: of later ones nothing is kept that tells it.
    ahead: the rate of each epoch after the last that was seen, where those that were seen say it.
    late: steps of later epochs.
    """

    clock: Clock | None = None
    rates: list[float] = field(default_factory=list)
    turns: dict[int, list[int]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    epoch_site: int | None = None
    ends_at: int | None = None
    reason: str | None = None
    is_over: bool = False
    is_ended: bool = False
    read_from: frozenset[int] = frozenset()
    drawn: int = 0
    pass_of: int = 0
    ahead: tuple[float, ...] = ()
    late: LateSteps = field(default_factory=LateSteps)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.taps = Taps.of(self.roles, self.clock)
        self.site = self.roles.step.loop.site
        self.count: dict[tuple[int, str], int] = {}
        self.now: dict[Any, Any] = {}
        self.state: dict[Key, Any] | None = None
        self.rate: Any = None
        self.last: dict[Any, Any] = {}  # what passed in the last step, while only rates are kept
        # how many steps were seen on the tape, and which other loops were in a turn when they began
        self.shown = 0
        self.around: set[int] = set()
        self.ticks: dict[int, int] = {}
        # of each other loop, how many of its turns were over without a step
        self.empty: Counter[int] = Counter()
        loop = self.roles.step.loop
        every = [at for at, site in self.tape.turns if site == loop.site]
        # whether there are turns of the loop that make no step
        self.is_accumulating = len(every) > len(loop.starts)
        each_turn = not self.is_accumulating and not loop.skips
        self.edges = Edges(self.tape, loop.site, foresees=each_turn)
        self.objects = written_into(self.tape, self.roles.step)
        self.inner = inner_loops(self.tape, self.roles)
        self.tape.recording = False
        for site, _, _ in (*self.taps.places, *self.taps.results):
            self.tape.taps[site] = self._tap(site)
        for site in drawn_at(self.roles.step) - set(self.tape.taps):
            self.tape.taps[site] = self._drawn_anew
        self._follow(self.roles.x, self.roles.target)

    def _follow(self, *sides: Place) -> None:
        """Follow the rows of these from now on, while nobody looks."""
        self.sides = sides
        self.tape.threaded = set().union(*(ways(self.tape, self.roles, one) for one in sides))
        self.tape.followed = {*self.tape.taps, *self.tape.threaded}
        self.tape.quick = quick_taps(self) if type(self) is Collector else {}

    def _drawn_anew(self, *_: Any) -> None:
        self.is_over = True

    def _tap(self, site: int) -> Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]:
        def tap(kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any) -> None:
            if kind in UNNOTED and not tracked(value):
                return  # whole numbers are not on the tape, so they are not counted there
            at = self.count[site, kind] = self.count.get((site, kind), -1) + 1
            place, now = (site, kind, at), self.now
            for name, path in self.taps.places.get(place, ()):
                given = reached(args, kw, path)
                if self.tape.origins is not None and name in SIDES:
                    now["origin", name] = self.tape.origins.taken(given)
                if name == "x":
                    is_over = self.ends_at is not None and len(self.steps) > self.ends_at
                    now["x"] = given if is_over else numbered(given)
                else:
                    now[name] = np.array(given) if isinstance(given, np.ndarray) else given
            key = self.taps.results.get(place)
            if key is not None:
                now[key] = value

        return tap

    def begin_with(self, steps: list[dict[Any, Any]], around: set[int]) -> None:
        """Take steps for the first ones, by what passed the taps: all of an epoch until now.

        around: the loops that are in a turn, one of which may be that of the epochs.
        """
        self.shown, self.around = len(steps), around
        for now in steps:
            self._samples(now | {"x": numbered(now["x"])})

    def turn(self, site: int) -> bool:
        """A loop begins another turn; True once enough was seen."""
        if self.is_over:
            return True
        if site != self.site:
            if site not in self.inner:
                if self.is_accumulating and self.is_step(self.now):
                    self._pass()  # made of what was left over, after the last sample
                self._other_turn(site)
            return False
        self._pass()
        return self._is_enough()

    def has_stepped(self, site: int) -> bool:
        """Whether a turn of another loop begins after a step was made, and not within it."""
        return site not in self.inner and self.is_step(self.now)

    def _pass(self) -> None:
        """A turn is over."""
        self.count = {}
        now, self.now = self.now, {}
        if self.is_step(now):
            self._step(now)
        elif self.roles.step.loop.skips and self.state is not None and self._has_sides(now):
            self._step({"rate": self.rate, **self.state, **now})
        elif self.state is None:
            self.state = self._state({})

    def _joined(self, now: dict[Any, Any]) -> dict[Any, Any]:
        """The same, with samples and targets put together where they come number by number."""
        for name, place, count in self._apart:
            whole = self.roles.step.joined(place, [now[name, at] for at in range(count)])
            now[name] = numbered(whole) if name == "x" else whole
        return now

    @cached_property
    def _apart(self) -> list[tuple[str, Place, int]]:
        """Which of samples and targets come number by number, and as how many."""
        both = ("x", self.roles.x), ("target", self.roles.target)
        found = [(name, place, self.roles.step.parts(place)) for name, place in both]
        return [(name, place, len(parts)) for name, place, parts in found if parts != (place,)]

    def _other_turn(self, site: int) -> None:
        """Another loop begins a turn: an epoch may begin, so the steps on both sides are kept."""
        first = [0] if site in self.around else []
        starts, done = self.turns.setdefault(site, first), len(self.steps)
        self.empty[site] += site in self.ticks and starts[-1:] == [done]
        self.ticks[site] = self.ticks.get(site, len(first)) + 1
        if starts and starts[-1] > done - AROUND:
            starts[-1:] = [starts[-1]] if starts[-1] == done else [starts[-1], done]
            return
        starts.append(done)
        self.edges.turn(site, done)

    def _state(self, now: dict[Any, Any]) -> dict[Key, Any] | None:
        found = {}
        for key in self.roles.step.keys:
            if key[0] in ("written", STILL):
                if self.objects.get(key) is None:
                    return None
                found[key] = np.array(self.objects[key])
            elif key in now:
                made = now[key]  # the next step may write into it
                found[key] = np.array(made) if isinstance(made, np.ndarray) else made
            else:
                return None
        return found

    def is_step(self, now: dict[Any, Any]) -> bool:
        """Whether a turn made a step: one that only evaluates passes some taps, but not all."""
        return self._passed <= now.keys()

    def _has_sides(self, now: dict[Any, Any]) -> bool:
        """Whether samples met targets, which is a step also where that was left out."""
        return self.rate is not None and self._met - {"rate"} <= now.keys()

    @cached_property
    def _met(self) -> set[Any]:
        """What passes the taps in each step."""
        return {name for several in self.taps.places.values() for name, _ in several}

    @cached_property
    def _passed(self) -> set[Any]:
        """All that is there once a step was made."""
        return self._met | self._made

    @cached_property
    def _made(self) -> set[Any]:
        """And what is made there."""
        return {*self.taps.results.values()}

    def _sides(self, now: dict[Any, Any]) -> tuple[Array, Array, Any]:
        """Samples and targets of a step, as rows, and a number by which equal samples are known."""
        now = self._joined(now)
        x = now["x"]  # of a training that is shown once more, also of steps beyond what is enough
        array, number = x if isinstance(x, tuple) else numbered(x)
        size = (
            1
            if self.roles.vectors
            else int(array.shape[1 if self.roles.layout == "columns" else 0])
        )
        wanted = as_rows(now["target"], size, self.roles, self.targets.index)
        return rows_of(array, self.roles), wanted, number

    def _rate(self, now: dict[Any, Any], samples: int) -> float:
        """The rate of a step; where it is divided by the number of samples, before that."""
        rate = self.roles.rate_sign * float(now.get("rate", self.roles.rate_sign))
        return float(f"{rate * samples:.14g}") if self.roles.over_samples else rate

    def _step(self, now: dict[Any, Any]) -> None:
        self._samples(now)
        self._keep(now)

    def _samples(self, now: dict[Any, Any]) -> None:
        """Samples, targets and rate of a step."""
        self.rate = now.get("rate", self.roles.rate_sign)
        rows, wanted, number = self._sides(now)
        origins = now.get(("origin", "x")), now.get(("origin", "target"))
        self.take(rows, wanted, number, origins, self._of_each())
        if len(self.steps) == FILES and type(self) is Collector and self._are_of_their_own():
            self._follow(self.roles.target)
        self.rates.append(self._rate(now, len(rows)))

    def _are_of_their_own(self) -> bool:
        """Whether no samples are rows of an array, as far as is known: each is a file, say.

        Then nothing is known of where they lie once so many are none, whatever the others are.
        """
        if self.noisy:
            return False
        found: set[Thread] = set()
        for at in range(len(self.steps)):
            thread = self.samples_of(at)
            if thread is None:
                continue
            if thread.parent is not None or thread in found:
                return False
            found.add(thread)
        return True

    def left(self) -> int | None:
        """How many turns more the loop would have made that was going on when it was left.

        None if it was not going on, or was at its last turn; 0 where it does not say how many.
        """
        site = self.roles.step.loop.site
        if self.is_ended or self.is_over or not self.tape.running[site]:
            return None
        coming = self.tape.items_left.get(site)
        return 0 if coming is None else coming - 1 if coming > 1 else None

    def _of_each(self) -> Sequence[Origins]:
        """The same for each sample of a step that takes them one by one; else nothing."""
        return ()

    def _keep(self, now: dict[Any, Any]) -> None:
        """Keep the last step with its state, where that is wanted."""
        last = len(self.steps) - 1
        if not self.edges.needs_state():
            self.edges.left_out(last)
            self.state = None
            return
        before, after = self.state, self._state(now)
        self.state = after
        if before is None or after is None:
            self.edges.has_no_state(last)
            return
        masks = tuple(now["mask", at] for at in range(len(self.roles.masks)))
        kept = Kept(
            at=last, before=before | self._ticks(now, 0), after=after | self._ticks(now, 1),
            masks=masks,
        )  # fmt: skip
        if self.edges.step(kept):
            self.kept.append(kept)

    def _ticks(self, now: dict[Any, Any], more: int) -> dict[Key, Any]:
        return {CLOCK: int(now["clock"]) - self.clock.offset + more} if self.clock else {}

    def _is_enough(self) -> bool:
        done = len(self.steps)
        if self.bytes > MOST_SAMPLES:
            self.reason = "the samples of one epoch are more than can be kept"
            return True
        if self.ends_at is not None:
            return done >= self.ends_at
        self.ends_at = self._end(done)
        return False

    def _end(self, done: int) -> int | None:
        """How many steps are enough, once that is known after so many; and what one epoch is."""
        is_within = goes_around(self)
        if is_full_batch(self, is_ended=self.is_ended) and not is_within:
            self.pass_of = 1
            return done + AFTER
        in_turn = max(2 * len(self.arrays), IN_TURN, self.shown + 1)
        is_in_turn = done == in_turn and not self.turns
        if is_in_turn and cycle(self) > is_within and not may_be_others(self):
            self.pass_of = cycle(self)
            return done + AFTER
        size = steps_for_epoch(self.tape, self.roles.step, done) if self.draws.all_came else 0
        if size and not self.is_accumulating and is_drawn(self):
            self.drawn = size
            return max(size, done + AFTER)
        self.epoch_site = site_of_epochs(self, self.turns, self.ticks, self.edges.torn)
        if self.epoch_site is None:
            return None
        seen = {one.at for one in self.kept}
        self.kept += [one for one in self.edges.around[self.epoch_site] if one.at not in seen]
        return max(done, LEAST)  # two epochs of two steps are soon over

    def watch_on(self, site: int) -> None:
        """Enough was seen; of further epochs the rate is kept, and some steps."""
        if site != self.roles.step.loop.site:
            starts = self.turns.setdefault(site, [])
            self.empty[site] += starts[-1:] == [len(self.steps)]
            if site == self.epoch_site and (not starts or starts[-1] != len(self.steps)):
                starts.append(len(self.steps))
            return
        self.count = {}
        now, self.now = self.now, {}
        if self.is_step(now):
            self.steps.append(self.steps[-1])
            self.rates.append(self._rate(now, self.passing()))
            self.last = now
            if self.late.left:
                self._late_step(now)
            if self.epoch_site is None:
                self.late.begin(len(self.steps), self._last_window())

    @property
    def late_kept(self) -> Sequence[LateStep]:
        """The steps of later epochs that what was read can be held against."""
        return self.late.kept

    def _last_window(self) -> int | None:
        """With which step the last window opens, of a training without epochs."""
        every = self.tape.lengths.get(self.site)
        return None if every is None else every - 2 * AROUND

    def end_of_pass(self, epoch: int, every: int | None) -> None:
        """The loop of the steps is over, and nothing was done after it.

        epoch: the number of the one that comes next, of so many.
        """
        if self.is_step(self.now):
            self.watch_on(self.site)  # the last step has ended its loop, and no turn comes after it
        if self.epoch_site is not None and self.late.is_window(epoch, every):
            self.late.before = self._state(self.last)

    def end_of_training(self) -> None:
        """The loop over the epochs is over: what it leaves, steps made again begin with."""
        self.is_ended = True
        self.late.before = self._state(self.last)
        self.late.open()

    def go_on(self, site: int) -> None:
        """The training was over: of its steps that are made again the first are kept."""
        if site != self.site:
            return
        self.count = {}
        now, self.now = self.now, {}
        if self.is_step(now) and self.late.left:
            self._late_step(now)

    def _late_step(self, now: dict[Any, Any]) -> None:
        rate, after = self._rate(now, self.passing()), self._state(now)

        def keep(before: State, after: State) -> LateStep:
            rows, targets, number = self._sides(now)
            at = len(self.steps) - 1
            return LateStep(
                at=at, **self._kept_anyway(at, rows, targets), rate=rate,
                before=before | self._ticks(now, 0), after=after | self._ticks(now, 1),
                masks=tuple(now["mask", at] for at in range(len(self.roles.masks))),
                others=self._others(at, rows, number),
            )  # fmt: skip

        self.late.step(after, keep)

    def _kept_anyway(self, at: int, rows: Array, targets: Array) -> dict[str, Array]:
        """Samples and targets of a late step: those that it has in its turn, if they are these."""
        if self.pass_of:
            due, wanted = self.arrays[self.steps[at % self.pass_of]]
            if np.array_equal(due, rows) and np.array_equal(wanted, targets):
                return {"rows": due, "targets": wanted}
        return {"rows": np.array(rows), "targets": np.array(targets)}

    def _others(self, at: int, rows: Array, number: Any) -> int:
        """How many samples of a late step none of the first epochs took, or not as their turn."""
        if self.noisy or self.drawn:
            return 0
        if self.pass_of > 1:
            due, _ = self.arrays[self.steps[at % self.pass_of]]
            return 0 if np.array_equal(due, rows) else len(rows)
        alone = number is not None and len(rows) == 1
        each = [number] if alone else map(zlib.crc32, np.ascontiguousarray(rows))
        return sum(one not in self.draws.last for one in each)

    def passing(self) -> int:
        """How many samples the step has that just passed, of which nothing else was kept."""
        return 1

    def epochs_seen(self) -> int:
        """How many epochs were seen, as far as they can be told apart."""
        return max(len(self.segments()), 1)

    def first_epoch(self, made: int) -> int:
        """How many of the steps that were made stand for an epoch of a training without any.

        A program may break off before as many have come as would.
        """
        return min(self.drawn, made) or made

    def segments(self) -> list[range]:
        """The steps of each epoch that was seen whole; of a full batch, each step."""
        if self.drawn:
            return []  # of its last steps nothing is kept that tells their samples apart
        if self.epoch_site is None:
            size = self.pass_of or (
                1 if is_full_batch(self, is_ended=self.is_ended) else cycle(self)
            )
            ends = range(size, len(self.steps) + 1, size) if size else ()
            return [range(end - size, end) for end in ends]
        starts = sorted(set(self.turns[self.epoch_site]) | {len(self.steps)})
        return [range(first, end) for first, end in pairwise(starts)]
