"""Batches taken sample beside sample give what runs in lanes give, to the last bit."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.network.record import Dropout
from diagnose.training import companies, compiled, kernel, kernel_by_batches, lanes
from diagnose.training.compiled import Beginning
from diagnose.training.trainer import Trainer
from tests.networks import dense, images
from tests.training.test_compiled import Falling
from tests.training.test_compiled_steps import dropping
from tests.training.test_rules import RULED

# 230 samples: the last batch of 16 has 6, and that of 7 has 6.
DATA = images(count=230)
FIRST = Dropout(mask="mask", layer=0, keep=0.75, scale=4 / 3)
SECOND = Dropout(mask="other", layer=1, keep=0.5, scale=2.0)
# Widths of more than four vectors, of whole vectors, and of none; more samples than four vectors.
NETWORKS = {
    "wide": dense(hidden=(70, 8), batch_size=16),
    "rows": dense(hidden=(41,), layout="rows", batch_size=40, activation="tanh"),
    "no hidden layer": dense(hidden=(), batch_size=7),
    "steep": dense(activation="sigmoid(-z)", batch_size=7, rate=2.0),
    "few": dense(batch_size=4, activation="elu"),
    "falling": replace(dense(batch_size=16), learning_rate=Falling(steps=15)),
    "left out": dropping(FIRST, SECOND, batch_size=16),
    "momentum": RULED["both"],
    "adam": RULED["adam, penalty"],
}


@dataclass(frozen=True)
class Rate:
    """A rate that stays."""

    rate: float

    def __call__(self, epoch):
        return self.rate


def trained(plans, monkeypatch, by_batches):
    """What some plans come to, trained side by side in one way or the other."""
    with monkeypatch.context() as patched:
        patched.setattr(kernel, "by_batches", lambda *given: by_batches)
        return compiled.results(*compiled.train_group(*compiled.arguments(plans)))


def die_and_end(monkeypatch, way, batch_size, apart):
    """Rates at which layers die and numbers overflow, in parts of an epoch each, both ways.

    way: what trains some plans in the one way or, if it is handed False, in lanes.
    """
    monkeypatch.setattr(kernel, "APART", apart)
    network = dense(batch_size=batch_size, hidden=(6, 5))
    trainer = Trainer(data=DATA, epochs=4)
    rates = [0.1, 3.0, 30.0, 1e150, 0.3]
    plans = [trainer._plan(replace(network, learning_rate=Rate(one)), 0) for one in rates]
    one, other = (way(plans, monkeypatch, which) for which in (True, False))
    begins = [Beginning(result.theta) for result in one]
    ends = [replace(plan, beginning=at) for plan, at in zip(plans, begins, strict=True)]
    assert any(compiled.dead_layers(*compiled.dead_arguments(end)) for end in ends)
    assert not all(np.isfinite(result.theta).all() for result in one)
    for mine, theirs in zip(one, other, strict=True):
        # In which digits a nan is written is not told.
        assert np.array_equal(mine.theta, theirs.theta, equal_nan=True)


def are_left_out_where_dead(monkeypatch, way, batch_size):
    """A network with a layer that is dead from the start, with it and without, both ways."""
    plan = planned(dense(batch_size=batch_size))
    theta = plan.theta.copy()
    theta[: plan.sizes[0] * plan.sizes[1]] = 0.0
    theta[plan.sizes[0] * plan.sizes[1] :][: plan.sizes[1]] = -1.0
    whole = replace(plan, beginning=Beginning(theta))
    dead = compiled.dead_layers(*compiled.dead_arguments(whole))
    assert dead > 0
    left = compiled.reduced(whole, dead)
    (short,) = way([left.plan], monkeypatch, True)
    (full,) = way([whole], monkeypatch, False)
    assert same(left.expanded(whole, short), full)
    assert same(full, way([whole], monkeypatch, True)[0])


def same(one, other):
    return (
        one.theta.tobytes() == other.theta.tobytes()
        and one.largest_logit == other.largest_logit
        and one.unsafe == other.unsafe
    )


def planned(network, data=DATA):
    plan = Trainer(data=data, epochs=2)._plan(network, 0)
    assert isinstance(plan, compiled.Plan), plan
    return plan


@pytest.mark.parametrize("name", NETWORKS)
def test_every_bit_is_that_of_lanes(name, monkeypatch):
    plan = planned(NETWORKS[name])
    (alone,) = trained([plan], monkeypatch, True)
    assert not np.array_equal(alone.theta, plan.theta)
    assert same(alone, trained([plan], monkeypatch, False)[0])


@pytest.mark.parametrize("loss", compiled.LOSSES)
def test_every_loss_too(loss, monkeypatch):
    plan = replace(planned(NETWORKS["wide"]), loss=compiled.LOSSES[loss])
    if loss == "hinge":
        plan = replace(plan, codes=np.append(plan.codes[:-1], compiled.CODES["linear"]))
    results = [trained([plan], monkeypatch, way)[0] for way in (True, False)]
    assert same(*results)
    assert not same(results[0], planned(NETWORKS["wide"]).run()) or loss == "cross-entropy"


def test_company_of_which_some_die_and_some_end(monkeypatch):
    die_and_end(monkeypatch, trained, batch_size=7, apart=5)


def test_layers_that_are_dead_from_the_start_need_not_be_there(monkeypatch):
    are_left_out_where_dead(monkeypatch, trained, batch_size=16)


def test_it_is_compiled_once_for_each_kind_of_step(monkeypatch):
    """Numba compiles anew for another type or layout of an argument, which takes seconds."""
    plans = [planned(NETWORKS[name]) for name in ("wide", "rows", "falling", "left out")]
    for plan in plans:
        trained([plan], monkeypatch, True)
    trained([plans[0]] * 2, monkeypatch, True)
    made = kernel_by_batches._steps.signatures
    assert len([one for one in made if "none" in map(str, one)]) == 1


def test_which_way_is_taken_is_told_by_units_and_samples():
    post, square = np.array([784, 10, 10, 10]), np.array([2, 64, 64, 2])
    assert not lanes.by_batches(post, 150.0, 1, 1)
    assert lanes.by_batches(post, 150.0, 10, 1)
    assert not lanes.by_batches(post, 150.0, 10, 8)
    assert lanes.by_batches(square, 2.0, 8, 8)
    assert lanes.by_batches(np.array([784, 128, 10]), 150.0, 32, 8)


@pytest.mark.parametrize("jobs", [1, 2])
def test_any_number_of_jobs_gives_the_same(jobs):
    """Eight runs together are taken in lanes, three one by one."""
    network = dense(batch_size=16, hidden=(64,))
    rates = [replace(network, learning_rate=Rate(0.02 * at)) for at in range(1, 12)]
    trainer = Trainer(data=DATA, epochs=2)
    plans = [trainer._plan(one, 0) for one in rates]
    sizes = {len(one) for one in companies.split(plans, jobs)}
    ways = {lanes.by_batches(plans[0].sizes, 36.0, 16, one) for one in sizes}
    assert ways == {True, False}
    for group in companies.split(plans, jobs):
        found = compiled.results(*compiled.train_group(*compiled.arguments(group)))
        for plan, one in zip(group, found, strict=True):
            assert same(one, plan.run())


@pytest.mark.parametrize(
    ("runs", "jobs", "sizes"),
    [(11, 1, [8, 3]), (24, 1, [8] * 3), (36, 1, [16, 16, 4]), (12, 2, [8, 4]), (2, 2, [1, 1])],
)
def test_groups_fill_blocks(runs, jobs, sizes):
    """Of nine runs in lanes, the ninth takes nearly as long as eight."""
    plan = planned(dense(batch_size=1))
    assert [len(one) for one in companies.split([plan] * runs, jobs)] == sizes


def test_time_is_foretold_as_it_is_taken():
    """Runs that are taken one by one take as long as so many; in lanes, eight as long as three."""
    wide = planned(dense(batch_size=16, hidden=(200,)))
    one_by_one = planned(dense(batch_size=1, hidden=(200,)))
    assert companies.work([[wide] * 8]) == pytest.approx(8 * companies.work([[wide]]))
    assert companies.work([[one_by_one] * 8]) == pytest.approx(3 * companies.work([[one_by_one]]))
