"""The unit in which an author's gradients are written is found, and told apart from mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.convention import (
    Seen,
    convention,
    decayed,
    differences,
    fit,
    fitted,
    usual_units,
    with_fitting_loss,
)
from diagnose.network.layers import derivative
from diagnose.render.part_words import gradients_apart
from tests.calculus import test_losses as losses
from tests.networks import correct_networks, dense, images, some

NETWORKS = correct_networks()
ROWS = images().images[:64]


def found(network):
    rows = network.prepare(ROWS)
    return convention(network, rows, images().labels[:64])


def named(name):
    return next(one for one in [*losses.MULTI, *losses.BINARY] if one.name == name)


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
    assert seen.pulled == {}


def test_a_usual_factor_is_a_unit_and_no_mistake():
    seen = found(times(dense(batch_size=8), 8.0))
    assert seen.factor == seen.unit == pytest.approx(8)
    assert seen.departs({}) == []


@pytest.mark.parametrize("factor", [2.0, 0.1, 1 / 64, 1000])
def test_a_common_factor_that_nobody_writes_on_purpose_departs_everywhere(factor):
    seen = found(times(dense(batch_size=8), factor))
    assert seen.factor == pytest.approx(factor)
    assert seen.unit == 1
    assert len(seen.departs({})) == len(seen.fits)


def test_a_batch_larger_than_the_samples_is_as_large_as_they_are():
    network = replace(dense(layout="rows"), batch_size=100)
    seen = found(times(network, 64.0))
    assert seen.factor == pytest.approx(64)


def test_decay_is_taken_apart_from_the_gradient():
    seen = found(times(dense(batch_size=4), 4.0, add=0.01))
    assert seen.factor == pytest.approx(4)
    assert seen.departs({}) == []
    assert seen.pulled["W1"].decay == pytest.approx(0.01)


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


def test_negative_gradients_with_their_decay_are_right_where_the_update_adds_them():
    network = times(dense(batch_size=4), -1.0, add=-0.01)
    names = list(network.init(0))
    seen = found(network)
    assert seen.departs(dict.fromkeys(names, -1)) == []
    assert seen.departs({}) == names
    # Added, a decay makes parameters grow.
    growing = found(times(dense(batch_size=4), -1.0, add=0.01))
    assert "W1" in growing.departs(dict.fromkeys(names, -1))


def test_two_numbers_are_no_proof_of_two_unknowns():
    true, weights = np.array([1.0, 2.0]), np.array([0.0, 3.0])
    own = np.array([8.0, 16.3])  # 8 and 0.1 meet it, and so would two numbers meet any other
    assert not fit(own, true, weights, 1e-6).is_one
    one = decayed(own, true, weights, 1e-6, 8.0)
    assert (one.factor, one.decay, one.is_one) == (8.0, pytest.approx(0.1), True)
    assert decayed(own + np.array([0.5, 0]), true, weights, 1e-6, 8.0) is None
    assert decayed(own - np.array([0, 0.6]), true, weights, 1e-6, 8.0) is None  # it grows


def test_the_factor_of_the_others_tells_the_decay_of_a_single_bias():
    random = np.random.default_rng(1)
    true, weights = random.normal(size=(2, 60))
    bias, at = np.array([0.3, -0.2]), np.array([0.1, 0.4])
    seen = {
        "W1": Seen(8 * true + 0.5 * weights, true, weights, 1e-6),
        "b1": Seen(8 * bias + 0.5 * at, bias, at, 1e-6),
    }
    written = fitted(seen, dense(batch_size=8), 8)
    assert (written.factor, written.said) == (8, "the sum over the batch")
    assert written.departs({}) == []
    decays = {name: one.decay for name, one in written.pulled.items()}
    assert decays == {"W1": pytest.approx(0.5), "b1": pytest.approx(0.5)}


def test_a_decay_may_spare_the_row_that_is_a_bias():
    random = np.random.default_rng(1)
    true, weights = random.normal(size=(2, 5, 12))  # in five steps, of which each has twelve
    decayed_ones = np.arange(12) >= 3
    own = 8 * true + 0.5 * weights * decayed_ones
    seen = {
        "W1": Seen(own.ravel(), true.ravel(), weights.ravel(), 1e-6, 12),
        "W2": Seen(8 * true[0], true[0], weights[0], 1e-6, 12),
    }
    written = fitted(seen, dense(batch_size=8), 8)
    assert written.departs({}) == []
    assert written.fits["W1"].decay == pytest.approx(0.5)
    assert written.fits["W1"].spared == tuple([True] * 3 + [False] * 9)
    assert np.array_equal(written.fits["W1"].pull(weights[0]), weights[0] * decayed_ones)
    own[:, 4] *= 1.01
    seen["W1"] = Seen(own.ravel(), true.ravel(), weights.ravel(), 1e-6, 12)
    assert fitted(seen, dense(batch_size=8), 8).departs({}) == ["W1"]


def test_a_parameter_that_nothing_uses_tells_no_unit():
    true = np.arange(1.0, 9.0)
    unused = Seen(np.zeros(8), np.zeros(8), true, 1e-6)
    seen = {"W1": Seen(8 * true, true, np.ones(8), 1e-6), "W2": unused, "W3": unused}
    written = fitted(seen, dense(batch_size=8), 8)
    assert written.factor == 8
    assert written.departs({}) == []


def test_usual_units_and_how_they_are_said():
    softmax = dense(batch_size=50)
    assert usual_units(softmax, 42) == {
        1.0: "",
        42.0: "the sum over the batch",
        42 / 50: "the mean over a batch of 50",
    }
    square = usual_units(replace(named("linear squared-error 4"), batch_size=6), 6)
    assert set(square) == {1, 2, 6, 12, 1 / 4, 1 / 2, 6 / 4, 3}
    assert square[2] == "the squared error without the half"
    assert square[3.0] == (
        "the sum over the batch and the squared error without the half and the mean over the "
        "outputs"
    )
    assert 1 / 4 in usual_units(named("sigmoid cross-entropy 4"), 4)
    assert 1 / 4 not in usual_units(dense(), 1)  # a softmax's cross-entropy is one number


def out_minus_target(network):
    """The network whose error of the output is ``out - target``, whatever its loss."""

    def backward(p, trace, x, labels):
        dz = (trace["y"] - network.targets(labels)) / len(x)
        du = (dz @ p["W"].T) * (1 - trace["h"] ** 2)
        return {"W": trace["h"].T @ dz, "b": dz.sum(0), "V": x.T @ du, "c": du.sum(0)}

    return replace(network, backward=backward)


@pytest.mark.parametrize("name", ["sigmoid squared-error 4", "softmax squared-error 4"])
def test_the_gradient_of_the_loss_that_fits_the_output_is_no_departure(name):
    network = named(name)
    seen = found(out_minus_target(network))
    assert (seen.loss, seen.factor, seen.departs({})) == ("cross-entropy", 1, [])
    assert found(network).loss == "squared-error"


def test_no_loss_fits_targets_that_are_no_probabilities():
    labels = images().labels[:64]
    sigmoid = named("sigmoid squared-error 4")
    apart = replace(sigmoid, encode=lambda some: 2 * np.eye(4)[some] - 1)
    assert with_fitting_loss(apart, labels) is None
    assert found(out_minus_target(apart)).departs({})
    assert with_fitting_loss(named("tanh squared-error 4"), labels) is None
    assert found(out_minus_target(named("tanh squared-error 4"))).departs({})
    assert with_fitting_loss(named("sigmoid cross-entropy 4"), labels) is None


def test_differences_are_told_parameter_by_parameter():
    network = dense(hidden=(5,), activation="tanh")

    def backward(p, trace, x, labels):
        given = network.backward(p, trace, x, labels)
        across = np.random.default_rng(0).normal(size=given["W1"].shape)
        true = given["W1"]
        across -= (across * true).sum() / (true * true).sum() * true
        across *= np.linalg.norm(true) / np.linalg.norm(across)
        return {**given, "W1": 0.3 * across, "b1": 0.5 * given["b1"], "b2": 0 * given["b2"]}

    seen = differences(
        replace(network, backward=backward), network.prepare(ROWS), images().labels[:64]
    )
    assert seen["W1"]["cosine"] == pytest.approx(0, abs=1e-9)
    assert seen["W1"]["length ratio"] == pytest.approx(0.3)
    assert seen["b1"] == {"cosine": pytest.approx(1), "length ratio": pytest.approx(0.5)}
    assert seen["W2"] == {"cosine": pytest.approx(1), "length ratio": pytest.approx(1)}
    assert gradients_apart(seen) == [
        "W1: 0.3 of the length, at 90 degrees to the true one",
        "b1: 0.5 of the length, in the true direction",
        "b2: 0, where the true one is not",
    ]
    overflowed = times(network, np.inf, "W2")
    seen = differences(overflowed, network.prepare(ROWS), images().labels[:64])
    assert gradients_apart(seen) == ["W2: not finite, or not 0 where the true one is"]
    assert differences(replace(network, backward=lambda *_: {}), network.prepare(ROWS), [0]) == {}


@pytest.mark.parametrize("along", [0.0, 0.5, 1 - 1e-9, 1.0])
@pytest.mark.parametrize("decay", [0.0, 1e-4, 0.3])
def test_a_decay_is_found_however_near_the_weights_are_to_the_gradient(along, decay):
    random = np.random.default_rng(0)
    true = random.normal(size=60)
    weights = along * true + (1 - along) * random.normal(size=60)
    made = fit(2 * true + decay * weights, true, weights, 1e-7)
    assert made.is_one
    np.testing.assert_allclose(
        made.factor * true + made.decay * weights, 2 * true + decay * weights, rtol=1e-6
    )
    assert not fit(2 * true + decay * weights + 1e-3, true, weights, 1e-7).is_one


def test_weights_are_fitted_only_where_a_decay_may_explain_what_is_left(monkeypatch):
    random = np.random.default_rng(0)
    true, weights, other = random.normal(size=(3, 60))
    asked = []
    lstsq = np.linalg.lstsq
    monkeypatch.setattr(np.linalg, "lstsq", lambda *a, **b: asked.append(1) or lstsq(*a, **b))
    assert not fit(true + other, true, weights, 1e-7).is_one
    assert not asked
    assert fit(true + 0.1 * weights, true, weights, 1e-7).is_one
    assert asked
