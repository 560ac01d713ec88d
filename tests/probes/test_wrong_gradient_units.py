"""wrong-gradient: the unit in which an author writes gradients is no mistake, and is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.calculus import gradients
from diagnose.instruments.anew import computed_anew
from diagnose.instruments.broadcasting import Mending, mended
from diagnose.network.record import Network
from diagnose.probes.wrong_gradient import DEFECT, wrong_names
from diagnose.report import ABSENT, PRESENT
from tests.calculus import test_losses as losses
from tests.networks import bench, dense, images, spoil
from tests.probes.updating import updated


def written(network: Network, factor: float, decay: float, *names: str) -> Network:
    """The network with gradients in another unit; weights, or those named, decay."""

    def backward(p: Any, *rest: Any) -> Any:
        given = network.backward(p, *rest)
        return {
            key: factor * one + (decay * p[key] if key in (names or weights) else 0)
            for key, one in given.items()
        }

    weights = tuple(layer.weight for layer in network.layers)
    # the steps stay as long as they were, so that nothing else is wrong
    return replace(network, backward=backward, learning_rate=lambda epoch: 0.05 / abs(factor))


def gradient(network: Network, name: str, count: int = 8) -> Any:
    data = images()
    rows = network.prepare(data.images)[:count]
    parameters = {key: one + 0.1 for key, one in network.init(1).items()}
    return gradients.own_gradients(network, parameters, rows, data.labels[:count])[name]


def probed(network: Network, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


@pytest.mark.parametrize("batch", [1, 7, 8])
@pytest.mark.parametrize("count", [42, 100])
def test_an_author_who_sums_and_decays_gets_no_finding(batch: int, count: int) -> None:
    summed = written(dense(batch_size=batch, activation="tanh"), batch, 0.01)
    finding = probed(summed, data=images(count=count))
    assert finding.status == ABSENT, finding.observed
    assert "W1 has weight decay of 0.01 added" in finding.observed


@pytest.mark.parametrize(
    ("factor", "said"),
    [(1.0, ""), (42.0, "the sum over the batch"), (42 / 50, "the mean over a batch of 50")],
)
def test_a_full_batch_of_50_of_which_42_are_left(factor: float, said: str) -> None:
    network = written(dense(batch_size=50, activation="tanh", layout="rows"), factor, 0.02)
    finding = probed(network, data=images(count=42))
    assert finding.status == ABSENT, finding.observed
    assert finding.numbers["scale"] == pytest.approx(factor)
    assert finding.numbers["scale_is"] == said


def test_a_full_batch_whose_biases_decay_too() -> None:
    """A full batch is two points and no more: its single bias alone tells no decay."""
    one = next(one for one in losses.BINARY if one.layers[-1].activation == "tanh")
    names = tuple(one.init(0))
    finding = probed(
        written(replace(one, batch_size=40), 40, 0.05, *names), data=images(count=40, classes=2)
    )
    assert finding.status == ABSENT, finding.observed


@pytest.mark.parametrize("change", [lambda g: g + 0.1, lambda g: -g, lambda g: 0.3 * g])
def test_what_is_wrong_beside_a_sum_and_a_decay_is_found_alone(change: Any) -> None:
    right = dense(batch_size=8, activation="tanh")
    wrong = written(spoil(right, W2=change), 8, 0.01)
    finding = probed(wrong)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == ["W2"]


@pytest.mark.parametrize("change", [lambda g: -g, lambda g: 0.3 * g])
def test_the_repair_keeps_unit_and_decay(change: Any) -> None:
    right = dense(batch_size=8, activation="tanh")
    wrong = written(spoil(right, W2=change), 8, 0.01)
    mended = DEFECT.repair(wrong, probed(wrong).numbers)
    np.testing.assert_allclose(
        gradient(mended, "W2"), gradient(written(right, 8, 0.01), "W2"), rtol=1e-6
    )
    assert probed(mended).status == ABSENT


def test_the_repair_keeps_a_sign_that_the_update_wants() -> None:
    right = written(dense(batch_size=8, activation="tanh"), -8, -0.01)
    right = updated(right, lambda name, one, given, rate: one + rate * given)
    assert probed(right).status == ABSENT
    wrong = spoil(right, W2=lambda g: -0.3 * g)
    finding = probed(wrong)
    assert wrong_names(finding.numbers) == ["W2"]
    mended = DEFECT.repair(wrong, finding.numbers)
    assert (gradient(mended, "W2") * gradient(right, "W2")).sum() > 0


def scattered(network: Network, factor: float) -> Network:
    """All gradients in wrong directions, and in another unit."""
    change = lambda g: factor * np.abs(g)  # noqa: E731
    return spoil(network, **dict.fromkeys(network.init(0), change))


def test_where_direction_and_size_are_wrong_the_steps_keep_their_length() -> None:
    right = dense(batch_size=8, activation="tanh")
    finding = probed(scattered(right, 8.0))
    assert finding.numbers["scale"] == 8
    assert "near what the sum over the batch gives: the steps keep their length" in (
        finding.observed
    )
    mended = DEFECT.repair(scattered(right, 8.0), finding.numbers)
    np.testing.assert_allclose(gradient(mended, "W2"), 8 * gradient(right, "W2"), rtol=1e-9)
    odd = probed(scattered(right, 0.03)).numbers["scale"]
    assert odd == pytest.approx(0.03, rel=0.05)


@pytest.mark.parametrize("name", ["sigmoid squared-error 4", "softmax squared-error 4"])
def test_the_gradient_of_the_loss_that_fits_the_output_is_kept(name: str) -> None:
    declared = next(one for one in losses.MULTI if one.name == name)

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        dz = trace["y"] - np.eye(4)[labels]
        du = dz @ p["W"].T * (1 - trace["h"] ** 2)
        return {"W": trace["h"].T @ dz, "b": dz.sum(0), "V": x.T @ du, "c": du.sum(0)}

    used = replace(declared, backward=backward)
    finding = probed(used)
    assert finding.status == ABSENT, finding.observed
    assert "they are the gradients of cross-entropy, not of the squared error that is declared" in (
        finding.observed
    )
    assert finding.numbers["loss"] == "cross-entropy"
    assert DEFECT.repair(used, finding.numbers).backward is not None
    wrong = spoil(used, V=lambda g: g + 0.1)
    finding = probed(wrong)
    assert wrong_names(finding.numbers) == ["V"]
    mended = DEFECT.repair(wrong, finding.numbers)
    ours, right = (gradient(one, "V", declared.batch_size) for one in (mended, used))
    np.testing.assert_allclose(ours, right, rtol=1e-7)
    assert "cross-entropy" not in probed(declared).observed


def test_a_gradient_that_a_repair_has_replaced_hides_no_mistake_of_the_others() -> None:
    """The total of a bias's gradient tells nothing of its slope, and so its repair is the truth."""
    network = dense(hidden=(5,), batch_size=8, activation="tanh", layout="rows")
    layers = (replace(network.layers[0], activation="linear"), network.layers[1])
    bent = replace(network, layers=layers)

    def forward(p: Any, x: Any) -> Any:
        given = network.forward({**p, "W2": p["W2"]}, x)
        given["A1"] = given["Z1"]
        given["Z2"] = given["A1"] @ p["W2"] + p["b2"]
        raised = np.exp(given["Z2"] - given["Z2"].max(axis=1, keepdims=True))
        given["A2"] = raised / raised.sum(axis=1, keepdims=True)
        return given

    def backward(p: Any, t: Any, x: Any, labels: Any) -> Any:
        d2 = (t["A2"] - np.eye(t["A2"].shape[1])[labels]) / len(labels)
        d1 = d2 @ p["W2"].T * (1 - t["A1"] ** 2)
        return {"W1": x.T @ d1, "b1": d1.sum(), "W2": t["A1"].T @ d2, "b2": d2.sum(axis=0)[None]}

    found = mended(
        replace(bent, forward=forward, backward=backward),
        Mending(gradients=(("b1", "exact"),)),
    )
    assert computed_anew(found, "backward") == ["b1"]
    finding = probed(found)
    assert "the gradient of W1 has a wrong direction" in finding.observed
    assert "b1 is computed anew" in finding.observed
