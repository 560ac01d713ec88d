"""Mistakes are named whatever the unit, the sign and the decay, one at a time or two at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from diagnose.calculus import gradients
from diagnose.calculus.backward_pass import case_of
from diagnose.calculus.convention import convention
from diagnose.calculus.mistakes import Mistake
from diagnose.calculus.naming import named, unit_beside
from diagnose.causes.exchange import look_at
from diagnose.network.record import Network
from diagnose.training.trainer import Trainer
from tests.calculus import test_losses as losses
from tests.networks import dense, images, spoil

TANH = dense(activation="tanh", layout="rows", batch_size=3, hidden=(5, 5))
RELU = dense(activation="relu", layout="rows", batch_size=3, hidden=(5, 5))
SIGMOID = dense(activation="sigmoid", layout="rows", batch_size=3, hidden=(5, 5))
SLOPES = {
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0) * 1.0,
    "sigmoid": lambda z: (s := 1 / (1 + np.exp(-z))) * (1 - s),
}


def kinds(network: Network, usual: Any = (1.0,)) -> list[str]:
    """What the network's own backward pass is said to get wrong."""
    return sorted({one.kind for one in mistaken(network, usual)})


def mistaken(network: Network, usual: Any = (1.0,)) -> list[Mistake]:
    """The mistakes that it makes."""
    random = np.random.default_rng(3)
    data = images(classes=network.classes)
    found = []
    points = [
        {key: one + 0.2 * random.normal(size=one.shape) for key, one in network.init(0).items()}
        for _ in range(2)
    ]
    for _ in range(3):
        index = random.choice(len(data.labels), size=network.batch_size, replace=False)
        rows, labels = network.prepare(data.images[index]), data.labels[index]
        traces = [gradients.forward(network, point, rows) for point in points]
        cases = [
            case_of(network, point, trace, network.lay_out(rows), labels)
            for point, trace in zip(points, traces, strict=True)
        ]
        for point, trace, case in zip(points, traces, cases, strict=True):
            given = network.backward(point, trace, network.lay_out(rows), labels)
            found.append((replace(case, before=cases[0]), point, given))
    return named(found, 1e-7, usual)


def by_hand(network: Network, *parts: str) -> Network:
    """A backward pass of two hidden layers in rows, some parts of which are written wrongly."""
    slope = SLOPES[network.layers[0].activation]

    def backward(p: Any, t: Any, x: Any, labels: Any) -> Any:
        if "last sample" in parts:
            t, x, labels = {key: one[-1:] for key, one in t.items()}, x[-1:], labels[-1:]
        targets = np.eye(4)[labels]
        d3 = (t["A3"] - targets) / len(labels)
        if "target added" in parts:
            d3 = (t["A3"] + targets) / len(labels)
        if "weighed" in parts:
            d3 = d3 * np.array([0.5, 1.0, 2.5, 1.2])[labels][:, None]
        if "averaged by weight" in parts:
            each = np.array([0.5, 1.0, 2.5, 1.2])[labels][:, None]
            d3 = d3 * each / each.mean()
        if "elementwise" in parts:
            d3 = -targets / t["A3"] * t["A3"] * (1 - t["A3"]) / len(labels)
        back2 = d3 @ p["W3"].T
        if "over units" in parts:
            back2 = np.zeros_like(back2) + back2.sum(axis=1, keepdims=True)
        if "over samples" in parts:
            back2 = np.zeros_like(back2) + back2.sum(axis=0)
        d2 = back2 * slope(t["Z2"])
        if ">= of output" in parts:
            d2 = back2 * (t["A2"] >= 0)
        if "sigmoid for tanh" in parts:
            d2 = back2 * t["A2"] * (1 - t["A2"])
        if "itself" in parts:
            d2 = back2 * (1 - slope(t["Z2"]) ** 2)
        if "square forgotten" in parts:
            d2 = back2 * (1 - t["A2"])
        if "inverted" in parts:
            d2 = back2 * (t["Z2"] < 0)
        if "of the error" in parts:
            d2 = back2 * (back2 > 0)
        if "of layer 1" in parts:
            d2 = back2 * slope(t["Z1"])
        if "left out" in parts:
            d2 = back2
        back1 = (back2 if "before" in parts else d2) @ p["W2"].T
        if "sums apart" in parts:
            back1 = d2.sum(axis=1, keepdims=True) * p["W2"].sum(axis=1)
        d1 = back1 * slope(t["Z1"])
        g2 = t["A1"].T @ d2
        if "broadcast" in parts:
            g2 = np.zeros_like(g2) + (t["A1"] * d2).sum(axis=0)
        if "summed early" in parts:
            g2 = np.outer(t["A1"].sum(axis=0), d2.sum(axis=0))
        if "transposed" in parts:
            g2 = d2.T @ t["A1"]
        if "own output" in parts:
            g2 = t["A2"].T @ d2
        b2 = d2.sum(axis=0)
        if "bias of layer 1" in parts:
            b2 = d1.sum(axis=0)
        if "one bias" in parts:
            b2 = np.zeros_like(b2) + d2.sum()
        return {
            "W1": x.T @ d1,
            "b1": d1.sum(axis=0, keepdims=True),
            "W2": g2,
            "b2": b2.reshape(1, -1),
            "W3": t["A2"].T @ d3,
            "b3": d3.sum(axis=0, keepdims=True),
        }

    return replace(network, backward=backward)


