"""Steps with momentum and weight decay on the compiled loop: as the network's own functions."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.calculus import adaptive_updates, linear_updates
from diagnose.network.arrays import copied
from diagnose.training import certificate, compiled
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images(count=230)  # the last of its batches of 20 has 10
NETWORK = dense(layout="rows", batch_size=20)


@dataclass(frozen=True)
class Velocity:
    """``v = keeps * v - rate * g``, and ``p += v``; or ahead, as libraries write Nesterov's."""

    keeps: float = 0.9
    ahead: bool = False

    def __call__(self, parameters, gradients, rate):
        after = {}
        for name, g in gradients.items():
            v = self.keeps * parameters.get(f"v {name}", 0.0) - rate * g
            step = self.keeps * v - rate * g if self.ahead else v
            after |= {f"v {name}": v, name: parameters[name] + step}
        return after


@dataclass(frozen=True)
class MeanOfGradients:
    """``m = keeps * m + (1 - keeps) * g``, ``p -= rate * m``, and the weights decay."""

    keeps: float = 0.8
    decay: float = 1e-3

    def __call__(self, parameters, gradients, rate):
        after = {}
        for name, g in gradients.items():
            m = self.keeps * parameters.get(f"m {name}", 0.0) + (1 - self.keeps) * g
            kept = 1 - rate * self.decay * (name[0] == "W")
            after |= {f"m {name}": m, name: kept * parameters[name] - rate * m}
        return after


@dataclass(frozen=True)
class Penalized:
    """A backward pass that adds a penalty's derivative to those of the weights."""

    backward: object
    strength: float = 0.02

    def __call__(self, parameters, trace, x, labels):
        gradients = self.backward(parameters, trace, x, labels)
        return {
            name: g + self.strength * parameters[name] * (name[0] == "W")
            for name, g in gradients.items()
        }


@dataclass(frozen=True)
class Flat:
    """A backward pass whose gradients of the biases have one axis less than these."""

    backward: object

    def __call__(self, parameters, trace, x, labels):
        gradients = self.backward(parameters, trace, x, labels)
        return {name: g.ravel() if name[0] == "b" else g for name, g in gradients.items()}


def adam(parameters, gradients, rate):
    steps = parameters.get("steps", np.zeros(())) + 1
    after = {"steps": steps}
    for name, g in gradients.items():
        m = 0.9 * parameters.get(f"m {name}", 0.0) + 0.1 * g
        s = 0.999 * parameters.get(f"s {name}", 0.0) + 0.001 * g**2
        step = m / (1 - 0.9**steps) / (np.sqrt(s / (1 - 0.999**steps)) + 1e-8)
        after |= {f"m {name}": m, f"s {name}": s, name: parameters[name] - rate * step}
    return after


def adagrad(parameters, gradients, rate):
    after = {}
    for name, g in gradients.items():
        s = parameters.get(f"s {name}", 0.0) + g**2
        after |= {f"s {name}": s, name: parameters[name] - rate * g / (np.sqrt(s) + 1e-8)}
    return after


def slowing_adagrad(parameters, gradients, rate):
    """Steps that get shorter by the number of them, too."""
    steps = parameters.get("steps", np.zeros(())) + 1
    return {**adagrad(parameters, gradients, rate / steps), "steps": steps}


def rmsprop(parameters, gradients, rate):
    """What keeps from a division by 0 stands under the root."""
    after = {}
    for name, g in gradients.items():
        s = 0.9 * parameters.get(f"s {name}", 0.0) + 0.1 * g**2
        after |= {f"s {name}": s, name: parameters[name] - rate * g / np.sqrt(s + 1e-6)}
    return after


RULED = {
    "velocity": replace(NETWORK, update=Velocity()),
    "ahead": replace(NETWORK, update=Velocity(ahead=True)),
    "columns": replace(dense(batch_size=7), update=Velocity()),
    "one at a time": replace(dense(batch_size=1), update=Velocity(0.5)),
    "mean": replace(NETWORK, update=MeanOfGradients()),
    "penalty": replace(NETWORK, backward=Penalized(NETWORK.backward)),
    "both": replace(NETWORK, backward=Penalized(NETWORK.backward), update=Velocity()),
    "falling": replace(
        NETWORK, update=MeanOfGradients(), learning_rate=lambda epoch: 0.1 / (1 + epoch)
    ),
    "adam": replace(NETWORK, update=adam, learning_rate=lambda epoch: 0.01),
    "adam, penalty": replace(
        NETWORK, backward=Penalized(NETWORK.backward), update=adam, learning_rate=lambda epoch: 0.01
    ),
    "adagrad": replace(NETWORK, update=adagrad, learning_rate=lambda epoch: 0.05),
    "rmsprop": replace(
        dense(batch_size=7), update=rmsprop, learning_rate=lambda epoch: 0.01 / (1 + epoch)
    ),
    "flat gradients": replace(
        dense(layout="rows", batch_size=20, bias="row"),
        backward=Flat(dense(layout="rows", batch_size=20, bias="row").backward),
        update=Velocity(),
    ),
    "upwards": replace(NETWORK, backward=Penalized(NETWORK.backward, -0.1)),
}


