"""Whether test samples are laid out otherwise than those of the training: features at other places.

Pictures that are flattened column by column where those of the training are row by row, mirrored
ones, colours last instead of first; columns of a table in another order. It is told by asking a
sound network, which was trained on the training samples, for the test samples as they are and with
their features moved. Which move is asked for is chosen on a half of them, and whether it helps is
judged on the other half, which the choice knows nothing of. It counts only where it leaves nothing
unexplained: moved, they are answered as training samples that the network was not trained on.
Samples that are of another kind stay unlike those of the training, however they are moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from diagnose.causes.carried_over import FEWEST, SURE, apart, held_out
from diagnose.causes.twin import remade
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.rescaling import Moved, Rescaled
from diagnose.network.tasks import NOTICEABLE
from diagnose.report import Twin
from diagnose.symptoms import (
    chance,
    declared_layers_hold,
    fast_probabilities,
    half_way,
    is_right,
    own_probabilities,
    score,
)
from diagnose.training.budget import OutOfTime
from diagnose.training.loop import Run
from diagnose.training.trainer import Trainer

# Of so many samples each move is asked for: a share of right ones is known to a twelfth then, and
# what moves pictures rightly makes more of a difference.
MOST_ASKED = 150
# Columns of a table are matched one by one; of more features than these, some pairs are alike.
MOST_MATCHED = 64
# A column that varies by so little beside another is always the same, but for rounding.
SPREAD = 1e-6


@dataclass(frozen=True, kw_only=True)
class Moves:
    """How test samples must be moved to be laid out as those of the training.

    places: for each feature of the training the place where the test samples have it. words: what
    the test samples are, beside the others. anew: whether they are scaled anew too, since the
    numbers that each place was scaled by belong to another feature. score, moved: what a sound
    network reaches on them as they are, and moved; held_out: on training samples that were left out
    of its training.
    """

    places: tuple[int, ...]
    words: str
    anew: bool
    score: float
    moved: float
    held_out: float

    def plain(self) -> dict[str, Any]:
        """The same as JSON takes it, without the places."""
        return {name: value for name, value in asdict(self).items() if name != "places"}


def laid_otherwise(network: Network, trainer: Trainer, twin: Twin, seed: int) -> Moves | None:
    """What makes the test samples as those of the training are; None where moving does not."""
    data = trainer.data
    rows = data.test_images
    few = len(data.test_labels) < FEWEST or len(data.labels) < FEWEST
    as_rows = rows.ndim == data.images.ndim == 2 and network.whole is None
    if data.tested_on_training or few or not as_rows or twin.lacks:
        return None
    if min(twin.trained - twin.score, twin.trained - half_way(chance(network))) < NOTICEABLE:
        return None
    sound = remade(network, trainer, twin, seed)
    try:
        run = None if sound is None else trainer.run(sound, seed)
    except OutOfTime:
        return None
    if sound is None or run is None or run.stopped:
        return None
    asking = _Asking(sound, run, trainer)
    for anew in (False, True):
        found = asking.best(anew)
        if found is None:
            continue
        words, places = found
        moved = asking.score(places, anew)
        folds = held_out(network, trainer, twin, seed)
        out = float(np.mean(folds)) if folds else np.inf
        enough = out - SURE * apart(len(data.labels), len(data.test_labels))
        if moved >= enough and moved > half_way(chance(network)):
            return Moves(
                places=tuple(places.tolist()), words=words, anew=anew, score=twin.score,
                moved=moved, held_out=out,
            )  # fmt: skip
    return None


def laid_out(network: Network, trainer: Trainer, moves: Moves) -> tuple[Network, Trainer]:
    """Both, tested on samples that are moved; in the network their author moves them back.

    So the exchange of parts has a sound answer: of samples that are laid out as the training's.
    """
    places = np.array(moves.places)
    rows = trainer.data.test_images[:, places]
    rescaled = scaled_as(trainer.data.images, rows) if moves.anew else None
    back = Moved(
        places=tuple(np.argsort(places).tolist()),
        before=None if rescaled is None else rescaled.undone,
        after=network.tests_on,
    )
    made = rows if rescaled is None else rescaled(rows)
    return replace(network, tests_on=back), trainer.tested_on(made, trainer.data.test_labels)


class _Asking:
    """Asks a trained sound network for test samples that are moved."""

    def __init__(self, sound: Network, run: Run, trainer: Trainer) -> None:
        self.sound, self.run, self.trainer = sound, run, trainer
        data = trainer.data
        holds = declared_layers_hold(sound, run.parameters, trainer.rows(sound, "test_images"))
        self.answers = fast_probabilities if holds else own_probabilities
        order = np.random.default_rng(0).permutation(len(data.test_labels))
        half = len(order) // 2
        self.chosen_on, self.judged_on = order[:half], order[half:]

    def best(self, anew: bool) -> tuple[str, Array] | None:
        """The move that helps most on one half, if the other half shows that it helps."""
        some, same = self.chosen_on[:MOST_ASKED], np.arange(self.trainer.data.images.shape[1])
        before = int(self._right(same, anew, some).sum())
        found, most = None, before
        for words, places in self._moves():
            right = int(self._right(places, anew, some).sum())
            if right > most:
                found, most = (words, places), right
        if found is None:
            return None
        own, moved = (self._right(one, anew, self.judged_on) for one in (same, found[1]))
        better, worse = int((moved & ~own).sum()), int((own & ~moved).sum())
        # of samples that only one of both answers rightly, either is as likely by chance
        return found if better - worse > SURE * np.sqrt(better + worse) else None

    def score(self, places: Array, anew: bool) -> float:
        """What the network reaches on all test samples, moved so."""
        asking = self.trainer.tested_on(self._moved(places, anew), self.trainer.data.test_labels)
        return score(asking.symptoms(self.sound, self.run))

    def _moves(self) -> Iterator[tuple[str, Array]]:
        data = self.trainer.data
        count = data.images.shape[1]
        yield from layouts(count)
        if count <= MOST_MATCHED:
            some = self.chosen_on
            places = matched(
                profiles(data.images, data.labels, self.sound.classes),
                profiles(data.test_images[some], data.test_labels[some], self.sound.classes),
            )
            yield "", places

    def _moved(self, places: Array, anew: bool) -> Array:
        rows = self.trainer.data.test_images[:, places]
        return scaled_as(self.trainer.data.images, rows)(rows) if anew else rows

    def _right(self, places: Array, anew: bool, some: Array) -> Array:
        rows = self.sound.prepare(np.array(self._moved(places, anew)[some]))
        outputs = self.answers(self.sound, self.run.parameters, rows)
        return is_right(self.sound, outputs, self.trainer.data.test_labels[some])


def layouts(count: int) -> Iterator[tuple[str, Array]]:
    """Ways to lay ``count`` features out otherwise: words, and where each is then.

    Square pictures first, as most are: of ways that help alike, the first is told.
    """
    every = np.arange(count)
    yield "the other way round", every[::-1]
    heights = [one for one in range(2, count // 2 + 1) if not count % one]
    for height in sorted(heights, key=lambda one: max(one * one, count) / min(one * one, count)):
        one = every.reshape(height, -1)
        size = f"({height} x {count // height})"
        yield f"transposed {size}", one.T.ravel()
        yield f"upside down {size}", one[::-1].ravel()
        yield f"mirrored {size}", one[:, ::-1].ravel()
        yield f"turned by a quarter {size}", np.rot90(one).ravel()
        yield f"turned by a quarter {size}", np.rot90(one, -1).ravel()
        yield f"transposed, and the other way round {size}", np.rot90(one, 2).T.ravel()


def profiles(rows: Array, labels: Array, classes: int) -> Array:
    """What tells features apart, ``(features, several)``, whatever each was scaled by.

    Its mean in each class, or how it goes with each target, in units of its own deviation; and how
    skew it is.
    """
    x = np.asarray(rows, float)
    spread = x.std(axis=0)
    varies = spread > SPREAD * spread.max(initial=0.0)
    x = np.where(varies, (x - x.mean(axis=0)) / np.where(varies, spread, 1.0), 0.0)
    if classes:
        present = [labels == one for one in range(classes)]
        told = [x[one].mean(axis=0) if one.any() else np.zeros(x.shape[1]) for one in present]
    else:
        y = labels.reshape(len(labels), -1).astype(float)
        y = (y - y.mean(axis=0)) / np.where(y.std(axis=0) > 0, y.std(axis=0), 1.0)
        told = [*(y.T @ x / len(x))]
    return np.stack([*told, np.cbrt((x**3).mean(axis=0))], axis=1)


def matched(features: Array, others: Array) -> Array:
    """For each of some features the other one that is most like it, each used once.

    The nearest pairs first; then two are exchanged wherever that brings both sums nearer.
    """
    far = ((features[:, None] - others[None]) ** 2).sum(axis=2)
    count = len(far)
    places = np.full(count, -1)
    left = far.copy()
    for _ in range(count):
        one, other = np.unravel_index(left.argmin(), left.shape)
        places[one] = other
        left[one], left[:, other] = np.inf, np.inf
    better = True
    while better:
        better = False
        for one in range(count):
            for other in range(one):
                now = far[one, places[one]] + far[other, places[other]]
                if far[one, places[other]] + far[other, places[one]] < now * (1 - SPREAD):
                    places[[one, other]] = places[[other, one]]
                    better = True
    return places


def scaled_as(rows: Array, others: Array) -> Rescaled:
    """What gives each feature of others the mean and deviation that it has in rows.

    Features that are always the same in either are only shifted.
    """
    mine, its = (np.asarray(one, float) for one in (rows, others))
    spreads = mine.std(axis=0), its.std(axis=0)
    varies = np.logical_and(*(one > SPREAD * one.max(initial=0.0) for one in spreads))
    scale = np.where(varies, spreads[0] / np.where(varies, spreads[1], 1.0), 1.0)
    return Rescaled.of(scale, mine.mean(axis=0) - scale * its.mean(axis=0))
