"""update-direction: fires where a step, of backward and update together, does not go down."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.data import carried, subset
from diagnose.probes import wrong_gradient
from diagnose.probes.update_direction import DEFECT, Upward, wrong_names
from diagnose.report import ABSENT, ERROR, MASKED, NOT_APPLICABLE, PRESENT, RISK
from fixed import NETWORK as FIXED
from tests.networks import bench, correct_networks, dense, some
from tests.probes import built
from tests.probes.assertions import planted_and_repaired, silent
from tests.probes.built import functions, thing
from tests.probes.updating import (
    AT_ONCE,
    HANDED_OVER,
    SOUND,
    Climbing,
    assert_cause_of_blindness,
    assert_each_parameter_is_named,
    assert_trains_alike,
    negative,
    updated,
)

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


def accuracy(network: Any) -> float:
    one = bench(replace(network, epochs=15))
    value = one.trainer.symptoms(one.network, one.train(one.network)).balanced_accuracy
    assert value is not None
    return value


# Silent


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    assert_each_parameter_is_named(DEFECT, network)


@pytest.mark.parametrize("name", SOUND)
def test_silent_on_sound_updates_and_so_is_wrong_gradient(name: str) -> None:
    silent(DEFECT, SOUND[name])
    silent(wrong_gradient.DEFECT, SOUND[name])


@pytest.mark.parametrize("name", HANDED_OVER)
def test_silent_on_what_builders_hand_over(name: str) -> None:
    silent(DEFECT, HANDED_OVER[name])
    silent(DEFECT, AT_ONCE)


def test_says_that_negative_gradients_are_added() -> None:
    observed = probed(SOUND["negative gradients added"]).observed
    assert "backward returns the negative gradient of W1, b1, W2, b2, W3 and b3" in observed
    assert "right together" in observed
    said = wrong_gradient.DEFECT.probe(bench(SOUND["one negative gradient added"])).observed
    assert "that of W2 is negative, and the update adds it, which is right together" in said


def test_says_which_rate_a_parameter_really_has() -> None:
    finding = probed(SOUND["a smaller rate for biases"])
    assert "the rate of b1 really is 0.1 times the one that the update is given" in finding.observed
    assert "W1 really" not in finding.observed


def test_says_what_weight_decay_takes() -> None:
    finding = probed(SOUND["weight decay"])
    assert "a step multiplies W1 by 0.9995 even with a gradient of 0" in finding.observed


def test_not_applicable_to_an_update_that_remembers() -> None:
    velocity: dict[str, Any] = {}

    def momentum(name: str, parameter: Any, gradient: Any, rate: float) -> Any:
        velocity[name] = 0.9 * velocity.get(name, 0) + gradient
        return parameter - rate * velocity[name]

    finding = probed(updated(dense(), momentum))
    assert finding.status == NOT_APPLICABLE
    assert "makes another step when it is called again" in finding.observed


def test_masked_where_the_loss_cannot_tell_the_sign() -> None:
    network = dense()
    last = replace(network.layers[-1], activation="linear")
    odd = replace(network, layers=(*network.layers[:-1], last), update=Upward(network.update))
    finding = probed(odd)
    assert finding.status == MASKED
    assert "cannot be told" in finding.observed


@pytest.mark.parametrize(("times", "wanted"), [(0.1, 0.1), (1.0, 1.0)])
def test_a_step_that_is_turned_down_again_is_as_long_as_it_was(times: float, wanted: float) -> None:
    def upward(name: str, parameter: Any, gradient: Any, rate: float) -> Any:
        return parameter + times * rate * gradient

    network = updated(dense(), upward)
    mended = DEFECT.repair(network, probed(network).numbers)
    start = network.init(0)
    ones = {name: np.ones_like(one) for name, one in start.items()}
    after = mended.update({name: np.array(one) for name, one in start.items()}, ones, 0.5)
    for name, one in start.items():
        np.testing.assert_allclose(after[name], one - wanted * 0.5, rtol=1e-6, atol=1e-9)


# Fires


@pytest.mark.parametrize("network", some(NETWORKS, 6), ids=IDS)
def test_planted_it_is_found_and_repaired_it_trains_as_before(network: Any) -> None:
    planted, finding, repaired = planted_and_repaired(DEFECT, network)
    assert wrong_names(finding.numbers) == list(network.init(0))
    assert "by +1 times rate * gradient: up the gradient" in finding.observed
    assert wrong_gradient.DEFECT.probe(bench(planted)).status == ABSENT
    assert_trains_alike(repaired, network)


@pytest.mark.parametrize(
    ("update", "name", "words"),
    [
        (lambda n, p, g, r: p + r * g if n == "W2" else p - r * g, "W2", "the update moves W2 by"),
        (lambda n, p, g, r: -r * g if n == "b2" else p - r * g, "b2", "leaves 0 times what b2"),
        (lambda n, p, g, r: p - r * g.T if n == "W2" else p - r * g, "W2", "the step of W2 does"),
        (lambda n, p, g, r: p - r * g.mean() if n == "W1" else p - r * g, "W1", "the step of W1"),
        (lambda n, p, g, r: p - r * g * p if n == "W3" else p - r * g, "W3", "the step of W3"),
        (lambda n, p, g, r: p - r * abs(g) if n == "W3" else p - r * g, "W3", "the step of W3"),
    ],
    ids=["added", "=-", "transposed", "mean", "times the weight", "absolute"],
)
def test_names_the_parameter_and_what_its_step_does(update: Any, name: str, words: str) -> None:
    faulty = updated(dense(hidden=(5, 5), batch_size=3), update)
    finding = probed(faulty)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == [name]
    assert words in finding.observed
    assert finding.advice == f"{name} = {name} - rate * d{name}"
    assert probed(DEFECT.repair(faulty, finding.numbers)).status == ABSENT


class RMSprop:
    """RMSprop's step, with the root of the mean square, or without."""

    def __init__(self, power: float) -> None:
        self.power = power

    def __call__(self, parameters: Any, gradients: Any, rate: float) -> Any:
        after = {}
        for name, gradient in gradients.items():
            before = parameters.get(f"s{name}", np.zeros(gradient.shape))
            after[f"s{name}"] = 0.9 * before + 0.1 * gradient**2
            divisor = after[f"s{name}"] ** self.power + 1e-8
            after[name] = parameters[name] - rate * gradient / divisor
        return after