def apart(mine, theirs):
    largest = max(np.abs(one).max() for one in theirs.values())
    return max(np.abs(mine[name] - theirs[name]).max() for name in mine) / largest


@pytest.mark.parametrize("name", RULED)
def test_epochs_agree_with_the_own_functions(name):
    network = RULED[name]
    run = Trainer(data=DATA, epochs=3).run(network, 0)
    theirs = train(network, network.prepare(DATA.images), DATA.labels, 0, 3)
    assert run.path == "compiled"
    assert run.parameters.keys() == network.init(0).keys()
    assert apart(run.parameters, theirs.parameters) < certificate.AGREEMENT
    assert run.largest_logit == pytest.approx(theirs.largest_logit, rel=1e-9)
    plain = Trainer(data=DATA, epochs=3).run(NETWORK, 0)
    if network.layout == NETWORK.layout:
        assert apart(run.parameters, plain.parameters) > 1e-3


@pytest.mark.parametrize("name", ["both", "adam, penalty"])
def test_company_makes_no_difference(name):
    rates = [replace(RULED[name], learning_rate=Rate(one)) for one in np.geomspace(0.001, 0.1, 10)]
    together = Trainer(data=DATA, epochs=2)
    runs = together.runs([(one, 0) for one in (*rates, RULED["mean"])], "training")
    assert not together.own
    for network, run in zip((*rates, RULED["mean"]), runs, strict=True):
        alone = Trainer(data=DATA, epochs=2).run(network, 0)
        for name, array in alone.parameters.items():
            assert np.array_equal(array, run.parameters[name])


@dataclass(frozen=True)
class Rate:
    rate: float

    def __call__(self, epoch):
        return self.rate


def test_a_layer_that_is_dead_moves_by_its_rule():
    """Units that answer to no sample have no gradient, and a penalty takes from their weights."""
    network = RULED["penalty"]

    def dead(seed):
        parameters = NETWORK.init(seed)
        parameters["b1"] = parameters["b1"] - 100
        return parameters

    network = replace(network, init=dead)
    run = Trainer(data=DATA, epochs=2).run(network, 0)
    theirs = train(network, network.prepare(DATA.images), DATA.labels, 0, 2)
    assert run.path == "compiled"
    assert apart(run.parameters, theirs.parameters) < certificate.AGREEMENT
    assert apart({"W1": run.parameters["W1"]}, {"W1": dead(0)["W1"]}) > 0.01


def pushed(parameters, gradients, rate):
    after = {}
    for name, g in gradients.items():
        v = 0.9 * parameters.get(f"v {name}", 1e-3) - rate * g
        after |= {f"v {name}": v, name: parameters[name] + v}
    return after


def squared_less(parameters, gradients, rate):
    after = {}
    for name, g in gradients.items():
        s = 0.9 * parameters.get(f"s {name}", 0.0) + 0.1 * g**2
        after |= {f"s {name}": s, name: parameters[name] - rate * g / (s + 1e-6) ** 0.3}
    return after


def remembering(parameters, gradients, rate):
    after = Velocity()(parameters, gradients, rate)
    return after | {f"last {name}": g for name, g in gradients.items()}


@pytest.mark.parametrize(
    ("update", "why"),
    [
        (slowing_adagrad, "carries 1 number beside its parameters"),
        (squared_less, "neither linear in its gradient nor by a mean of squares"),
        (pushed, "is not 0 before the first step"),
        (remembering, "more than one array for each parameter"),
    ],
)
def test_other_steps_are_refused_with_the_reason(update, why):
    trainer = Trainer(data=DATA, epochs=1)
    reason = trainer._plan(replace(NETWORK, update=update), 0)
    assert isinstance(reason, str)
    assert why in reason


def test_the_numbers_of_adam_are_told():
    parameters = NETWORK.init(0)
    found = adaptive_updates.means(adam, parameters, copied(parameters), 0.01)
    assert found["W1"].numbers.tolist() == [0.9, 0.1, 0.999, 0.001, 0, 1e-8, 1, 0.9, 0.999]
    assert found["b2"].carried == ("m b2", "s b2")
    found = adaptive_updates.means(rmsprop, parameters, copied(parameters), 0.01)
    assert found["W1"].numbers.tolist() == [0, 1, 0.9, 0.1, 1e-6, 0, 1, 0, 0]


def test_a_rule_is_told_from_its_numbers():
    parameters = NETWORK.init(0)
    found = linear_updates.rules(Velocity(0.9), parameters, copied(parameters), 0.05)
    rule = found["W1"]
    assert rule.carried == "v W1"
    assert rule.plain is None
    assert rule.numbers.tolist() == [[[1, 0], [0.9, 0], [0, -1]], [[0, 0], [0.9, 0], [0, -1]]]
    (plain,) = {
        one.plain
        for one in linear_updates.rules(
            NETWORK.update, parameters, copied(parameters), 0.05
        ).values()
    }
    assert plain == 1.0


def test_a_plain_step_needs_no_rule():
    planned = Trainer(data=DATA, epochs=1)._plan(NETWORK, 0)
    assert isinstance(planned, compiled.Plan)
    assert len(planned.rules) == 0
    assert len(planned.theta) == sum(one.size for one in NETWORK.init(0).values())
