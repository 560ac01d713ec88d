"""Trainings of variants of one network, on the compiled loop where that was certified for it.

A variant for which it was not, or which lies outside what the loop covers, is trained by its own
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed

from diagnose.calculus.gradients import UndefinedLossError, declared_loss, loss
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.authors_code import described
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.report import Symptoms
from diagnose.symptoms import (
    declared_layers_hold,
    fast_probabilities,
    no_answer,
    own_probabilities,
    score,
    symptoms,
)
from diagnose.training import certificate, compiled
from diagnose.training.loop import Run, train
from diagnose.training.pool import Pool
from diagnose.training.progress import Show, hide

Made = TypeVar("Made")


# A mean over so many samples is known to about 1/sqrt(500), 4 % of the spread of single losses.
LOSS_IMAGES = 500
# A share of so many right answers is known to 1.6 %.
SCORED_IMAGES = 1000


@dataclass(kw_only=True)
class Trainer:
    """Trains variants of a network on one set of data and remembers what it trained.

    epochs: of every training. pool: runs the compiled plans. compiled_path: whether the compiled
    loop may be used. progress(what, done, total) is called while trainings finish. asked: how many
    trainings were asked for; own: how many the own functions made, and why, by reason.
    """

    data: Data
    epochs: int
    pool: Pool = field(default_factory=Pool)
    compiled_path: bool = True
    progress: Show = hide
    asked: int = 0
    own: dict[str, int] = field(default_factory=dict)
    _rows: dict[Any, Array] = field(default_factory=dict)
    _draws: dict[Any, Arrays] = field(default_factory=dict)
    _inputs: dict[Any, compiled.Inputs] = field(default_factory=dict)
    _orders: dict[Any, compiled.Order | str] = field(default_factory=dict)
    _arithmetic: dict[Any, compiled.Arithmetic | str] = field(default_factory=dict)
    _certified: dict[Any, str | None] = field(default_factory=dict)
    _plans: dict[tuple[int, int], compiled.Plan | str] = field(default_factory=dict)
    _runs: dict[tuple[int, int], Run] = field(default_factory=dict)
    _seen: dict[tuple[Any, bytes], Symptoms] = field(default_factory=dict)
    _holds: dict[Any, bool] = field(default_factory=dict)
    # A network met is kept, so that its id stays its own.
    _networks: dict[int, Network] = field(default_factory=dict)

    @property
    def made(self) -> int:
        """How many trainings were really made, here or earlier: equal ones count once."""
        return self.pool.made + self.pool.found + sum(self.own.values())

    def rows(self, network: Network, part: str = "images") -> Array:
        """Prepared images, ``(n, features)``; computed once for each way to prepare."""
        key = (network.prepare, part)
        if key not in self._rows:
            # A copy, so that code which writes into the images damages nobody else's.
            self._rows[key] = network.prepare(np.array(getattr(self.data, part)))
        return self._rows[key]

    def forget(self) -> None:
        """Give back the memory of prepared images; they are prepared again when asked for."""
        self._rows.clear()

    def run(self, network: Network, seed: int) -> Run:
        """One training."""
        return self.runs([(network, seed)], "training")[0]

    def runs(self, wanted: Iterable[tuple[Network, int]], what: str) -> list[Run]:
        """Train each network with each seed, in the order asked for."""
        pairs = list(wanted)
        self.asked += len(pairs)
        new = [pair for pair in pairs if (id(pair[0]), pair[1]) not in self._runs]
        plans = [(network, seed, self._plan(network, seed)) for network, seed in new]
        fast = [one for one in plans if isinstance(one[2], compiled.Plan)]
        results = self.pool.run([plan for *_, plan in fast], what, self.progress)  # type: ignore[misc]
        for (network, seed, _), result in zip(fast, results, strict=True):
            like = self._drawn(network, seed)
            self._runs[id(network), seed] = compiled.finish(network, result, like)
        slow = {(id(net), seed): (net, seed) for net, seed, one in plans if isinstance(one, str)}
        self._train_slowly(slow, what)
        return [self._runs[id(network), seed] for network, seed in pairs]

    def symptoms(self, network: Network, run: Run) -> Symptoms:
        """What a trained network does on the test images.

        Its own functions are asked only if they do not agree with the declared layers.
        """
        rows = self.rows(network, "test_images")
        if run.stopped:
            nothing = np.full(network.targets(self.data.test_labels).shape, np.nan)
            return symptoms(network, nothing, self.data.test_labels)
        if not self._declared(network, run.parameters):
            outputs = own_probabilities(network, run.parameters, rows)
            return symptoms(network, outputs, self.data.test_labels)
        key = (network.prepare, compiled.digest(compiled.flatten(network, run.parameters)))
        if key not in self._seen:
            outputs = fast_probabilities(network, run.parameters, rows)
            self._seen[key] = symptoms(network, outputs, self.data.test_labels)
        return self._seen[key]

    def loss(self, network: Network, parameters: Arrays) -> float:
        """Mean loss with some parameters on some training images; nan where it has none."""
        rows = self.rows(network)
        some = np.linspace(0, len(rows) - 1, min(LOSS_IMAGES, len(rows))).astype(int)
        labels = self.data.labels
        with np.errstate(all="ignore"):
            try:
                if self._declared(network, parameters):
                    return declared_loss(network, parameters, rows[some], labels[some])
                losses = [loss(network, parameters, rows[[at]], labels[[at]]) for at in some]
            except UndefinedLossError:
                return float("nan")
        return float(np.mean(losses))

    def score(self, network: Network, run: Run) -> float:
        """How well a trained network answers some of its training images, 0 to 1."""
        if run.stopped:
            return 0.0
        rows = self.rows(network)
        some = np.linspace(0, len(rows) - 1, min(SCORED_IMAGES, len(rows))).astype(int)
        answer = (
            fast_probabilities if self._declared(network, run.parameters) else own_probabilities
        )
        outputs = answer(network, run.parameters, rows[some])
        return score(symptoms(network, outputs, self.data.labels[some]))

    def is_trained(self, network: Network, seed: int) -> bool:
        """Whether a training was made already."""
        return (id(network), seed) in self._runs

    def is_compiled(self, network: Network, seed: int) -> bool:
        """Whether a network trains on the compiled loop."""
        return isinstance(self._plan(network, seed), compiled.Plan)

    def _declared(self, network: Network, parameters: Arrays) -> bool:
        """Whether the declared layers compute what the network does; looked at once.

        On the first parameters of networks with the same functions, draw and inputs.
        """
        same = (_functions(network), network.init, network.prepare)
        if same not in self._holds:
            rows = self.rows(network, "test_images")
            self._holds[same] = declared_layers_hold(network, parameters, rows)
        return self._holds[same]

    def _plan(self, network: Network, seed: int) -> compiled.Plan | str:
        """A certified compiled plan, or the reason why the network's own functions must run."""
        key = (id(network), seed)
        if key not in self._plans:
            self._networks[id(network)] = network
            self._plans[key] = self._make_plan(network, seed)
        return self._plans[key]

    def trouble(self, network: Network, seed: int) -> str:
        """Why a training that was made answers nothing, or nothing if it answers."""
        run = self._runs.get((id(network), seed))
        if run is None:
            return ""
        if run.stopped:
            return f"its training stops with {run.stopped}"
        said = no_answer(network, run.parameters, self.rows(network, "test_images"))
        return f"trained, it answers nothing: {said}" if said else ""

    def _make_plan(self, network: Network, seed: int) -> compiled.Plan | str:
        if not self.compiled_path:
            return "the compiled path was switched off"
        rows = self.rows(network)
        functions = _functions(network)
        drawn = self._drawn(network, seed)
        shapes = tuple((name, one.shape, one.dtype) for name, one in drawn.items())
        if (functions, shapes) not in self._arithmetic:
            spread = np.linspace(0, len(rows) - 1, 8 * network.batch_size).astype(int)
            labels = self.data.labels[spread]
            found = _tried(lambda: certificate.arithmetic(network, rows[spread], labels))
            self._arithmetic[functions, shapes] = found
        measured = self._arithmetic[functions, shapes]
        if isinstance(measured, str):
            return measured
        if network.prepare not in self._inputs:
            self._inputs[network.prepare] = compiled.Inputs.of(rows)
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
        planned = compiled.plan(
            network, measured, self._inputs[network.prepare], ordered, labels, drawn
        )
        # In which order samples come, and at which rate, is written into the plan as it is.
        same = (functions, network.init, network.prepare)
        if same not in self._certified:
            self._certified[same] = _tried(
                lambda: certificate.certify(network, planned, rows, labels, seed, drawn)
            )
        return self._certified[same] or planned

    def _drawn(self, network: Network, seed: int) -> Arrays:
        """Initial parameters, drawn once; nobody may write into them."""
        key = (network.init, seed)
        if key not in self._draws:
            self._draws[key] = copied(network.init(seed))
        return self._draws[key]

    def _train_slowly(self, missing: dict[tuple[int, int], tuple[Network, int]], what: str) -> None:
        if missing:
            self.progress(what, 0, len(missing))
        runs = Parallel(n_jobs=self.pool.workers(missing), return_as="generator")(
            delayed(train)(network, self.rows(network), self.data.labels, seed, self.epochs)
            for network, seed in missing.values()
        )
        for done, ((network, seed), run) in enumerate(zip(missing.values(), runs, strict=True), 1):
            self._runs[id(network), seed] = run
            reason = str(self._plan(network, seed))
            self.own[reason] = self.own.get(reason, 0) + 1
            self.progress(what, done, len(missing))


def _functions(network: Network) -> tuple[Any, ...]:
    """What determines the arithmetic of a network's steps; equal where that is the same."""
    return (
        network.forward, network.backward, network.update, network.layers, network.layout,
        network.loss, network.encode, network.classes, network.batch_size,
    )  # fmt: skip


def _tried(compare: Callable[[], Made]) -> Made | str:
    """What a comparison of the network's own functions says, or that these stopped, and where."""
    try:
        return compare()
    except BadInputError:
        raise
    except Exception as error:
        return f"its own functions stopped: {described(error)}"
