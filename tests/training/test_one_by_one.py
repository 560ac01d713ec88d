"""Runs of one sample in each step give one by one what they give in lanes, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.network.record import Dropout
from diagnose.training import companies, compiled, kernel, kernel_one_by_one, lanes
from tests.networks import dense, images
from tests.training.test_batches import (
    are_left_out_where_dead,
    die_and_end,
    planned,
    same,
)
from tests.training.test_compiled import Falling
from tests.training.test_compiled_steps import dropping

DATA = images(count=230)
FIRST = Dropout(mask="mask", layer=0, keep=0.75, scale=4 / 3)
SECOND = Dropout(mask="other", layer=1, keep=0.5, scale=2.0)
# Widths of more than four vectors, of whole vectors, of three, and of less than one.
NETWORKS = {
    "wide": dense(hidden=(70, 8), batch_size=1),
    "in long rows": dense(hidden=(150, 8), batch_size=1),
    "rows": dense(hidden=(41,), layout="rows", batch_size=1, activation="tanh"),
    "no hidden layer": dense(hidden=(), batch_size=1),
    "steep": dense(activation="sigmoid(-z)", batch_size=1, rate=2.0),
    "few": dense(hidden=(3, 20), batch_size=1, activation="elu"),
    "falling": replace(dense(batch_size=1), learning_rate=Falling(steps=15)),
    "left out": dropping(FIRST, SECOND, batch_size=1),
}


def trained(plans, monkeypatch, alone):
    """What some plans come to, one by one or in lanes."""
    with monkeypatch.context() as patched:
        patched.setattr(kernel, "one_by_one", lambda *given: alone)
        return compiled.results(*compiled.train_group(*compiled.arguments(plans)))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_bit_is_that_of_lanes(name, monkeypatch):
    plan = planned(NETWORKS[name], DATA)
    (alone,) = trained([plan], monkeypatch, True)
    assert not np.array_equal(alone.theta, plan.theta)
    assert same(alone, trained([plan], monkeypatch, False)[0])


@pytest.mark.parametrize("loss", compiled.LOSSES)
def test_every_loss_too(loss, monkeypatch):
    plan = replace(planned(NETWORKS["wide"], DATA), loss=compiled.LOSSES[loss])
    if loss == "hinge":
        plan = replace(plan, codes=np.append(plan.codes[:-1], compiled.CODES["linear"]))
    assert same(*(trained([plan], monkeypatch, way)[0] for way in (True, False)))


def test_company_of_which_some_die_and_some_end(monkeypatch):
    die_and_end(monkeypatch, trained, batch_size=1, apart=25)


def test_layers_that_are_dead_from_the_start_need_not_be_there(monkeypatch):
    are_left_out_where_dead(monkeypatch, trained, batch_size=1)


def test_it_is_compiled_once(monkeypatch):
    """Numba compiles anew for another type or layout of an argument, which takes seconds."""
    for name in ("wide", "rows", "falling", "left out"):
        trained([planned(NETWORKS[name], DATA)], monkeypatch, True)
    assert len(kernel_one_by_one._steps.signatures) == 1


def test_which_way_is_taken_is_told_by_samples_and_runs():
    assert lanes.one_by_one(1, 3, False)
    assert not lanes.one_by_one(1, 4, False)
    assert not lanes.one_by_one(2, 1, False)
    assert not lanes.one_by_one(1, 1, True)


def test_time_is_foretold_as_it_is_taken():
    plan = planned(dense(batch_size=1), DATA)
    alone = companies.work([[plan]])
    assert companies.work([[plan] * 3]) == pytest.approx(3 * alone)
    assert companies.work([[plan] * 8]) == pytest.approx(3 * alone)
