"""Many compiled runs: each distinct one once, on all cores, and none that was made before.

Work that cannot matter is left out here, each for a reason that makes the result exactly the same:

* Plans with the same data are one run.
* A layer that is dead on every training sample from the start never moves (see ``compiled``; not
  where units are left out), so the run is that of the layers above it, whose input is zero. Plans
  that differ only below it share that run.
* A softmax that subtracts the largest logit first makes a difference only if large logits are met:
  a run of the other kind that met none serves for both.

Where time is limited, runs that would not end in it are not begun. How long they take is told by
those that were made before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field

from diagnose.network.other_process import processors
from diagnose.training import ahead, companies, compiled, engine
from diagnose.training.beforehand import Beforehand
from diagnose.training.budget import UNLIMITED, Budget, OutOfTime
from diagnose.training.compiled import Beginning, Plan, Result
from diagnose.training.engine import again
from diagnose.training.progress import Show, hide
from diagnose.training.store import Store

# Samples shown in the run by which the first runs are measured: some milliseconds.
MEASURED = 5000
# Runs that took so much less than the measured one have overflowed, and ended early; others may
# not.
QUICKER = 2


@dataclass(kw_only=True)
class Pool:
    """Runs plans and remembers their results.

    jobs: runs side by side, -1 for as many as there are cores or, under
    ``joblib.parallel_config``, workers. store: where finished runs are kept, if anywhere.
    made, found: how many runs were made here, and how many were found in the store. budget: the
    time in which trainings must end, also those by a network's own functions. pace: seconds of one
    job for one unit of ``companies.work``, of the runs made last; None where nobody asked.
    """

    jobs: int = -1
    store: Store | None = None
    made: int = 0
    found: int = 0
    budget: Budget = UNLIMITED
    pace: float | None = None
    _alone: float = 0.0
    _beforehand: Beforehand | None = None
    _dead: dict[bytes, int] = field(default_factory=dict)
    _results: dict[tuple[bytes, bool], Result] = field(default_factory=dict)
    _wholes: dict[tuple[Beginning, int, Result], Result] = field(default_factory=dict)

    def run(self, plans: Sequence[Plan], what: str, progress: Show = hide) -> list[Result]:
        """The result of each plan, in the order given. progress(what, done, total).

        OutOfTime where they would not end in time.
        """
        reduced = again(lambda: self._reduce(plans))
        left = [one.plan for one in reduced]
        # An unstable softmax first, since its run may serve for a stable one as well.
        again(lambda: self._fill([one for one in left if not one.stable], what, progress))
        wanted = [one for one in left if self._serving(one) is None]
        again(lambda: self._fill(wanted, what, progress))
        return [self._whole(plan, one) for plan, one in zip(plans, reduced, strict=True)]

    @property
    def runs(self) -> frozenset[tuple[bytes, bool]]:
        """What the distinct runs that were made, or found, are known by."""
        return frozenset(self._results)

    @property
    def foresees(self) -> bool:
        """Whether there are processors for runs that nobody has asked for yet.

        Not where time is limited, for what there is time for is told by those that are asked for;
        and not where somebody configured another engine.
        """
        return not self.budget.is_limited and self._others > 0

    @property
    def _others(self) -> int:
        """How many processors there are beside the one on which Python works."""
        return min(engine.workers(self.jobs), processors()) - 1 if engine.is_own() else 0

    def foresee(self, plans: Sequence[Plan], *, whole: bool = False) -> None:
        """Have runs made that will be asked for, where processors have nothing else to do.

        Of an unstable softmax and a stable one the first, which may serve for both, or else both.
        whole: whether no more company comes to them.
        """
        if not self.foresees:
            return
        if self._beforehand is None:
            self._beforehand = Beforehand(threads=self._others)
        left = [one.plan for one in again(lambda: self._reduce(plans))]
        unstable_first = sorted(left, key=lambda one: one.stable)
        new = [one for one in unstable_first if not self._is_known(one)]
        self._beforehand.begin(new, whole=whole)

    def foresee_no_more(self) -> None:
        """Have the rest made of what was foreseen, for which there is no more company to come."""
        if self._beforehand:
            self._beforehand.begin_rest()

    def _is_known(self, plan: Plan) -> bool:
        """Whether a run was made, or is kept."""
        if self._serving(plan) is not None:
            return True
        return self.store is not None and self.store.path(plan.name).is_file()

    def end(self) -> None:
        """Begin no runs any more of which nobody knows yet whether they will be asked for."""
        if self._beforehand:
            self._beforehand.end()

    def seconds(self, plans: Sequence[Plan]) -> float:
        """About how long it takes to make those plans that were not made yet."""
        left = [one.plan for one in again(lambda: self._reduce(plans))]
        return self._seconds(self._missing([one for one in left if self._serving(one) is None]))

    @contextmanager
    def limited(self, share: float) -> Iterator[None]:
        """Within the block there is a share of the time that is left; OutOfTime when it is over."""
        whole = self.budget
        self.budget = whole.part(share)
        try:
            with self.budget.alarm():
                yield
        finally:
            self.budget = whole

    def workers(self, tasks: Sized) -> int:
        """Jobs for these tasks; one alone is done here, without setting up any worker."""
        return self.jobs if len(tasks) > 1 else 1

    def _serving(self, plan: Plan) -> Result | None:
        naive = self._results.get((plan.key, False))
        if naive is not None and not (plan.stable and naive.unsafe):
            return naive
        return self._results.get((plan.key, plan.stable))

    def _whole(self, plan: Plan, reduced: compiled.Reduced) -> Result:
        """The result of a plan; one and the same for all that begin and end alike."""
        result = self._serving(reduced.plan)
        assert result is not None
        alike = plan.beginning, reduced.start, result
        if alike not in self._wholes:
            self._wholes[alike] = reduced.expanded(plan, result)
        return self._wholes[alike]

    def _reduce(self, plans: Sequence[Plan]) -> list[compiled.Reduced]:
        """Take off the layers that are dead from the start."""
        new = {plan.start: plan for plan in plans if plan.start not in self._dead}
        if new:
            given = (compiled.dead_arguments(plan) for plan in new.values())
            found = dict(engine.each(compiled.dead_layers, given, self.workers(new)))
            self._dead.update((start, found[at]) for at, start in enumerate(new))
        return [compiled.reduced(plan, self._dead[plan.start]) for plan in plans]

    def _fill(self, plans: Sequence[Plan], what: str, progress: Show) -> None:
        missing = self._missing(plans)
        if not missing:
            return
        if not self.budget.fits(needed := self._seconds(missing)):
            raise OutOfTime(needed)
        alone = self._beforehand.left(missing) if self._beforehand else missing
        # what is being made beforehand takes processors: to share more out would be to no avail
        busy = self._beforehand.working if self._beforehand else 0
        groups = companies.split(alone, max(engine.workers(self.jobs) - busy, 1))
        if any(companies.in_lanes(group[0], len(group)) for group in groups):
            ahead.wait()
        began, jobs = time.monotonic(), min(engine.workers(self.jobs), max(len(groups), 1))
        trained = engine.each(
            compiled.train_group,
            (compiled.arguments(group) for group in self._in_time(groups)),
            self.workers(groups),
            waits=self.budget.is_limited,
        )
        done = []
        for at, result in trained:
            for plan, one in zip(groups[at], compiled.results(*result), strict=True):
                self._keep(plan, one)
            done += groups[at]
            progress(what, len(done), len(missing))
        if done and self.pace is not None:
            taken = jobs * (time.monotonic() - began) / companies.work(groups)
            self.pace = max(taken, self._alone / QUICKER)
        if len(done) < len(alone):
            raise OutOfTime(self._seconds(self._missing(missing)))
        if self._beforehand and len(alone) < len(missing):
            self._take(self._beforehand, missing)
            self._fill(missing, what, progress)  # what could not be made beforehand

    def _take(self, beforehand: Beforehand, plans: Sequence[Plan]) -> None:
        """Keep what was made beforehand of these, and wait for what is being made."""
        for plan in plans:
            if (one := beforehand.taken(plan)) is not None:
                self._keep(plan, one)

    def _keep(self, plan: Plan, result: Result) -> None:
        self._results[plan.key, plan.stable] = result
        if self.store:
            self.store.put(plan.name, result)
        self.made += 1

    def _missing(self, plans: Sequence[Plan]) -> list[Plan]:
        """Those that were not made yet, each distinct one once, and that are not in the store."""
        missing = []
        for key, plan in {(one.key, one.stable): one for one in plans}.items():
            if key in self._results:
                continue
            kept = self.store.get(plan.name) if self.store else None
            if kept is None:
                missing.append(plan)
            else:
                self._results[key] = kept
                self.found += 1
        return missing

    def _seconds(self, plans: Sequence[Plan]) -> float:
        """About how long plans take; 0 without looking where time is not limited."""
        if not plans or not self.budget.is_limited:
            return 0.0
        if self.pace is None:
            self.pace = self._alone = _pace(plans[0])
        jobs = engine.workers(self.jobs)
        groups = companies.split(plans, jobs)
        return self.pace * companies.work(groups) / min(jobs, len(groups))

    def _in_time(self, groups: Sequence[Sequence[Plan]]) -> Iterator[Sequence[Plan]]:
        """Groups, as long as there is time for the next."""
        for group in groups:
            if not self.budget.fits(self._seconds(group)):
                return
            yield group


def _pace(plan: Plan) -> float:
    """Seconds for one unit of work, by a short run; a first one loads the compiled loop."""
    short, taken = compiled.shortened(plan, MEASURED), []
    for _ in range(3):
        began = time.monotonic()
        short.run()
        taken.append(time.monotonic() - began)
    return min(taken) / companies.work([[short]])
