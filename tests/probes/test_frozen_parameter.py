"""frozen-parameter: fires on what its own gradient never moves, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.data import carried, subset
from diagnose.probes import update_direction, wrong_gradient
from diagnose.probes.frozen_parameter import DEFECT, Frozen, wrong_names
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT
from fixed import NETWORK as FIXED
from tests.networks import bench, correct_networks, dense, some, spoil
from tests.probes.assertions import planted_and_repaired, silent
from tests.probes.built import functions, thing
from tests.probes.updating import (
    AT_ONCE,
    HANDED_OVER,
    SOUND,
    Forgetful,
    assert_cause_of_blindness,
    assert_each_parameter_is_named,
    assert_trains_alike,
    updated,
    with_spare,
)

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


# Silent


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    assert_each_parameter_is_named(DEFECT, network)


@pytest.mark.parametrize("name", SOUND)
def test_silent_on_sound_updates(name: str) -> None:
    silent(DEFECT, SOUND[name])


@pytest.mark.parametrize("given", [True, False])
def test_silent_on_a_bias_that_nothing_uses(given: bool) -> None:
    finding = probed(with_spare(dense(), given=given))
    assert finding.status == ABSENT
    assert ("the network never uses b9" in finding.observed) is given


def test_silent_on_what_builders_hand_over() -> None:
    for network in (*HANDED_OVER.values(), AT_ONCE):
        silent(DEFECT, network)


def test_a_gradient_that_is_always_zero_is_left_to_wrong_gradient() -> None:
    network = spoil(dense(), b2=lambda g: 0 * g)
    frozen = replace(network, update=Frozen(network.update, "b2"))
    finding = probed(frozen)
    assert finding.status == ABSENT
    assert "backward returns nothing but 0 for b2" in finding.observed
    assert wrong_gradient.DEFECT.probe(bench(frozen)).status == PRESENT


def test_a_dead_network_does_not_hide_it() -> None:
    network = dense()

    def init(seed: int) -> Any:
        return {**network.init(seed), "b2": network.init(seed)["b2"] - 1e4}

    frozen = replace(network, init=init, update=Frozen(network.update, "W1"))
    assert wrong_names(probed(frozen).numbers) == ["W1"]


def test_not_applicable_to_an_update_by_chance() -> None:
    random = np.random.default_rng(0)
    noisy = updated(dense(), lambda n, p, g, r: p - r * (g + random.normal(size=p.shape)))
    assert probed(noisy).status == NOT_APPLICABLE


def test_not_applicable_where_the_update_stops() -> None:
    network = dense()

    def backward(*arguments: Any) -> Any:
        return {name: one for name, one in network.backward(*arguments).items() if name != "b2"}

    finding = probed(replace(network, backward=backward))
    assert finding.status == NOT_APPLICABLE
    assert "the update stops with KeyError: 'b2'" in finding.observed


# Fires


@pytest.mark.parametrize("network", some(NETWORKS, 6), ids=IDS)
def test_planted_it_is_found_and_repaired_it_trains_as_before(network: Any) -> None:
    planted, finding, repaired = planted_and_repaired(DEFECT, network)
    name = network.layers[-1].bias or network.layers[0].weight
    assert wrong_names(finding.numbers) == [name]
    assert finding.observed == f"the update never moves {name}, whatever gradient it is handed"
    for other in (update_direction, wrong_gradient):
        assert other.DEFECT.probe(bench(planted)).status == ABSENT
    assert_trains_alike(repaired, network)


def half(parameter: Any, step: Any) -> Any:
    moved = parameter.copy()
    moved[: len(moved) // 2] -= step[: len(moved) // 2]
    return moved


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_an_update_of_some_entries_only(activation: str) -> None:
    faulty = updated(
        dense(hidden=(6,), activation=activation),
        lambda n, p, g, r: half(p, r * g) if n == "W1" else p - r * g,
    )
    finding = probed(faulty)
    assert finding.observed == "108 of 216 entries of W1 never move"
    assert update_direction.DEFECT.probe(bench(faulty)).status == ABSENT
    assert probed(DEFECT.repair(faulty, finding.numbers)).status == ABSENT


def test_a_parameter_that_takes_anothers_gradient() -> None:
    network = dense(hidden=(5, 5))

    def swapped(parameters: Any, gradients: Any, rate: float) -> Any:
        return {
            name: one - rate * gradients["b1" if name == "b2" else name]
            for name, one in parameters.items()
        }

    finding = probed(replace(network, update=swapped))
    assert finding.status == PRESENT
    assert finding.observed == "b2 is moved by the gradient of b1, and not at all by its own"
    repaired = DEFECT.repair(replace(network, update=swapped), finding.numbers)
    assert probed(repaired).status == ABSENT

    def mixed(parameters: Any, gradients: Any, rate: float) -> Any:
        after = network.update(parameters, gradients, rate)
        return {**after, "b2": after["b2"] - rate * 2 * gradients["b1"]}

    finding = probed(replace(network, update=mixed))
    assert finding.status == PRESENT
    assert finding.observed == (
        "b2 is moved by the gradient of b1 too, by 2 times as much as a plain step"
    )


def test_a_result_under_another_name_and_a_local_one() -> None:
    def step(W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, lr: Any):
        W1 = W1 - lr * dW1
        b1_new = b1 - lr * db1  # noqa: F841
        return W1, b1, W2 - lr * dW2, b2 - lr * db2

    finding = probed(functions(step))
    assert wrong_names(finding.numbers) == ["b1"]
    assert finding.where.file == "tests/probes/test_frozen_parameter.py"
    finding = probed(thing(Forgetful))
    assert wrong_names(finding.numbers) == ["b1", "b2"]
    assert finding.advice == "b1 = b1 - rate * db1; b2 = b2 - rate * db2"
    assert probed(DEFECT.repair(thing(Forgetful), finding.numbers)).status == ABSENT


def test_the_cause_where_nothing_moves() -> None:
    network = dense(activation="tanh", batch_size=4, hidden=(6,))
    stuck = updated(network, lambda n, p, g, r: p)
    assert_cause_of_blindness(DEFECT, replace(stuck, epochs=12))


@pytest.mark.parametrize("network", [FIXED, POST], ids=["twin", "post"])
def test_absent_in_the_twin_and_in_the_post(network: Any) -> None:
    assert probed(network, data=subset(carried(), 1000)).status == ABSENT


def test_draws() -> None:
    assert len(DEFECT.draw(probed(DEFECT.inject(dense())).numbers).axes[0].patches) == 6
