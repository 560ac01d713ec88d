"""Labels that stand in another order than their samples, as their nearest neighbours show."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.causes.reordered import LABELS, orders, reordered
from diagnose.causes.twin import compare
from diagnose.network.samples import Data
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

ROWS, COLUMNS = 12, 20


def by_rows(data):
    """As many samples as a table has, sorted by their labels; their labels as they are."""
    at = np.argsort(data.labels, kind="stable")[: ROWS * COLUMNS]
    return replace(data, images=data.images[at], labels=data.labels[at], numbers=np.arange(len(at)))


def told_of(data, epochs=6):
    network = dense(layout="rows", batch_size=8, bias="flat", rate=0.15, epochs=epochs)
    trainer = Trainer(data=data, epochs=epochs)
    twin, _ = compare(network, trainer, range(2))
    return reordered(network, trainer, twin, 0)


def test_an_order_is_told_in_python_that_puts_the_labels_into_it():
    table = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    by_columns = table.T.ravel()  # as they are made where the loops stand the other way around
    for text, order in orders(by_columns.size):
        moved = eval(text, {LABELS: by_columns})
        assert np.array_equal(moved, by_columns[order])
    found = [text for text, order in orders(by_columns.size)
             if np.array_equal(by_columns[order], table.ravel())]  # fmt: skip
    assert found == [f"{LABELS}.reshape(-1, {ROWS}).T.ravel()"]


def test_labels_by_the_columns_of_a_table_whose_samples_go_by_its_rows_are_found():
    data = by_rows(images(count=400))
    apart = data.labels.reshape(ROWS, COLUMNS).T.ravel()
    found = told_of(replace(data, labels=apart, test_images=data.images, test_labels=apart))
    assert found["order"] == f"{LABELS}.reshape(-1, {ROWS}).T.ravel()"
    assert found["lost"]
    assert not found["of_test"]
    assert not found["in_numbers"]
    assert found["as_given"] < 0.4 < 0.8 < found["in_order"]


@pytest.mark.parametrize("spoiled", ["as they are", "drawn", "a few wrong"])
def test_labels_in_their_order_and_such_without_any_are_not(spoiled):
    data = by_rows(images(count=400))
    labels, rng = data.labels.copy(), np.random.default_rng(0)
    if spoiled == "drawn":
        labels = rng.permutation(labels)
    if spoiled == "a few wrong":
        labels[::4] = rng.permutation(labels[::4])
    assert told_of(replace(data, labels=labels)) == {}


def test_a_test_in_another_order_than_a_training_that_is_in_order_is_found_in_the_array_behind():
    """The labels of a table, of which each fifth is left for the test."""
    data = by_rows(images(count=400))
    apart = data.labels.reshape(ROWS, COLUMNS).T.ravel()
    places = np.arange(len(apart))
    taken = places[places % 5 > 0]
    found = told_of(Data(
        name="a table", images=data.images[taken], labels=apart[taken], numbers=taken,
        test_images=data.images[::5], test_labels=apart[::5], behind=len(apart),
    ))  # fmt: skip
    assert found["order"] == f"{LABELS}.reshape(-1, {ROWS}).T.ravel()"
