"""Every usual mistake, planted in correct networks of many kinds, is named as what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.calculus import gradients, mistakes, naming
from diagnose.calculus.backward_pass import Steps, backward, case_of
from diagnose.calculus.mistaken_errors import OTHER_LOSSES
from diagnose.calculus.mistakes import planted
from diagnose.probes.wrong_gradient import DEFECT
from diagnose.report import ABSENT, PRESENT
from tests.calculus import test_losses as losses
from tests.networks import bench, dense, images, spoil
from tests.probes.updating import negative, updated

NETWORKS = {
    "relu": dense(hidden=(5, 5), batch_size=3),
    "tanh rows": dense(activation="tanh", layout="rows", batch_size=4, hidden=(4, 6)),
    "sigmoid": dense(activation="sigmoid", hidden=(5,), batch_size=8),
    "square sigmoid": dense(activation="sigmoid", hidden=(4, 4, 4)),
    "leaky, one sample": dense(activation="leaky-relu", hidden=(4,)),
    "no bias": dense(bias="none", layout="rows", batch_size=2, activation="tanh"),
    "float32": dense(dtype="float32", activation="tanh", hidden=(4, 4)),
    **{one.name: one for one in [*losses.MULTI, *losses.BINARY]},
}


def points(network: Any) -> list[Any]:
    random = np.random.default_rng(3)
    data = images(classes=network.classes)
    found = []
    for _ in range(4):
        index = random.choice(len(data.labels), size=network.batch_size, replace=False)
        parameters = {
            name: one + 0.2 * random.normal(size=one.shape) for name, one in network.init(0).items()
        }
        found.append((parameters, network.prepare(data.images[index]), data.labels[index]))
    return found


def calls(network: Any, authors: Any) -> list[Any]:
    found = []
    for parameters, rows, labels in points(network):
        trace = gradients.forward(network, parameters, rows)
        case = case_of(network, parameters, trace, network.lay_out(rows), labels)
        given = authors(parameters, trace, network.lay_out(rows), labels)
        found.append((case, parameters, given))
    return found


def test_the_gradients_of_several_steps_are_the_sum_of_each_made_once() -> None:
    network = NETWORKS["tanh rows"]
    (case, parameters, _), *_ = calls(network, lambda *given: {})
    made, now, total = [], case, dict.fromkeys(parameters, 0.0)

    def seen(one: Any) -> Any:
        made.append(one)
        return one

    for count in range(1, 6):
        taken = backward(now, parameters, Steps())
        total = {name: one + taken[name] for name, one in total.items()}
        steps = [now.rate * taken[layer.weight] for layer in network.layers]
        weights = [one - step for one, step in zip(now.weights, steps, strict=True)]
        now = replace(now, weights=weights)
        several = backward(case, parameters, Steps(seen=seen, repeats=count))
        for name, one in total.items():
            np.testing.assert_array_equal(several[name], one)
    assert len(made) == 1 + 5  # the one that stands alone, and those that go on from each other


@pytest.mark.parametrize("name", NETWORKS)
def test_without_a_mistake_it_is_the_true_gradient(name: str) -> None:
    network = NETWORKS[name]
    for parameters, rows, labels in points(network):
        trace = gradients.forward(network, parameters, rows)
        case = case_of(network, parameters, trace, network.lay_out(rows), labels)
        found = backward(case, parameters, Steps())
        for key, one in gradients.exact_gradients(network, parameters, rows, labels).items():
            np.testing.assert_allclose(found[key], one, rtol=1e-10, atol=1e-13)


# Of each network every eighth mistake, from another one on: together they are of all kinds.
EIGHTHS = [(name, k % 8, 8) for k, name in enumerate(NETWORKS)]


@pytest.mark.parametrize(
    ("name", "first", "step"),
    [*EIGHTHS, *(pytest.param(name, 0, 1, marks=pytest.mark.seeds) for name in NETWORKS)],
)
def test_each_planted_is_named_or_cannot_be_told_from_what_is_named(
    name: str, first: int, step: int
) -> None:
    network = NETWORKS[name]
    everything = list(mistakes.mistakes(network, network.init(0), network.batch_size))[first::step]
    alone = 0
    truth = [gradients.exact_gradients(network, *point) for point in points(network)]
    for one in everything:
        made = planted(network, one).backward
        seen = calls(network, made)
        found = naming.named(seen, 1e-7)
        right = all(
            np.allclose(given[key], value, rtol=1e-7, atol=1e-12)
            for (*_, given), true in zip(seen, truth, strict=True)
            for key, value in true.items()
        )
        if right or not any(one.any() for *_, given in seen for one in given.values()):
            assert found == []
            continue
        assert one in found, one.sentence
        # Those named beside it give the very same gradients.
        for other in found:
            for case, parameters, given in seen:
                same = backward(case, parameters, other.steps)
                for key in given:
                    np.testing.assert_allclose(same[key], given[key], rtol=1e-6, atol=1e-9)
        alone += len(found) == 1
    assert alone >= 24 / step


# Huber's bound of 1 is out of reach of a sigmoid.
@pytest.mark.parametrize("kind", sorted(OTHER_LOSSES.keys() - {"huber"}))
def test_gradients_of_another_loss_are_no_mistake(kind: str) -> None:
    squared = [one for one in NETWORKS.values() if one.loss == "squared-error"]
    network = next(one for one in squared if one.layers[-1].activation == "sigmoid")
    every = mistakes.mistakes(network, network.init(0), network.batch_size)
    other = planted(network, next(one for one in every if one.kind == kind))
    data = images(classes=network.classes)
    finding = DEFECT.probe(bench(other, data=data))
    assert finding.status == ABSENT
    assert "those of another loss: the error of the output has" in finding.observed
    last = network.layers[-1].weight
    turned = spoil(other, **{last: lambda one: -one})
    assert DEFECT.probe(bench(turned, data=data)).status == PRESENT


def sentences(finding: Any) -> str:
    return finding.observed.partition("; the gradient of")[0]


TANH = dense(activation="tanh", layout="rows", batch_size=3, hidden=(5, 5))


def by_hand(network: Any, part: Any) -> Any:
    """The network with a backward pass of two tanh layers, ``part`` of which is written wrongly."""

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        d3 = (trace["A3"] - np.eye(4)[labels]) / len(labels)
        d3 = d3 * trace["A3"] * (1 - trace["A3"]) if part == "extra" else d3
        g3 = trace["A2"].T @ d3
        W3 = p["W3"] - 0.05 * g3 if part == "stepped" else p["W3"]
        z2 = trace["A2"] if part == "at activation" else trace["Z2"]
        d2 = d3 @ W3.T * (1 - np.tanh(z2) ** 2)
        g2 = (trace["Z1"] if part == "entering" else trace["A1"]).T @ d2
        W2 = p["W2"] - 0.05 * g2 if part == "stepped" else p["W2"]
        back = d3 @ p["W3"].T if part == "skipped" else d2 @ W2.T
        back = d2 @ W2 if part == "untransposed" else back
        slope = 1.0 if part == "left out" else 1 - np.tanh(trace["Z1"]) ** 2
        slope = slope**2 if part == "twice" else slope
        d1 = back * slope
        return {
            "W1": x.T @ d1,
            "b1": d1.sum(axis=0, keepdims=True),
            "W2": g2,
            "b2": d2.sum(axis=0, keepdims=True),
            "W3": g3,
            "b3": d3.sum(axis=0, keepdims=True),
        }

    return replace(network, backward=backward)


def test_the_network_by_hand_is_right() -> None:
    assert DEFECT.probe(bench(by_hand(TANH, None))).status == ABSENT


@pytest.mark.parametrize(
    ("part", "sentence", "advice"),
    [
        (
            "at activation",
            "in layer 2, the derivative of the activation is taken at the activation, A2, where "
            "its formula wants the pre-activation, Z2",
            "call the derivative with Z2",
        ),
        (
            "left out",
            "in layer 1, the derivative of the activation is left out",
            "multiply the error by the derivative of the activation",
        ),
        (
            "skipped",
            "in layer 1, the layer above is left out: the error comes from two layers above",
            "hand the error down from layer to layer",
        ),
        (
            "twice",
            "in layer 1, the derivative of the activation is applied twice",
            "multiply the error by the derivative of the activation once",
        ),
        (
            "untransposed",
            "in layer 1, the error is handed down by W2 where it should be by its transpose",
            "transpose W2 there",
        ),
        (
            "entering",
            "in layer 2, the gradient of W2 is made with the pre-activation of the layer below",
            "use the activation of the layer below",
        ),
        (
            "extra",
            "the error of the output has a factor out * (1 - out) too many",
            "with cross-entropy it is out - target, and nothing more",
        ),
        (
            "stepped",
            "in layers 1 and 2, the error is handed down by W2 and W3 after its step",
            "compute all errors first, then make the steps",
        ),
    ],
)
def test_the_probe_says_what_kind_of_mistake_it_is(part: str, sentence: str, advice: str) -> None:
    wrong = by_hand(TANH, part)
    finding = DEFECT.probe(bench(wrong))
    assert finding.status == PRESENT
    assert finding.observed.startswith(
        f"all gradients are exactly what one mistake gives: {sentence}"
    ), finding.observed
    assert finding.advice.startswith(advice)
    assert DEFECT.probe(bench(DEFECT.repair(wrong, finding.numbers))).status == ABSENT


def test_of_what_cannot_be_told_apart_none_is_named() -> None:
    two = dense(batch_size=2, activation="tanh")
    halves = spoil(two, **{name: (lambda g: g / 2) for name in two.init(0)})
    finding = DEFECT.probe(bench(halves))
    assert {one["sentence"] for one in finding.numbers["sane"]["mistakes"]} == {
        "all gradients are 1/2 times the true ones",
        "all gradients are 1/2 (1 / the batch size) times the true ones",
    }
    assert finding.observed.startswith("the gradient of W1 is 0.5000 times the true one")
    assert "all gradients" not in finding.observed
    assert finding.advice.startswith("multiply the gradient of W1 by 2; ")


@pytest.mark.parametrize(
    "mistake",
    [lambda g: g + 0.1, lambda g: 1.7 * g, lambda g: 0 * g, lambda g: g * (np.abs(g) > 1e-3)],
)
def test_what_is_in_no_table_is_described_as_before(mistake: Any) -> None:
    finding = DEFECT.probe(bench(spoil(dense(hidden=(5, 5)), W2=mistake)))
    assert finding.status == PRESENT
    assert finding.numbers["sane"]["mistakes"] == []
    assert finding.observed.startswith("the gradient of W2")


def test_negative_gradients_that_are_added_do_not_hide_the_kind() -> None:
    wrong = updated(negative(by_hand(TANH, "left out")), lambda n, p, g, r: p + r * g)
    finding = DEFECT.probe(bench(wrong))
    assert "in layer 1, the derivative of the activation is left out" in finding.observed


@pytest.mark.parametrize("one", losses.MULTI[1:5], ids=lambda one: one.name)
def test_a_wrong_derivative_of_the_loss_is_named(one: Any) -> None:
    every = list(mistakes.mistakes(one, one.init(0), one.batch_size))
    kept = "missing-output-derivative"  # which makes it the gradient of cross-entropy
    wanted = [m for m in every if "output" in m.kind or m.kind.startswith("softmax")]
    wanted = [m for m in wanted if m.kind != kept]
    wanted += [m for m in every if m.sentence.startswith("in layer 2, the derivative of the")]
    found = [
        DEFECT.probe(bench(planted(one, m), data=images(classes=one.classes))) for m in wanted[:2]
    ]
    for mistake, finding in zip(wanted, found, strict=False):
        assert mistake.sentence in finding.observed
    assert found
