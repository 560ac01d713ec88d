"""wrong-gradient: fires on every kind of wrong gradient, and on nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.calculus import gradients
from diagnose.instruments.bench import Bench
from diagnose.network.layers import forward_rows, softmax_rows
from diagnose.probes.wrong_gradient import DEFECT, wrong_names
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT
from tests.networks import bench, correct_networks, dense, images, some, spoil

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, sane: Any = None, **options: Any) -> Any:
    return DEFECT.probe(bench(network, sane, **options))


def batch(network: Any, seed: int = 0) -> tuple[Any, Any]:
    data = images(seed)
    rows = network.prepare(data.images)[: network.batch_size]
    return rows, data.labels[: network.batch_size]


# The mathematics


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_exact_gradients_equal_whole_numerical_gradients(network: Any) -> None:
    parameters = network.init(3)
    rows, labels = batch(network)
    exact = gradients.exact_gradients(network, parameters, rows, labels)
    for name in list(parameters)[-2:]:
        numerical = gradients.numerical_gradient(network, parameters, rows, labels, name)
        np.testing.assert_allclose(exact[name], numerical, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_forward_rows_equal_the_networks_own_trace(network: Any) -> None:
    parameters = network.init(3)
    rows, _ = batch(network)
    trace = gradients.forward(network, parameters, rows)
    for layer, (pre, out) in zip(
        network.layers, forward_rows(network, parameters, rows), strict=True
    ):
        np.testing.assert_allclose(network.as_rows(trace[layer.pre]), pre, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(network.as_rows(trace[layer.out]), out, rtol=1e-12, atol=1e-12)


def test_softmax_of_huge_logits() -> None:
    found = softmax_rows(np.array([[1e6, 1e6 + np.log(3)], [-1e6, -2e6]]))
    np.testing.assert_allclose(found, [[0.25, 0.75], [1, 0]], rtol=1e-9)


def test_loss_is_finite_where_the_networks_own_softmax_is_not() -> None:
    network = dense(hidden=())
    parameters = network.init(0)
    parameters["b1"][1] = 1e5
    rows, _ = batch(network)
    assert gradients.loss(network, parameters, rows, np.array([0])) == pytest.approx(1e5, rel=1e-3)


def test_loss_refuses_what_is_not_the_softmax_of_the_logits() -> None:
    network = dense()

    def twice(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        return {**trace, "A3": softmax_rows(trace["A3"].T).T}

    rows, labels = batch(network)
    with pytest.raises(gradients.UndefinedLossError, match="A3 is not the softmax of Z3"):
        gradients.loss(replace(network, forward=twice), network.init(0), rows, labels)


def test_a_difference_across_a_kink_is_refused_and_a_smaller_step_found() -> None:
    network = dense(hidden=(3,))
    parameters = network.init(0)
    rows, labels = batch(network)
    pre = gradients.forward(network, parameters, rows)["Z1"]
    direction = np.zeros_like(parameters["b1"])
    direction[0] = 1
    parameters["b1"][0] = -pre[0, 0]
    assert gradients.central_difference(network, parameters, rows, labels, "b1", direction) is None
    parameters["b1"][0] += 1e-6  # within the first step, beyond a smaller one
    found = gradients.central_difference(network, parameters, rows, labels, "b1", direction)
    exact = gradients.exact_gradients(network, parameters, rows, labels)["b1"][0, 0]
    assert found is not None
    assert abs(found.value - exact) <= 1e-6 * abs(exact) + found.error


def test_the_error_bound_of_a_difference_holds_on_raw_input() -> None:
    network = replace(dense(activation="tanh"), prepare=lambda p: p.reshape(len(p), -1) * 1.0)
    parameters = network.init(0)
    rows, labels = batch(network)
    exact = gradients.exact_gradients(network, parameters, rows, labels)
    random = np.random.default_rng(0)
    for name, value in parameters.items():
        direction = random.normal(size=value.shape)
        found = gradients.central_difference(network, parameters, rows, labels, name, direction)
        assert found is not None
        assert abs(found.value - (exact[name] * direction).sum()) <= 10 * found.error


# Silent


@pytest.mark.parametrize("seed", some(range(2), 1))
@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any, seed: int) -> None:
    finding = probed(network, seed=seed)
    assert finding.status == ABSENT, finding.observed
    assert wrong_names(finding.numbers) == []
    json.dumps(finding.numbers, allow_nan=False)


@pytest.mark.slow
def test_silent_on_float32_arithmetic() -> None:
    network = dense(hidden=(30, 20), batch_size=4)

    def narrow(arrays: Any) -> Any:
        return {name: one.astype(np.float32) for name, one in arrays.items()}

    def forward(parameters: Any, x: Any) -> Any:
        return narrow(network.forward(narrow(parameters), x.astype(np.float32)))

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        return narrow(network.backward(narrow(parameters), trace, x.astype(np.float32), labels))

    rounded = replace(network, forward=forward, backward=backward)
    for seed in range(5):
        finding = probed(rounded, seed=seed)
        assert finding.status == ABSENT, finding.observed
        assert finding.numbers["sane"]["parameters"]["W1"]["type"] == "float32"
    assert probed(spoil(rounded, W2=lambda g: g * np.float32(1.0005))).status == PRESENT


def test_silent_at_pre_activations_of_exactly_zero() -> None:
    network = dense(hidden=(6, 4))

    def init(seed: int) -> Any:
        parameters = network.init(seed)
        parameters["W1"][:3] = 0  # three units sit on their kink for every sample
        return parameters

    def other_side(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        nudged = {**trace, "Z1": np.where(trace["Z1"] == 0, 1e-30, trace["Z1"])}
        return network.backward(parameters, nudged, x, labels)

    for backward in (network.backward, other_side):  # ReLU'(0) = 0, and = 1
        finding = probed(replace(network, init=init, backward=backward))
        assert finding.status == ABSENT, finding.observed


def test_silent_on_weight_decay_and_says_so() -> None:
    network = dense(batch_size=2)

    def decayed(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward(parameters, trace, x, labels)
        return {
            name: one + 0.01 * parameters[name] if name[0] == "W" else one
            for name, one in found.items()
        }

    finding = probed(replace(network, backward=decayed))
    assert finding.status == ABSENT
    assert "W2 has weight decay of 0.01 added" in finding.observed


def test_silent_on_weight_decay_that_spares_a_row_of_the_weight() -> None:
    """The row is the bias of a layer whose input has a column of ones."""
    network = dense(batch_size=2)

    def decayed(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward(parameters, trace, x, labels)
        kept = np.array(parameters["W2"])
        kept[0] = 0
        return {**found, "W2": found["W2"] + 0.01 * kept}

    finding = probed(replace(network, backward=decayed))
    assert finding.status == ABSENT
    spared = network.init(0)["W2"].shape[1]
    assert f"W2 has weight decay of 0.01 added to all but {spared}" in finding.observed


def test_silent_on_a_penalty_of_the_absolute_weights() -> None:
    network = dense(batch_size=2)

    def penalised(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward(parameters, trace, x, labels)
        return {
            name: one + 0.01 * np.sign(parameters[name]) if name[0] == "W" else one
            for name, one in found.items()
        }

    assert probed(replace(network, backward=penalised)).status == ABSENT

    def rewarded(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward(parameters, trace, x, labels)
        with_it = penalised(parameters, trace, x, labels)
        return {name: 2 * one - with_it[name] for name, one in found.items()}

    assert probed(replace(network, backward=rewarded)).status == PRESENT  # its weights grow


def test_silent_on_the_summed_loss_and_says_so() -> None:
    network = dense(batch_size=8)
    names = ("W1", "b1", "W2", "b2", "W3", "b3")
    summed = spoil(network, **dict.fromkeys(names, lambda g: 8 * g))
    finding = probed(replace(summed, learning_rate=lambda epoch: 0.005))
    assert finding.status == ABSENT
    assert "8 times those of the loss, for the sum over the batch" in finding.observed


def test_silent_on_a_parameter_that_nothing_uses() -> None:
    network = dense()

    def init(seed: int) -> Any:
        return {**network.init(seed), "b4": np.ones((4, 1))}

    def update(parameters: Any, found: Any, rate: float) -> Any:
        return {name: one - rate * found.get(name, 0) for name, one in parameters.items()}

    assert probed(replace(network, init=init, update=update)).status == ABSENT
    zero = spoil(replace(network, init=init, update=update))
    backward = zero.backward
    with_zero = replace(
        zero, backward=lambda *arguments: {**backward(*arguments), "b4": np.zeros((4, 1))}
    )
    assert probed(with_zero).status == ABSENT


def test_not_applicable_without_softmax_and_masked_with_a_broken_one() -> None:
    network = dense()
    last = replace(network.layers[-1], activation="sigmoid")
    sigmoid = replace(network, layers=(*network.layers[:-1], last))
    assert probed(sigmoid).status == NOT_APPLICABLE

    def over_samples(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        return {**trace, "A3": softmax_rows(trace["Z3"])}

    finding = probed(replace(network, forward=over_samples))
    assert finding.status == MASKED
    assert "A3 is not the softmax of Z3" in finding.observed


# Fires


@pytest.mark.parametrize("network", some(NETWORKS, 6), ids=IDS)
def test_planted_it_is_found_with_its_factor_and_repaired_it_is_gone(network: Any) -> None:
    planted = DEFECT.inject(network)
    last = network.layers[-1].weight
    finding = probed(planted)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == [last]
    assert finding.numbers["sane"]["parameters"][last]["factor"] == pytest.approx(0.1, rel=1e-7)
    assert f"the gradient of {last} is 0.1000 times the true one" in finding.observed
    assert f"multiply the gradient of {last} by 10" in finding.advice

    repaired = DEFECT.repair(planted, finding.numbers)
    assert probed(repaired).status == ABSENT
    parameters = network.init(1)
    rows, labels = batch(network)
    ours = gradients.own_gradients(repaired, parameters, rows, labels)
    right = gradients.own_gradients(network, parameters, rows, labels)
    for name in parameters:
        if name == last:
            np.testing.assert_allclose(ours[name], right[name], rtol=1e-12, atol=1e-15)
        else:
            np.testing.assert_array_equal(ours[name], right[name])


def one_wrong(gradient: Any) -> Any:
    wrong = gradient.copy()
    place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    wrong[place] *= 1.0005
    return wrong


@pytest.mark.parametrize(
    ("name", "mistake", "words"),
    [
        ("W1", lambda g: g * 1.0005, "the gradient of W1 is 1.000500 times the true one"),
        ("b2", lambda g: g * 0.9995, "the gradient of b2 is 0.999500 times the true one"),
        ("W2", lambda g: 2 * g, "the gradient of W2 is 2.000 times the true one"),
        ("W2", lambda g: -g, "W2 has the wrong sign: -1.000000 times the true one"),
        ("W2", lambda g: g.T, "the gradient of W2 is the transpose of the true one"),
        ("b1", lambda g: 0 * g, "the gradient of b1 is 0 where the true one is not"),
        ("b3", lambda g: g / 3, "0.3333 times the true one, 1 / the batch size, 3"),
        ("W1", one_wrong, "the gradient of W1 is wrong in "),
        ("W3", lambda g: g + 0.1, "the gradient of W3 has a wrong direction (cosine"),
        ("W3", lambda g: g * np.nan, "the gradient of W3 is not finite"),
        ("W2", lambda g: np.clip(g, -1e-4, 1e-4), "of W2 is cut at 0.0001, and "),
        ("W2", np.sign, "of W2 nothing but its sign is left"),
        (
            "W2",
            lambda g: g / (np.linalg.norm(g) + 1e-20),
            "W2 has the true direction in each step, and",
        ),
    ],
)
def test_names_the_kind_of_mistake(name: str, mistake: Any, words: str) -> None:
    spoiled = spoil(dense(hidden=(5, 5), batch_size=3), **{name: mistake})
    finding = probed(spoiled)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == [name]
    assert words in finding.observed
    assert probed(DEFECT.repair(spoiled, finding.numbers)).status == ABSENT


def test_silent_on_a_bound_that_few_numbers_meet_and_says_so() -> None:
    network = spoil(dense(hidden=(5, 5), batch_size=3), W2=lambda g: np.clip(g, -0.2, 0.2))
    finding = probed(network)
    assert finding.status == ABSENT
    assert "W2 is cut at 0.2, as" in finding.observed


@pytest.mark.parametrize(("most", "found"), [(1e-3, True), (2.5, False)])
def test_gradients_that_are_shortened_one_by_one_keep_their_direction(
    most: float, found: bool
) -> None:
    network = dense(hidden=(5, 3), batch_size=3, activation="tanh")

    def short(one: Any) -> Any:
        return one * min(1, most / (np.linalg.norm(one) + 1e-20))

    finding = probed(spoil(network, **dict.fromkeys(network.init(0), short)))
    assert finding.status == (PRESENT if found else ABSENT)
    assert ("b2 has the true direction in each step" in finding.observed) is found
    assert ("of the steps, which is no mistake" in finding.observed) is not found
    assert "wrong direction" not in finding.observed


def test_the_length_of_a_single_number_tells_nothing() -> None:
    network = dense(hidden=(5, 1), batch_size=3, activation="tanh")
    assert "b2 has a wrong direction" in probed(spoil(network, b2=lambda g: g**3)).observed


def test_one_wrong_entry_among_thousands_is_found() -> None:
    network = dense(hidden=(60, 50))

    def touched(gradient: Any) -> Any:
        wrong = gradient.copy()
        wrong[41, 17] *= 1.0005
        return wrong

    finding = probed(spoil(network, W2=touched))
    assert finding.status == PRESENT
    assert "W2 is wrong in 1 of 3000 entries, as [41, 17]" in finding.observed


def test_an_error_in_a_hidden_delta_is_traced_to_every_gradient_below_it() -> None:
    network = dense(activation="tanh")

    def forgetful(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        flat = {**trace, "Z2": np.zeros_like(trace["Z2"])}  # tanh' left out: 1 everywhere
        return network.backward(parameters, flat, x, labels)

    finding = probed(replace(network, backward=forgetful))
    assert wrong_names(finding.numbers) == ["W1", "b1", "W2", "b2"]
    assert "begin at b2, nearest the output" in finding.advice


def test_a_missing_an_extra_and_a_misshapen_gradient() -> None:
    network = dense()

    def incomplete(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward(parameters, trace, x, labels)
        del found["b2"]
        return {**found, "dW1": found["W1"], "b1": found["b1"].T}

    finding = probed(replace(network, backward=incomplete))
    assert finding.status == PRESENT
    assert "backward returns no gradient for b2" in finding.observed
    assert "the gradient of b1 has shape [1, 7], b1 [7, 1]" in finding.observed
    assert "dW1 are gradients of no parameter" in finding.observed
    repaired = DEFECT.repair(replace(network, backward=incomplete), finding.numbers)
    assert probed(repaired).status == ABSENT


def untraceable(network: Any) -> Any:
    """The network with a forward pass that fills a plain array."""

    def forward(parameters: Any, x: Any) -> Any:
        return network.forward({name: np.array(one) for name, one in parameters.items()}, x)

    return replace(network, forward=forward)


@pytest.mark.parametrize("traceable", [True, False])
def test_a_forward_pass_that_no_layer_declares_is_judged_by_its_own_code(traceable: bool) -> None:
    network = dense(hidden=(4,), features=36)

    def doubled(parameters: Any, x: Any) -> Any:
        return network.forward({**parameters, "W1": 2 * parameters["W1"]}, x)

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = network.backward({**parameters}, trace, x, labels)
        return {**found, "W1": 2 * found["W1"]}

    odd = replace(network, forward=doubled, backward=backward)
    odd = odd if traceable else untraceable(odd)
    finding = probed(odd)
    assert finding.status == ABSENT, finding.observed
    if traceable:
        assert "exact gradient of the forward pass (reverse mode)" in finding.expected
    else:
        assert "declared layers (the forward pass cannot be followed: it copies" in finding.expected
        assert "for W1, which it does not explain, by these alone" in finding.expected
    wrong = spoil(odd, W1=lambda g: 0.5 * g)
    finding = probed(wrong)
    assert finding.status == PRESENT
    assert "the gradient of W1 is 0.5000 times the true one" in finding.observed
    rows, labels = batch(network)
    mended = DEFECT.repair(wrong, finding.numbers)
    assert mended.backward.source == ("code" if traceable else "differences")
    np.testing.assert_allclose(
        gradients.own_gradients(mended, network.init(0), rows, labels)["W1"],
        gradients.own_gradients(odd, network.init(0), rows, labels)["W1"],
        atol=1e-8,
    )


# Masked


def dying(network: Any) -> Any:
    def init(seed: int) -> Any:
        parameters = network.init(seed)
        return {**parameters, "b1": parameters["b1"] - 1e4, "b2": parameters["b2"] - 1e4}

    return replace(network, init=init)


def test_a_dead_network_hides_a_wrong_gradient_and_a_sane_point_shows_it() -> None:
    planted = DEFECT.inject(dense())
    finding = probed(dying(planted), planted)
    assert finding.status == PRESENT
    assert wrong_names(finding.numbers) == ["W3"]
    assert "the check finds no fault and is masked for W1, b1, W2, b2 and W3" in finding.observed


def test_masked_when_even_the_sane_point_shows_nothing() -> None:
    finding = probed(dying(dense()))
    assert finding.status == MASKED
    assert "cannot be seen" in finding.observed


def test_a_saturated_softmax_at_the_own_point_raises_no_alarm() -> None:
    network = dense()
    raw = replace(network, prepare=lambda pictures: pictures.reshape(len(pictures), -1) * 100.0)
    finding = probed(raw, network)
    assert finding.status == ABSENT
    assert "finds fault" not in finding.observed


def test_nothing_handed_in_is_changed() -> None:
    network = dense(batch_size=4)
    test_bench = bench(network)
    rows = test_bench.inputs.copy()
    DEFECT.measure(test_bench)
    np.testing.assert_array_equal(test_bench.inputs, rows)


def test_two_measurements_are_the_same() -> None:
    planted = DEFECT.inject(dense(batch_size=4))
    assert DEFECT.measure(bench(planted)) == DEFECT.measure(bench(planted))


def test_draws_a_panel_per_parameter() -> None:
    finding = probed(spoil(DEFECT.inject(dense()), b1=lambda g: 0 * g))
    titles = [axes.get_title() for axes in DEFECT.draw(finding.numbers).axes]
    assert "W3: 0.1000 × the truth" in titles
    assert "b1: zero" in titles
    reason = {"where": None, "batch_size": 1, "classes": 4, "sane": {"reason": "x"}}
    assert DEFECT.draw(reason).axes


def hidden_softmax() -> Any:
    """Attention-like: a softmax in the hidden layer, and its Jacobian in the backward pass."""
    network = dense(hidden=(5,), layout="rows")
    layers = (replace(network.layers[0], activation="softmax"), network.layers[1])

    def forward(p: Any, x: Any) -> Any:
        z1 = x @ p["W1"] + p["b1"]
        e1 = np.exp(z1)
        a1 = e1 / e1.sum(axis=1, keepdims=True)
        z2 = a1 @ p["W2"] + p["b2"]
        e2 = np.exp(z2)
        return {"Z1": z1, "A1": a1, "Z2": z2, "A2": e2 / e2.sum(axis=1, keepdims=True)}

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        d2 = (trace["A2"] - np.eye(4)[labels]) / len(labels)
        da, a = d2 @ p["W2"].T, trace["A1"]
        d1 = a * (da - (da * a).sum(axis=1, keepdims=True))
        return {
            "W1": x.T @ d1,
            "b1": d1.sum(axis=0, keepdims=True),
            "W2": a.T @ d2,
            "b2": d2.sum(axis=0, keepdims=True),
        }

    return replace(network, forward=forward, backward=backward, layers=layers)


def test_a_softmax_in_a_hidden_layer_is_judged_and_mended_by_its_own_code() -> None:
    assert probed(hidden_softmax()).status == ABSENT
    wrong = spoil(hidden_softmax(), W1=lambda g: g + 0.1)
    finding = probed(wrong)
    assert wrong_names(finding.numbers) == ["W1"]
    mended = DEFECT.repair(wrong, finding.numbers)
    assert mended.backward.source == "code"
    assert probed(mended).status == ABSENT


def test_a_softmax_in_a_hidden_layer_that_cannot_be_followed_is_not_judged() -> None:
    finding = probed(untraceable(hidden_softmax()))
    assert finding.status == NOT_APPLICABLE
    assert "a hidden layer is a softmax, and the forward pass cannot be followed" in (
        finding.observed
    )


def test_silent_on_a_loss_that_weighs_its_classes() -> None:
    network = dense(layout="rows", batch_size=8)
    numbers = np.array([0.5, 1.0, 2.5, 1.2])

    def weighed(wrong: float) -> Any:
        def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
            share: dict[str, Any] = dict.fromkeys(parameters, 0.0)
            for row, label in zip(network.as_rows(x), labels, strict=True):
                one = gradients.exact_gradients(network, parameters, row[None], label[None])
                for name in share:
                    share[name] = share[name] + numbers[label] * one[name] / len(labels)
            last = network.layers[-1].weight
            return share | {last: wrong * share[last]}

        return replace(network, backward=backward)

    for wrong, status in ((1.0, ABSENT), (-1.0, PRESENT)):
        assert DEFECT.judge(DEFECT.measure(bench(weighed(wrong)))).status == status


def test_the_place_is_that_of_a_wrong_direction_before_that_of_a_wrong_length(
    monkeypatch: Any,
) -> None:
    """Whichever of both is nearer to the output."""
    lines = {name: {"file": "mine.py", "line": int(name[1]), "text": ""} for name in ("W1", "W2")}
    monkeypatch.setattr(
        Bench, "lines",
        lambda bench, role, names: {name: lines[name] for name in names if name in lines},
    )  # fmt: skip
    network = spoil(dense(hidden=(4,)), W1=lambda g: g[::-1], W2=lambda g: 0.1 * g)
    found = probed(network)
    assert found.status == PRESENT
    assert found.where.line == 1
