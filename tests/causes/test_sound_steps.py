"""The published step of the optimizer that is meant, whatever is wrong with the author's."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.causes.exchange import look_at
from diagnose.causes.sound_parts import PlainStep
from diagnose.causes.sound_steps import Adaptive, Momentum, sound_step
from diagnose.causes.twin import compare
from diagnose.causes.widening import wider
from diagnose.instruments.handful import Constant
from diagnose.training.trainer import Trainer
from tests.networks import dense, images


@dataclass(frozen=True)
class Author:
    """An update of the program's own: ``rule(p, g, state, rate, t) -> (p, state)``."""

    rule: object

    def __call__(self, parameters, gradients, rate):
        names = [one for one in parameters if " " not in one]
        t = parameters.get("the count", np.zeros(())) + 1
        after = {"the count": t}
        for name in names:
            state = [parameters[one] for one in parameters if one.endswith(f" of {name}")]
            after[name], state = self.rule(parameters[name], gradients[name], state, rate, t)
            after |= {f"{at} of {name}": one for at, one in enumerate(state)}
        return after


def momentum(p, g, state, rate, t, sign=1, ema=False):
    (v,) = state or [0 * p]
    v = 0.8 * v + (0.2 if ema else 1) * g
    return p - sign * rate * v, [v]


def adagrad(p, g, state, rate, t, overwritten=False):
    (v,) = state or [0 * p]
    v = g * g + (0 if overwritten else v)
    return p - rate * g / (np.sqrt(v) + 1e-8), [v]


def rmsprop(p, g, state, rate, t, root=True):
    (v,) = state or [0 * p]
    v = 0.95 * v + 0.05 * g * g
    return p - rate * g / ((np.sqrt(v) if root else v) + 1e-8), [v]


def adam(p, g, state, rate, t, square=True, corrected=True, root=True):
    m, v = state or [0 * p, 0 * p]
    m = 0.85 * m + 0.15 * g
    v = 0.99 * v + 0.01 * (g * g if square else g)
    c, d = 1 - 0.85**t, (1 - 0.99**t if corrected else 1 - 0.99)
    below = np.sqrt(np.abs(v / d)) if root else np.abs(v / d)
    return p - rate * (m / c) / (below + 1e-8), [m, v]


def changed(rule, **how):
    return lambda *args: rule(*args, **how)


def sound(rule):
    network = replace(dense(layout="rows", rate=0.1), update=Author(rule))
    return sound_step(network, network.init(0), 1.0, {}), network


def three_steps(update, network):
    random = np.random.default_rng(1)
    parameters = network.init(0)
    names = [*parameters]
    for _ in range(3):
        given = {name: random.normal(size=parameters[name].shape) for name in names}
        parameters = update(parameters, given, 0.1)
    return {name: parameters[name] for name in names}


@pytest.mark.parametrize("rule", [momentum, adagrad, rmsprop, adam])
def test_a_right_step_is_its_own_published_one(rule):
    found, network = sound(rule)
    mine, theirs = (three_steps(one, network) for one in (found, network.update))
    for name, one in mine.items():
        assert np.allclose(one, theirs[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (adagrad, changed(adagrad, overwritten=True)),
        (adam, changed(adam, square=False)),
        (adam, changed(adam, corrected=False)),
        (adam, changed(adam, root=False)),
        (rmsprop, changed(rmsprop, root=False)),
        (momentum, changed(momentum, sign=-1)),
    ],
)
def test_a_wrong_step_is_put_right_with_what_it_keeps(right, wrong):
    found, network = sound(wrong)
    mine, theirs = (three_steps(one, network) for one in (found, sound(right)[0]))
    for name, one in mine.items():
        assert np.allclose(one, theirs[name], rtol=1e-9, atol=1e-12)


def test_a_sum_that_is_never_set_back_is_meant_to_be_a_plain_step():
    found, _ = sound(lambda p, g, state, rate, t: (p - rate * sum([g, *state]), [sum([g, *state])]))
    assert isinstance(found, PlainStep)


def test_what_carries_nothing_is_plain():
    assert isinstance(sound(lambda p, g, state, rate, t: (p - rate * g, []))[0], PlainStep)


def test_the_sign_of_a_negative_gradient_is_kept():
    network = replace(dense(layout="rows", rate=0.1), update=Author(changed(momentum, sign=-1)))
    signs = dict.fromkeys(network.init(0), -1)
    found = sound_step(network, network.init(0), 1.0, signs)
    assert isinstance(found, Momentum)
    mine, theirs = (three_steps(one, network) for one in (found, network.update))
    assert all(np.allclose(one, theirs[name]) for name, one in mine.items())
    adaptive = sound_step(replace(network, update=Author(adam)), network.init(0), 1.0, signs)
    assert isinstance(adaptive, Adaptive)
    assert {sign for _, sign in adaptive.signs} == {-1}


@dataclass(frozen=True)
class Fading:
    """A rate that is gone after some epochs."""

    first: float

    def __call__(self, epoch):
        return self.first * 0.01**epoch


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"learning_rate": Fading(0.1)}, 0.1),
        ({"learning_rate": Fading(0.03), "update": Author(momentum)}, 0.03),
        ({"learning_rate": Constant(2.0), "update": Author(adam)}, 0.03),
    ],
)
def test_the_pace_of_an_optimizer_is_looked_for_where_it_works(changes, rate):
    network = replace(dense(layout="rows", batch_size=8), epochs=6, **changes)
    _, parts = compare(network, Trainer(data=images(count=120), epochs=6), (0,))
    assert ["pace"] in parts.minimal
    assert parts.rates[parts.minimal.index(["pace"])] == pytest.approx(rate)


@pytest.mark.parametrize(("rule", "kind"), [(momentum, Momentum), (adam, Adaptive)])
def test_a_wider_network_steps_as_the_authors_optimizer_does(rule, kind):
    network = replace(dense(layout="rows", batch_size=4), update=Author(rule))
    author = look_at(network, Trainer(data=images(count=40), epochs=2), 0)
    for _, wide in wider(author, more_units=True):
        assert type(wide.step) is kind
        assert wide.network.update == wide.step
        assert wide.network.learning_rate(0) == pytest.approx(network.learning_rate(0))
        drawn = wide.network.init(0)
        after = wide.network.update(drawn, {key: one * 0 + 1 for key, one in drawn.items()}, 0.1)
        assert {*drawn} <= {*after}
        assert all((after[key] < one).all() for key, one in drawn.items())
