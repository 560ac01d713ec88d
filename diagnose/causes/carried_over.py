"""Whether what a sound network learns of the training samples carries over to others.

Where a sound network learns its training samples and fails on the test samples, one of three things
is wrong, and none is the network: the test asks for something else, or its samples are unlike those
of the training, or the labels of the training say nothing of their samples. They are told apart by
training without a fifth of the training samples at a time and asking for these (cross-validation:
Stone 1974, "Cross-validatory choice and assessment of statistical predictions", Journal of the
Royal Statistical Society B 36). If test and training samples are drawn alike, those left out are
answered as the test samples are, but for chance (Quiñonero-Candela et al. 2009, "Dataset shift in
machine learning").
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from diagnose.causes.twin import remade
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.network.tasks import CLASSIFICATION, NOTICEABLE
from diagnose.report import Parts, Twin
from diagnose.symptoms import chance, half_way, probabilities, score
from diagnose.training.budget import OutOfTime
from diagnose.training.trainer import Trainer

# Parts into which the training samples are split, each left out once.
FOLDS = 5
# Of fewer samples it shows too little whether a share of right answers is more than by chance.
FEWEST = 50
# Of fewer that are tested nothing is concluded at all.
FEWEST_TESTED = 10
# Of what is answered by chance, 98 of 100 shares lie below so many standard errors above it.
BY_CHANCE = 2
# Answers to samples that are drawn alike are spread as targets are, to this factor; and most such
# samples lie in no feature beyond all that is trained on.
SPREAD, MOST_BEYOND = 2.0, 0.5
# Standard errors by which a share must differ from another, to be no accident.
SURE = 3


def unlike_test(
    network: Network, trainer: Trainer, twin: Twin, seed: int
) -> dict[str, float | bool]:
    """How a sound network does where it learns, and fails on the test samples alone; else nothing.

    score, trained: its balanced accuracy, or the variance that it explains, of test and of training
    samples; sure: whether it is right more rarely than who guesses: then it has learned something,
    and that is not what they ask for. held_out: the same of training samples that it was not
    trained on, and lost: whether that is no more than by chance, either, though it learns those
    that it is trained on; apart: whether it is right of these, and so far more often than of the
    test samples that the two are not alike. outside: the share of test samples whose targets lie
    beyond all of the training. slope, shift: what makes the unit of the test's targets of that of
    the training's, where that is all that is unlike. Not there where there are too few samples to
    tell.
    """
    data, by_chance = trainer.data, chance(network)
    if data.tested_on_training or not twin.fails or len(data.test_labels) < FEWEST_TESTED:
        return {}
    if network.task is not CLASSIFICATION:
        return _unlike_numbers(network, trainer, twin, seed)
    error = _error(by_chance, len(data.test_labels))
    guesses = twin.score <= by_chance + SURE * error
    said: dict[str, float | bool] = {
        "score": twin.score, "trained": twin.trained, "sure": twin.score < by_chance - SURE * error
    }  # fmt: skip
    room = SURE * _error(by_chance, len(data.labels))
    learns = twin.trained > by_chance + 2 * room
    if learns and len(data.labels) >= FEWEST and not twin.lacks:
        folds = held_out(network, trainer, twin, seed)
        if folds:
            out = float(np.mean(folds))
            counts = len(data.labels), len(data.test_labels)
            said |= {
                "held_out": out,
                "lost": guesses
                and out <= by_chance + BY_CHANCE * _error(by_chance, len(data.labels)),
                "apart": out > half_way(by_chance) and out - twin.score > SURE * apart(*counts),
            }
    learned = guesses and (twin.trained > half_way(by_chance) or said.get("lost"))
    return said if learned or said.get("apart") else {}


def _unlike_numbers(
    network: Network, trainer: Trainer, twin: Twin, seed: int
) -> dict[str, float | bool]:
    """The same of answers that are numbers, whose errors the folds themselves show."""
    data = trainer.data
    if len(data.labels) < FEWEST or twin.lacks or twin.trained <= half_way(0.0):
        return {}
    folds = held_out(network, trainer, twin, seed)
    if not folds:
        return {}
    out = float(np.mean(folds))
    room = SURE * float(np.std(folds, ddof=1)) * math.sqrt(1 + 1 / FOLDS)
    if out <= half_way(0.0) or out - twin.score <= max(room, NOTICEABLE):
        return {}
    given, asked = (one.reshape(len(one), -1) for one in (data.labels, data.test_labels))
    return {
        "score": twin.score, "trained": twin.trained, "sure": False, "held_out": out,
        "lost": False, "apart": True, "outside": _beyond(asked, given),
        **_other_unit(network, trainer, twin, seed, out - max(room, NOTICEABLE)),
    }  # fmt: skip


def _other_unit(
    network: Network, trainer: Trainer, twin: Twin, seed: int, enough: float
) -> dict[str, float]:
    """Slope and shift that make the test's targets of what a sound network answers; or nothing.

    enough: as much of their variance they must explain, as samples that were left out show. Samples
    beyond those of the training are answered by a line, too, whatever their unit: so most must lie
    within these, and the answers be spread as the training's targets are.
    """
    data = trainer.data
    given, asked = (one.reshape(len(one), -1) for one in (data.labels, data.test_labels))
    sound = remade(network, trainer, twin, seed)
    run = None if sound is None or asked.shape[1] > 1 else trainer.run(sound, seed)
    if sound is None or run is None or run.stopped:
        return {}
    rows = trainer.rows(sound, "test_images")
    answers = probabilities(sound, run.parameters, rows)[0].ravel()
    alike = given.std() / SPREAD <= answers.std() <= given.std() * SPREAD
    if len(asked) < FEWEST or not alike or _beyond(rows, trainer.rows(sound)) > MOST_BEYOND:
        return {}
    slope, shift = np.polyfit(answers, asked[:, 0], 1)
    left = np.var(asked[:, 0] - slope * answers - shift)
    if slope <= 0 or 1 - left / np.var(asked) < enough:
        return {}
    return {"slope": float(slope), "shift": float(shift)}


def _beyond(some: Array, others: Array) -> float:
    """The share of ``(n, k)`` rows of which a number is less, or more, than in all others."""
    return float(((some < others.min(axis=0)) | (some > others.max(axis=0))).any(axis=1).mean())


def held_out(network: Network, trainer: Trainer, twin: Twin, seed: int) -> list[float]:
    """How well the sound twin answers training samples that are left out, a fifth at a time.

    Nothing where a training stops, or there is no time for it.
    """
    sound = remade(network, trainer, twin, seed)
    if sound is None:
        return []
    places = np.random.default_rng(seed).permutation(len(trainer.data.labels))
    scores = []
    for out in np.array_split(places, FOLDS):
        left = np.setdiff1d(places, out)
        data = trainer.data
        fold = replace(
            data,
            images=data.images[left],
            labels=data.labels[left],
            numbers=data.numbers[left],
            test_images=data.images[out],
            test_labels=data.labels[out],
        )
        asking = with_data(trainer, fold)
        try:
            run = asking.run(sound, seed)
        except OutOfTime:
            return []
        if run.stopped:
            return []
        scores.append(score(asking.symptoms(sound, run)))
    return scores


def with_data(trainer: Trainer, data: Data) -> Trainer:
    """The same on other samples, of which no training is known."""
    return Trainer(
        data=data, epochs=trainer.epochs, pool=trainer.pool, compiled_path=trainer.compiled_path,
        progress=trainer.progress,
    )  # fmt: skip


def in_unit(trainer: Trainer, unlike: dict[str, float | bool]) -> Trainer:
    """The same, tested on targets that are brought into the unit of the training's."""
    data = trainer.data
    labels = (data.test_labels - unlike["shift"]) / unlike["slope"]
    return trainer.tested_on(data.test_images, labels)


def in_the_data(parts: Parts) -> Parts:
    """Parts of which the data are to blame; of labels that say nothing no other can be judged."""
    nothing = replace(parts, alone={}, without={}, shares={}, rates=[], epochs=[], gradients={})
    return replace(nothing, minimal=[["data"]], undecided=False)


def apart(*counts: int) -> float:
    """The largest standard error that the difference of two shares, each of so many, may have."""
    return math.sqrt(sum(_error(1 / 2, count) ** 2 for count in counts))


def _error(by_chance: float, count: int) -> float:
    """The standard error of a share of right answers of so many, where each is a guess."""
    return math.sqrt(by_chance * (1 - by_chance) / count)
