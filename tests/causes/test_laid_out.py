"""Test samples that are laid out otherwise are told by moving them, and no others are."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.causes.laid_out import laid_otherwise, laid_out, layouts, matched, profiles
from diagnose.causes.twin import compare
from diagnose.network.rescaling import Moved
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

SIDE = 6
NETWORK = dense(layout="rows", batch_size=8, rate=0.15, epochs=12)


def rows_of(data, *, tested=lambda pictures: pictures, count=None):
    """The pictures as rows of numbers from 0 to 1; those of the test laid out by a function."""
    given = data.images, tested(data.test_images[:count])
    train, test = (one.reshape(len(one), -1) / 255 for one in given)
    labels = data.test_labels[:count]
    return replace(data, images=train, test_images=test, test_labels=labels)


def found(data, network=NETWORK):
    network = replace(network, prepare=np.asarray)
    trainer = Trainer(data=data, epochs=network.epochs)
    twin, _ = compare(network, trainer, range(2))
    return network, trainer, laid_otherwise(network, trainer, twin, 0)


LAID = {
    "transposed (6 x 6)": lambda pictures: pictures.transpose(0, 2, 1),
    "upside down (6 x 6)": lambda pictures: pictures[:, ::-1],
    "mirrored (6 x 6)": lambda pictures: pictures[:, :, ::-1],
}


@pytest.mark.parametrize("words", LAID)
def test_pictures_that_are_laid_out_otherwise_are_told_and_the_answer_is_to_blame(words):
    data = images()
    network, trainer, moves = found(rows_of(data, tested=LAID[words]))
    assert moves.words == words
    assert moves.score < 0.6 < 0.9 < moves.moved
    assert not moves.anew
    network, trainer = laid_out(network, trainer, moves)
    right = rows_of(data).test_images
    assert np.array_equal(trainer.data.test_images, right)
    theirs = LAID[words](data.test_images).reshape(len(right), -1) / 255
    assert np.array_equal(network.tests_on(right), theirs)
    twin, parts = compare(network, trainer, range(2))
    assert min(twin.score, parts.alone["answer"]) > 0.9 > 0.6 > parts.found
    assert ["answer"] in parts.minimal


def table(seed=0):
    """Three classes by columns of different units, of which one is always the same."""
    random = np.random.default_rng(seed)
    labels = random.integers(3, size=400)
    rows = random.standard_normal((400, 5)) * [1, 3, 0.2, 5, 0]
    rows[:, 0] += 4 * (labels == 1)
    rows[:, 1] -= 15 * (labels == 2)
    rows[:, 3] += 20 * (labels == 0)
    rows[:, 4] = 7
    return rows, labels


@pytest.mark.parametrize("by_column", [False, True])
def test_columns_of_a_table_in_another_order_are_told_also_where_each_was_scaled(by_column):
    rows, labels = table()
    order = np.array([3, 0, 1, 2, 4])
    train, test = rows[:250], rows[250:][:, order]
    mean, spread = (train.mean(axis=0), train.std(axis=0) + 1e-9) if by_column else (0, 5)
    data = replace(
        images(), images=(train - mean) / spread, labels=labels[:250], numbers=np.arange(250),
        test_images=(test - mean) / spread, test_labels=labels[250:],
    )  # fmt: skip
    network, trainer, moves = found(data, dense(features=5, classes=3, layout="rows", batch_size=8))
    assert moves.words == ""
    assert moves.anew is by_column
    assert np.array_equal(order[list(moves.places)], np.arange(5))
    assert moves.score < 0.7 < 0.9 < moves.moved
    changed, trainer = laid_out(network, trainer, moves)
    assert np.allclose(changed.tests_on(trainer.data.test_images), data.test_images)


def unlike(pictures):
    """Pictures that are brighter the further down, and lie elsewhere: of another kind."""
    return np.roll(255 - pictures, 3, axis=2) // 3


SOUND = {
    "laid out alike": {},
    "the same when transposed": {"tested": lambda one: one // 2 + one.transpose(0, 2, 1) // 2},
    "of another kind": {"tested": unlike},
    "noise": {"tested": lambda one: np.random.default_rng(0).integers(0, 255, one.shape)},
    "too few": {"tested": LAID["transposed (6 x 6)"], "count": 20},
}


@pytest.mark.parametrize("case", SOUND)
def test_samples_that_no_move_makes_like_those_of_the_training_are_left(case):
    assert found(rows_of(images(), **SOUND[case]))[2] is None


def test_labels_that_say_nothing_are_no_matter_of_how_samples_lie():
    data = rows_of(images())
    labels = np.random.default_rng(0).permutation(data.test_labels)
    assert found(replace(data, test_labels=labels))[2] is None


def test_each_layout_moves_every_feature_to_a_place_of_its_own():
    every = [*layouts(12)]
    assert all(np.array_equal(np.sort(places), np.arange(12)) for _, places in every)
    assert {"transposed (3 x 4)", "transposed (4 x 3)"} <= {words for words, _ in every}
    assert [words for words, _ in layouts(7)] == ["the other way round"]


def test_features_are_matched_whatever_they_were_scaled_by():
    rows, labels = table()
    order = np.array([2, 0, 3, 1, 4])
    others = (rows[:, order] - 3) * [2, 1, 5, 0.1, 1]
    places = matched(profiles(rows, labels, 3), profiles(others, labels, 3))
    assert np.array_equal(order[places], np.arange(5))


def test_rows_are_moved_and_moved_back():
    rows = np.arange(12.0).reshape(3, 4)
    there, back = Moved(places=(2, 0, 3, 1)), Moved(places=(1, 3, 0, 2))
    assert np.array_equal(back(there(rows)), rows)
    assert np.array_equal(there(rows)[0], [2, 0, 3, 1])
