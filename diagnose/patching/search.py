"""Which edits make the script work: part by part, then together, then without what is not needed.

The report says which parts must be mended at once. Whether an edit mends one of them shows without
the others being mended: a forward pass, a gradient or a step is held against the sound one, and
samples, their order and a start are trained with everything else taken from the sound twin. So the
number of trials grows with the number of edits and not with that of their sets. What was found in
this way is then run as a whole, and nothing but that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from diagnose.instruments.handful import Constant
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.biases import SIZE, of_units
from diagnose.patching.decays import of_decay, too_strong
from diagnose.patching.handed import HandedScript, of_handed_order
from diagnose.patching.holding import HELD, held
from diagnose.patching.orders import of_order
from diagnose.patching.outcomes import Outcome
from diagnose.patching.pace import (
    ENDS_EARLY,
    ends_far_too_early,
    is_short,
    of_ends,
    of_epochs,
    of_longer,
    of_rate,
    of_schedule,
    of_several_times,
)
from diagnose.patching.samples import of_input
from diagnose.patching.script import Maker, Script
from diagnose.patching.seen import SEEN, of_whole_numbers
from diagnose.patching.source import Edit, is_python
from diagnose.patching.starting import of_start
from diagnose.patching.steps import of_step
from diagnose.patching.sums import sums_begun_anew
from diagnose.patching.trial import Trials
from diagnose.report import Twin

# What must be trained to be judged.
TRAINED: dict[str, Maker] = {"input": of_input, "order": of_order, "start": of_start}
EITHER: dict[str, Maker] = {**TRAINED, "step": of_step}
OF_HANDED: dict[str, Maker] = {"input": of_whole_numbers, "order": of_handed_order}
# For what a finding names besides.
NAMED: tuple[Maker, ...] = (of_schedule, of_ends, of_decay, sums_begun_anew)
# What edits are known for; of the other parts it is said that they are left.
MENDED = (*HELD, *TRAINED, "pace")
# Effective rates, half a power of ten apart: learning curves are flat within such a factor
# (Bengio 2012, "Practical recommendations for gradient-based training of deep architectures").
RATES = tuple(float(rate) for rate in 10.0 ** np.arange(-3, 1.5, 0.5))

# Where not everything can be mended, what brings so much of the way is still worth to be made.
MOST_OF_IT = 0.5

# What a longer training is to take of what was missing, where it gets hardly better on the whole.
HALF = 0.5

# Edits of a part that are tried to come nearer to the twin with what works already.
MOST_FURTHER = 4

# Mistakes in gradients, as they are found.
OF_GRADIENTS = {"wrong-gradient", "broadcast-shape"}
# Mending what a print did not ask for leaves time as for so many parts that come after it.
LEFT_FOR = 5

# Steps, and products of a number with a weight, of a training that takes the author's own functions
# some seconds at most, so that it can be made for each rate; else only the twin's rate is tried.
MOST_STEPS, MOST_PRODUCTS = 20_000, 1e9


# Edits, and the outcome of a copy with them for each seed.
Found = tuple[list[Edit], np.ndarray]


def for_findings(script: Script) -> list[Edit]:
    """Edits of all parts, of which findings name some; those of lines that they name come first."""
    makers = dict.fromkeys([*HELD.values(), *EITHER.values(), *SEEN.values(), *NAMED])
    every = [edit for maker in makers for edit in script.named_first(maker(script))]
    return [edit for edit in dict.fromkeys(every) if is_python(script.source, [edit])]


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """A schedule of rates, multiplied by one factor."""

    schedule: Callable[[int], float]
    factor: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.factor * self.schedule(epoch)


@dataclass(kw_only=True)
class Search:
    """Looks for the edits of one script.

    twin: the sound network to measure by. works: the outcome from which it works. effective: the
    twin's rate, of the gradient of the mean loss. given: edits that are made in any case. whole:
    whether what is harmless is mended, too. left: parts for which no edit was found, by part.
    nearest: the edits that reach most, where no set of them works, and the outcome with them;
    working: those that reach most of such that work.
    """

    script: Script
    trials: Trials
    seeds: Sequence[int]
    twin: Twin
    works: float
    effective: float
    given: Sequence[Edit] = ()
    whole: bool = False
    left: list[str] = field(default_factory=list)
    best: float | None = None
    nearest: Found | None = None
    working: Found | None = None

    def edits_for(self, parts: Sequence[str]) -> Found | None:
        """Edits that mend these parts, and the outcome with them; None where it does not work.

        Where it works as found, these are none. How answers are counted is tried afterwards.
        """
        if sizes := of_units(self.script, self.twin.lacks):
            self.trials.resized = True
            return self._shaped(sizes, [one for one in parts if one != SIZE])
        return self._edits_from(list(self.given), parts)

    def _shaped(self, shapes: Sequence[Edit], parts: Sequence[str]) -> Found | None:
        """The first edit of a shape that works, with those that mend these parts."""
        for one, _ in self.trials.each(self.given, shapes):
            found = self._edits_from([*self.given, one], parts)
            if found is not None:
                return found
        return None

    def _edits_from(self, chosen: list[Edit], parts: Sequence[str]) -> Found | None:
        """Some edits, and further ones that mend these parts, where that works."""
        self.left = [one for one in parts if one not in MENDED]
        if parts and len(self.left) == len(parts):
            return None
        todo = [one for one in (*HELD, *TRAINED) if one in parts]
        for at, part in enumerate(todo):
            with self.trials.shared(len(todo) - at):  # those that come after it, and the pace
                chosen = self._mended(part, chosen)
        found = self._paced(chosen)
        if found is None:
            return None
        return self._wanted(*(self._further(*found, rated="pace" in parts) if parts else found))

    def of_told(self, told: Sequence[Edit]) -> Found | None:
        """What findings name mended at once, and the pace if need be; None where that is not all.

        told: of each finding its likeliest edit. Of a wrong gradient it is one of many, unless the
        step has shown it.
        """
        edits = [*self.given]
        for one in [*self.script.mends, *told]:
            sure = one.defect not in OF_GRADIENTS or one in self.script.mends
            if sure and not any(map(one.meets, edits)):
                edits.append(one)
        now = self.trials.run(edits) if len(edits) > len(self.given) else None
        found = self._paced(edits) if now is not None and not now.wrong else None
        return None if found is None else self._wanted(*self._further(*found))

    def _wanted(self, edits: list[Edit], scores: np.ndarray) -> Found:
        """Of edits that work those that it takes; or all, and what mends what is harmless."""
        return self._more(edits, scores) if self.whole else self._smaller(edits, scores)

    def with_right_gradients(self, edits: list[Edit]) -> list[Edit]:
        """The edits, and such as mend gradients in which a mistake was found and is left.

        A training of few seeds, and one run of the script, may get by without.
        """
        if not OF_GRADIENTS & {*self.script.found} or self.trials.run(edits) is None:
            return edits
        with self.trials.shared(LEFT_FOR):  # what is not found is not looked for in all the time
            more, right = held(self.script, self.trials, "gradient", edits)
        return more if right else edits

    def _further(self, edits: list[Edit], scores: np.ndarray, rated: bool = False) -> Found:
        """The edits that work, and such as bring it noticeably nearer to what can be reached.

        rated: whether the rate is to be mended: what works with some seeds may do so only just.
        Not by what becomes another task: samples of which targets are made are no inputs yet.
        """
        now = self.trials.run(edits)
        if now is None:
            return edits, scores
        script, paced = self.script, rated
        rated = rated and all(one.part != "pace" for one in edits)
        makers: list[Callable[[], list[Edit]]] = [
            lambda: [*self._still_longer(now, paced), *of_schedule(script), *of_ends(script)],
            lambda: self._rates(now) if rated else [],
            *(partial(self._candidates, part) for part in TRAINED),
        ]
        for maker in makers:
            if self._reachable(now, paced) - scores.mean() < NOTICEABLE:
                break
            for one, got in self.trials.each(edits, script.named_first(maker())[:MOST_FURTHER]):
                # of a longer training more samples may be known, and they are the same
                if one.part != "pace" and not _same_targets(got, now):
                    continue
                better = self._working([*edits, one])
                if better is not None and self._gets_further(scores, one, better[1]):
                    edits, scores = better
                    break
        return edits, scores

    def _gets_further(self, scores: np.ndarray, one: Edit, after: np.ndarray) -> bool:
        """Whether one edit more does noticeably better.

        Or, of a training that ends far too early, takes half of what was missing with every seed:
        an error that is a small part of what it was at the start may be much in the end.
        """
        if after.mean() >= scores.mean() + NOTICEABLE:
            return True
        if one.defect != ENDS_EARLY or not ends_far_too_early(self.script):
            return False
        with_each = bool(after.min() > scores.max())
        return with_each and bool(1 - after.mean() <= HALF * (1 - scores.mean()))

    def _reachable(self, now: Outcome, rated: bool) -> float:
        """What the twin reaches, or the author's network after more epochs than that has.

        Not known of a training of a few steps, where its pace is to be mended.
        """
        if rated and self._is_short(now):
            return 1.0
        if ends_far_too_early(self.script):
            return 1.0
        longer = self.script.found.get(ENDS_EARLY, {}).get("longer", ())
        return max([self.twin.score, *(float(one["score"]) for one in longer)])

    def _still_longer(self, now: Outcome, rated: bool) -> list[Edit]:
        """More epochs, where a longer training was found to do better, or this is a short one."""
        found = of_longer(self.script)
        return found or (self._lengths(now) if rated and self._is_short(now) else [])

    def _mended(self, part: str, chosen: list[Edit]) -> list[Edit]:
        """Edits that mend a part, with those that are chosen already."""
        if part in TRAINED:
            return self._trained(part, chosen)
        chosen = self._held(part, chosen)
        if part == "step" and part in self.left:  # an optimizer's is never the plain one
            self.left.remove(part)
            chosen = self._trained(part, chosen)
        return chosen

    def _held(self, part: str, chosen: list[Edit]) -> list[Edit]:
        """Edits after which a part does what the sound one does; if not, it is left."""
        chosen, does = held(self.script, self.trials, part, chosen, self._is_enough)
        now = None if does or part != "gradient" else self.trials.run(chosen)
        if now is not None and now.some_right:
            # the loss is known, so that what is good enough is not all that can be mended
            more = self.with_right_gradients(chosen)
            chosen, does = more, more is not chosen
        self.left += [] if does else [part]
        return chosen

    def _is_enough(self, chosen: list[Edit], got: Outcome) -> bool:
        """Whether a copy is about as good as the twin already."""
        scores = self._scores(chosen, got)
        return scores is not None and bool(scores.mean() > self.twin.score - NOTICEABLE)

    def _trained(self, part: str, chosen: list[Edit]) -> list[Edit]:
        """The first edit with which the part will do beside sound ones, or the best that helps."""
        seed = self.seeds[0]
        now = self.trials.run(chosen)
        before = now.with_the_rest_sound(part, self.effective, seed) if now else 0.0
        best: tuple[float, Edit] | None = None
        for one, got in self.trials.each(chosen, self.script.named_first(self._candidates(part))):
            if now and got.off - now.off - {part}:
                continue
            value = got.with_the_rest_sound(part, self.effective, seed, self.works)
            if value >= self.works:
                return [*chosen, one]
            if value > max(before + NOTICEABLE, best[0] if best else 0.0):
                best = value, one
        if best is None:
            self.left.append(part)
            return chosen
        return [*chosen, best[1]]

    def _candidates(self, part: str) -> list[Edit]:
        """The edits of a part; of a file that hands a network over, also where its builder says."""
        found = [*EITHER[part](self.script)]
        if isinstance(self.script, HandedScript) and part in OF_HANDED:
            found = [*OF_HANDED[part](self.script), *found]
        return found

    def _paced(self, chosen: list[Edit]) -> Found | None:
        """The edits as they are if that works, else with the best rate or more epochs."""
        got = self.trials.run(chosen)
        if got is None:
            return None
        if (scores := self._scores(chosen, got)) is not None:
            return chosen, scores
        script = self.script
        still = [*too_strong(script), *of_schedule(script), *of_ends(script)]
        for edit, one in self.trials.each(chosen, [*still, *self._rates(got)]):
            if (scores := self._scores([*chosen, edit], one)) is not None:
                return [*chosen, edit], scores
        for edit, one in self.trials.each(chosen, [*of_decay(self.script), *self._lengths(got)]):
            if (scores := self._scores([*chosen, edit], one)) is not None:
                return [*chosen, edit], scores
            for rate in self._rates(one):
                found = self._working([*chosen, edit, rate])
                if found is not None:
                    return found
        return None

    def _lengths(self, got: Outcome) -> list[Edit]:
        """Other numbers of epochs: the twin's, that of a longer training, and of short ones more.

        A twin of a short training was trained in as few steps, and may be no better.
        """
        found = [*of_longer(self.script), *of_epochs(self.script, self.twin.epochs)]
        more = of_several_times(self.script) if self._is_short(got) else []
        return list(dict.fromkeys([*found, *more]))

    def _is_short(self, got: Outcome) -> bool:
        return is_short(self.script, len(got.trainer.data.labels))

    def _working(self, edits: list[Edit]) -> Found | None:
        """The edits and the outcome of a copy with them, where it works."""
        got = self.trials.run(edits)
        scores = None if got is None else self._scores(edits, got)
        return None if scores is None else (edits, scores)

    def _scores(self, edits: list[Edit], got: Outcome) -> np.ndarray | None:
        """The outcome of a copy, where it works.

        After a seed with which it cannot come to that, whatever the others give, no other is tried.
        """
        first = got.scores(self.seeds[:1])
        others = self.seeds[1:]
        if float(first[0]) + len(others) < self.works * len(self.seeds):
            scores = first
        else:
            scores = np.concatenate([first, got.scores(others)]) if others else first
        mean = float(scores.mean())
        self.best = max(self.best or 0.0, mean)
        kept = self.working if mean >= self.works else self.nearest
        reached = edits, scores
        most = reached if kept is None or mean >= kept[1].mean() + NOTICEABLE else kept
        if mean >= self.works:
            self.working = most
            return scores
        self.nearest = most
        return None

    def _rates(self, got: Outcome) -> list[Edit]:
        """Edits of the rate to the best one, with the author's schedule and without."""
        own = abs(got.network.learning_rate(0))
        quick = got.trainer.is_compiled(got.network, self.seeds[0]) or _is_small(got)
        if not own or not quick:
            return of_rate(self.script, self.twin.rate)
        codes = [rate / abs(got.author.unit) for rate in RATES]
        kept = [Scaled(schedule=got.network.learning_rate, factor=one / own) for one in codes]
        constant = [Constant(one) for one in codes]
        found = []
        for schedules in (constant,) if _is_constant(got.network) else (kept, constant):
            networks: list[Network] = [replace(got.network, learning_rate=one) for one in schedules]
            # with one seed as many rates as there are do best by luck
            asked = [(one, seed) for one in networks for seed in self.seeds]
            runs = got.trainer.runs(asked, "looking for a rate")
            scores = [
                got.trainer.score(one, run) for (one, _), run in zip(asked, runs, strict=True)
            ]
            values = np.reshape(scores, (len(networks), -1)).mean(axis=1)
            best = np.flatnonzero(np.equal(values, max(values)))  # the middle, and not an edge
            found += of_rate(self.script, float(f"{codes[best[len(best) // 2]]:.2g}"))
        return list(dict.fromkeys(found))

    def _more(self, edits: list[Edit], scores: np.ndarray) -> Found:
        """The edits, and those that mend other parts, as long as nothing gets worse by them."""
        for part in HELD:
            now = self.trials.run(edits)
            if now is None or part not in now.differing:
                continue
            after = self._working(self._held(part, edits))
            if after is not None and after[1].mean() > scores.mean() - NOTICEABLE:
                edits, scores = after
        return edits, scores

    def most_of_the_way(self, found: float) -> Found | None:
        """The edits that bring most of the way from as found to the twin, where none work.

        Without those that are not needed for it.
        """
        if self.nearest is None:
            return None
        # a pace that makes up for what is left is no repair of it
        edits = [one for one in self.nearest[0] if one.part != "pace" or self.script.names(one)]
        got = self.trials.run(edits)
        if not edits or got is None:
            return None
        scores = got.scores(self.seeds)
        if scores.mean() < max(found + MOST_OF_IT * (self.twin.score - found), found + NOTICEABLE):
            return None
        works, self.works = self.works, float(scores.mean()) - NOTICEABLE
        needed = self._smaller(edits, scores)
        self.works = works
        return needed

    def _smaller(self, edits: list[Edit], scores: np.ndarray) -> Found:
        """The edits without those that are not needed, the longest left out first.

        What makes a gradient the true one is needed, which is measured exactly.
        """
        for one in sorted(edits, key=lambda edit: -len(edit.splices)):
            fewer = [other for other in edits if other is not one]
            if not fewer:
                continue
            got = self.trials.run(fewer)
            less = None if got is None else self._scores(fewer, got)
            if less is None or self._gets_further(less, one, scores):
                continue
            if got is not None and self._makes_right(edits, got):
                continue
            edits, scores = fewer, less
        return edits, scores

    def _makes_right(self, edits: list[Edit], fewer: Outcome) -> bool:
        """Whether gradients are the true ones with some edits, and not with fewer.

        That is measured exactly, and seeds are few. Beside what pulls weights to 0, too.
        """
        now = self.trials.run(edits)
        if now is None:
            return False
        return (bool(fewer.wrong) and not now.wrong) or "gradient" in fewer.off - now.off


def _same_targets(one: Outcome, other: Outcome) -> bool:
    mine, theirs = (np.sort(each.trainer.data.labels, axis=None) for each in (one, other))
    return np.array_equal(mine, theirs)


def _is_constant(network: Network) -> bool:
    """Whether all epochs have one rate, so that a schedule of it is that rate."""
    rates = {network.learning_rate(epoch) for epoch in range(network.epochs)}
    return len(rates) == 1 and not network.changes_within_epochs


def _is_small(got: Outcome) -> bool:
    """Whether a training by the author's own functions takes some seconds at most."""
    samples = got.network.epochs * len(got.trainer.data.labels)
    weights = sum(np.size(one) for one in got.network.init(0).values())
    return samples / got.network.batch_size <= MOST_STEPS and samples * weights <= MOST_PRODUCTS