EVERY = [
    (RELU, ">= of output", ["derivative-always-one", "derivative-left-out"]),
    (RELU, "inverted", ["derivative-inverted"]),
    (SIGMOID, "weighed", ["class-weights"]),
    (SIGMOID, "averaged by weight", ["class-weights"]),
    (RELU, "of the error", ["derivative-at-error"]),
    (TANH, "sigmoid for tanh", ["derivative-of-another-activation"]),
    (TANH, "itself", ["derivative-of-derivative"]),
    (TANH, "square forgotten", ["derivative-incomplete"]),
    (TANH, "of layer 1", ["derivative-of-another-layer"]),
    (RELU, "of layer 1", ["derivative-of-another-layer"]),
    (TANH, "before", ["handed-down-before-derivative"]),
    (TANH, "sums apart", ["sums-multiplied"]),
    (TANH, "over units", ["summed-over-units"]),
    (TANH, "over samples", ["summed-over-samples"]),
    (TANH, "broadcast", ["outer-product-broadcast"]),
    (TANH, "transposed", ["gradient-transposed"]),
    (TANH, "own output", ["own-activation-entering"]),
    (TANH, "summed early", ["samples-summed-too-early"]),
    (TANH, "bias of layer 1", ["bias-of-another-layer"]),
    (TANH, "one bias", ["bias-summed-over-units"]),
    (TANH, "last sample", ["only-the-last-sample"]),
    (TANH, "elementwise", ["softmax-elementwise"]),
    (TANH, "target added", ["target-added"]),
]


@pytest.mark.parametrize(("network", "part", "kind"), EVERY, ids=[part for _, part, _ in EVERY])
def test_each_is_named_as_people_write_it(network: Any, part: str, kind: list[str]) -> None:
    assert kinds(by_hand(network, part)) == kind


@pytest.mark.parametrize("network", [TANH, RELU, SIGMOID], ids=lambda one: one.name)
def test_nothing_is_named_where_nothing_is_wrong(network: Any) -> None:
    assert kinds(by_hand(network)) == []


@pytest.mark.parametrize(("network", "part", "kind"), EVERY[:6], ids=[e[1] for e in EVERY[:6]])
def test_scale_and_decay_are_taken_out_first(network: Any, part: str, kind: list[str]) -> None:
    wrong = by_hand(network, part)

    def backward(p: Any, *rest: Any) -> Any:
        given = wrong.backward(p, *rest)
        return {
            key: 3 * one + (0.01 * p[key] if key[0] == "W" else 0) for key, one in given.items()
        }

    summed = replace(wrong, backward=backward)
    assert kinds(summed, usual=(1.0, 3.0)) == kind
    turned = spoil(wrong, **{key: (lambda one: -one) for key in wrong.init(0)})
    assert kinds(turned) == [f"{one} and sign" for one in kind]


