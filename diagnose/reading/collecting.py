"""Once the step is understood, only samples, targets, rate and state of further steps are kept."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.began import drawn_at
from diagnose.reading.clock import CLOCK, Clock
from diagnose.reading.drawing import Draws, steps_for_epoch
from diagnose.reading.dropping import is_noisy
from diagnose.reading.edges import AFTER, AROUND, Edges, Kept
from diagnose.reading.learning_rate import where_it_is_least
from diagnose.reading.loops import STILL, Key
from diagnose.reading.roles import Roles
from diagnose.reading.room import Room
from diagnose.reading.steps import Place, Step
from diagnose.reading.targets import Targets, as_rows, rows_of, thread_of
from diagnose.recording.nodes import references
from diagnose.recording.tape import Tape, tracked
from diagnose.recording.threads import Held

# So many steps show that samples are taken in turn: of two that are drawn, one time in a thousand.
IN_TURN = 12
# So many steps are seen in any case. Of two epochs of two steps each, four are seen by then; with
# as many again, there are some to read the rest from, and the fewest to hold it against.
LEAST = 8
# Of the second epoch, so many steps say in which order it takes the samples.
SECOND = 12
KNOWN = 0.5
PASSES = 3
# Operations that are on the tape only if they make a number that the tape follows.
UNNOTED = {"binary", "unary", "compare", "attribute", "get", "method"}
# A pass of so many more steps is waited for: it takes a fraction of a second.
SOON = 1000
MOST_SAMPLES = 600 << 20  # bytes


@dataclass
class Taps:
    """Where in a turn the samples, the targets, the rate and the new state pass by."""

    places: dict[tuple[int, str, int], list[tuple[Any, tuple[Any, ...]]]] = field(
        default_factory=dict
    )
    results: dict[tuple[int, str, int], Key] = field(default_factory=dict)

    @classmethod
    def of(cls, roles: Roles, clock: Clock | None) -> Taps:
        """The taps of a step."""
        taps = cls()
        step = roles.step
        keys = step.loop.ordinals(step.turn)

        def tap(name: Any, place: Place) -> None:
            number, path = step.seen_at(place)
            taps.places.setdefault(keys[number][1:], []).append((name, path))

        for name, place in (("x", roles.x), ("target", roles.target)):
            several = step.parts(place)
            for at, one in enumerate(several):
                tap(name if several == (place,) else (name, at), one)
        if roles.rate_place:
            tap("rate", where_it_is_least(roles.steps, roles.rate_place))
        if clock:
            taps.places.setdefault(clock.key[1:], []).append(("clock", clock.path))
        for key in roles.step.keys:
            if key[0] == "made":
                taps.results.update({one[1:]: one for one in members(step, key)})
        for at, mask in enumerate(roles.masks):
            taps.results[mask.key[1:]] = ("mask", at)
        return taps


def members(step: Step, key: Key) -> tuple[Key, ...]:
    """The keys by which the program carries a state: of numbers in a list, one for each."""
    listed = step.loop.tape.listed.get(key)
    return (key,) if listed is None else listed.members


def reached(args: tuple[Any, ...], kw: dict[str, Any], path: tuple[Any, ...]) -> Any:
    """The value at a place of what an operation takes."""
    value: Any = args if path[0] == 0 else kw
    for at in path[1:]:
        if isinstance(value, slice):
            value = (value.start, value.stop, value.step)[at]
        elif isinstance(value, dict) and at not in value:
            value = list(value.values())[at]
        else:
            value = value[at]
    return value


def number_of(array: Array) -> tuple[tuple[int, ...], int]:
    """By what equal samples are known."""
    return array.shape, zlib.crc32(np.ascontiguousarray(array).data)


def together(rows: list[Array], wanted: list[Array]) -> tuple[Array, Array, Any]:
    """Samples and targets that came one by one, as those of a step, and the samples' number."""
    every = np.concatenate(rows)
    return every, np.concatenate(wanted), number_of(every)


