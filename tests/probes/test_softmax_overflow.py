"""softmax-overflow: finds where a softmax breaks, and whether training gets there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.probes.softmax_overflow import DEFECT, breaking_point
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT
from tests.networks import bench, correct_networks, dense, images
from tests.probes.assertions import planted_and_repaired, silent

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


def with_softmax(network: Any, softmax: Any) -> Any:
    """The network with another softmax, a function of columns of logits."""

    def forward(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        with np.errstate(all="ignore"):
            return {**trace, "A3": softmax(trace["Z3"])}

    return replace(network, forward=forward)


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    for seed in range(3):
        finding = silent(DEFECT, network, seed=seed)
        assert breaking_point(finding.numbers) is None


def test_silent_on_large_logits_that_a_stable_softmax_bears() -> None:
    network = dense()
    raw = replace(network, prepare=lambda pictures: pictures.reshape(len(pictures), -1) * 10.0)
    finding = probed(raw)
    assert finding.status == ABSENT
    assert finding.numbers["start"] > 710


def test_silent_on_log_sum_exp() -> None:
    def by_logarithm(Z: Any) -> Any:
        top = Z.max(axis=0)
        return np.exp(Z - top - np.log(np.exp(Z - top).sum(axis=0)))

    assert probed(with_softmax(dense(), by_logarithm)).status == ABSENT


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_planted_it_is_found_and_repaired_it_is_gone(network: Any) -> None:
    _, finding, repaired = planted_and_repaired(DEFECT, network)
    # exp ends at log(max); the sum of four equal powers at log(max / 4)
    kind = "float32" if "float32" in network.name else "float64"
    ends = np.log(np.finfo(kind).max)
    assert finding.numbers["type"] == kind
    assert finding.numbers["breaks"]["all logits raised"] == pytest.approx(
        float(ends) - np.log(4), rel=1e-4
    )
    assert finding.numbers["breaks"]["one logit raised"] == pytest.approx(float(ends), rel=1e-4)
    assert "latent" in finding.observed
    parameters = network.init(0)
    x = network.lay_out(network.prepare(images().images)[: network.batch_size])
    last = network.layers[-1].out
    np.testing.assert_allclose(
        repaired.forward(parameters, x)[last], network.forward(parameters, x)[last], rtol=1e-5
    )


def test_lowered_logits_break_a_naive_softmax_too() -> None:
    finding = probed(DEFECT.inject(dense()))
    # the smallest positive float64 is exp(-744.44); half of it still rounds up
    assert finding.numbers["breaks"]["all logits lowered"] == pytest.approx(-745.13, abs=0.1)


def test_a_softmax_without_its_mean_breaks_only_when_one_logit_stands_out() -> None:
    def centred(Z: Any) -> Any:
        powers = np.exp(Z - Z.mean(axis=0))
        return powers / powers.sum(axis=0)

    finding = probed(with_softmax(dense(), centred))
    assert finding.status == PRESENT
    assert finding.numbers["breaks"]["all logits raised"] is None
    assert finding.numbers["breaks"]["one logit raised"] == pytest.approx(709.78 / 0.75, rel=1e-3)


def test_an_epsilon_below_the_line_does_not_hide_it() -> None:
    def padded(Z: Any) -> Any:
        return np.exp(Z) / (np.exp(Z).sum(axis=0) + 1e-9)

    finding = probed(with_softmax(dense(), padded))
    assert finding.status == PRESENT
    assert abs(finding.numbers["breaks"]["all logits lowered"]) < 30


def test_logits_that_reach_the_point_are_not_called_latent() -> None:
    network = DEFECT.inject(dense())
    raw = replace(network, prepare=lambda pictures: pictures.reshape(len(pictures), -1) * 100.0)
    finding = probed(raw)
    assert finding.status == PRESENT
    assert finding.numbers["training"] is None
    assert "it does overflow" in finding.observed
    assert "not finite in training" in finding.observed


def test_logits_are_found_at_the_own_point_even_if_it_is_broken_there() -> None:
    network = DEFECT.inject(dense())

    def init(seed: int) -> Any:
        return {name: one * 1e3 for name, one in network.init(seed).items()}

    finding = probed(replace(network, init=init))
    assert finding.numbers["breaks"]["one logit raised"] == pytest.approx(709.78, rel=1e-4)


def test_not_applicable_without_a_softmax() -> None:
    network = dense()
    last = replace(network.layers[-1], activation="sigmoid")
    finding = probed(replace(network, layers=(*network.layers[:-1], last)))
    assert finding.status == NOT_APPLICABLE
    assert "the last layer is sigmoid" in finding.observed


def test_draws_logits_and_the_point() -> None:
    for network in (dense(), DEFECT.inject(dense())):
        numbers = probed(network).numbers
        axes = DEFECT.draw(numbers).axes[0]
        assert axes.get_xscale() == "log"
        assert len(axes.patches) == 2
    assert DEFECT.draw({"reason": "the last layer is linear, not softmax"}).axes
    assert DEFECT.draw({**numbers, "start": None, "training": None}).axes