def test_a_mean_square_without_its_root_is_named_and_the_repair_takes_the_root() -> None:
    network = dense(hidden=(5, 5), batch_size=3)
    right, wrong = (replace(network, update=RMSprop(power)) for power in (0.5, 1.0))
    assert probed(right).status == ABSENT
    finding = probed(wrong)
    assert finding.status == PRESENT
    assert "is the shorter, the longer its gradient is" in finding.observed
    assert "divide by the root of the mean square" in finding.advice
    start = network.init(0)
    random = np.random.default_rng(0)
    gradients = {name: random.choice([-2.0, 0.5], one.shape) for name, one in start.items()}
    mended = DEFECT.repair(wrong, finding.numbers)
    one, other = (each.update(start, gradients, 0.01) for each in (right, mended))
    for name in start:
        assert np.allclose(one[name], other[name], rtol=1e-5)


@pytest.mark.parametrize(("keeps", "kind"), [(0.9, ""), (-0.9, "takes 90% of the one before back")])
def test_momentum_of_the_wrong_sign(keeps: float, kind: str) -> None:
    def update(parameters: Any, gradients: Any, rate: float) -> Any:
        after = {}
        for name, one in gradients.items():
            after[f"v{name}"] = keeps * parameters.get(f"v{name}", 0.0) + one
            after[name] = parameters[name] - rate * after[f"v{name}"]
        return after

    finding = probed(replace(dense(hidden=(5, 5), batch_size=3), update=update))
    assert finding.status == (PRESENT if kind else ABSENT)
    assert kind in finding.observed


def cut(at: float) -> Any:
    return lambda n, p, g, r: p - r * np.clip(g, -at, at)


def test_a_bound_that_most_numbers_of_a_gradient_meet_is_a_risk_and_a_usual_one_nothing() -> None:
    network = dense(hidden=(5, 5), batch_size=3)
    finding = probed(updated(network, cut(1e-5)))
    assert finding.status == PRESENT
    assert finding.severity == RISK
    assert "cuts each number of its gradient at 1e-05" in finding.observed
    assert probed(updated(network, cut(1.0))).status == ABSENT
    by_signs = updated(network, lambda n, p, g, r: p - r * np.sign(g))
    assert probed(by_signs).status == ABSENT


class Halved:
    """Adam's step, or a plain one, of the positive numbers of gradients alone."""

    def __init__(self, adapts: bool, high: float = 1.0) -> None:
        self.adapts, self.high = adapts, high

    def __call__(self, parameters: Any, gradients: Any, rate: float) -> Any:
        after = {}
        for name, gradient in gradients.items():
            step = np.clip(gradient, 0, self.high)
            if self.adapts:
                mean, square = (parameters.get(f"{one}{name}", 0 * step) for one in "mv")
                after[f"m{name}"] = mean = 0.9 * mean + 0.1 * step
                after[f"v{name}"] = square = 0.99 * square + 0.01 * step**2
                step = mean / (np.sqrt(square) + 1e-8)
            after[name] = parameters[name] - rate * step
        return after


@pytest.mark.parametrize("adapts", [False, True], ids=["plain", "adaptive"])
def test_gradients_of_one_sign_that_are_left_out_are_named_and_the_repair_takes_both(
    adapts: bool,
) -> None:
    faulty = replace(dense(hidden=(5, 5), batch_size=3), update=Halved(adapts))
    finding = probed(faulty)
    assert finding.status == PRESENT
    assert finding.severity == ERROR
    assert "leaves out every number of its gradient that is negative" in finding.observed
    assert finding.where is not None
    assert finding.where.text.strip() == "step = np.clip(gradient, 0, self.high)"
    repaired = DEFECT.repair(faulty, finding.numbers)
    assert probed(repaired).status == ABSENT
    point = faulty.init(0)
    for _ in range(3):  # what is carried for both signs goes on
        given = {name: -np.ones(point[name].shape) for name in faulty.init(0)}
        after = repaired.update({**point}, given, 0.01)
        assert all((after[name] > point[name]).all() for name in given)
        point = after