def test_a_number_that_is_no_convention_is_told_beside_the_mistake() -> None:
    wrong = by_hand(TANH, "before")
    tenth = spoil(wrong, **{key: (lambda one: 0.07 * one) for key in wrong.init(0)})
    assert kinds(tenth) == ["handed-down-before-derivative"]


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (("square forgotten", "transposed"), "derivative-incomplete and gradient-transposed"),
        (("target added", "one bias"), "bias-summed-over-units and target-added"),
        (("before", "broadcast"), "handed-down-before-derivative and outer-product-broadcast"),
        (("over units", "left out"), "derivative-left-out and summed-over-units"),
    ],
)
def test_two_at_once(parts: tuple[str, ...], kind: str) -> None:
    assert kinds(by_hand(TANH, *parts)) == [kind]


def test_what_is_no_usual_mistake_has_no_name() -> None:
    random = np.random.default_rng(0)
    for change in (lambda one: one + 0.1, lambda one: one * random.normal(size=one.shape)):
        assert kinds(spoil(TANH, W2=change)) == []


@pytest.mark.parametrize("count", [2, 5])
def test_several_steps_after_one_forward_pass_are_named(count: int) -> None:
    rate = TANH.learning_rate(0)

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        now = dict(p)
        for _ in range(count):
            given = TANH.backward(now, trace, x, labels)
            now = {name: one - rate * given[name] for name, one in now.items()}
        return {name: (one - now[name]) / rate for name, one in p.items()}

    (one,) = mistaken(replace(TANH, backward=backward))
    assert one.kind == "several-steps-from-one-forward"
    assert f"followed by {count} steps" in one.sentence


def stale(network: Network, what: str) -> Network:
    """A network whose backward pass uses what it was at the first call."""
    first: dict[str, Any] = {}

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        key = x.tobytes()
        old_p, old_trace = first.setdefault(key, (p, trace))
        return network.backward(
            old_p if what != "stale-forward" else p,
            old_trace if what != "stale-weights" else trace,
            x,
            labels,
        )

    return replace(network, backward=backward)


@pytest.mark.parametrize("what", ["stale-forward", "stale-weights", "stale-gradients"])
def test_what_is_out_of_date_is_named(what: str) -> None:
    assert kinds(stale(TANH, what)) == [what]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_derivative_at_a_linear_output(activation: str) -> None:
    linear = next(one for one in losses.MULTI if one.layers[-1].activation == "linear")

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        error = trace["y"] - np.eye(4)[labels]
        dz = error * SLOPES[activation](trace["z"]) / len(x)
        du = dz @ p["W"].T * (1 - trace["h"] ** 2)
        return {"W": trace["h"].T @ dz, "b": dz.sum(0), "V": x.T @ du, "c": du.sum(0)}

    assert kinds(replace(linear, backward=backward)) == ["derivative-of-another-activation"]
    assert kinds(linear) == []


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("Z1", "taken at the pre-activation of the layer below, where that of Z2 is meant"),
        ("A1", "is that of the layer below"),
    ],
)
def test_a_derivative_that_belongs_to_a_layer_of_another_activation(at: str, said: str) -> None:
    # the first layer is a tanh, the second a ReLU
    first, second = TANH.layers[0], RELU.layers[1]

    def forward(p: Any, x: Any) -> Any:
        trace = {"Z1": x @ p["W1"] + p["b1"]}
        trace["A1"] = np.tanh(trace["Z1"])
        trace["Z2"] = trace["A1"] @ p["W2"] + p["b2"]
        trace["A2"] = np.maximum(trace["Z2"], 0)
        trace["Z3"] = trace["A2"] @ p["W3"] + p["b3"]
        powers = np.exp(trace["Z3"] - trace["Z3"].max(axis=1, keepdims=True))
        return {**trace, "A3": powers / powers.sum(axis=1, keepdims=True)}

    def backward(p: Any, t: Any, x: Any, labels: Any) -> Any:
        d3 = (t["A3"] - np.eye(4)[labels]) / len(labels)
        slope = t["Z1"] > 0 if at == "Z1" else 1 - t["A1"] ** 2
        d2 = d3 @ p["W3"].T * slope
        d1 = d2 @ p["W2"].T * (1 - t["A1"] ** 2)
        made = {"W1": x.T @ d1, "W2": t["A1"].T @ d2, "W3": t["A2"].T @ d3}
        return made | {
            f"b{k}": one.sum(axis=0, keepdims=True)
            for k, one in zip("123", (d1, d2, d3), strict=True)
        }

    mixed = replace(
        TANH, layers=(first, second, TANH.layers[2]), forward=forward, backward=backward
    )
    (one,) = mistaken(mixed)
    assert one.kind == "derivative-of-another-layer"
    assert said in one.sentence


