"""Trainings of variants of one network, on the compiled loop where that was certified for it.

A variant for which it was not, or which lies outside what the loop covers, is trained by its own
functions. Where time is limited, a few of their steps are measured first, and no training is begun
that would not end in time.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.report import Symptoms
from diagnose.symptoms import no_answer
from diagnose.training import certificate, compiled, engine, own_pace
from diagnose.training.answering import LOSS_IMAGES, Answering
from diagnose.training.budget import OutOfTime
from diagnose.training.digests import functions
from diagnose.training.engine import again
from diagnose.training.loop import Run, batches, dropped
from diagnose.training.masks import Masks
from diagnose.training.pool import Pool
from diagnose.training.prepared import Prepared
from diagnose.training.progress import Show, hide

# What is to be trained: a network with a seed, and with its plan where it has one.
Pair = tuple[Network, int]
Planned = tuple[Network, int, compiled.Plan]


# Where exp of a float32 overflows.
NARROW = 88.0
# Rates are tried in trainings that show fewer samples, where a whole one shows more than the most:
# they lie factors of three and more apart, and scores of so few steps are known as well as those of
# all. They are fewest where the smallest class of ten still has some hundreds.
MOST_SHOWN, SHOWN, FEWEST = 100_000, 30_000, 5_000
# With batches that are large beside that, so many of them: a rate shows over many steps only.
FEWEST_STEPS = 100
# Bytes of the masks of all trainings, one for each unit and sample shown.
MOST_MASKS = 1 << 29
# Why the own functions train what the compiled loop has.
OVERFLOWN = "they overflow where the compiled loop does not"


@dataclass(kw_only=True)
class Trainer:
    """Trains variants of a network on one set of data and remembers what it trained.

    epochs: of every training. pool: runs the compiled plans. compiled_path: whether the compiled
    loop may be used. progress(what, done, total) is called while trainings finish. asked: how many
    trainings were asked for; own: how many the own functions made, and why, by reason. slower: how
    many times as long their trainings took as a few steps had let expect.
    """

    data: Data
    epochs: int
    pool: Pool = field(default_factory=Pool)
    compiled_path: bool = True
    progress: Show = hide
    asked: int = 0
    own: dict[str, int] = field(default_factory=dict)
    slower: float = 1.0
    _prepared: Prepared | None = None
    _draws: dict[Any, Arrays] = field(default_factory=dict)
    _beginnings: dict[Any, compiled.Beginning] = field(default_factory=dict)
    _masks: dict[Any, Masks] = field(default_factory=dict)
    _orders: dict[Any, compiled.Order | str] = field(default_factory=dict)
    _arithmetic: dict[Any, compiled.Arithmetic | str] = field(default_factory=dict)
    _certified: dict[Any, str | None] = field(default_factory=dict)
    _plans: dict[tuple[int, int], compiled.Plan | str] = field(default_factory=dict)
    _runs: dict[tuple[int, int], Run] = field(default_factory=dict)
    _ends: dict[Any, Run] = field(default_factory=dict)
    _answering: Answering | None = None
    _steps: dict[Any, int] = field(default_factory=dict)
    _step_seconds: dict[Any, float] = field(default_factory=dict)
    # A network met is kept, so that its id stays its own; and the id of the first that equals it.
    _networks: dict[int, tuple[Network, int]] = field(default_factory=dict)
    _firsts: dict[Network, int] = field(default_factory=dict)
    _briefs: dict[Any, Trainer] = field(default_factory=dict)

    @property
    def made(self) -> int:
        """How many trainings were really made, here or earlier: equal ones count once."""
        return self.pool.made + self.pool.found + sum(self.own.values())

    @property
    def prepared(self) -> Prepared:
        """The samples as networks take them."""
        if self._prepared is None:
            self._prepared = Prepared(data=self.data)
        return self._prepared

    def rows(self, network: Network, part: str = "images") -> Array:
        """Prepared images, ``(n, features)``; computed once for each way to prepare."""
        return self.prepared.rows(network, part)

    def tested_on_training(self) -> Trainer:
        """The same, tested on the samples that it trains on."""
        return self.tested_on(self.data.images, self.data.labels)

    def tested_on(self, images: Array, labels: Array) -> Trainer:
        """The same, tested on other samples; what was trained stays trained."""
        data = replace(self.data, test_images=images, test_labels=labels)
        prepared = self.prepared.of_others(data)
        answering = self.answering.of_others(data, prepared)
        return replace(
            self, data=data, asked=self.asked_in_all, _prepared=prepared, _answering=answering,
            _briefs={},
        )  # fmt: skip

    @property
    def asked_in_all(self) -> int:
        """How many trainings were asked for, those on fewer samples included."""
        return self.asked + sum(one.asked for one in self._briefs.values() if one is not self)

    def brief(self, network: Network, seed: int) -> Trainer:
        """One on fewer samples, to look for rates; itself where that saves nothing.

        Or where it is another question: where fewer samples are encoded or ordered otherwise than
        among all of them, or where the rate follows the steps of an epoch.
        """
        same = (network.encode, network.order, network.batch_size)
        if same not in self._briefs:
            few = _few(len(self.data.labels), self.epochs, network.batch_size)
            self._briefs[same] = self._on_few(network, few, seed) if few else self
        return self._briefs[same]

    def _on_few(self, network: Network, few: int, seed: int) -> Trainer:
        labels = self.data.labels
        some = np.linspace(0, len(labels) - 1, few).astype(int)
        data = replace(self.data, images=self.data.images[some], labels=labels[some])
        made = Trainer(
            data=data, epochs=self.epochs, pool=self.pool, compiled_path=self.compiled_path,
            progress=self.progress, own=self.own,
            _prepared=Prepared(data=data, whole=(self.prepared, some)),
        )  # fmt: skip
        try:
            order = np.sort(np.asarray(network.order(data.labels.copy(), 0, seed)))
            alike = (
                not network.changes_within_epochs
                and np.array_equal(order, np.arange(few))
                and np.array_equal(network.targets(data.labels), network.targets(labels)[some])
            )
        except Exception:  # the author's code may raise anything
            return self
        return made if alike else self

    def forget(self, *, all_of_it: bool = False) -> None:
        """Give back the memory of prepared images and masks; they are made again when asked for.

        all_of_it: also that of what was planned and trained, where nothing more is asked for.
        """
        for one in (self, *self._briefs.values()):
            one.prepared.forget()
            one._masks.clear()
            one._plans = {at: plan for at, plan in one._plans.items() if one._is_kept(plan)}
            if all_of_it:
                one._prepared, one._answering = None, None
                one._plans, one._runs, one._ends = {}, {}, {}
                one._beginnings.clear()

    def _is_kept(self, plan: compiled.Plan | str) -> bool:
        """Whether a plan holds nothing of which the memory was given back."""
        if isinstance(plan, str):
            return True
        return not plan.masks.kept.size and self.prepared.has(plan.inputs)

    def run(self, network: Network, seed: int) -> Run:
        """One training."""
        return self.runs([(network, seed)], "training")[0]

    def runs(self, wanted: Iterable[Pair], what: str) -> list[Run]:
        """Train each network with each seed, in the order asked for.

        OutOfTime where they would not end in time.
        """
        pairs = list(wanted)
        fast, slow = self._new(pairs)
        if slow and not self.pool.budget.fits(needed := self._slow_seconds(slow.values())):
            raise OutOfTime(needed)
        plans = [plan for *_, plan in fast]
        results = self.pool.run(plans, what, self.progress)
        for (network, seed, planned), result in zip(fast, results, strict=True):
            run = self._finished(network, seed, result)
            narrow = planned.narrow and not planned.stable and not run.largest_logit < NARROW
            if narrow or (planned.stops and self._overflows(network, run)):
                slow[self._key(network, seed)] = network, seed
            else:
                self._runs[self._key(network, seed)] = run
        self._train_slowly(slow, what)
        self.asked += len(pairs)
        return [self._runs[self._key(network, seed)] for network, seed in pairs]

    def _finished(self, network: Network, seed: int, result: compiled.Result) -> Run:
        """One and the same run of all that come to the same; none of these writes into it."""
        like = self._drawn(network, seed)
        alike = result, id(like), network.layers, network.layout
        if alike not in self._ends:
            self._ends[alike] = compiled.finish(network, result, like)
        return self._ends[alike]

    def _overflows(self, network: Network, run: Run) -> bool:
        """Whether the own functions would stop at the end of a run, and so, perhaps, within it."""
        rows = self.prepared.taken(network)(self.answering.spread(LOSS_IMAGES))
        return certificate.overflows(network, run.parameters, rows)

    def foresee(self, wanted: Iterable[Pair], *, whole: bool = False) -> None:
        """Have trainings made that will be asked for, where a processor has nothing else to do.

        whole: whether no others will be foreseen that can be trained beside these.
        """
        self.pool.foresee([plan for *_, plan in self._new(wanted)[0]], whole=whole)

    def seconds(self, wanted: Iterable[Pair]) -> float:
        """About how long it takes to train those that were not trained yet; 0 without a limit."""
        if not self.pool.budget.is_limited:
            return 0.0
        fast, slow = self._new(wanted)
        return self.pool.seconds([plan for *_, plan in fast]) + self._slow_seconds(slow.values())

    def _new(self, wanted: Iterable[Pair]) -> tuple[list[Planned], dict[tuple[int, int], Pair]]:
        """What was not trained yet: what the compiled loop trains, and what the own functions."""
        fast: list[Planned] = []
        slow: dict[tuple[int, int], Pair] = {}
        for network, seed in wanted:
            if self._key(network, seed) in self._runs:
                continue
            planned = self._plan(network, seed)
            if isinstance(planned, str):
                slow[self._key(network, seed)] = network, seed
            else:
                fast.append((network, seed, planned))
        return fast, slow

    @property
    def answering(self) -> Answering:
        """What asks networks that were trained."""
        if self._answering is None:
            self._answering = Answering(data=self.data, prepared=self.prepared)
        return self._answering

    def symptoms(self, network: Network, run: Run) -> Symptoms:
        """What a trained network does on the test images."""
        return self.answering.symptoms([(network, run)])[0]

    def score(self, network: Network, run: Run) -> float:
        """How well a trained network answers some of its training images, 0 to 1."""
        return self.answering.scores([(network, run)])[0]

    def loss(self, network: Network, parameters: Arrays) -> float:
        """Mean loss with some parameters on some training images; nan where it has none."""
        return self.answering.loss(network, parameters)

    def is_trained(self, network: Network, seed: int) -> bool:
        """Whether a training was made already."""
        return self._key(network, seed) in self._runs

    def is_compiled(self, network: Network, seed: int) -> bool:
        """Whether a network trains on the compiled loop."""
        return not self.outside(network, seed)

    def outside(self, network: Network, seed: int) -> str:
        """Why a network trains by its own functions; nothing where it does not."""
        planned = self._plan(network, seed)
        return planned if isinstance(planned, str) else ""

    def _plan(self, network: Network, seed: int) -> compiled.Plan | str:
        """A certified compiled plan, or the reason why the network's own functions must run."""
        key = self._key(network, seed)
        if key not in self._plans:
            self._plans[key] = self._make_plan(network, seed)
        return self._plans[key]

    def _key(self, network: Network, seed: int) -> tuple[int, int]:
        """What tells trainings apart; networks that are equal, as if repaired twice, share them.

        So do those that answer in another way.
        """
        if id(network) not in self._networks:
            trained = network
            if network.drops_when_answering or network.tests_on:
                trained = replace(network, drops_when_answering=False, tests_on=None)
            try:
                first = self._firsts.setdefault(trained, id(network))
            except TypeError:  # one of its functions cannot be hashed
                first = id(network)
            self._networks[id(network)] = network, first
        return self._networks[id(network)][1], seed

    def trouble(self, network: Network, seed: int) -> str:
        """Why a training that was made answers nothing, or nothing if it answers."""
        run = self._runs.get(self._key(network, seed))
        if run is None:
            return ""
        if run.stopped:
            return f"its training stops with {run.stopped}"
        said = no_answer(network, run.parameters, self.rows(network, "test_images"))
        return f"trained, it answers nothing: {said}" if said else ""

    def _make_plan(self, network: Network, seed: int) -> compiled.Plan | str:
        if not self.compiled_path:
            return "the compiled path was switched off"
        if reason := compiled.missing():
            return reason
        taken = self.prepared.taken(network)
        acting = functions(network)
        drawn = self._drawn(network, seed)
        shapes = tuple((name, one.shape, one.dtype) for name, one in drawn.items())
        if (acting, shapes) not in self._arithmetic:
            last = len(self.data.labels) - 1
            spread = np.linspace(0, last, 8 * network.batch_size).astype(int)
            rows, labels = taken(spread), self.data.labels[spread]
            found = certificate.tried(lambda: certificate.arithmetic(network, rows, labels))
            self._arithmetic[acting, shapes] = found
        measured = self._arithmetic[acting, shapes]
        if isinstance(measured, str):
            return measured
        inputs = self.prepared.inputs(network)
        if inputs.are_infinite:
            return "there are infinite numbers among the prepared samples"
        order = (network.order, network.batch_size, seed)
        labels = self.data.labels
        if order not in self._orders:
            made = compiled.Order.of(network, labels, seed, self.epochs)
            numbers = made.labels is not None and not network.classes
            self._orders[order] = (
                "order changes the numbers that it is handed as labels" if numbers else made
            )
        ordered = self._orders[order]
        if isinstance(ordered, str):
            return ordered
        sizes = compiled.layer_sizes(network, drawn)
        masks = self._masks_of(network, ordered, seed, sizes)
        if isinstance(masks, str):
            return masks
        begun = network.init, seed, network.layers, network.layout, measured.carried
        if begun not in self._beginnings:
            self._beginnings[begun] = compiled.Beginning.of(network, drawn, measured.carried)
        begins = self._beginnings[begun]
        planned = compiled.plan(network, measured, inputs, ordered, labels, sizes, begins, masks)
        # In which order samples come, and at which rate, is written into the plan as it is.
        same = (acting, network.init, network.prepare)
        if same not in self._certified:
            self._certified[same] = certificate.tried(
                lambda: certificate.certify(network, planned, taken, labels, seed, drawn)
            )
        return self._certified[same] or planned

    def _masks_of(
        self, network: Network, order: compiled.Order, seed: int, sizes: Array
    ) -> Masks | str:
        """Which units are left out of which step; a reason where that would take much memory."""
        key = (network.dropout, tuple(sizes), order.digest, seed)
        if key not in self._masks:
            held = sum(one.kept.size for one in self._masks.values())
            more = order.indices.size * int(sizes[1:-1].sum()) if network.dropout else 0
            if more and held + more > MOST_MASKS:
                return "the masks of its dropout would take too much memory"
            self._masks[key] = Masks.of(network, sizes, order.indices, dropped(seed))
        return self._masks[key]

    def _drawn(self, network: Network, seed: int) -> Arrays:
        """Initial parameters, drawn once; nobody may write into them."""
        key = (network.init, seed)
        if key not in self._draws:
            self._draws[key] = copied(network.init(seed))
        return self._draws[key]

    def _train_slowly(self, missing: dict[tuple[int, int], Pair], what: str) -> None:
        if not missing:
            return
        self.progress(what, 0, len(missing))
        expected = self._slow_seconds(missing.values())
        # Where a process ended, what is left of these is not trained in our own.
        jobs = self.pool.workers(missing)
        # Fewer tell of workers that start, and of those that are not done yet.
        enough = min(2 * engine.workers(jobs), len(missing))
        finished = again(lambda: self._train_left(missing, jobs, enough, what))
        if expected and len(finished) >= enough:
            taken = len(missing) * own_pace.each(finished)
            self.slower *= max(taken / expected, own_pace.LEAST_SLOWER)
        left = [pair for key, pair in missing.items() if key not in self._runs]
        if left:
            raise OutOfTime(self._slow_seconds(left))

    def _train_left(
        self, wanted: dict[tuple[int, int], Pair], jobs: int, enough: int, what: str
    ) -> list[float]:
        """Train those that are not trained yet, and remember each: when each had ended, in seconds.

        The rest is left where so many as are enough have told that it would not end in time.
        """
        left = {key: pair for key, pair in wanted.items() if key not in self._runs}
        budget = self.pool.budget
        began, finished = time.monotonic(), list[float]()
        given = (
            (network, self.rows(network), self.data.labels, seed, self.epochs, budget)
            for network, seed in left.values()
        )
        runs = engine.in_processes(own_pace.in_time, given, jobs)
        with own_pace.left_quietly(runs):
            for (key, (network, seed)), run in zip(left.items(), runs, strict=False):
                if run is None:
                    break
                self._runs[key] = run
                planned = self._plan(network, seed)
                reason = planned if isinstance(planned, str) else OVERFLOWN
                self.own[reason] = self.own.get(reason, 0) + 1
                finished.append(time.monotonic() - began)
                self.progress(what, sum(key in self._runs for key in wanted), len(wanted))
                rest = (len(left) - len(finished)) * own_pace.each(finished)
                if len(finished) >= enough and not budget.fits(rest):
                    break
        return finished

    def own_seconds(self, network: Network, seed: int) -> float | None:
        """What a training by a network's own functions would take; None without a limit of time."""
        if not self.pool.budget.is_limited:
            return None
        return self._slow_seconds([(network, seed)])

    def _slow_seconds(self, missing: Collection[Pair]) -> float:
        """About how long the own functions take for trainings; 0 without a limit of time."""
        if not missing or not self.pool.budget.is_limited:
            return 0.0
        jobs = min(engine.workers(self.pool.workers(missing)), len(missing))
        rounds = -(-len(missing) // jobs) / len(missing)  # the last one may not fill all jobs
        return (
            self.slower
            * rounds
            * sum(
                self._steps_of(network, seed) * self._seconds_of_step(network, seed)
                for network, seed in missing
            )
        )

    def _steps_of(self, network: Network, seed: int) -> int:
        """Steps of a whole training, which all epochs but for a strange order have alike."""
        key = (network.order, network.batch_size)
        if key not in self._steps:
            each = batches(network, np.array(self.data.labels), 0, seed)
            self._steps[key] = self.epochs * sum(1 for _ in each)
        return self._steps[key]

    def _seconds_of_step(self, network: Network, seed: int) -> float:
        """What one step of a network's own functions takes: the quickest of a few."""
        key = functions(network)
        if key not in self._step_seconds:
            rows, drawn = self.rows(network), self._drawn(network, seed)
            self._step_seconds[key] = own_pace.of_step(network, drawn, rows, self.data.labels, seed)
        return self._step_seconds[key]


def _few(samples: int, epochs: int, batch_size: int) -> int:
    """How many samples are enough to look for rates with, in whole batches; 0 where it is all."""
    few = max(SHOWN // epochs, FEWEST, FEWEST_STEPS * batch_size)
    few -= few % batch_size
    return few if epochs * samples > MOST_SHOWN and 2 * few <= samples else 0
