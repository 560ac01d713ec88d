"""Many trainings of variants of one network: each distinct one once, on all cores.

A training runs on the compiled loop if that was certified for the network as it stands, and on
the network's own functions otherwise. Trainings whose data is the same are one training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from diagnose import compiled
from diagnose.data import Data
from diagnose.network import Array, Network
from diagnose.report import Symptoms
from diagnose.symptoms import (
    declared_layers_hold,
    fast_probabilities,
    own_probabilities,
    symptoms,
)
from diagnose.training import Run, train

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(kw_only=True)
class Trainer:
    """Trains variants of a network on one set of data and remembers what it trained.

    epochs: of every training. jobs: how many trainings run at once. compiled_path: whether the
    compiled loop may be used. progress(what, done, total) is called while trainings finish.
    """

    data: Data
    epochs: int
    jobs: int = 1
    compiled_path: bool = True
    progress: Progress = silent
    asked: int = 0
    made: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    _rows: dict[Any, Array] = field(default_factory=dict)
    _inputs: dict[Any, compiled.Inputs] = field(default_factory=dict)
    _orders: dict[Any, compiled.Order] = field(default_factory=dict)
    _arithmetic: dict[int, compiled.Arithmetic | str] = field(default_factory=dict)
    _plans: dict[tuple[int, int], compiled.Plan | str] = field(default_factory=dict)
    _results: dict[tuple[bytes, bool], compiled.Result] = field(default_factory=dict)
    _runs: dict[tuple[int, int], Run] = field(default_factory=dict)
    # A network met is kept, so that its id stays its own.
    _networks: dict[int, Network] = field(default_factory=dict)

    def rows(self, network: Network, part: str = "images") -> Array:
        """Prepared images, ``(n, features)``; computed once for each way to prepare."""
        key = (network.prepare, part)
        if key not in self._rows:
            self._rows[key] = network.prepare(getattr(self.data, part))
        return self._rows[key]

    def run(self, network: Network, seed: int) -> Run:
        """One training."""
        return self.runs([(network, seed)], "training")[0]

    def runs(self, wanted: Iterable[tuple[Network, int]], what: str) -> list[Run]:
        """Train each network with each seed, in the order asked for."""
        pairs = list(wanted)
        self.asked += len(pairs)
        plans = [self._plan(network, seed) for network, seed in pairs]
        self._train_compiled([one for one in plans if isinstance(one, compiled.Plan)], what)
        self._train_slowly(
            [pair for pair, one in zip(pairs, plans, strict=True) if isinstance(one, str)], what
        )
        return [
            compiled.finish(network, self._result(one), seed)
            if isinstance(one, compiled.Plan)
            else self._runs[id(network), seed]
            for (network, seed), one in zip(pairs, plans, strict=True)
        ]

    def symptoms(self, network: Network, run: Run) -> Symptoms:
        """What a trained network does on the test images."""
        rows = self.rows(network, "test_images")
        if declared_layers_hold(network, run.parameters, rows):
            outputs = fast_probabilities(network, run.parameters, rows)
        else:
            outputs = own_probabilities(network, run.parameters, rows)
        return symptoms(network, outputs, self.data.test_labels)

    def _plan(self, network: Network, seed: int) -> compiled.Plan | str:
        """A certified compiled plan, or the reason why the network's own functions must run."""
        key = (id(network), seed)
        if key not in self._plans:
            self._networks[id(network)] = network
            self._plans[key] = self._make_plan(network, seed)
        return self._plans[key]

    def _make_plan(self, network: Network, seed: int) -> compiled.Plan | str:
        if not self.compiled_path:
            return "the compiled path was switched off"
        rows = self.rows(network)
        known = self._arithmetic.get(id(network))
        if known is None:
            spread = np.linspace(0, len(rows) - 1, 16 * network.batch_size).astype(int)
            measured = compiled.arithmetic(network, rows[spread])
        else:
            measured = known
        if isinstance(measured, str):
            self._arithmetic[id(network)] = measured
            return measured
        if network.prepare not in self._inputs:
            self._inputs[network.prepare] = compiled.Inputs.of(rows)
        order = (network.order, network.batch_size, seed)
        labels = self.data.labels
        if order not in self._orders:
            self._orders[order] = compiled.Order.of(network, labels, seed, self.epochs)
        planned = compiled.plan(
            network, measured, self._inputs[network.prepare], self._orders[order], labels, seed
        )
        reason = compiled.certify(network, planned, rows, labels, seed) if known is None else None
        self._arithmetic[id(network)] = reason or measured
        return reason or planned

    def _result(self, planned: compiled.Plan) -> compiled.Result:
        naive = self._results.get((planned.key, False))
        if naive is not None and (not planned.stable or not naive.unsafe):
            return naive
        return self._results[planned.key, planned.stable]

    def _train_compiled(self, plans: list[compiled.Plan], what: str) -> None:
        """Fill in the missing results; a naive softmax first, since it may serve a stable one."""
        naive = {one.key: one for one in plans if not one.stable}
        self._fill(naive, what)
        served = {
            one.key
            for one in plans
            if (known := self._results.get((one.key, False))) and not known.unsafe
        }
        self._fill({one.key: one for one in plans if one.stable and one.key not in served}, what)

    def _fill(self, plans: dict[bytes, compiled.Plan], what: str) -> None:
        missing = [one for one in plans.values() if (one.key, one.stable) not in self._results]
        groups = compiled.companies(missing, self.jobs)
        # Threads: the loop holds no interpreter lock, and nothing has to be copied.
        results = Parallel(n_jobs=self.jobs, prefer="threads", return_as="generator")(
            delayed(compiled.run_together)(group) for group in groups
        )
        done = 0
        for group, trained in zip(groups, results, strict=True):
            for one, result in zip(group, trained, strict=True):
                self._results[one.key, one.stable] = result
            self.made += len(group)
            done += len(group)
            self.progress(what, done, len(missing))

    def _train_slowly(self, pairs: list[tuple[Network, int]], what: str) -> None:
        wanted = {(id(network), seed): (network, seed) for network, seed in pairs}
        todo = [pair for key, pair in wanted.items() if key not in self._runs]
        runs = Parallel(n_jobs=min(self.jobs, max(1, len(todo))), return_as="generator")(
            delayed(train)(network, self.rows(network), self.data.labels, seed, self.epochs)
            for network, seed in todo
        )
        for done, ((network, seed), run) in enumerate(zip(todo, runs, strict=True), 1):
            self._runs[id(network), seed] = run
            reason = str(self._plan(network, seed))
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
            self.made += 1
            self.progress(what, done, len(todo))
