"""double-softmax: finds a softmax of a softmax, forward, as logits, and in the gradient."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.builders import from_layers
from diagnose.calculus.gradients import exact_gradients
from diagnose.instruments.admission import admit as check
from diagnose.probes import softmax_axis, softmax_overflow, wrong_gradient
from diagnose.probes.double_softmax import DEFECT
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT
from diagnose.study import diagnose
from tests.networks import CLASSES, bench, correct_networks, dense, images, spoil
from tests.probes.assertions import planted_and_repaired, silent

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


def soft(Z: Any, axis: int) -> Any:
    powers = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def axis_of(network: Any) -> int:
    return 1 if network.layout == "rows" else 0


def twice(network: Any) -> Any:
    """The output is a softmax of the right one, by hand; backward stays P - Y."""
    last = network.layers[-1].out

    def forward(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        return {**trace, last: soft(trace[last], axis_of(network))}

    return replace(network, forward=forward)


def as_logits(network: Any) -> Any:
    """What is declared as the logits is their softmax, and the output is a softmax of that."""
    last = network.layers[-1]

    def forward(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        return {
            **trace,
            last.pre: trace[last.out],
            last.out: soft(trace[last.out], axis_of(network)),
        }

    return replace(network, forward=forward)


def back(network: Any, inner: Any, error: Any) -> Any:
    axis = axis_of(network)
    return inner * (error - (error * inner).sum(axis=axis, keepdims=True))


def with_error(network: Any, error: Any) -> Any:
    """Backward with another error of the logits, a function of output and targets.

    Handed to the network's own backward as the output whose error that is.
    """
    last = network.layers[-1].out

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        targets = np.eye(network.classes)[labels]
        targets = targets if network.layout == "rows" else targets.T
        shown = {**trace, last: targets + error(trace[last], targets)}
        return network.backward(parameters, shown, x, labels)

    return replace(network, backward=backward)


def second_loss(network: Any) -> Any:
    """``softmax(P) - Y``."""
    return with_error(network, lambda P, Y: soft(P, axis_of(network)) - Y)


def second_loss_with_derivative(network: Any) -> Any:
    return with_error(network, lambda P, Y: back(network, P, soft(P, axis_of(network)) - Y))


def through_both(network: Any) -> Any:
    """A doubled output, and the whole derivative of its loss."""
    last, doubled = network.layers[-1], twice(network)

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        inner = soft(trace[last.pre], axis_of(network))
        targets = np.eye(network.classes)[labels]
        targets = targets if network.layout == "rows" else targets.T
        error = back(network, inner, trace[last.out] - targets)
        return network.backward(parameters, {**trace, last.out: targets + error}, x, labels)

    return replace(doubled, backward=backward)


WAYS = {
    "output": twice,
    "logits": as_logits,
    "loss": second_loss,
    "loss with derivative": second_loss_with_derivative,
    "through both": through_both,
}
STYLES = [
    dense(),
    dense(layout="rows", batch_size=8, bias="flat"),
    dense(activation="tanh", layout="rows", spread="glorot"),
    dense(activation="sigmoid", spread="lecun", batch_size=16),
    dense(bias="none", layout="rows", batch_size=2),
    dense(dtype="float32", batch_size=4),
    dense(hidden=()),
]


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    silent(DEFECT, network)


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_planted_it_is_found_and_repaired_it_is_gone(network: Any) -> None:
    planted_and_repaired(DEFECT, network)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("network", STYLES, ids=[one.name for one in STYLES])
def test_each_way_by_hand_is_found_and_mended(network: Any, way: str) -> None:
    wrong = WAYS[way](network)
    check(wrong, images())
    finding = probed(wrong)
    assert finding.status == PRESENT, finding.observed
    json.dumps(finding.numbers, allow_nan=False)
    mended = DEFECT.repair(wrong, json.loads(json.dumps(finding.numbers)))
    assert probed(mended).status == ABSENT
    parameters, data = network.init(3), images()
    x = network.lay_out(network.prepare(data.images)[: network.batch_size])
    labels = data.labels[: network.batch_size]
    right, got = network.forward(parameters, x), mended.forward(parameters, x)
    last = network.layers[-1]
    close = {"rtol": 1e-3, "atol": 1e-5} if "float32" in network.name else {"rtol": 1e-7}
    for name in (last.pre, last.out):
        np.testing.assert_allclose(got[name], right[name], **close)
    gradients = mended.backward(parameters, got, x, labels)
    for name, one in network.backward(parameters, right, x, labels).items():
        np.testing.assert_allclose(gradients[name], one, rtol=1e-3, atol=1e-5)


def test_the_words_and_the_numbers() -> None:
    finding = probed(twice(dense()))
    assert "A3 is the softmax of the softmax of Z3 (to " in finding.observed
    most = math.e / (math.e + CLASSES - 1)
    assert f"two can give at most {most:.2f} with 4 classes" in finding.observed
    assert finding.numbers["largest"] <= most
    assert (
        "Z3, which is declared as the logits, is a softmax already"
        in probed(as_logits(dense())).observed
    )
    finding = probed(second_loss(dense()))
    assert "the gradient of W3 is that of softmax(A3) - Y, not of A3 - Y" in finding.observed
    assert "its gradient goes back through both" in probed(through_both(dense())).observed


def test_a_gradient_that_reads_the_outputs_keeps_its_other_faults() -> None:
    """The usual way out: a loss that takes a softmax by itself takes logits."""
    network = dense(layout="rows", batch_size=8)

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        doubled = {**trace, "A3": soft(trace["A3"], 1)}
        given = network.backward(parameters, doubled, x, labels)
        return {**given, "W2": 0.1 * given["W2"]}

    wrong = replace(network, backward=backward)
    finding = probed(wrong)
    assert finding.numbers["backward"] == "logits"
    mended = DEFECT.repair(wrong, finding.numbers)
    left = wrong_gradient.DEFECT.probe(bench(wrong, mended))
    assert left.status == PRESENT
    assert "the gradient of W2 is 0.1000 times the true one" in left.observed


class TestTraps:
    def test_equal_outputs_at_the_start(self) -> None:
        for batch_size in (1, 8):
            network = dense(batch_size=batch_size)

            def init(seed: int, network: Any = network) -> Any:
                return {name: 0 * one for name, one in network.init(seed).items()}

            still = replace(network, init=init)
            assert probed(still).status == ABSENT
            assert probed(twice(still)).status == PRESENT
            assert probed(second_loss(still)).status == PRESENT

    def test_small_logits(self) -> None:
        network = dense()

        def init(seed: int) -> Any:
            return {name: 1e-9 * one for name, one in network.init(seed).items()}

        small = replace(network, init=init)
        assert probed(small).status == ABSENT
        assert probed(twice(small)).status == PRESENT

    @pytest.mark.parametrize("batch_size", [1, 8])
    def test_two_classes(self, batch_size: int) -> None:
        """With one sample the errors of two classes all lie along each other."""
        network = dense(classes=2, batch_size=batch_size)
        assert probed(network, data=images(classes=2)).status == ABSENT
        for way in WAYS.values():
            assert probed(way(network), data=images(classes=2)).status == PRESENT

    def test_other_wrong_gradients(self) -> None:
        network = dense(batch_size=4)
        for change in (lambda g: -g, lambda g: 0.1 * g, lambda g: g[::-1], lambda g: 0 * g):
            assert probed(spoil(network, W3=change, b3=change)).status == ABSENT

    def test_smoothed_targets_and_weight_decay(self) -> None:
        network = dense(batch_size=4)
        smooth = with_error(network, lambda P, Y: P - (0.9 * Y + 0.1 / CLASSES))
        assert probed(smooth).status == ABSENT

        def backward(parameters: Any, *given: Any) -> Any:
            found = network.backward(parameters, *given)
            return {name: one + 0.01 * parameters[name] for name, one in found.items()}

        assert probed(replace(network, backward=backward)).status == ABSENT

    def test_squared_error_on_a_softmax(self) -> None:
        network = replace(dense(batch_size=4), loss="squared-error")

        def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
            return exact_gradients(network, parameters, network.as_rows(x), labels)

        assert probed(replace(network, backward=backward)).status == ABSENT

    @pytest.mark.parametrize("kind", ["linear", "sigmoid"])
    def test_another_last_layer(self, kind: Any) -> None:
        network = dense()
        last = replace(network.layers[-1], activation=kind)
        finding = probed(replace(network, layers=(*network.layers[:-1], last)))
        assert finding.status == NOT_APPLICABLE
        with pytest.raises(ValueError, match="double-softmax cannot be planted"):
            DEFECT.inject(replace(network, layers=(*network.layers[:-1], last)))

    def test_the_wrong_axis_and_overflow_are_others(self) -> None:
        for other in (softmax_axis, softmax_overflow):
            planted = other.DEFECT.inject(dense(batch_size=8))
            found = other.DEFECT.probe(bench(planted))
            sane = other.DEFECT.repair(planted, found.numbers)
            assert probed(planted, sane=sane).status == ABSENT
            assert other.DEFECT.probe(bench(DEFECT.inject(dense(batch_size=8)))).status == ABSENT

    def test_with_the_wrong_axis_each_is_found_and_mended_for_itself(self) -> None:
        both = DEFECT.inject(softmax_axis.DEFECT.inject(dense(batch_size=8)))
        axis = softmax_axis.DEFECT.probe(bench(both))
        assert axis.status == PRESENT
        half = softmax_axis.DEFECT.repair(both, axis.numbers)
        double = probed(both, sane=half)
        assert double.status == PRESENT
        whole = DEFECT.repair(half, double.numbers)
        other = softmax_axis.DEFECT.repair(DEFECT.repair(both, double.numbers), axis.numbers)
        assert whole.forward == other.forward
        assert {probed(whole).status, softmax_axis.DEFECT.probe(bench(whole)).status} == {ABSENT}


class Linear:
    def __init__(self, n: int, m: int) -> None:
        self.W, self.b = np.random.randn(n, m) * np.sqrt(2 / n), np.zeros(m)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, d: Any) -> Any:
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T


class Relu:
    def forward(self, x: Any) -> Any:
        self.on = x > 0
        return x * self.on

    def backward(self, d: Any) -> Any:
        return d * self.on


def test_a_list_of_layers_with_a_softmax_and_an_output_with_another() -> None:
    class Soft:
        def forward(self, x: Any) -> Any:
            self.p = soft(x, 1)
            return self.p

        def backward(self, d: Any) -> Any:
            return self.p * (d - (d * self.p).sum(axis=1, keepdims=True))

    def softmax_of(Z: Any) -> Any:
        return soft(Z, 1)

    network = from_layers(
        lambda: [Linear(36, 6), Relu(), Linear(6, CLASSES), Soft()],
        loss_gradient=lambda P, Y: (P - Y) / len(Y),
        output=softmax_of,
        activations="relu softmax",
        layout="rows",
        prepare=lambda pictures: (pictures.reshape(len(pictures), -1) - 70.0) / 60,
        order="shuffled",
        learning_rate=0.2,
        epochs=2,
        batch_size=8,
        classes=CLASSES,
    )
    check(network, images())
    finding = probed(network)
    assert finding.status == PRESENT
    assert "which is declared as the logits, is a softmax already" in finding.observed
    assert "its gradient goes back through both" in finding.observed
    mended = DEFECT.repair(network, finding.numbers)
    assert probed(mended).status == ABSENT
    # whether the author's is right, cannot be seen where the repair computes the gradient
    assert wrong_gradient.DEFECT.probe(bench(network, mended)).status == MASKED


def test_its_effect_is_measured() -> None:
    network = DEFECT.inject(dense(epochs=3, layout="rows", batch_size=8))
    report = diagnose(
        network,
        data=images(),
        seeds=2,
        select=["softmax-axis", "double-softmax", "softmax-overflow", "wrong-gradient"],
        compiled_path=False,
    )
    statuses = {one.defect: one.status for one in report.findings[network.name]}
    assert [name for name, one in statuses.items() if one == PRESENT] == ["double-softmax"]
    assert set(report.causes["skew"].verdicts) == {"double-softmax"}


def test_draws_what_two_can_give() -> None:
    axes = DEFECT.draw(probed(DEFECT.inject(dense())).numbers).axes[0]
    assert len(axes.patches) == 2
    assert DEFECT.draw({"reason": "the last layer is linear, not softmax"}).axes
