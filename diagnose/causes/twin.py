"""What a sound network of the same shape can do, and which parts keep the author's from it.

The twin has the author's data, layers and batches, and every part as a careful engineer would
write it (``sound_parts``). It says what is possible. Where the author's network falls short of it,
parts of the twin are put in the place of the author's, in sets, on the same seeds, and the smallest
sets that close the gap are what is to blame: the difference between a run that fails and one that
passes, narrowed down by trying (Zeller and Hildebrandt 2002, "Simplifying and isolating
failure-inducing input", IEEE Transactions on Software Engineering 28). No probe need have found
anything.

The twin's rate, and that of every set in which the pace is exchanged, is chosen by how well
training images are answered, and judged on test images: chosen on these, it would flatter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.causes.exchange import Author, Pace, exchanged, look_at
from diagnose.causes.lattice import CURED, chosen, cures, shapley
from diagnose.causes.widening import wider
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array
from diagnose.network.authors_code import described
from diagnose.network.record import Network, widths
from diagnose.network.tasks import NOTICEABLE
from diagnose.report import PARTS, Parts, Share, Symptoms, Twin, Where
from diagnose.symptoms import chance, score
from diagnose.training.trainer import Trainer

PACE = "pace"
# The author's function in which each part stands.
ROLES = {
    "input": "prepare", "targets": "encode", "order": "order", "start": "init",
    "forward": "forward", "gradient": "backward", "step": "update", PACE: "learning_rate",
}  # fmt: skip
# Effective rates at which the twin is tried, and then a third and three times the best of them:
# learning curves are flat within such a factor (Bengio 2012, "Practical recommendations for
# gradient-based training of deep architectures").
RATES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
BETWEEN = (1 / 3, 3.0)
# Where only some parts are sound, the best rate may lie far from the twin's: for inputs of another
# size by the square of that size.
AROUND = (1e-1, 1.0, 10.0)
# What is within a set that closes less than half of the gap closes it no better: parts that hurt,
# and hide what the others do, would have to hide more than that.
HOPELESS = 0.5
# Trainings so many times as long as the author's tell whether that is too short, where so many
# samples at most are shown in one of them: a tenth of a second on the compiled loop.
LONGER = (4, 16)
MOST_SHOWN = 100_000
# Seeds with which the twin's rate is chosen, and that of any other set; with all it is judged.
SWEPT, SWEPT_AGAIN = 2, 1
# Seeds on which sets of parts are compared; the twin and the network as found have all of them.
COMPARED = 3
# Steps that the network's own functions may make here, at some 100 microseconds each. It is counted
# in steps and not in seconds, so that the same network always gets the same report.
MOST_STEPS = 400_000
# Sets with parts left out that are tried; and half as many share out a gap, those of four parts.
MOST_SETS = 32


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A set of parts, trained: the score for each seed, what the first seed shows, and the pace.

    trained: the score of the first seed on training images.
    """

    scores: Array
    seen: Symptoms
    pace: Pace | None
    trained: float = 0.0

    @property
    def mean(self) -> float:
        """The mean score over seeds."""
        return float(self.scores.mean())


