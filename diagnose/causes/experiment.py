"""Trains an author's network with sets of parts taken from its sound twin, each set once.

The rate of every set in which the pace is exchanged is chosen by how well training images are
answered, and judged on test images: chosen on these, it would flatter. Where trainings are long, it
is chosen in shorter ones, on fewer samples (``Trainer.brief``), and judged in whole ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from diagnose.causes.exchange import Author, Pace, exchanged
from diagnose.causes.lattice import CURED
from diagnose.causes.sound_parts import PlainStep
from diagnose.causes.tried import Tried
from diagnose.instruments.comparing import are_apart, working
from diagnose.instruments.lengths import LONGER
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE, answers
from diagnose.symptoms import chance, half_way, score
from diagnose.training.budget import OutOfTime
from diagnose.training.loop import Run
from diagnose.training.trainer import MOST_SHOWN, Trainer

PACE = "pace"
# Effective rates at which the twin is tried, and then a third and three times the best of them:
# learning curves are flat within such a factor (Bengio 2012, "Practical recommendations for
# gradient-based training of deep architectures").
RATES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
AT_FIRST = (None, *map(Pace, RATES))
BETWEEN = (1 / 3, 3.0)
# Where only some parts are sound, the best rate may lie far from the twin's: for inputs of another
# size by the square of that size.
AROUND = (1e-1, 1.0, 10.0)
# And where an author's own optimizer goes on, whose trainings take long: as multiples of its rate.
ELSEWHERE = (1e-2, 1e-1, 10.0)
# What is within a set that closes less than half of the gap closes it no better: parts that hurt,
# and hide what the others do, would have to hide more than that.
HOPELESS = 0.5
# One that closes so much of it may only be trained for too short a time.
NEARLY = 0.8
# Seeds with which the twin's rate is chosen, and that of any other set; with all it is judged.
SWEPT, SWEPT_AGAIN = 2, 1
# Seeds on which sets of parts are compared; the twin and the network as found have all of them.
COMPARED = 3
# Steps that the network's own functions may make here, at some 100 microseconds each. It is counted
# in steps and not in seconds, so that the same network always gets the same report.
MOST_STEPS = 400_000


@dataclass
class Experiment:
    """Trains sets of parts, each once.

    twin_pace: around which the rates of other sets are looked for. floor: the score as found, where
    that is of another shape. steps: how many the own functions have made. given_up: sets that would
    have taken too long. cut, needed: how often there was no time, and the seconds it would take.
    """

    author: Author
    trainer: Trainer
    seeds: Sequence[int]
    twin_pace: Pace | None = None
    floor: float | None = None
    steps: int = 0
    given_up: int = 0
    cut: int = 0
    needed: float = 0.0
    tried: dict[frozenset[str], Tried | None] = field(default_factory=dict)
    scored: dict[frozenset[str], dict[Pace | None, float]] = field(default_factory=dict)
    _made: dict[tuple[frozenset[str], Pace | None], Network] = field(default_factory=dict)

    @cached_property
    def sweeper(self) -> Trainer:
        """What rates are looked for with."""
        return self.trainer.brief(self.author.network, self.seeds[0])

    def measure(self, sets: Iterable[Collection[str]], *, whole: bool = False) -> None:
        """Train those sets that were not trained yet, on all seeds if ``whole``.

        Those on the compiled loop first: what they tell is there when time runs out.
        """
        new = [one for one in dict.fromkeys(map(frozenset, sets)) if one not in self.tried]
        fast = [one for one in new if self.is_fast(one)]
        self._measure(fast, whole)
        self._measure([one for one in new if one not in fast], whole)

    def _measure(self, new: Sequence[frozenset[str]], whole: bool) -> None:
        paces = self._paces([one for one in new if PACE in one])
        left = [one for one in new if one not in self.tried]
        self._train({one: paces.get(one) for one in left}, whole)
        # A rate between those that were tried may decide about a set that falls short by little; or
        # one of them, that the seed by which it was chosen did not ask for.
        nearly = [one for one in paces if self.twin_pace and HOPELESS <= self.closed(one) < CURED]
        fast = [one for one in nearly if self.is_fast(one)]
        slow = [one for one in nearly if one not in fast]
        for some, seeds in ((fast, self.seeds[:COMPARED]), (slow, self._swept)):
            chosen = self._chosen({one: self._candidates(one) for one in some}, seeds)
            better = self._between(chosen, seeds)
            self._train({one: pace for one, pace in better.items() if pace != paces[one]}, whole)
        short = [one for one in nearly if NEARLY <= self.closed(one) < CURED]
        longer = self._longer(short, self.seeds[:COMPARED])
        self._train({one: pace for one, pace in longer.items() if pace}, whole)

    def _train(self, wanted: Mapping[frozenset[str], Pace | None], whole: bool) -> None:
        """Train sets at the paces that were chosen for them.

        Where that takes long, with the first seed, and with the others if these may decide.
        """
        seeds = self.seeds if whole else self.seeds[:COMPARED]
        long = self.sweeper is not self.trainer
        slow = {one: pace for one, pace in wanted.items() if long or not self.is_fast(one, pace)}
        self._judge({one: pace for one, pace in wanted.items() if one not in slow}, seeds)
        if not whole:
            self._judge({one: pace for one, pace in slow.items() if one}, seeds[:1])
            slow = {one: pace for one, pace in slow.items() if not one or self._may_cure(one)}
        self._judge(slow, seeds)

    def _judge(self, wanted: Mapping[frozenset[str], Pace | None], seeds: Sequence[int]) -> None:
        """Train sets with some seeds, as far as that can be afforded, and note how they do."""
        planned: list[tuple[Network, int]] = []
        affordable = [
            one for one in wanted.items() if self._may_train([one], seeds, planned, self.trainer)
        ]
        for one in wanted.keys() - dict(affordable).keys():
            self._give_up(one)
        networks = [self._network(*one) for one in affordable]
        runs = self._in_time(
            [(network, seed) for network in networks for seed in seeds],
            "exchanging parts with a sound twin",
            self.trainer,
        )
        done, made = self._all_seeds(networks, runs, len(seeds))
        for at in {*range(len(affordable))} - {*done}:
            self._give_up(affordable[at][0])
        every = self.trainer.answering.symptoms(made)
        for n, at in enumerate(done):
            one, pace = affordable[at]
            seen = every[n * len(seeds) : (n + 1) * len(seeds)]
            self.tried[one] = Tried(
                scores=np.array([score(each) for each in seen]),
                seen=seen[0],
                pace=pace,
                trained=self.trainer.score(*made[n * len(seeds)]),
                never=Counter(missing for each in seen for missing in each.never_answered),
                answered=all(map(answers, seen)),
            )

    @staticmethod
    def _all_seeds(
        networks: Sequence[Network], runs: Sequence[Run | None], many: int
    ) -> tuple[list[int], list[tuple[Network, Run]]]:
        """The networks of which each of so many trainings was made, and these trainings."""
        done, made = list[int](), list[tuple[Network, Run]]()
        for at, network in enumerate(networks):
            mine = [run for run in runs[at * many : (at + 1) * many] if run]
            if len(mine) == many:
                done.append(at)
                made += [(network, run) for run in mine]
        return done, made

    def _in_time(
        self, pairs: Sequence[tuple[Network, int]], what: str, by: Trainer
    ) -> list[Run | None]:
        """Trainings, and None for those for which there was no time after all."""
        try:
            return [*by.runs(pairs, what)]
        except OutOfTime as stop:
            self.cut += 1
            self.needed += stop.needed or 0.0
        done = [by.is_trained(*pair) for pair in pairs]
        return [by.run(*pair) if there else None for pair, there in zip(pairs, done, strict=True)]

    def _may_cure(self, parts: frozenset[str]) -> bool:
        """Whether a set may still do, by its first seed: with the others at most 1 is reached."""
        tried, found = self.tried[parts], self._found
        if tried is None or found is None:
            return tried is not None
        most = (float(tried.scores[0]) + COMPARED - 1) / COMPARED
        return most >= found + CURED * (self.possible - found)

    def mean(self, parts: Collection[str]) -> float | None:
        """The mean score of a set that was trained; None of one that was given up."""
        found = self.tried.get(frozenset(parts))
        return found.mean if found else None

    @property
    def best(self) -> float:
        """The highest mean score of any set."""
        return max(one.mean for one in self.tried.values() if one)

    @property
    def best_set(self) -> frozenset[str]:
        """The set of parts that has it."""
        return max(self.tried, key=lambda one: self.mean(one) or 0.0)

    @property
    def everything(self) -> frozenset[str]:
        """The set of all parts in which the author's network differs from its twin."""
        return frozenset(self.author.differing)

    @property
    def possible(self) -> float:
        """What sets are held against: the twin's score, or the best, where the twin falls short.

        The best of many sets is so by luck, too, and the twin is what a network is held against.
        """
        twin, found = self.mean(self.everything), self._found
        if twin is None or found is None or twin < found + CURED * (self.best - found):
            return self.best
        return twin

    def cured(self, parts: Collection[str]) -> bool:
        """Whether a set takes nine tenths of the way from as found to what is possible."""
        return self.closed(parts) >= CURED

    def closed(self, parts: Collection[str]) -> float:
        """How much of the gap a set closes; nothing, where it was not tried."""
        value, found = self.mean(parts), self._found
        if value is None or found is None:
            return 0.0
        return (value - found) / max(self.possible - found, 1e-12)

    @property
    def _found(self) -> float | None:
        """The score as found."""
        return self.mean(()) if self.floor is None else self.floor

    @property
    def _swept(self) -> Sequence[int]:
        """The seeds with which a rate is chosen."""
        return self.seeds[: SWEPT if self.twin_pace is None else SWEPT_AGAIN]

    def _network(self, parts: frozenset[str], pace: Pace | None) -> Network:
        key = (parts - {PACE}, pace)
        if key not in self._made:
            self._made[key] = exchanged(self.author, parts, pace)
        return self._made[key]

    def _afford(
        self,
        sets: Sequence[tuple[frozenset[str], Pace | None]],
        seeds: Sequence[int],
        by: Trainer,
    ) -> bool:
        """Whether the own functions may make these trainings too; if so they are counted."""
        cost = 0
        for parts, pace in sets:
            network = self._network(parts, pace)
            if not self.is_fast(parts, pace):
                steps = -(-len(by.data.labels) // network.batch_size)
                times = pace.times if pace else 1
                left = [one for one in seeds if not by.is_trained(network, one)]
                cost += len(left) * by.epochs * times * steps
        if self.steps + cost > MOST_STEPS:
            return False
        self.steps += cost
        return True

    def _fits(
        self,
        sets: Sequence[tuple[frozenset[str], Pace | None]],
        seeds: Sequence[int],
        planned: list[tuple[Network, int]],
        by: Trainer,
    ) -> bool:
        """Whether there is time for these trainings, too; if so they are added to those planned."""
        budget = by.pool.budget
        pairs = [(self._network(*one), seed) for one in sets for seed in seeds]
        if budget.is_over() or not budget.fits(by.seconds([*planned, *pairs])):
            self.needed += 0.0 if budget.is_over() else by.seconds(pairs)
            self.cut += 1
            return False
        planned += pairs
        return True

    def _may_train(
        self,
        sets: Sequence[tuple[frozenset[str], Pace | None]],
        seeds: Sequence[int],
        planned: list[tuple[Network, int]],
        by: Trainer,
    ) -> bool:
        return self._fits(sets, seeds, planned, by) and self._afford(sets, seeds, by)

    def is_fast(self, parts: frozenset[str], pace: Pace | None = None) -> bool:
        """Whether a set trains on the compiled loop; at the author's pace, if no other is given."""
        return self.trainer.is_compiled(self._network(parts, pace), self.seeds[0])

    def _paces(self, sets: Sequence[frozenset[str]]) -> dict[frozenset[str], Pace | None]:
        """The best pace of each set, by powers of ten; of the twin also between them.

        Where the twin's pace does as well as in the twin, no other would do noticeably better.
        """
        if self.twin_pace is None:
            every = {one: [*AT_FIRST] for one in sets}
            return self._between(self._chosen(every, self._swept), self._swept)
        found = self._chosen({one: self._at_first(one) for one in sets}, self._swept)
        lagging = {one: self._candidates(one) for one in found if self._lags(one)}
        return found | self._chosen(lagging, self._swept)

    def _lags(self, parts: frozenset[str]) -> bool:
        """Whether training images are answered noticeably worse than by the twin so far."""
        twin = self.tried.get(self.everything)
        if twin is None:
            return True
        same = self.sweeper is self.trainer
        reached = twin.trained if same else max(self.scored[self.everything].values())
        return max(self.scored[parts].values()) < reached - NOTICEABLE

    def _chosen(
        self, candidates: Mapping[frozenset[str], list[Pace | None]], seeds: Sequence[int]
    ) -> dict[frozenset[str], Pace | None]:
        """The best pace of each set among some, by these seeds.

        Without those for which there is no time: at a pace that nobody chose, one would not know
        why a set does not do.
        """
        wanted: dict[frozenset[str], list[Pace | None]] = {}
        planned: list[tuple[Network, int]] = []
        for one, paces in candidates.items():
            sets = [(one, pace) for pace in paces]
            if not self._fits(sets, seeds, planned, self.sweeper):
                self._give_up(one)
            elif self._afford(sets, seeds, self.sweeper):
                wanted[one] = paces
            else:
                wanted[one] = [self.twin_pace]
        self._score(wanted, seeds)
        found = {one: self._best(one) for one in wanted if self.scored.get(one)}
        for one in wanted.keys() - found.keys():
            self._give_up(one)
        return found

    def _between(
        self, sets: Iterable[frozenset[str]], seeds: Sequence[int]
    ) -> dict[frozenset[str], Pace | None]:
        """The best pace of sets when a third and three times the best are tried too."""
        wanted: dict[frozenset[str], list[Pace | None]] = {}
        planned: list[tuple[Network, int]] = []
        for one in sets:
            if (best := self._best(one)) is not None:
                paces = [Pace(best.rate * factor, best.times) for factor in BETWEEN]
                pairs = [(one, pace) for pace in paces]
                if self._may_train(pairs, seeds, planned, self.sweeper):
                    wanted[one] = [*paces]
        self._score(wanted, seeds)
        return {one: self._best(one) for one in sets}

    def _longer(
        self, sets: Iterable[frozenset[str]], seeds: Sequence[int]
    ) -> dict[frozenset[str], Pace | None]:
        """Longer trainings of sets that all but do, where they then learn more; else None."""
        found: dict[frozenset[str], Pace | None] = {}
        for one in sets:
            best = self._best(one) or Pace(own_rate(self.author))
            paces = [Pace(best.rate, best.times * times) for times in self._times(best)]
            if not self._may_train([(one, pace) for pace in paces], seeds, [], self.sweeper):
                continue
            before = max(self.scored[one].values())
            self._score({one: paces}, seeds)
            after = [pace for pace in paces if self.scored[one].get(pace, 0.0) > before]
            found[one] = after[0] if after else None
        return found

    def _times(self, pace: Pace) -> list[int]:
        """How many times as long it may be trained."""
        once = pace.times * self.trainer.epochs * len(self.trainer.data.labels)
        return [times for times in LONGER if times * once <= MOST_SHOWN]

    def _give_up(self, parts: frozenset[str]) -> None:
        """Leave a set untried, or as it was tried at another pace with all the seeds."""
        known = self.tried.get(parts)
        if known is None or len(known.scores) < min(COMPARED, len(self.seeds)):
            self.tried[parts] = None
            self.given_up += 1

    def _at_first(self, parts: frozenset[str]) -> list[Pace | None]:
        """The author's pace and the twin's; where that changes, the one it begins with, too.

        Where the author's optimizer stays, the twin's plain step says nothing of its rate.
        """
        own = Pace(own_rate(self.author))
        kept = "step" not in parts and not isinstance(self.author.step, PlainStep)
        first = [own] if _changes(self.author.network) else []
        if kept and not self.is_fast(parts, own):
            return [None, *first, *(Pace(own.rate * factor) for factor in ELSEWHERE)]
        return [None, *first, self.twin_pace]

    def _candidates(self, parts: frozenset[str]) -> list[Pace | None]:
        """Paces around the twin's; only the first ones where each training takes long."""
        assert self.twin_pace is not None
        if not self.is_fast(parts, self.twin_pace):
            return self._at_first(parts)
        best, times = self.twin_pace.rate, self.twin_pace.times
        rates = {best * one for one in AROUND}
        if "input" not in parts:
            rates |= {best * one / self.author.size**2 for one in (0.1, 1.0, 10.0)}
        return [None, *(Pace(rate, times) for rate in sorted(rates))]

    def _best(self, parts: frozenset[str]) -> Pace | None:
        """The best pace tried; of equals the author's own, or the one nearest to it."""
        rate = own_rate(self.author)
        scored = self.scored[parts]

        def rank(pace: Pace | None) -> tuple[float, float]:
            apart = 0.0 if pace is None else 1 + abs(float(np.log(pace.rate / rate)))
            return round(scored[pace], 3), -apart

        return max(scored, key=rank)

    def _score(
        self, wanted: Mapping[frozenset[str], Sequence[Pace | None]], seeds: Sequence[int]
    ) -> None:
        """How well training images are answered, a mean over some seeds, at each pace."""
        pairs = [(one, pace) for one, paces in wanted.items() for pace in paces]
        networks = [self._network(*one) for one in pairs]
        runs = self._in_time(
            [(network, seed) for network in networks for seed in seeds],
            "looking for a sound pace",
            self.sweeper,
        )
        done, made = self._all_seeds(networks, runs, len(seeds))
        values = self.sweeper.answering.scores(made)
        for at, mine in zip(done, np.reshape(values, (-1, len(seeds))), strict=True):
            one, pace = pairs[at]
            self.scored.setdefault(one, {})[pace] = float(np.mean(mine))

    def steady(self) -> None:
        """Choose the twin's rate by all seeds, where some do not work at that chosen by a few.

        The best rate lies close to those at which some draws diverge.
        """
        everything = self.everything
        twin, scored = self.tried[everything], self.scored.get(everything, {})
        by_chance = chance(self.author.network)
        if twin is None or not scored or not self.is_fast(everything, self.twin_pace):
            return
        if (twin.scores >= working(by_chance, float(twin.scores.max()))).all():
            return
        enough = by_chance + HOPELESS * (max(scored.values()) - by_chance)
        self._score({everything: [one for one in scored if scored[one] >= enough]}, self.seeds)
        best = self._best(everything)
        self._train({everything: best}, whole=True)
        if (self.mean(everything) or 0.0) > twin.mean:
            self.twin_pace = best or Pace(own_rate(self.author))
        else:
            self.tried[everything] = twin

    def lengthen(self) -> None:
        """Train the twin for longer, where its training images are then answered much better.

        With those seeds by which its rate was chosen; with all, if it works with those alone.
        """
        pace, everything = self.twin_pace, self.everything
        assert pace is not None
        longer = [Pace(pace.rate, pace.times * times) for times in self._times(pace)]
        if not longer or not self.is_fast(everything, pace):
            return
        works = working(chance(self.author.network), 1.0)
        scored = self.scored.setdefault(everything, {})
        found = self.tried[everything]
        for seeds in (self._swept, self.seeds):
            self._score({everything: [pace]}, seeds)
            if pace in scored and scored[pace] < works:
                break
            if pace not in scored or (found and (found.scores >= works).all()):
                return
        else:
            return
        self._score({everything: longer}, seeds)
        longer = [one for one in longer if one in scored]
        most = max((scored[one] for one in longer), default=0.0)
        if most < scored[pace] + NOTICEABLE:
            return
        enough = next(one for one in longer if scored[one] >= most - NOTICEABLE)
        self._train({everything: enough}, whole=True)
        twin = self.tried[everything]
        by_chance = chance(self.author.network)
        carries_over = found is not None and found.mean >= half_way(by_chance)
        if twin and found and carries_over and not are_apart(found.mean, twin.mean, by_chance):
            # more of these is learned by heart, and no more of the others
            self.tried[everything] = twin = found
        self.twin_pace = enough if twin and twin.pace == enough else pace


def _changes(network: Network) -> bool:
    """Whether the rate is another from epoch to epoch, or from step to step."""
    if network.changes_within_epochs:
        return True
    return len({network.learning_rate(epoch) for epoch in range(network.epochs)}) > 1


def own_rate(author: Author) -> float:
    """The author's rate at the start, in units of the gradient of the mean loss."""
    return abs(author.network.learning_rate(0)) * author.unit or RATES[2]
