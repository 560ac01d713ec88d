"""The unit in which an author's gradients are written is found, and told apart from mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.convention import convention, fit
from diagnose.network.layers import derivative
from tests.networks import correct_networks, dense, images, some

NETWORKS = correct_networks()
ROWS = images().images[:64]


def found(network):
    rows = network.prepare(ROWS)
    return convention(network, rows, images().labels[:64])


def times(network, factor, *names, add=0.0):
    """The network whose gradients, or those named, are multiplied; add: times the parameter."""

    def backward(parameters, trace, x, labels):
        given = network.backward(parameters, trace, x, labels)
        return {
            name: (factor if not names or name in names else 1.0) * one + add * parameters[name]
            for name, one in given.items()
        }

    return replace(network, backward=backward)


@pytest.mark.parametrize("network", some(NETWORKS, 6), ids=lambda one: one.name)
def test_correct_gradients_are_in_the_unit_of_the_mean_loss(network):
    seen = found(network)
    assert seen.known
    assert seen.factor == pytest.approx(1, rel=1e-4)
    assert seen.departs({}) == []
    assert seen.decays == {}


@pytest.mark.parametrize("factor", [8.0, 2.0, 0.1, 1 / 64])
def test_a_common_factor_is_a_unit_and_no_mistake(factor):
    seen = found(times(dense(batch_size=8), factor))
    assert seen.factor == pytest.approx(factor)
    assert seen.departs({}) == []


def test_a_batch_larger_than_the_samples_is_as_large_as_they_are():
    network = replace(dense(layout="rows"), batch_size=100)
    seen = found(times(network, 64.0))
    assert seen.factor == pytest.approx(64)


def test_decay_is_taken_apart_from_the_gradient():
    seen = found(times(dense(batch_size=4), 4.0, add=0.01))
    assert seen.factor == pytest.approx(4)
    assert seen.departs({}) == []
    assert seen.decays["W1"] == pytest.approx(0.01)


def test_one_gradient_in_another_unit_departs():
    seen = found(times(dense(), 0.1, "W3"))
    assert seen.factor == pytest.approx(1)
    assert seen.departs({}) == ["W3"]


def test_a_sign_departs_unless_the_update_wants_it():
    turned = times(dense(), -1.0)
    names = list(turned.init(0))
    seen = found(turned)
    assert seen.factor == pytest.approx(1)
    assert seen.departs({}) == names
    assert seen.departs(dict.fromkeys(names, -1)) == []


def test_where_all_directions_are_wrong_the_length_is_kept():
    network = dense(activation="tanh", batch_size=8)

    def backward(parameters, trace, x, labels):
        given = network.backward(parameters, trace, x, labels)
        return {name: 8 * np.abs(one) for name, one in given.items()}

    seen = found(replace(network, backward=backward))
    assert not seen.known
    assert seen.factor == 8  # the sum over the batch, which is near
    assert set(seen.departs({})) == set(network.init(0))


def test_what_stops_is_told_and_not_raised():
    def backward(*_):
        raise RuntimeError("no")

    said = found(replace(dense(), backward=backward))
    assert "RuntimeError: no" in said
    assert "no gradient of W1" in found(replace(dense(), backward=lambda *_: {}))


def test_fits_with_known_answers():
    random = np.random.default_rng(0)
    true, weights = random.normal(size=(2, 50))
    one = fit(-3 * true + 0.5 * weights, true, weights, 1e-6)
    assert (one.factor, one.decay, one.is_one) == (pytest.approx(-3), pytest.approx(0.5), True)
    # A parameter that grows by itself is no decay.
    assert not fit(true - 0.5 * weights, true, weights, 1e-6).is_one
    assert not fit(random.normal(size=50), true, weights, 1e-6).is_one
    assert not fit(np.zeros(50), true, weights, 1e-6).is_one
    assert fit(np.zeros(50), np.zeros(50), weights, 1e-6).is_one
    assert fit(2 * true, true, np.zeros(50), 1e-6).factor == pytest.approx(2)


def test_the_derivative_of_another_activation_is_no_unit():
    network = dense(activation="sigmoid")
    assert derivative  # the declared layers tell the true one
    tanh = replace(
        network, layers=tuple(replace(one, activation="tanh") if one is not network.layers[-1]
                              else one for one in network.layers)
    )  # fmt: skip
    assert found(tanh).departs({})