@dataclass
class Collector:
    """Keeps what passes the taps, step by step.

    x, targets: of each step, as rows, by the number under which equal ones are kept once. epochs:
    the first step of each epoch, once it is known which loop is the epoch's. origins: out of which
    arrays samples and targets of each step were taken; of_each: the same of each sample, where a
    step takes them one by one. is_over: whether the program has drawn its
    parameters anew, and what follows is another training. is_ended: whether no further step comes.
    read_from: which of the steps that are kept the network was read from. drawn: of a training
    without epochs, how many steps stand for one, since all samples have come by then; else 0.
    """

    tape: Tape
    roles: Roles
    targets: Targets
    clock: Clock | None = None
    arrays: list[tuple[Array, Array]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    turns: dict[int, list[int]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    epoch_site: int | None = None
    ends_at: int | None = None
    reason: str | None = None
    origins: list[tuple[Held | None, Held | None]] = field(default_factory=list)
    of_each: list[Sequence[tuple[Held | None, Held | None]]] = field(default_factory=list)
    is_over: bool = False
    is_ended: bool = False
    read_from: frozenset[int] = frozenset()
    drawn: int = 0

    def __post_init__(self) -> None:
        self.taps = Taps.of(self.roles, self.clock)
        self.room, self.room_of_targets = Room(self._coming), Room(self._coming)
        self.hashes: dict[Any, int] = {}
        # what is in them, once each and in order: of a single sample such a tuple is no matter to
        # the garbage collector, which goes through all others again and again
        self.rows: dict[int, tuple[int, ...]] = {}
        self.draws = Draws()
        # where batches came from in which some samples are alike
        self.came: dict[int, int] = {}
        # of samples with noise of each step, by the number of a step's, their places in an array
        self.places: dict[int, list[int]] = {}
        self.noisy = is_noisy(self.roles.step, self.roles.x)
        self.count: dict[tuple[int, str], int] = {}
        self.now: dict[Any, Any] = {}
        self.state: dict[Key, Any] | None = None
        self.rate: Any = None
        self.bytes = 0
        # how many steps were seen on the tape, and which other loops were in a turn when they began
        self.shown = 0
        self.around: set[int] = set()
        self.ticks: dict[int, int] = {}
        loop = self.roles.step.loop
        every = [at for at, site in self.tape.turns if site == loop.site]
        # whether there are turns of the loop that make no step
        self.is_accumulating = len(every) > len(loop.starts)
        each_turn = not self.is_accumulating and not loop.skips
        self.edges = Edges(self.tape, loop.site, foresees=each_turn)
        self.objects = self._objects()
        self.inner = self._inner_loops()
        self.tape.recording = False
        for site, _, _ in (*self.taps.places, *self.taps.results):
            self.tape.taps[site] = self._tap(site)
        for site in drawn_at(self.roles.step) - set(self.tape.taps):
            self.tape.taps[site] = self._drawn_anew
        self.tape.threaded = self._ways()
        self.tape.followed = {*self.tape.taps, *self.tape.threaded}

    def _drawn_anew(self, *_: Any) -> None:
        self.is_over = True

    def _objects(self) -> dict[Key, Any]:
        """The arrays that the program writes its state into."""
        step = self.roles.step
        loop = step.loop
        live = {number: held for held, number in self.tape.known.values()}
        found = {}
        last = len(loop.starts) - 2
        for key in step.keys:
            if key[0] in ("written", STILL):
                held = live.get(loop.carried(last)[key].node)
                found[key] = held() if callable(held) else held
        return found

    def _ways(self) -> set[int]:
        """Where samples and targets come about within a step."""
        step = self.roles.step
        loop, start = step.loop, step.loop.starts[step.turn]
        several = (*step.parts(self.roles.x), *step.parts(self.roles.target))
        taken = [one for place in several for one in references(step.places()[place])]
        behind = loop.behind(loop.made_by(taken), start)
        return {self.tape.nodes[number].site for number in behind}

    def _inner_loops(self) -> set[int]:
        """Loops within a step, such as those over its layers; none is that of the epochs."""
        found: dict[int, int] = {}
        loop = self.roles.step.loop
        for one in self.roles.steps:
            start, end = loop.starts[one.turn], loop.starts[one.turn + 1]
            for site in {site for at, site in self.tape.turns if start < at < end}:
                found[site] = found.get(site, 0) + 1
        return {site for site, count in found.items() if 2 * count > len(self.roles.steps)}

    def _tap(self, site: int) -> Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]:
        def tap(kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any) -> None:
            if kind in UNNOTED and not tracked(value):
                return  # whole numbers are not on the tape, so they are not counted there
            at = self.count[site, kind] = self.count.get((site, kind), -1) + 1
            for name, path in self.taps.places.get((site, kind, at), ()):
                given = reached(args, kw, path)
                if self.tape.origins is not None:
                    self.now["origin", name] = self.tape.origins.of(given)
                self.now[name] = (
                    np.array(given) if isinstance(given, np.ndarray) and name != "x" else given
                )
                if name == "x":
                    self.now["x"] = (
                        given
                        if self.ends_at is not None and len(self.steps) > self.ends_at
                        else self._number(given)
                    )
            key = self.taps.results.get((site, kind, at))
            if key is not None:
                self.now[key] = value

        return tap

    def _number(self, x: Any) -> tuple[Any, Any]:
        """The samples, and a number by which equal ones are known."""
        array = np.asarray(x)
        return array, number_of(array)

    def begin_with(self, steps: list[dict[Any, Any]], around: set[int]) -> None:
        """Take steps for the first ones, by what passed the taps: all of an epoch until now.

        around: the loops that are in a turn, one of which may be that of the epochs.
        """
        self.shown, self.around = len(steps), around
        for now in steps:
            self._samples(now | {"x": self._number(now["x"])})

    def turn(self, site: int) -> bool:
        """A loop begins another turn; True once enough was seen."""
        if self.is_over:
            return True
        if site != self.roles.step.loop.site:
            if site not in self.inner:
                if self.is_accumulating and self._is_step(self.now):
                    self._pass()  # made of what was left over, after the last sample
                self._other_turn(site)
            return False
        self._pass()
        return self._is_enough()

    def has_stepped(self, site: int) -> bool:
        """Whether a turn of another loop begins after a step was made, and not within it."""
        return site not in self.inner and self._is_step(self.now)

    def _pass(self) -> None:
        """A turn is over."""
        self.count = {}
        now, self.now = self.now, {}
        if self._is_step(now):
            self._step(now)
        elif self.roles.step.loop.skips and self.state is not None and self._has_sides(now):
            self._step({"rate": self.rate, **self.state, **now})
        elif self.state is None:
            self.state = self._state({})

    def _joined(self, now: dict[Any, Any]) -> dict[Any, Any]:
        """The same, with samples and targets put together where they come number by number."""
        for name, place, count in self._apart:
            whole = self.roles.step.joined(place, [now[name, at] for at in range(count)])
            now[name] = self._number(whole) if name == "x" else whole
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
        self.ticks[site] = self.ticks.get(site, len(first)) + 1
        if starts and starts[-1] > done - AROUND:
            starts[-1:] = [starts[-1]] if starts[-1] == done else [starts[-1], done]
            return
        starts.append(done)
        self.edges.turn(site, done)

    def _state(self, now: dict[Any, Any]) -> dict[Key, Any] | None:
        found, listed = {}, self.roles.step.loop.tape.listed
        for key in self.roles.step.keys:
            if key[0] in ("written", STILL):
                if self.objects.get(key) is None:
                    return None
                found[key] = np.array(self.objects[key])
            elif key in listed and all(one in now for one in listed[key].members):
                each = [now[one] for one in listed[key].members]
                found[key] = np.reshape(np.array(each, dtype=float), listed[key].shape)
            elif key in now:
                made = now[key]  # the next step may write into it
                found[key] = np.array(made) if isinstance(made, np.ndarray) else made
            else:
                return None
        return found

    def _is_step(self, now: dict[Any, Any]) -> bool:
        """Whether a turn made a step: one that only evaluates passes some taps, but not all."""
        return self._met <= now.keys() and self._made <= now.keys()

    def _has_sides(self, now: dict[Any, Any]) -> bool:
        """Whether samples met targets, which is a step also where that was left out."""
        return self.rate is not None and self._met - {"rate"} <= now.keys()

    @cached_property
    def _met(self) -> set[Any]:
        """What passes the taps in each step."""
        return {name for several in self.taps.places.values() for name, _ in several}

    @cached_property
    def _made(self) -> set[Any]:
        """And what is made there."""
        return {*self.taps.results.values()}

    def _sides(self, now: dict[Any, Any]) -> tuple[Array, Array, Any]:
        """Samples and targets of a step, as rows, and a number by which equal samples are known."""
        now = self._joined(now)
        x = now["x"]  # of a training that is shown once more, also of steps beyond what is enough
        array, number = x if isinstance(x, tuple) else self._number(x)
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
        place = self._place(rows, now)
        whole = (number, zlib.crc32(np.ascontiguousarray(wanted).data), place)
        if whole not in self.hashes:
            self.came[len(self.arrays)] = place
            self.hashes[whole] = len(self.arrays)
            self.arrays.append((self.room.keep(rows), self.room_of_targets.keep(wanted)))
            self.bytes += rows.nbytes
        at = self.hashes[whole]
        if at not in self.rows:
            places = self._known_places(len(rows), now)
            known = [number[1]] if len(rows) == 1 else map(zlib.crc32, self.arrays[at][0])
            self.rows[at] = tuple(sorted({*(places or known)}))
            if places:
                self.places[at] = places
        self.draws.took(len(self.steps), self.rows[at], len(rows))
        self.steps.append(at)
        self.rates.append(self._rate(now, len(rows)))
        self.origins.append((now.get(("origin", "x")), now.get(("origin", "target"))))
        self.of_each.append(self._of_each())

    def _coming(self) -> int:
        """How many more steps this pass of the loop has, where that is known; else 0."""
        return max(self.tape.items_left.get(self.roles.step.loop.site, 0), 0)

    def left(self) -> int | None:
        """How many turns more the loop would have made that was going on when it was left.

        None if it was not going on, or was at its last turn; 0 where it does not say how many.
        """
        site = self.roles.step.loop.site
        if self.is_ended or self.is_over or not self.tape.running[site]:
            return None
        coming = self.tape.items_left.get(site)
        return 0 if coming is None else coming - 1 if coming > 1 else None

    def together(self, steps: range) -> tuple[Array, Array]:
        """Samples and targets of several steps, one after the other."""
        numbers = self.steps[steps.start : steps.stop]
        return self.room.together(numbers), self.room_of_targets.together(numbers)

    def _of_each(self) -> Sequence[tuple[Held | None, Held | None]]:
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

    def _known_places(self, size: int, now: dict[Any, Any]) -> list[int]:
        """Which samples a step takes, of those with noise: their targets have none, and tell it."""
        if not self.noisy:
            return []
        held = now.get(("origin", "target"))
        thread = thread_of(held, size, self.roles, samples=False)
        return [] if thread is None else [int(one) for one in thread.places()]

    def _place(self, rows: Array, now: dict[Any, Any]) -> int:
        """A number by which batches with samples that are alike are known: where they came from.

        Else their numbers tell; these are few, say, where fractions were put into whole numbers.
        """
        if len(rows) < 2 or len({one.tobytes() for one in rows}) == len(rows):
            return 0
        thread = thread_of(now.get(("origin", "x")), len(rows), self.roles, samples=True)
        return 0 if thread is None else zlib.crc32(np.sort(thread.since(0)[1]).data)

    def _ticks(self, now: dict[Any, Any], more: int) -> dict[Key, Any]:
        return {CLOCK: int(now["clock"]) - self.clock.offset + more} if self.clock else {}

    def _is_enough(self) -> bool:
        done = len(self.steps)
        if self.bytes > MOST_SAMPLES:
            self.reason = "the samples of one epoch are more than can be kept"
            return True
        if self.ends_at is not None:
            return done >= self.ends_at
        if self.is_full_batch():
            self.ends_at = done + AFTER
            return False
        in_turn = max(2 * len(self.arrays), IN_TURN, self.shown + 1)
        if done == in_turn and not self.turns and self.cycle() and not self._may_be_others():
            self.ends_at = done + AFTER
            return False
        size = steps_for_epoch(self.tape, self.roles.step, done) if self.draws.all_came else 0
        if size and self._is_drawn():
            self.drawn, self.ends_at = size, max(size, done + AFTER)
            return False
        site_of_steps = self.roles.step.loop.site
        is_alone = 1 in (self.tape.begun[site_of_steps], self.tape.whiles[site_of_steps])
        # of loops that begin with an epoch, that over the epochs turns least often
        for site, starts in sorted(self.turns.items(), key=lambda one: self.ticks[one[0]]):
            begins = sorted({one for one in starts[-PASSES - 2 :] if one < done})
            if len(begins) < 2 or done != begins[-1] + min(SECOND, begins[-1] - begins[-2]):
                continue
            if site in self.edges.torn:
                continue
            # no loop goes around it: what turns may be an evaluation within
            alone = is_alone and len(starts) <= PASSES + 1 and self._are_passes(begins)
            if alone or (not is_alone and self._are_epochs(*begins[-2:])):
                self.epoch_site = site
                seen = {one.at for one in self.kept}
                self.kept += [one for one in self.edges.around[site] if one.at not in seen]
                self.ends_at = max(done, LEAST)  # two epochs of two steps are soon over
                return False
        return False

    def _are_epochs(self, first: int, second: int) -> bool:
        """Whether what begins with step ``first`` and ``second`` may be two epochs.

        The second takes samples of the first, and so did what was before: of samples that are
        drawn, one may come twice in a row.
        """
        known = {*self._taken(first, second)}
        others = self._taken(second, len(self.steps)), self._taken(max(first - SECOND, 0), first)
        return all(sum(one in known for one in some) >= KNOWN * len(some) for some in others)

    def _are_passes(self, begins: list[int]) -> bool:
        """Whether between any two of the first such steps all samples come, and each of them once.

        So often: by chance four that are drawn do so one time in a thousand, others never. It is
        asked once.
        """
        if len(begins) <= PASSES:
            return False
        passes = [self._taken(first, end) for first, end in pairwise(begins)]
        known = {*passes[0]}
        return all(len(one) == len(known) and known == {*one} for one in passes)

    def _taken(self, first: int, end: int) -> list[int]:
        """The samples of some steps, by what equal ones are known."""
        return [one for at in self.steps[first:end] for one in self.rows[at]]

    def _is_in_a_pass(self) -> bool:
        """Whether a loop around that of the steps, such as one over epochs, will soon turn."""
        site = self.roles.step.loop.site
        around = any(count and one != site for one, count in self.tape.running.items())
        return around and 0 < self._coming() < SOON

    def _may_be_others(self) -> bool:
        """Whether samples that seem to be taken in turn may be others that are equal to them."""
        return self._is_in_a_pass() and not self._come_from_one_place_each()

    def _come_from_one_place_each(self) -> bool:
        """Whether what is equal was taken from the same place each time, and that is known."""
        places: dict[int, list[int]] = {}
        for number, (held, _) in zip(self.steps, self.origins, strict=True):
            size = len(self.arrays[number][0])
            thread = thread_of(held, size, self.roles, samples=True)
            place = None if thread is None else [int(one) for one in thread.places()]
            if place is None or places.setdefault(number, place) != place:
                return False
        return True

    def _is_drawn(self) -> bool:
        """Whether samples come in no order, and there are several targets among them."""
        if self.noisy or self.is_accumulating or self.cycle():
            return False
        first = self.arrays[0][1]
        return any(not np.array_equal(one[:1], first[:1]) for _, one in self.arrays)

    def is_full_batch(self) -> bool:
        """Whether every step takes all samples."""
        last = self.steps[-4:]
        if len(last) < 4 or (len(self.steps) < AFTER and not self.is_ended):
            return False
        if self.rows[last[-1]] != self.rows[last[-2]]:
            return False  # asked in each step, and so it is mostly
        sets = [self.rows[one] for one in last]
        if any(one != sets[0] for one in sets):
            return False
        if len({self.came.get(one, 0) for one in last}) > 1:
            return False  # samples that are alike, from several places
        # a single sample that is taken again and again, and no other before it, as one drawn may be
        return len(self.arrays[last[0]][0]) > 1 or (
            len(set(self.steps)) == 1 and not self._is_one_of()
        )

    def _is_one_of(self) -> bool:
        """Whether the last step took a single sample out of several."""
        thread = thread_of(self.origins[-1][0], 1, self.roles, samples=True)
        return thread is not None and thread.root().length > 1

    def cycle(self) -> int:
        """Of a training without a loop over epochs that takes its batches in turn: how many."""
        count = len(self.arrays)
        if count == 1 and self._is_one_of():
            return 0
        in_turn = all(one == at % count for at, one in enumerate(self.steps))
        return count if in_turn and len(self.steps) >= 2 * count else 0

    def watch_on(self, site: int) -> None:
        """Enough was seen; only the rate of each further epoch is kept."""
        if site != self.roles.step.loop.site:
            starts = self.turns.setdefault(site, [])
            if site == self.epoch_site and (not starts or starts[-1] != len(self.steps)):
                starts.append(len(self.steps))
            return
        self.count = {}
        now, self.now = self.now, {}
        if self._is_step(now):
            self.steps.append(self.steps[-1])
            self.rates.append(self._rate(now, self.passing()))

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
        if self.epoch_site is None:
            size = 1 if self.is_full_batch() else self.cycle()
            ends = range(size, len(self.steps) + 1, size) if size else ()
            return [range(end - size, end) for end in ends]
        starts = sorted(set(self.turns[self.epoch_site]) | {len(self.steps)})
        return [range(first, end) for first, end in pairwise(starts)]