def test_a_slope_without_an_activation_is_said_of_both_passes() -> None:
    linear = next(one for one in losses.MULTI if one.layers[-1].activation == "linear")

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        dz = (trace["y"] - np.eye(4)[labels]) * (1 - trace["y"] ** 2) / len(x)
        du = dz @ p["W"].T * (1 - trace["h"] ** 2)
        return {"W": trace["h"].T @ dz, "b": dz.sum(0), "V": x.T @ du, "c": du.sum(0)}

    (one,) = mistaken(replace(linear, backward=backward))
    assert "has the slope of a tanh, and the forward pass applies none" in one.sentence
    assert one.applied == (linear.layers[-1].out,)


def test_a_derivative_left_out_at_the_output_and_an_error_sent_back_without_it() -> None:
    tanh = next(one for one in losses.MULTI if one.layers[-1].activation == "tanh")

    def backward(first: bool) -> Any:
        def pass_(p: Any, trace: Any, x: Any, labels: Any) -> Any:
            error = (trace["y"] - tanh.targets(labels)) / len(x)
            dz = error * (1 - trace["y"] ** 2) if first else error
            du = error @ p["W"].T * (1 - trace["h"] ** 2)
            return {"W": trace["h"].T @ dz, "b": dz.sum(0), "V": x.T @ du, "c": du.sum(0)}

        return pass_

    assert kinds(replace(tanh, backward=backward(False))) == ["derivative-left-out"]
    assert kinds(replace(tanh, backward=backward(True))) == ["handed-down-before-derivative"]


@dataclass(frozen=True)
class Spoilt:
    """Gradients of an error with a factor too many at the output, in a unit of the author's."""

    network: Network
    unit: float

    def __call__(self, p: Any, t: Any, x: Any, labels: Any) -> Any:
        d3 = (t["A3"] - np.eye(4)[labels]) * t["A3"] * (1 - t["A3"]) * self.unit / len(labels)
        d2 = (d3 @ p["W3"].T) * (1 - t["A2"] ** 2)
        d1 = (d2 @ p["W2"].T) * (1 - t["A1"] ** 2)
        sides = ((x, d1), (t["A1"], d2), (t["A2"], d3))
        weights = {f"W{at}": a.T @ d for at, (a, d) in enumerate(sides, 1)}
        return weights | {
            f"b{at}": d.sum(axis=0, keepdims=True) for at, (_, d) in enumerate(sides, 1)
        }


@pytest.mark.parametrize(("unit", "told"), [(1.0, 1.0), (3.0, 3.0), (0.7, None)])
def test_gradients_of_a_mistake_tell_the_unit_that_they_are_written_in(unit, told):
    # 3 samples in a step: their sum is a usual unit, 0.7 is none
    network = replace(TANH, backward=Spoilt(TANH, unit))
    data = images(classes=network.classes)
    rows = network.prepare(data.images[:40])
    assert unit_beside(network, rows, data.labels[:40]) == told
    if told:
        written = convention(network, rows, data.labels[:40])
        assert not written.known
        trainer = Trainer(data=data, epochs=1)
        assert look_at(network, trainer, 0).factor == told
