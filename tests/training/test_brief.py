"""Where trainings are long, rates are looked for on fewer of the samples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.causes.exchange import look_at
from diagnose.causes.experiment import Experiment
from diagnose.causes.twin import compare
from diagnose.instruments.bench import Bench
from diagnose.probes import learning_rate
from diagnose.training import trainer as training
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

NETWORK = dense(hidden=(7,), batch_size=8, epochs=12)


@pytest.fixture
def trainer(monkeypatch):
    """One whose trainings count as long."""
    monkeypatch.setattr(training, "MOST_SHOWN", 1000)
    monkeypatch.setattr(training, "FEWEST", 100)
    monkeypatch.setattr(training, "SHOWN", 1000)
    monkeypatch.setattr(training, "FEWEST_STEPS", 5)
    return Trainer(data=images(), epochs=NETWORK.epochs, pool=Pool(jobs=1))


def test_it_has_fewer_of_the_same_samples_spread_over_all(trainer):
    brief = trainer.brief(NETWORK, 0)
    few, every = len(brief.data.labels), len(trainer.data.labels)
    assert 2 * few <= every
    assert few % NETWORK.batch_size == 0
    some = np.linspace(0, every - 1, few).astype(int)
    assert np.array_equal(brief.rows(NETWORK), trainer.rows(NETWORK)[some])
    assert trainer.brief(NETWORK, 0) is brief
    brief.run(NETWORK, 0)
    assert (trainer.asked, trainer.asked_in_all, trainer.made) == (0, 1, 1)


def test_there_is_none_where_trainings_are_short():
    trainer = Trainer(data=images(), epochs=NETWORK.epochs)
    assert trainer.brief(NETWORK, 0) is trainer


@dataclass(frozen=True)
class Fixed:
    """An order that knows how many samples there are."""

    count: int

    def __call__(self, labels, epoch, seed):
        return np.random.default_rng([seed, epoch]).permutation(self.count)


def test_there_is_none_where_fewer_samples_would_be_another_question(trainer):
    other = replace(NETWORK, order=Fixed(len(trainer.data.labels)))
    assert trainer.brief(other, 0) is trainer


def test_rates_are_looked_for_on_few_samples_and_judged_on_all(trainer):
    network = replace(NETWORK, learning_rate=lambda epoch: 1e-5)
    tried = Experiment(look_at(network, trainer, 0), trainer, range(3))
    assert tried.sweeper is not trainer
    tried.measure([tried.everything], whole=True)
    pace = tried.tried[tried.everything].pace
    assert tried.sweeper.is_trained(tried._network(tried.everything, pace), 0)
    assert trainer.asked == 3  # none of the rates that were tried
    _, parts = compare(network, trainer, range(3))
    assert parts.minimal == [["pace"]]


def test_a_sweep_is_short_unless_something_happens_late(trainer, monkeypatch):
    bench = Bench(network=NETWORK, sane=NETWORK, trainer=trainer)
    # what it learns is not so much that no rate could be better
    monkeypatch.setattr(learning_rate, "is_learned", lambda trained, chance: False)
    numbers = learning_rate.measure(bench)
    assert numbers["samples"] == len(trainer.brief(NETWORK, 0).data.labels)
    assert trainer.asked == 1 + 2 * len(bench.seeds)  # of its own rate alone, each time
    assert "of the samples" in learning_rate.judge(numbers).observed
    monkeypatch.setattr(learning_rate, "NOTICEABLE", -1.0)  # as if whole ones did worse
    assert "samples" not in learning_rate.measure(bench)
