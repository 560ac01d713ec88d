"""Many compiled runs: each distinct one once, on all cores, and none that was made before.

Work that cannot matter is left out here, each for a reason that makes the result exactly the same:

* Plans with the same data are one run.
* A layer that is dead on every training sample from the start never moves (see ``compiled``), so
  the run is that of the layers above it, whose input is zero. Plans that differ only below it
  share that run.
* A softmax that subtracts the largest logit first makes a difference only if large logits are met:
  a run of the other kind that met none serves for both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, TypeVar

from joblib import Parallel, delayed, effective_n_jobs

from diagnose.training import compiled
from diagnose.training.compiled import Plan, Result
from diagnose.training.progress import Show, hide
from diagnose.training.store import Store

Made = TypeVar("Made")
# A cluster that loses a worker this often within one set of trainings has another problem.
TRIES = 3
# Those that hand trainings to processes.
ENGINES = ("distributed.", "joblib.externals.loky.")


@dataclass(kw_only=True)
class Pool:
    """Runs plans and remembers their results.

    jobs: runs side by side, -1 for as many as there are cores or, under
    ``joblib.parallel_config``, workers. store: where finished runs are kept, if anywhere.
    made, found: how many runs were made here, and how many were found in the store.
    """

    jobs: int = -1
    store: Store | None = None
    made: int = 0
    found: int = 0
    _dead: dict[bytes, int] = field(default_factory=dict)
    _left: dict[tuple[bytes, bool], compiled.Reduced] = field(default_factory=dict)
    _results: dict[tuple[bytes, bool], Result] = field(default_factory=dict)

    def run(self, plans: Sequence[Plan], what: str, progress: Show = hide) -> list[Result]:
        """The result of each plan, in the order given. progress(what, done, total)."""
        reduced = again(lambda: self._reduce(plans))
        left = [one.plan for one in reduced]
        # An unstable softmax first, since its run may serve for a stable one as well.
        again(lambda: self._fill([one for one in left if not one.stable], what, progress))
        wanted = [one for one in left if self._serving(one) is None]
        again(lambda: self._fill(wanted, what, progress))
        return [
            one.expanded(plan, self._of(one.plan)) for plan, one in zip(plans, reduced, strict=True)
        ]

    def workers(self, tasks: Sized) -> int:
        """Jobs for these tasks; one alone is done here, without setting up any worker."""
        return self.jobs if len(tasks) > 1 else 1

    def _serving(self, plan: Plan) -> Result | None:
        naive = self._results.get((plan.key, False))
        if naive is not None and not (plan.stable and naive.unsafe):
            return naive
        return self._results.get((plan.key, plan.stable))

    def _of(self, plan: Plan) -> Result:
        result = self._serving(plan)
        assert result is not None
        return result

    def _reduce(self, plans: Sequence[Plan]) -> list[compiled.Reduced]:
        """Take off the layers that are dead from the start."""
        new = list({plan.start: plan for plan in plans if plan.start not in self._dead}.values())
        found = Parallel(n_jobs=self.workers(new), prefer="threads")(
            delayed(compiled.dead_layers)(*compiled.dead_arguments(plan)) for plan in new
        )
        self._dead.update({plan.start: dead for plan, dead in zip(new, found, strict=True)})
        for plan in plans:
            if (plan.key, plan.stable) not in self._left:
                left = compiled.reduced(plan, self._dead[plan.start])
                self._left[plan.key, plan.stable] = left
        return [self._left[plan.key, plan.stable] for plan in plans]

    def _fill(self, plans: Sequence[Plan], what: str, progress: Show) -> None:
        wanted = {(one.key, one.stable): one for one in plans}
        missing = []
        for key, plan in wanted.items():
            if key in self._results:
                continue
            kept = self.store.get(_name(plan)) if self.store else None
            if kept is None:
                missing.append(plan)
            else:
                self._results[key] = kept
                self.found += 1
        groups = compiled.companies(missing, effective_n_jobs(self.jobs))
        # Threads, unless somebody configured another engine: the loop holds no interpreter lock,
        # and nothing has to be copied.
        each = Parallel(
            n_jobs=self.workers(groups), prefer="threads", return_as="generator_unordered"
        )
        trained = each(
            delayed(_numbered)(at, *compiled.arguments(group)) for at, group in enumerate(groups)
        )
        done = 0
        for at, result in trained:
            for plan, one in zip(groups[at], compiled.results(*result), strict=True):
                self._results[plan.key, plan.stable] = one
                if self.store:
                    self.store.put(_name(plan), one)
            self.made += len(groups[at])
            done += len(groups[at])
            progress(what, done, len(missing))


class LostError(KeyboardInterrupt):
    """The processes that train end again and again.

    It interrupts a study as Ctrl-C does, so that what was done by then is reported.
    """


def again(work: Callable[[], Made]) -> Made:
    """Do work, and do what is left of it again if a worker took its data with it when it died.

    What was finished by then is remembered and not made again. An engine's own errors are told by
    the package that they come from; anything else is not tried twice. LostError when it happens
    too often.
    """
    for count in range(1, TRIES + 1):
        try:
            return work()
        except Exception as error:
            # A cluster without workers is a TimeoutError, whoever raises it.
            if not isinstance(error, TimeoutError) and not _is_of_an_engine(error):
                raise
            if count == TRIES:
                raise LostError(
                    f"processes that train ended {TRIES} times ({type(error).__name__}): by the "
                    "network's own code, for lack of memory, or with their machines"
                ) from error
    raise AssertionError("the last try returns or raises")


def _is_of_an_engine(error: Exception) -> bool:
    return type(error).__module__.startswith(ENGINES)


def _name(plan: Plan) -> bytes:
    return plan.key + bytes([plan.stable])


def _numbered(at: int, *arguments: Any) -> tuple[int, tuple[Any, ...]]:
    """Train a group and say which one it was, for groups finish in any order."""
    return at, compiled.train_group(*arguments)