def adam(parameters: Any, gradients: Any, rate: float) -> Any:
    """Adam's step, with the square of the gradient in both means."""
    after = {}
    for name, gradient in gradients.items():
        mean, square = (parameters.get(f"{one} {name}", 0.0) for one in ("mean", "square"))
        mean = 0.9 * mean + 0.1 * gradient**2
        square = 0.99 * square + 0.01 * gradient**2
        after[f"mean {name}"], after[f"square {name}"] = mean, square
        root = np.sqrt(square) + 1e-8
        step = mean / root
        scaled = rate * step
        after[name] = parameters[name] - scaled
    return after


def test_the_mean_of_the_gradient_without_its_sign_is_named_at_its_line() -> None:
    finding = probed(replace(dense(hidden=(5, 5), batch_size=3), update=adam))
    assert finding.status == PRESENT
    assert finding.where is not None
    assert finding.where.text.strip() == "mean = 0.9 * mean + 0.1 * gradient**2"


@pytest.mark.parametrize("batch_size", [1, 8])
def test_an_update_that_subtracts_one_of_many_negative_gradients(batch_size: int) -> None:
    network = negative(dense(batch_size=batch_size))
    faulty = updated(network, lambda n, p, g, r: p - r * g if n == "b2" else p + r * g)
    finding = probed(faulty)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == ["b2"]
    assert "subtracts the gradient of b2" in finding.observed
    assert finding.advice == "b2 = b2 + rate * db2"
    repaired = DEFECT.repair(faulty, finding.numbers)
    assert probed(repaired).status == ABSENT
    assert wrong_gradient.DEFECT.probe(bench(repaired)).status == ABSENT


def test_one_positive_gradient_among_negative_ones_is_the_backward_passs_fault() -> None:
    names = ("W1", "b1", "W2", "W3", "b3")
    faulty = updated(negative(dense(), *names), lambda n, p, g, r: p + r * g)
    assert probed(faulty).status == ABSENT
    finding = wrong_gradient.DEFECT.probe(bench(faulty))
    assert finding.status == PRESENT
    assert wrong_gradient.wrong_names(finding.numbers) == ["b2"]
    repaired = wrong_gradient.DEFECT.repair(faulty, finding.numbers)
    assert wrong_gradient.DEFECT.probe(bench(repaired)).status == ABSENT
    assert accuracy(repaired) > 0.8


def test_a_class_whose_step_adds_is_found_in_its_line() -> None:
    finding = probed(thing(Climbing))
    assert finding.status == PRESENT
    assert finding.where.file == "tests/probes/updating.py"
    assert wrong_names(finding.numbers) == ["W1", "b1", "W2", "b2"]
    assert probed(DEFECT.repair(thing(Climbing), finding.numbers)).status == ABSENT


def test_functions_whose_step_adds() -> None:
    def step(W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, lr: Any):
        return W1 + lr * dW1, b1 + lr * db1, W2 + lr * dW2, b2 + lr * db2

    climbing = functions(step)
    finding = probed(climbing)
    assert wrong_names(finding.numbers) == ["W1", "b1", "W2", "b2"]
    assert accuracy(climbing) < 0.4
    assert accuracy(DEFECT.repair(climbing, finding.numbers)) > 0.8


def test_shapes_of_gradients_are_those_of_backward() -> None:
    """A bias of shape (n,) whose gradient is (1, n), which the update takes apart, is sound."""

    def backward(X: Any, Y: Any, A1: Any, P: Any, W2: Any) -> Any:
        dW1, db1, dW2, db2 = built.backward(X, Y, A1, P, W2)
        return dW1, db1[None, :], dW2, db2[None, :]

    def step(W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, lr: Any):
        return W1 - lr * dW1, b1 - lr * db1[0], W2 - lr * dW2, b2 - lr * db2[0]

    assert probed(functions(step, backward)).status == ABSENT


# Severity, speed


def test_it_blinds_the_network_and_is_its_cause() -> None:
    planted = DEFECT.inject(dense(activation="tanh", batch_size=4))
    assert_cause_of_blindness(DEFECT, replace(planted, epochs=12))


@pytest.mark.parametrize("network", [FIXED, POST], ids=["twin", "post"])
def test_absent_in_the_twin_and_in_the_post_and_quick(network: Any) -> None:
    one = bench(network, data=subset(carried(), 1000))
    one.trainer.rows(network)
    started = time.perf_counter()
    assert DEFECT.probe(one).status == ABSENT
    assert time.perf_counter() - started < 0.3


def test_draws() -> None:
    figure = DEFECT.draw(probed(DEFECT.inject(dense())).numbers)
    assert len(figure.axes[0].patches) == 6
    assert DEFECT.draw({"reason": "none"}).axes