@dataclass
class Experiment:
    """Trains sets of parts, each once.

    twin_pace: around which the rates of other sets are looked for. floor: the score as found, where
    that is of another shape. steps: how many the own functions have made. given_up: sets that would
    have taken too long.
    """

    author: Author
    trainer: Trainer
    seeds: Sequence[int]
    twin_pace: Pace | None = None
    floor: float | None = None
    steps: int = 0
    given_up: int = 0
    tried: dict[frozenset[str], Tried | None] = field(default_factory=dict)
    scored: dict[frozenset[str], dict[Pace | None, float]] = field(default_factory=dict)
    _made: dict[tuple[frozenset[str], Pace | None], Network] = field(default_factory=dict)

    def measure(self, sets: Iterable[Collection[str]], *, whole: bool = False) -> None:
        """Train those sets that were not trained yet, on all seeds if ``whole``."""
        new = [one for one in dict.fromkeys(map(frozenset, sets)) if one not in self.tried]
        paces = self._paces([one for one in new if PACE in one])
        self._train({one: paces.get(one) for one in new}, whole)
        # A rate between those that were tried may decide about a set that falls short by little.
        nearly = [one for one in paces if self.twin_pace and HOPELESS <= self.closed(one) < CURED]
        better = self._between(nearly)
        self._train({one: pace for one, pace in better.items() if pace != paces[one]}, whole)

    def _train(self, wanted: Mapping[frozenset[str], Pace | None], whole: bool) -> None:
        """Train sets at the paces that were chosen for them."""
        seeds = self.seeds if whole else self.seeds[:COMPARED]
        affordable = [one for one in wanted.items() if self._afford([one], seeds)]
        for one in wanted.keys() - dict(affordable).keys():
            self.tried[one] = None
            self.given_up += 1
        networks = [self._network(*one) for one in affordable]
        runs = self.trainer.runs(
            [(network, seed) for network in networks for seed in seeds],
            "exchanging parts with a sound twin",
        )
        many = len(seeds)
        for at, (one, pace) in enumerate(affordable):
            mine = runs[at * many : (at + 1) * many]
            seen = [self.trainer.symptoms(networks[at], run) for run in mine]
            scores = np.array([score(each) for each in seen])
            trained = self.trainer.score(networks[at], mine[0])
            self.tried[one] = Tried(scores=scores, seen=seen[0], pace=pace, trained=trained)

    def mean(self, parts: Collection[str]) -> float | None:
        """The mean score of a set that was trained; None of one that was given up."""
        found = self.tried.get(frozenset(parts))
        return found.mean if found else None

    @property
    def best(self) -> float:
        """The highest mean score of any set."""
        return max(one.mean for one in self.tried.values() if one)

    def closed(self, parts: Collection[str]) -> float:
        """How much of the gap a set closes; nothing, where it was not tried."""
        value = self.mean(parts)
        found = self.mean(()) if self.floor is None else self.floor
        if value is None or found is None:
            return 0.0
        return (value - found) / max(self.best - found, 1e-12)

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
        self, sets: Sequence[tuple[frozenset[str], Pace | None]], seeds: Sequence[int]
    ) -> bool:
        """Whether the own functions may make these trainings too; if so they are counted."""
        cost = 0
        for parts, pace in sets:
            network = self._network(parts, pace)
            if not self._is_fast(parts, pace):
                steps = -(-len(self.trainer.data.labels) // network.batch_size)
                times = pace.times if pace else 1
                left = [one for one in seeds if not self.trainer.is_trained(network, one)]
                cost += len(left) * self.trainer.epochs * times * steps
        if self.steps + cost > MOST_STEPS:
            return False
        self.steps += cost
        return True

    def _is_fast(self, parts: frozenset[str], pace: Pace | None) -> bool:
        """Whether a set trains on the compiled loop."""
        return self.trainer.is_compiled(self._network(parts, pace), self.seeds[0])

    def _paces(self, sets: Sequence[frozenset[str]]) -> dict[frozenset[str], Pace | None]:
        """The best pace of each set, by powers of ten; of the twin also between them."""
        wanted = {one: self._candidates(one) for one in sets}
        for one, paces in wanted.items():
            if not self._afford([(one, pace) for pace in paces], self._swept):
                wanted[one] = [self.twin_pace]
        self._score(wanted)
        found = {one: self._best(one) for one in sets}
        return found if self.twin_pace else self._between(sets)

    def _between(self, sets: Iterable[frozenset[str]]) -> dict[frozenset[str], Pace | None]:
        """The best pace of sets when a third and three times the best are tried too."""
        wanted: dict[frozenset[str], list[Pace | None]] = {}
        for one in sets:
            if (best := self._best(one)) is not None:
                paces = [Pace(best.rate * factor, best.times) for factor in BETWEEN]
                if self._afford([(one, pace) for pace in paces], self._swept):
                    wanted[one] = [*paces]
        self._score(wanted)
        return {one: self._best(one) for one in sets}

    def _candidates(self, parts: frozenset[str]) -> list[Pace | None]:
        if self.twin_pace is None:
            return [None, *(Pace(rate) for rate in RATES)]
        if not self._is_fast(parts, self.twin_pace):
            return [None, self.twin_pace]  # few, since each takes long
        best, times = self.twin_pace.rate, self.twin_pace.times
        rates = {best * one for one in AROUND}
        if "input" not in parts:
            rates |= {best * one / self.author.size**2 for one in (0.1, 1.0, 10.0)}
        return [None, *(Pace(rate, times) for rate in sorted(rates))]

    def _best(self, parts: frozenset[str]) -> Pace | None:
        """The best pace tried; of equals the author's own, or the one nearest to it."""
        rate = _own_rate(self.author)
        scored = self.scored[parts]

        def rank(pace: Pace | None) -> tuple[float, float]:
            apart = 0.0 if pace is None else 1 + abs(float(np.log(pace.rate / rate)))
            return round(scored[pace], 3), -apart

        return max(scored, key=rank)

    def _score(self, wanted: Mapping[frozenset[str], Sequence[Pace | None]]) -> None:
        """How well training images are answered, a mean over some seeds, at each pace."""
        seeds = self._swept
        pairs = [(one, pace) for one, paces in wanted.items() for pace in paces]
        networks = [self._network(*one) for one in pairs]
        runs = self.trainer.runs(
            [(network, seed) for network in networks for seed in seeds], "looking for a sound pace"
        )
        for at, (one, pace) in enumerate(pairs):
            mine = runs[at * len(seeds) : (at + 1) * len(seeds)]
            values = [self.trainer.score(networks[at], run) for run in mine]
            self.scored.setdefault(one, {})[pace] = float(np.mean(values))

    def lengthen(self, everything: frozenset[str]) -> None:
        """Train the twin for longer, where its training images are then answered much better."""
        pace, network = self.twin_pace, self.author.network
        assert pace is not None
        by_chance = chance(network)
        once = self.trainer.epochs * len(self.trainer.data.labels)
        longer = [Pace(pace.rate, times) for times in LONGER if times * once <= MOST_SHOWN]
        if not self._is_fast(everything, pace):
            return
        self._score({everything: [pace]})
        scored = self.scored[everything]
        if not longer or scored[pace] >= by_chance + CURED * (1 - by_chance):
            return
        self._score({everything: longer})
        most = max(scored[one] for one in longer)
        if most < scored[pace] + NOTICEABLE:
            return
        self.twin_pace = next(one for one in longer if scored[one] >= most - NOTICEABLE)
        self._train({everything: self.twin_pace}, whole=True)


def compare(network: Network, trainer: Trainer, seeds: Sequence[int]) -> tuple[Twin, Parts] | str:
    """Hold a network against its sound twin, and exchange their parts where it falls short.

    The reason instead where there can be no twin: layers that are not dense ones, trainings that
    would take too long, or code that stops when it is handed what the contract allows.
    """
    try:
        return _compare(network, trainer, seeds)
    except BadInputError:
        raise
    except Exception as error:  # the author's code may raise anything
        return described(error)


def _compare(network: Network, trainer: Trainer, seeds: Sequence[int]) -> tuple[Twin, Parts] | str:
    author = look_at(network, trainer, seeds[0])
    if isinstance(author, str):
        return author
    experiment = Experiment(author, trainer, seeds)
    sound = _sound(experiment)
    found = _as_found(experiment)
    if sound is None or found is None:
        return "it would take too long to train"
    if sound.mean < 1 - (1 - CURED) * (1 - chance(network)):
        wide = _widened(experiment, sound, found)
        if wide is not None:
            return wide
    by_chance = chance(network)
    everything = frozenset(author.differing)
    short = falls_short(found.scores, sound.scores, by_chance)
    minimal = smallest(experiment, everything) if short else []
    return _twin(experiment, sound, found), _parts(experiment, found, sound, minimal)


def _as_found(experiment: Experiment) -> Tried | None:
    """The network as found, with as many seeds as it takes not too long."""
    nothing = frozenset[str]()
    experiment.measure([nothing], whole=True)
    if experiment.tried[nothing] is None:
        del experiment.tried[nothing]
        experiment.measure([nothing])
    return experiment.tried[nothing]


def _fails(network: Network, sound: Tried) -> bool:
    """Whether a network is nearer to chance than to a perfect one."""
    return sound.mean < (1 + chance(network)) / 2


def _sound(experiment: Experiment) -> Tried | None:
    """The network with every part sound, at its best pace; None if that would take too long."""
    everything = frozenset(experiment.author.differing)
    experiment.measure([everything], whole=True)
    sound = experiment.tried[everything]
    if sound is None:
        return None
    experiment.twin_pace = sound.pace or Pace(_own_rate(experiment.author))
    experiment.lengthen(everything)
    return experiment.tried[everything]


def _widened(experiment: Experiment, sound: Tried, found: Tried) -> tuple[Twin, Parts] | None:
    """What a sound network of another shape does, and which parts it takes beside its shape.

    None where no shape that was tried is better than the author's.
    """
    by_chance = chance(experiment.author.network)
    more_units = _fails(experiment.author.network, sound)
    for words, author in wider(experiment.author, more_units):
        wide = Experiment(author, experiment.trainer, experiment.seeds, floor=found.mean)
        better = _sound(wide)
        if better is None or not falls_short(sound.scores, better.scores, by_chance):
            continue
        everything = frozenset(author.differing)
        wide.measure([()])
        minimal = [frozenset[str]()]
        if not cured(wide, ()):
            minimal = smallest(wide, everything)
        twin = replace(_twin(wide, better, found), same_shape=sound.mean, lacks=words)
        parts = _parts(wide, found, better, [one | {"size"} for one in minimal])
        alone = {"size": wide.mean(()) or found.mean}
        return twin, replace(parts, alone=alone, without={}, shares={})
    return None


def falls_short(found: Array, sound: Array, by_chance: float) -> bool:
    """Whether a network is worse than its twin, by more than tuning and seeds do.

    found, sound: scores, one for each seed. Nine tenths of the way from chance to the twin are as
    good as the twin; less counts where one would notice it, and where it is more than two standard
    errors of the difference of the two means.
    """
    gap = float(sound.mean() - found.mean())
    errors = (one.var(ddof=1) / len(one) if len(one) > 1 else 0.0 for one in (found, sound))
    return bool(
        gap >= NOTICEABLE
        and gap > (1 - CURED) * (sound.mean() - by_chance)
        and gap > 2 * np.sqrt(sum(errors))
    )


def smallest(experiment: Experiment, everything: frozenset[str]) -> list[frozenset[str]]:
    """The smallest sets of parts that close the gap: those from which no part can be left out.

    One is found by leaving parts out of the whole twin as long as the gap stays closed. Others lack
    a part of each that is known, so these are left out next (hitting sets: Reiter 1987, "A theory
    of diagnosis from first principles", Artificial Intelligence 32).
    """
    parts = sorted(everything, key=experiment.author.differing.index)
    experiment.measure({one} for one in parts)
    experiment.measure(everything - {one} for one in parts)
    minimal = [frozenset({one}) for one in parts if cured(experiment, {one})]
    left_out: list[frozenset[str]] = [frozenset()]
    seen: set[frozenset[str]] = set()
    while left_out and len(seen) < MOST_SETS:
        without = left_out.pop(0)
        if without in seen:
            continue
        seen.add(without)
        left = everything - without
        experiment.measure([left])
        if not cured(experiment, left):
            continue
        inside = next((one for one in minimal if one <= left), None)
        if inside is None:
            inside = _shrunk(experiment, left, parts)
            minimal.append(inside)
        left_out += [without | {one} for one in parts if one in inside]
    return sorted(minimal, key=len)


def _shrunk(experiment: Experiment, curing: frozenset[str], parts: Sequence[str]) -> frozenset[str]:
    """A set that closes the gap, without what can be left out of it."""
    while True:
        smaller = [curing - {one} for one in parts if one in curing and len(curing) > 1]
        smaller = [one for one in smaller if not _hopeless(experiment, one)]
        experiment.measure(smaller)
        enough = [one for one in smaller if cured(experiment, one)]
        if not enough:
            return curing
        curing = max(enough, key=lambda one: (experiment.mean(one) or 0.0, sorted(one)))


def cured(experiment: Experiment, parts: Collection[str]) -> bool:
    """Whether a set takes nine tenths of the way from as found to the best set that was tried."""
    return experiment.closed(parts) >= CURED


def _hopeless(experiment: Experiment, parts: frozenset[str]) -> bool:
    return any(
        parts <= other and experiment.closed(other) < HOPELESS
        for other, one in experiment.tried.items()
        if one and other
    )


def _own_rate(author: Author) -> float:
    return abs(author.network.learning_rate(0)) * author.unit or RATES[2]


def _twin(experiment: Experiment, sound: Tried, found: Tried) -> Twin:
    author, trainer = experiment.author, experiment.trainer
    network = author.network
    sizes = widths(network, network.init(experiment.seeds[0]))
    kinds = [layer.activation for layer in network.layers]
    pace = sound.pace
    works = chance(network) + CURED * (sound.mean - chance(network))
    return Twin(
        score=sound.mean,
        rate=float(f"{pace.rate / author.unit:.6g}") if pace else float(network.learning_rate(0)),
        epochs=trainer.epochs * (pace.times if pace else 1),
        works_in=[int((sound.scores >= works).sum()), len(sound.scores)],
        found_works_in=[int((found.scores >= works).sum()), len(found.scores)],
        shape=f"{'-'.join(map(str, sizes))}, {', '.join(kinds)}",
        same_shape=sound.mean,
        lacks="",
        trained=sound.trained,
        fails=_fails(network, sound),
        symptoms=sound.seen,
    )


def _parts(
    experiment: Experiment, found: Tried, sound: Tried, minimal: Sequence[frozenset[str]]
) -> Parts:
    author = experiment.author
    everything = frozenset(author.differing)
    blamed = set().union(*minimal) & everything
    shares = _shares(experiment, sorted(blamed)) if blamed else {}
    alone = {one: experiment.mean({one}) for one in author.differing}
    without = {one: experiment.mean(everything - {one}) for one in author.differing}
    ordered = [[one for one in PARTS if one in parts] for parts in minimal]
    places = {
        part: Where(file=place[0], line=place[1])
        for part in author.differing
        if (place := author.network.where(ROLES[part]))
    }
    return Parts(
        found=found.mean,
        twin=sound.mean,
        best=experiment.best,
        minimal=sorted(ordered, key=lambda one: (len(one), one)),
        alone={one: value for one, value in alone.items() if value is not None},
        without={one: value for one, value in without.items() if value is not None},
        shares=shares,
        places=places,
        given_up=experiment.given_up,
    )


def _shares(experiment: Experiment, parts: Sequence[str]) -> dict[str, Share]:
    """Each part's share of the cure (Shapley value) among those that some smallest set needs."""
    sets = [frozenset(chosen(parts, mask)) for mask in range(2 ** len(parts))]
    if len(sets) > MOST_SETS // 2:
        return {}
    experiment.measure(sets)
    every = [experiment.tried[one] for one in sets]
    if any(one is None for one in every):
        return {}
    values = shapley(cures(np.array([one.scores[:COMPARED] for one in every if one])))
    return {
        part: Share(low=float(one.min()), mean=float(one.mean()), high=float(one.max()))
        for part, one in zip(parts, values, strict=True)
    }
