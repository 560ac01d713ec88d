"""Masks: drawn for a step, followed by the exact gradient, and absent where the network answers."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.gradients import central_difference, exact_gradients
from diagnose.network.dropout import WithoutMasks, answering, keeps_the_mean, left, with_masks
from diagnose.network.layers import forward_rows
from diagnose.network.record import Dropout
from diagnose.symptoms import declared_layers_hold, fast_probabilities, own_probabilities
from diagnose.training.loop import train
from tests.networks import dense, images

PLAIN = dense(hidden=(7,), batch_size=4)
KEPT = Dropout(mask="mask", layer=0, keep=0.75, scale=4 / 3)


def masked(network):
    """The network with dropout after its first layer."""

    def forward(parameters, x):
        plain = {name: one for name, one in parameters.items() if name != "mask"}
        first, last = network.layers
        trace = dict(network.forward(plain, x))
        stays = parameters["mask"] * KEPT.scale
        lowered = trace[first.out] * stays
        made = forward_rows(replace(network, layers=(last,)), plain, network.as_rows(lowered))[0]
        return trace | {
            last.pre: network.lay_out(made[0]), last.out: network.lay_out(made[1])
        }  # fmt: skip

    return replace(network, dropout=(KEPT,), forward=WithoutMasks(forward, (("mask", KEPT.scale),)))


@pytest.fixture
def network():
    return masked(PLAIN)


def test_so_many_units_stay_as_are_said_to(network):
    given = with_masks(network, network.init(0), np.random.default_rng(0), 4000)
    rows = network.as_rows(given["mask"])
    assert rows.dtype == bool
    assert rows.mean() == pytest.approx(0.75, abs=0.02)
    assert rows.std(axis=0).min() > 0.3  # each unit, now and then
    assert {*given} == {*network.init(0), "mask"}


def test_the_exact_gradient_goes_through_the_masks(network):
    data = images()
    rows, labels = network.prepare(data.images[:6]), data.labels[:6]
    given = with_masks(network, network.init(1), np.random.default_rng(5), 6)
    assert not given["mask"].all()
    exact = exact_gradients(network, given, rows, labels)
    assert "mask" not in exact
    whole = exact_gradients(network, network.init(1), rows, labels)
    random = np.random.default_rng(2)
    for name, one in exact.items():
        direction = random.normal(size=one.shape)
        found = central_difference(network, given, rows, labels, name, direction)
        assert found.agrees(float((one * direction).sum())), name
        assert not np.allclose(one, whole[name])


def test_without_masks_nothing_is_left_out(network):
    data = images()
    rows = network.prepare(data.test_images)
    parameters = network.init(0)
    own = own_probabilities(network, parameters, rows)
    assert own == pytest.approx(own_probabilities(PLAIN, parameters, rows))
    assert left(network, parameters, 0) == 1.0


def test_who_leaves_it_on_answers_with_it(network):
    data = images()
    rows, parameters = network.prepare(data.test_images), network.init(0)
    on = replace(network, drops_when_answering=True)
    own, fast = (ask(on, parameters, rows) for ask in (own_probabilities, fast_probabilities))
    assert own == pytest.approx(fast)
    assert declared_layers_hold(on, parameters, rows)
    assert not np.allclose(own, own_probabilities(network, parameters, rows))
    assert "mask" in answering(on, parameters, 3)


def test_a_seed_leaves_out_the_same_units_again(network):
    data = images()
    rows = network.prepare(data.images)
    runs = [train(network, rows, data.labels, seed, epochs=1) for seed in (0, 0, 1)]
    weights = [run.parameters[network.layers[0].weight] for run in runs]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    assert "mask" not in runs[0].parameters


@pytest.mark.parametrize(("keep", "scale", "does"), [(0.75, 4 / 3, True), (0.25, 4 / 3, False)])
def test_what_stays_makes_up_for_what_is_left_out(keep, scale, does):
    assert keeps_the_mean(replace(KEPT, keep=keep, scale=scale)) is does
