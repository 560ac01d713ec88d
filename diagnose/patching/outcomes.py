"""What has become of a patched copy: its network as it was read, and what is mistaken in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.calculus.convention import Fit
from diagnose.calculus.gradients import exact_gradients, own_gradients
from diagnose.calculus.points import generic_point
from diagnose.causes.exchange import Author, Pace, exchanged, look_at, looked_at
from diagnose.network.arrays import Array, copied
from diagnose.network.record import Network
from diagnose.symptoms import score
from diagnose.training.trainer import Trainer

# Cosine of the angle to the true gradient, from which a gradient is the true one.
RIGHT = 1 - 1e-6
# Steps that are held against published ones, of gradients that differ so much from step to step,
# and the cosine from which they are alike: what keeps a division from one by 0 is the author's own.
STEPS, SPREAD, ALONG = 5, 0.3, 0.999
# Samples drawn or split otherwise have another spread, and not one so many times as large.
UNIT = 1.5
# The rates around the twin's at which a part is judged; learning curves are flat in between.
AROUND = (1.0, 0.1, 10.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """A patched copy as it was read: its network, and in which parts a sound one differs from it.

    along: the cosine of each parameter's gradient to the true one, without what pulls weights to 0
    beside it; nan where there is none.
    told: the kinds of what its run told.
    roles: what was read, as of ``watching.script.Watched``.
    """

    network: Network
    trainer: Trainer
    author: Author
    along: Mapping[str, float]
    told: frozenset[str] = frozenset()
    roles: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def wrong(self) -> frozenset[str]:
        """The parameters whose gradient is not the true one."""
        return frozenset(name for name, one in self.along.items() if not one > RIGHT)

    @cached_property
    def uphill(self) -> frozenset[str]:
        """Those where it leads up the loss."""
        return frozenset(name for name, one in self.along.items() if one < 0)

    @cached_property
    def astray(self) -> frozenset[str]:
        """Those where it does not lie on one line with the true one, neither up nor down."""
        return frozenset(name for name, one in self.along.items() if not abs(one) > RIGHT)

    @property
    def some_right(self) -> bool:
        """Whether any gradient is the true one, so that the loss is known."""
        return len(self.wrong) < len(self.along)

    @property
    def differing(self) -> frozenset[str]:
        """The parts in which a sound network differs."""
        return frozenset(self.author.differing)

    @cached_property
    def off(self) -> frozenset[str]:
        """The parts that are mistaken: those that differ, but for a step as it was published."""
        published = "step" in self.author.differing and steps_as_published(self.author)
        return self.differing - {"step"} if published else self.differing

    @property
    def rate(self) -> float:
        """The rate at the start, of the gradient of the mean loss, whatever is divided where."""
        return abs(self.author.unit * self.network.learning_rate(0))

    def scores(self, seeds: Sequence[int]) -> Array:
        """The outcome on test images for each seed."""
        return self._scored(self.network, seeds)

    def _scored(self, network: Network, seeds: Sequence[int]) -> Array:
        runs = self.trainer.runs([(network, seed) for seed in seeds], "trying edits")
        return np.array([score(self.trainer.symptoms(network, run)) for run in runs])

    def with_the_rest_sound(
        self, part: str, effective: float, seed: int, enough: float = 1.0
    ) -> float:
        """The outcome with every part but one taken from the sound twin: whether it will do.

        The best of some rates; after one with which it is enough, no other is tried.
        """
        rest = self.differing - {part}
        networks = [exchanged(self.author, rest, Pace(effective * one)) for one in AROUND]
        if part == "step":  # an optimizer's rate is not that of plain descent
            networks.append(exchanged(self.author, rest - {"pace"}))
        best = 0.0
        for one in networks:
            best = max(best, float(self._scored(one, (seed,))[0]))
            if best >= enough:
                break
        return best


def steps_as_published(author: Author) -> bool:
    """Whether each of some steps goes where that of the optimizer goes that is meant.

    Its length is a matter of the pace.
    """
    network, random = author.network, np.random.default_rng(0)
    own = network.init(0)
    # of gradients that stay about the same, as those of a training do from step to step
    mean = {name: random.normal(size=np.shape(one)) for name, one in own.items()}
    theirs, rate, names = dict(own), abs(float(network.learning_rate(0))), tuple(own)
    try:
        for _ in range(STEPS):
            given = {name: one + SPREAD * random.normal(size=one.shape)
                     for name, one in mean.items()}  # fmt: skip
            with np.errstate(all="ignore"):
                after = network.update(copied(own), copied(given), rate)
                sound = author.step(theirs, given, rate)
            for name in names:
                if not _cosine(after[name] - own[name], sound[name] - theirs[name]) > ALONG:
                    return False
            own, theirs = after, sound
    except Exception:  # the author's code may raise anything
        return False
    return True


def in_one_unit(one: Outcome, other: Outcome) -> bool:
    """Whether the targets of two copies are numbers of about one size, around one middle."""
    mine, theirs = (np.asarray(each.trainer.data.labels, dtype=float) for each in (one, other))
    spread, its = float(mine.std()), float(theirs.std())
    alike = max(spread, its) <= UNIT * min(spread, its)
    return alike and abs(float(mine.mean() - theirs.mean())) <= max(spread, its)


def outcome_of(network: Network, seed: int) -> Outcome | None:
    """A network that was read, with what is to be said of its parts; None where nothing can be."""
    assert network.data is not None
    try:
        trainer = Trainer(data=network.data(), epochs=network.epochs)
        author = look_at(network, trainer, seed)
    except Exception:  # the author's code, edited, may raise anything
        return None
    if isinstance(author, str):
        return None
    fits = author.fits or {}
    along = {name: _of(one) for name, one in fits.items()} or _along(network, trainer)
    return Outcome(network=network, trainer=trainer, author=author, along=along)


def _of(fit: Fit) -> float:
    """The cosine of a gradient to the true one; of that and a weight decay, where it is those."""
    return math.copysign(1.0, fit.factor) if fit.is_one else fit.cosine


def _along(network: Network, trainer: Trainer) -> dict[str, float]:
    """The cosine of each parameter's gradient to the true one; nan where there is none."""
    rows, labels = looked_at(network, trainer)
    try:
        parameters, rows = generic_point(network, rows[: network.batch_size])
        labels = labels[: len(rows)]
        own = own_gradients(network, parameters, rows, labels)
        true = exact_gradients(network, parameters, rows, labels)
    except Exception:  # the author's code may raise anything
        return dict.fromkeys(network.init(0), math.nan)
    return {name: _cosine(own.get(name), one) for name, one in true.items()}


def _cosine(own: Array | None, true: Array) -> float:
    if own is None or np.shape(own) != np.shape(true):
        return math.nan
    size = float(np.linalg.norm(own) * np.linalg.norm(true))
    return float(np.sum(own * true)) / size if size > 0 else math.nan
