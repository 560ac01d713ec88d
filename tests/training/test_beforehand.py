"""Trainings that are begun before they are asked for change nothing of what comes of them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from joblib import parallel_config

from diagnose import study
from diagnose.causes import twin
from diagnose.instruments.handful import Constant
from diagnose.training import compiled, engine
from diagnose.training.beforehand import Beforehand
from diagnose.training.budget import Budget
from diagnose.training.companies import BLOCK
from diagnose.training.compiled import Beginning
from diagnose.training.pool import Pool
from diagnose.training.store import Store
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images()
PATIENCE = 60.0


def wanted(count=2 * BLOCK):
    """Trainings at so many rates."""
    network = dense(batch_size=1)
    return [(replace(network, learning_rate=Constant(0.1 / (1 + n))), 0) for n in range(count)]


def trainer(**given):
    return Trainer(data=DATA, epochs=1, pool=Pool(**{"jobs": 2, **given}))


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(engine, "processors", lambda: 2)


@pytest.fixture
def begun(monkeypatch):
    """In which threads groups are trained, how many runs in each; the first waits for ``go``.

    Not the single runs, with which certificates are made.
    """
    train, groups = compiled.train_group, []

    def noted(theta, *rest):
        if len(theta) == 1:
            return train(theta, *rest)
        groups.append((threading.current_thread(), len(theta)))
        noted.began.set()
        if len(groups) == 1:
            assert noted.go.wait(PATIENCE)
        return train(theta, *rest)

    noted.groups, noted.began, noted.go = groups, threading.Event(), threading.Event()
    monkeypatch.setattr(compiled, "train_group", noted)
    return noted


def test_what_was_made_beforehand_is_what_is_made_when_asked(begun):
    mine = trainer()
    mine.foresee(wanted())
    assert begun.began.wait(PATIENCE)
    assert mine.pool.made == 0
    begun.go.set()
    runs = mine.runs(wanted(), "training")
    assert mine.pool.made == len(runs)
    thread, count = begun.groups[0]
    assert thread is not threading.main_thread()
    assert count == len(runs)
    assert len(begun.groups) == 1
    others = trainer().runs(wanted(), "training")
    assert len(begun.groups) > 1
    for one, other in zip(runs, others, strict=True):
        assert {name: array.tobytes() for name, array in one.parameters.items()} == {
            name: array.tobytes() for name, array in other.parameters.items()
        }


def test_what_nobody_has_begun_is_made_by_who_asks(begun):
    begun.go.set()
    mine = trainer()
    mine.foresee(wanted(BLOCK - 1))
    assert not begun.groups
    mine.runs(wanted(BLOCK - 1), "training")
    mine.foresee(wanted(2 * BLOCK - 2))
    assert sum(count for _, count in begun.groups) == BLOCK - 1  # not enough are new
    mine.runs(wanted(2 * BLOCK - 2), "training")
    assert mine.pool.made == sum(count for _, count in begun.groups) == 2 * BLOCK - 2


def test_few_are_begun_once_no_more_company_comes(begun):
    begun.go.set()
    mine = trainer()
    mine.foresee(wanted(BLOCK - 1))
    mine.pool.foresee_no_more()
    assert begun.began.wait(PATIENCE)
    mine.runs(wanted(BLOCK - 1), "training")
    assert [count for _, count in begun.groups] == [BLOCK - 1]
    assert begun.groups[0][0] is not threading.main_thread()


def test_few_are_begun_at_once_where_no_company_comes(begun):
    begun.go.set()
    mine = trainer()
    mine.foresee(wanted(BLOCK - 1), whole=True)
    assert begun.began.wait(PATIENCE)
    mine.runs(wanted(BLOCK - 1), "training")
    assert [count for _, count in begun.groups] == [BLOCK - 1]
    assert begun.groups[0][0] is not threading.main_thread()


def test_all_that_is_begun_for_the_twin_is_asked_for(begun):
    begun.go.set()
    network, mine, seeds = dense(batch_size=1), trainer(), range(3)
    twin.foresee(network, mine, seeds)
    assert begun.began.wait(PATIENCE)
    compared = twin.compare(network, mine, seeds)
    assert begun.groups[0][0] is not threading.main_thread()
    assert not mine.pool._beforehand._made
    assert not any(mine.pool._beforehand._waiting.values())
    assert compared == twin.compare(network, trainer(jobs=1), seeds)


def test_blocks_are_filled_and_the_rest_waits_for_company(begun):
    begun.go.set()
    mine = trainer()
    mine.foresee(wanted(BLOCK + 2))
    mine.pool.foresee_no_more()
    mine.runs(wanted(BLOCK + 2), "training")
    assert [count for _, count in begun.groups] == [BLOCK, 2]


def test_a_stable_softmax_waits_for_what_may_serve_for_it():
    plans = [trainer()._plan(*one) for one in wanted(BLOCK // 2)]
    mine = Beforehand(threads=1)
    for stable in (False, True):
        mine.begin(replace(one, stable=stable) for one in plans)
    assert not mine.working


def awaited(mine, plan):
    """The run of a plan, which may not have begun."""
    ends = time.monotonic() + PATIENCE
    while (made := mine.taken(plan)) is None:
        assert time.monotonic() < ends
    return made


def test_a_stable_softmax_is_trained_where_the_unstable_one_does_not_serve():
    """Whether that is known by when it is asked for, or not."""
    plan = trainer()._plan(*wanted(1)[0])
    mine = Beforehand(threads=1, fewest=1)
    for times in (1e4, 2e4):
        start = Beginning(times * plan.theta)
        either = [replace(plan, beginning=start, stable=one) for one in (False, True)]
        mine.begin(either if times == 1e4 else either[:1])
        assert awaited(mine, either[0]).unsafe
        mine.begin(either[1:])
        assert not awaited(mine, either[1]).unsafe


def test_what_fails_there_is_made_by_who_asks(monkeypatch):
    train, failed = compiled.train_group, threading.Event()

    def fail_once(theta, *rest):
        if len(theta) > 1 and not failed.is_set():
            failed.set()
            raise MemoryError
        return train(theta, *rest)

    monkeypatch.setattr(compiled, "train_group", fail_once)
    mine = trainer()
    mine.foresee(wanted())
    assert failed.wait(PATIENCE)
    assert len(mine.runs(wanted(), "training")) == mine.pool.made == 2 * BLOCK


def test_what_is_kept_is_not_made_again(begun, tmp_path):
    begun.go.set()
    trainer(store=Store(tmp_path)).runs(wanted(), "training")
    made = len(begun.groups)
    mine = trainer(store=Store(tmp_path))
    mine.foresee(wanted())
    mine.runs(wanted(), "training")
    assert len(begun.groups) == made
    assert mine.pool.found == 2 * BLOCK


@pytest.mark.parametrize("given", [{"jobs": 1}, {"budget": Budget(ends=1e9)}])
def test_nothing_is_begun_by_one_job_nor_where_time_is_limited(given, begun):
    mine = trainer(**given)
    mine.foresee(wanted())
    assert not begun.began.wait(0.2)


def test_nothing_is_begun_where_another_engine_trains(begun):
    mine = trainer()
    with parallel_config(backend="loky"):
        mine.foresee(wanted())
    assert not begun.began.wait(0.2)


def test_nothing_is_begun_once_it_is_ended(begun):
    mine = trainer()
    mine.foresee(wanted())
    assert begun.began.wait(PATIENCE)
    mine.foresee(wanted(4 * BLOCK))
    mine.pool.end()
    begun.go.set()
    mine.runs(wanted(), "training")
    assert len(begun.groups) == 1


def test_nothing_is_begun_once_a_diagnosis_has_failed(monkeypatch):
    ended = []

    def fails(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(study, "examine", fails)
    monkeypatch.setattr(Pool, "end", lambda pool: ended.append(pool))
    with pytest.raises(ZeroDivisionError):
        study.diagnose(dense(batch_size=1), data=DATA, epochs=1)
    assert len(ended) == 1
