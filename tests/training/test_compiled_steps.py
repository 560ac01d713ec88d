"""Steps that leave units out, and batches that are not full, in the compiled loop."""

import gc
import weakref
from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.causes.sound_parts import ExactBackward
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.record import Dropout, bare
from diagnose.training import certificate, compiled
from diagnose.training import trainer as trainers
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

# 230 samples: the last batch of 16 has 6, and that of 12 has 2.
DATA = images(count=230)
FIRST = Dropout(mask="mask", layer=0, keep=0.75, scale=4 / 3)
SECOND = Dropout(mask="other", layer=1, keep=0.5, scale=2.0)


def dropping(*dropout, **shape):
    """A sound network that leaves units out."""
    network = replace(dense(**shape), dropout=dropout)
    network = replace(network, forward=Recomputed(bare(network), extras=False))
    names = tuple((name, 1.0) for name in network.init(0))
    return replace(network, backward=ExactBackward(bare(network), names))


@dataclass(frozen=True)
class Carrying:
    """Steps with momentum, from gradients with a penalty."""

    def __call__(self, parameters, gradients, rate):
        made = {}
        for name, gradient in gradients.items():
            before = parameters.get(f"v{name}", 0.0)
            made[f"v{name}"] = 0.9 * before - rate * (gradient + 0.01 * parameters[name])
            made[name] = parameters[name] + made[f"v{name}"]
        return made


NETWORKS = [
    dropping(FIRST),
    dropping(FIRST, SECOND, layout="rows", activation="tanh", batch_size=16),
    dropping(SECOND, activation="sigmoid", batch_size=12),
    replace(dropping(FIRST, SECOND, batch_size=16), update=Carrying()),
]


def both(network, epochs=2, seed=0):
    """The parameters as the compiled loop trains them, and as the own functions do."""
    trainer = Trainer(data=DATA, epochs=epochs)
    plan = trainer._plan(network, seed)
    assert isinstance(plan, compiled.Plan), plan
    own = train(network, network.prepare(DATA.images), DATA.labels, seed, epochs)
    return trainer.run(network, seed).parameters, own.parameters


def apart(mine, theirs, names):
    return max(np.abs(mine[name] - theirs[name]).max() for name in names)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda one: f"{one.name} {len(one.dropout)}")
def test_the_units_that_are_left_out_are_those_that_the_own_functions_leave_out(network):
    mine, theirs = both(network)
    names = network.init(0)
    assert apart(mine, theirs, names) < certificate.AGREEMENT
    # They are others with another seed, and make a difference.
    again = replace(network, dropout=tuple(replace(one, keep=0.9) for one in network.dropout))
    assert apart(mine, both(again)[0], names) > 1e-3


def test_runs_that_leave_units_out_are_the_same_alone_and_in_company():
    trainer = Trainer(data=DATA, epochs=2)
    rates = [replace(NETWORKS[1], learning_rate=Rate(0.01 * at)) for at in range(1, 6)]
    plans = [trainer._plan(network, 0) for network in rates]
    assert len({plan.company for plan in plans}) == 1
    together = compiled.results(*compiled.train_group(*compiled.arguments(plans)))
    for plan, one in zip(plans, together, strict=True):
        assert np.array_equal(plan.run().theta, one.theta)
    other = trainer._plan(rates[0], 1), trainer._plan(NETWORKS[3], 0)
    assert len({one.company for one in (plans[0], *other)}) == 3


@dataclass(frozen=True)
class Rate:
    """A rate that stays."""

    rate: float

    def __call__(self, epoch):
        return self.rate


@dataclass(frozen=True)
class Drawn:
    """A draw after which the second layer is on only where units of the first are left out."""

    network: object

    def __call__(self, seed):
        drawn = {name: np.array(one) for name, one in self.network.init(seed).items()}
        drawn["b1"][:], drawn["b2"][:] = 1.0, 0.3
        drawn["W1"] *= 0.1
        drawn["W2"] = -np.abs(drawn["W2"]) - 0.2
        return drawn


def test_a_layer_that_is_dead_on_whole_samples_moves_where_units_are_left_out():
    half = Dropout(mask="mask", layer=0, keep=0.5, scale=2.0)
    network = dropping(half, hidden=(4, 3), rate=0.05)
    network = replace(network, init=Drawn(network))
    plan = Trainer(data=DATA, epochs=2)._plan(network, 0)
    assert compiled.dead_layers(*compiled.dead_arguments(plan)) == 2
    mine, theirs = both(network)
    assert np.abs(theirs["b2"] - 0.3).max() > 0.1
    assert apart(mine, theirs, network.init(0)) < certificate.AGREEMENT


def test_a_backward_pass_without_the_masks_is_trained_by_its_own_functions():
    network = NETWORKS[1]
    whole = replace(network, dropout=())
    wrong = replace(network, backward=ExactBackward(bare(whole), network.backward.factors))
    reason = Trainer(data=DATA, epochs=1)._plan(wrong, 0)
    assert isinstance(reason, str)
    assert "is not a multiple of the true one" in reason


def test_masks_that_take_too_much_memory_are_not_drawn_ahead(monkeypatch):
    monkeypatch.setattr(trainers, "MOST_MASKS", 1000)
    trainer = Trainer(data=DATA, epochs=1)
    assert "too much memory" in trainer._plan(NETWORKS[0], 0)
    assert trainer.run(NETWORKS[0], 0).path == "own functions"


def test_masks_are_given_back_and_drawn_again():
    trainer = Trainer(data=DATA, epochs=1)
    before = trainer._plan(NETWORKS[0], 0)
    kept = weakref.ref(before.masks.kept)
    again, path = before.key, trainer.run(NETWORKS[0], 0).path
    del before
    trainer.forget()
    gc.collect()
    assert kept() is None
    assert path == "compiled"
    assert trainer._plan(NETWORKS[0], 0).key == again


@dataclass(frozen=True)
class Divided:
    """Gradients that are sums over a batch, divided by a number."""

    network: object
    by: float

    def __call__(self, parameters, trace, x, labels):
        mean = self.network.backward(parameters, trace, x, labels)
        return {name: one * len(labels) / self.by for name, one in mean.items()}


@pytest.mark.parametrize("by", [1.0, 16.0, 230.0], ids=["sums", "by the batch", "by all samples"])
def test_a_batch_that_is_not_full_is_divided_as_a_full_one_where_its_author_does(by):
    network = dense(batch_size=16)
    divided = replace(network, backward=Divided(network, by))
    mine, theirs = both(divided)
    assert apart(mine, theirs, network.init(0)) < certificate.AGREEMENT


def test_a_batch_that_is_not_full_is_a_mean_where_its_author_takes_one():
    network = dense(batch_size=16)
    mine, theirs = both(network)
    assert apart(mine, theirs, network.init(0)) < certificate.AGREEMENT
    plans = [
        Trainer(data=DATA, epochs=1)._plan(one, 0)
        for one in (network, replace(network, backward=Divided(network, 16.0)))
    ]
    assert [plan.whole for plan in plans] == [False, True]
    assert len({plan.key for plan in plans}) == 2
