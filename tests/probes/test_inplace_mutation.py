"""inplace-mutation: names the array, the line and whether anything reads what it overwrote."""

from __future__ import annotations

import inspect
import json
import pickle
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.calculus import gradients
from diagnose.probes import inplace_mutation
from diagnose.probes.inplace_mutation import DEFECT
from diagnose.report import ABSENT, PRESENT
from diagnose.training.loop import train
from tests.networks import bench, correct_networks, dense, images

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]
BASE = dense(hidden=(6, 5))


def probed(network: Any, sane: Any = None, **options: Any) -> Any:
    return DEFECT.probe(bench(network, sane, **options))


def line_of(function: Any, text: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(k for k, line in enumerate(lines) if text in line)


def written(finding: Any) -> dict[tuple[str, str], float]:
    return {(w["phase"], w["array"]): w["share"] for w in finding.numbers["writes"]}


def same_gradients(one: Any, two: Any) -> bool:
    rows, labels = BASE.prepare(images().images)[:1], images().labels[:1]
    left, right = (
        gradients.own_gradients(network, BASE.init(1), rows, labels) for network in (one, two)
    )
    return all(np.array_equal(left[name], right[name]) for name in left)


# Writers, as people write them; the repair must find them by name in this module.


def relu_deriv(Z: Any) -> Any:
    Z[Z > 0] = 1
    Z[Z <= 0] = 0
    return Z


def backward_harmless(p: Any, trace: Any, x: Any, labels: Any) -> Any:
    d3 = trace["A3"] - np.eye(4)[labels].T
    d2 = relu_deriv(trace["Z2"]) * (p["W3"].T @ d3)
    d1 = relu_deriv(trace["Z1"]) * (p["W2"].T @ d2)
    return {
        "W1": d1 @ x.T, "b1": d1, "W2": d2 @ trace["A1"].T, "b2": d2,
        "W3": d3 @ trace["A2"].T, "b3": d3,
    }  # fmt: skip


def backward_harmful(p: Any, trace: Any, x: Any, labels: Any) -> Any:
    d3 = trace["A3"] - np.eye(4)[labels].T
    d2 = relu_deriv(trace["A2"]) * (p["W3"].T @ d3)
    d1 = relu_deriv(trace["Z1"]) * (p["W2"].T @ d2)
    return {
        "W1": d1 @ x.T, "b1": d1, "W2": d2 @ trace["A1"].T, "b2": d2,
        "W3": d3 @ trace["A2"].T, "b3": d3,  # A2 is 0 and 1 by now
    }  # fmt: skip


def mask_below(Z: Any, d: Any) -> None:
    np.multiply(d, Z > 0, out=d)


def backward_on_purpose(p: Any, trace: Any, x: Any, labels: Any) -> Any:
    d3 = trace["A3"]
    subtract_one_hot(d3, labels)  # needed as it is afterwards
    d2 = p["W3"].T @ d3
    mask_below(trace["Z2"], d2)
    d1 = p["W2"].T @ d2
    mask_below(trace["Z1"], d1)
    return {
        "W1": d1 @ x.T, "b1": d1, "W2": d2 @ trace["A1"].T, "b2": d2,
        "W3": d3 @ trace["A2"].T, "b3": d3.copy(),
    }  # fmt: skip


def subtract_one_hot(P: Any, labels: Any) -> None:
    P[labels, np.arange(len(labels))] -= 1


def backward_inline(p: Any, trace: Any, x: Any, labels: Any) -> Any:
    found = BASE.backward(p, trace, x, labels)
    np.maximum(trace["Z1"], 0, out=trace["Z1"])
    return found


def forward_scaling_input(p: Any, x: Any) -> Any:
    x /= 2
    return BASE.forward(p, x)


def forward_moving_parameters(p: Any, x: Any) -> Any:
    p["W2"] *= 0.999
    return BASE.forward(p, x)


def forward_in_its_own_arrays(p: Any, x: Any) -> Any:
    trace = BASE.forward(p, x)
    fresh = np.array(trace["Z1"])
    relu_deriv(fresh)
    return trace


def backward_in_its_own_arrays(p: Any, trace: Any, x: Any, labels: Any) -> Any:
    found = BASE.backward(p, trace, x, labels)
    for one in found.values():
        one *= 1.0
    mask = relu_deriv(trace["Z1"].copy())
    assert mask is not trace["Z1"]
    return found


def relu(z: Any) -> Any:
    z[z < 0] = 0
    return z


class Tanh:
    def forward(self, z: Any) -> Any:
        np.tanh(z, z)
        return z


def into(source: Any, out: Any) -> Any:
    out[...] = np.maximum(source, 0)
    return out


def forward_by(act: Any, p: Any, x: Any) -> Any:
    """The forward pass of ``BASE``, its hidden layers by ``act``; what that is handed is kept."""
    Z1 = p["W1"] @ x + p["b1"]
    A1 = act(Z1)
    Z2 = p["W2"] @ A1 + p["b2"]
    A2 = act(Z2)
    Z3 = p["W3"] @ A2 + p["b3"]
    A3 = np.exp(Z3 - Z3.max()) / np.exp(Z3 - Z3.max()).sum()
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "Z3": Z3, "A3": A3}


def forward_relu_in_place(p: Any, x: Any) -> Any:
    return forward_by(relu, p, x)


def forward_relu_into_fresh_arrays(p: Any, x: Any) -> Any:
    return forward_by(lambda z: relu(z.copy()), p, x)


def forward_relu_into_out(p: Any, x: Any) -> Any:
    return forward_by(lambda z: into(z, out=np.empty_like(z)), p, x)


def forward_tanh_in_place(p: Any, x: Any) -> Any:
    return forward_by(lambda z: Tanh().forward(z), p, x)


def update_in_place(p: Any, found: Any, rate: float) -> Any:
    for name in p:
        found[name] *= rate
        p[name] -= found[name]
    return p


# Silent


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    for seed in range(5):
        finding = probed(network, seed=seed)
        assert finding.status == ABSENT, finding.observed
        assert finding.where is None


@pytest.mark.parametrize(
    "change",
    [
        {"forward": forward_in_its_own_arrays},
        {"forward": forward_relu_into_fresh_arrays},
        {"forward": forward_relu_into_out},
        {"backward": backward_in_its_own_arrays},
        {"update": update_in_place},
    ],
)
def test_silent_on_fresh_arrays_and_on_an_update_in_place(change: Any) -> None:
    finding = probed(replace(BASE, **change))
    assert finding.status == ABSENT, finding.observed


# Fires


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_planted_it_is_found_and_repaired_it_is_gone(network: Any) -> None:
    planted = DEFECT.inject(network)
    finding = probed(planted)
    assert finding.status == PRESENT
    pres = [layer.pre for layer in network.layers[:-1] or network.layers]
    assert {w["array"] for w in finding.numbers["writes"]} == set(pres)
    assert finding.where is not None
    assert finding.where.file == "diagnose/probes/inplace_mutation.py"
    assert finding.where.line == line_of(inplace_mutation.overwriting_derivative, "Z[...] = Z > 0")
    assert "Nothing outside overwriting_derivative reads" in finding.observed
    json.dumps(finding.numbers, allow_nan=False)
    repaired = DEFECT.repair(planted, finding.numbers)
    assert probed(repaired).status == ABSENT
    rows = network.prepare(images().images)
    runs = [
        train(one, rows, images().labels, 0, epochs=1).parameters
        for one in (network, planted, repaired)
    ]
    for name in runs[0]:
        np.testing.assert_array_equal(runs[0][name], runs[1][name])
        np.testing.assert_array_equal(runs[0][name], runs[2][name])


def test_a_derivative_in_place_that_nobody_reads() -> None:
    network = replace(BASE, backward=backward_harmless)
    finding = probed(network)
    assert written(finding) == {("backward", "Z1"): 1, ("backward", "Z2"): 1}
    assert finding.where.line == line_of(relu_deriv, "Z[Z > 0] = 1")
    assert finding.where.file == "tests/probes/test_inplace_mutation.py"
    assert finding.numbers["gradients_equal"] == {"own": True, "sane": True}
    assert finding.numbers["isolate"] == {"backward": [[__name__, "relu_deriv"]]}
    assert "Nothing outside relu_deriv reads the overwritten values" in finding.observed
    assert same_gradients(DEFECT.repair(network, finding.numbers), network)


def test_a_derivative_in_place_that_spoils_a_gradient_is_repaired_to_the_right_one() -> None:
    network = replace(BASE, backward=backward_harmful)
    finding = probed(network)
    assert set(written(finding)) == {("backward", "A2"), ("backward", "Z1")}
    assert "are read outside relu_deriv" in finding.observed
    repaired = DEFECT.repair(network, finding.numbers)
    assert not same_gradients(repaired, network)
    rows, labels = BASE.prepare(images().images)[:1], images().labels[:1]
    ours = gradients.own_gradients(repaired, BASE.init(1), rows, labels)
    exact = gradients.exact_gradients(BASE, BASE.init(1), rows, labels)
    for name in exact:
        np.testing.assert_allclose(ours[name], exact[name], rtol=1e-12, atol=1e-15)
    assert probed(repaired).status == ABSENT


def test_an_array_reused_on_purpose_keeps_its_right_gradient() -> None:
    network = replace(BASE, backward=backward_on_purpose)
    finding = probed(network)
    assert set(written(finding)) == {("backward", "A3")}
    assert finding.numbers["isolate"] == {"backward": "copies"}
    repaired = DEFECT.repair(network, finding.numbers)
    assert same_gradients(repaired, network)
    assert probed(repaired).status == ABSENT


def test_a_write_inside_backward_itself() -> None:
    network = replace(BASE, backward=backward_inline)
    finding = probed(network)
    assert set(written(finding)) == {("backward", "Z1")}
    assert finding.where.line == line_of(backward_inline, "np.maximum")
    assert finding.numbers["isolate"] == {"backward": "copies"}
    assert "Nothing outside backward reads" in finding.observed
    assert probed(DEFECT.repair(network, finding.numbers)).status == ABSENT


def test_a_write_inside_a_method_or_lambda_is_repaired_by_copies() -> None:
    class Own:
        def backward(self, p: Any, trace: Any, x: Any, labels: Any) -> Any:
            found = BASE.backward(p, trace, x, labels)
            trace["Z2"][...] = 0
            return found

    network = replace(BASE, backward=Own().backward)
    finding = probed(network)
    assert finding.where.line == line_of(Own.backward, '["Z2"][...] = 0')
    assert probed(DEFECT.repair(network, finding.numbers)).status == ABSENT


def test_a_pre_activation_overwritten_before_anybody_sees_it() -> None:
    network = replace(BASE, forward=forward_relu_in_place)
    finding = probed(network)
    assert finding.status == PRESENT
    assert finding.numbers["writes"] == []
    assert [(one["function"], one["argument"]) for one in finding.numbers["inner"]] == [
        ("relu", "z")
    ]
    assert finding.where.line == line_of(relu, "z[z < 0] = 0")
    assert "Nothing outside relu reads the overwritten values" in finding.observed
    mended = DEFECT.repair(network, finding.numbers)
    assert probed(mended).status == ABSENT
    assert same_gradients(mended, network)
    assert forward_by.__globals__["relu"] is relu


def test_a_pre_activation_that_is_read_again_is_repaired_in_a_method() -> None:
    """The derivative of tanh is taken at tanh(z), where z should be."""
    base = dense(hidden=(6, 5), activation="tanh")
    network = replace(base, forward=forward_tanh_in_place)
    finding = probed(network)
    assert finding.numbers["isolate"] == {"functions": [[__name__, "Tanh.forward"]]}
    assert "are read outside Tanh.forward" in finding.observed
    mended = DEFECT.repair(network, finding.numbers)
    assert probed(mended).status == ABSENT
    rows, labels = base.prepare(images().images)[:1], images().labels[:1]
    mine, right = (
        gradients.own_gradients(one, base.init(1), rows, labels) for one in (mended, base)
    )
    for name in right:
        np.testing.assert_allclose(mine[name], right[name], rtol=1e-12, atol=1e-15)


def test_a_function_that_no_name_leads_to_is_not_judged() -> None:
    """Copies handed to the function of that name would not reach it, and prove nothing."""

    def forward_with(act: Any) -> Any:
        return lambda p, x: forward_by(act, p, x)

    finding = probed(replace(BASE, forward=forward_with(relu)))
    assert finding.status == ABSENT, finding.observed


def test_an_input_changed_by_the_forward_pass() -> None:
    network = replace(BASE, forward=forward_scaling_input)
    finding = probed(network)
    assert written(finding) == {("forward", "input x"): 1}
    assert finding.where.line == line_of(forward_scaling_input, "x /= 2")
    assert "The caller still needs input x" in finding.observed
    assert "are read outside forward" in finding.observed  # dW1 is made from x
    repaired = DEFECT.repair(network, finding.numbers)
    assert probed(repaired).status == ABSENT
    assert same_gradients(repaired, network)


def test_parameters_that_move_while_predicting() -> None:
    network = replace(BASE, forward=forward_moving_parameters)
    finding = probed(network)
    assert written(finding) == {("forward", "parameter W2"): 1}
    assert "The caller still needs parameter W2" in finding.observed
    repaired = DEFECT.repair(network, finding.numbers)
    assert probed(repaired).status == ABSENT
    assert same_gradients(repaired, network)


def test_writes_in_both_passes() -> None:
    network = replace(BASE, forward=forward_moving_parameters, backward=backward_harmful)
    finding = probed(network)
    assert set(written(finding)) == {
        ("forward", "parameter W2"),
        ("backward", "A2"),
        ("backward", "Z1"),
    }
    assert probed(DEFECT.repair(network, finding.numbers)).status == ABSENT


def test_only_on_some_samples() -> None:
    def rarely(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        found = BASE.backward(p, trace, x, labels)
        if labels[0] == 0:
            relu_deriv(trace["Z1"])
        return found

    finding = probed(replace(BASE, backward=rarely))
    assert finding.status == PRESENT
    assert 0 < finding.numbers["writes"][0]["share"] < 1
    assert finding.where.line == line_of(relu_deriv, "Z[Z > 0] = 1")


# The isolation


def test_the_module_is_as_before_even_when_the_code_raises() -> None:
    network = replace(BASE, backward=backward_harmless)
    repaired = DEFECT.repair(network, probed(network).numbers)
    before = relu_deriv
    with pytest.raises(KeyError):
        repaired.backward({}, {}, np.zeros((36, 1)), np.zeros(1, int))
    assert globals()["relu_deriv"] is before


def test_a_repaired_network_can_be_pickled() -> None:
    network = replace(BASE, backward=backward_harmless)
    repaired = DEFECT.repair(network, probed(network).numbers)
    assert same_gradients(pickle.loads(pickle.dumps(repaired)), repaired)


def test_threads_do_not_leave_a_wrapper_behind() -> None:
    network = replace(BASE, backward=backward_harmless)
    repaired = DEFECT.repair(network, probed(network).numbers)
    before = relu_deriv
    rows = BASE.prepare(images().images)
    threads = [
        threading.Thread(target=train, args=(repaired, rows, images().labels, seed, 1))
        for seed in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert globals()["relu_deriv"] is before


def test_data_are_not_changed_by_measuring() -> None:
    test_bench = bench(replace(BASE, forward=forward_scaling_input))
    before = test_bench.inputs.copy()
    DEFECT.measure(test_bench)
    np.testing.assert_array_equal(test_bench.inputs, before)


def test_draws_a_bar_per_array() -> None:
    finding = probed(replace(BASE, backward=backward_harmless))
    axes = DEFECT.draw(finding.numbers).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Z1 in backward",
        "Z2 in backward",
    ]
    assert [bar.get_width() for bar in axes.patches] == [100, 100]
    assert DEFECT.draw(probed(BASE).numbers).axes


@pytest.mark.parametrize(("made", "status"), [(np.copy, ABSENT), (np.asarray, PRESENT)])
def test_an_error_that_is_worked_out_in_place_is_no_array_of_a_layer(made, status):
    def forward(p: Any, x: Any) -> Any:
        trace = BASE.forward(p, x)
        return {**trace, "error": made(trace["A3"])}

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        trace["error"][labels, np.arange(len(labels))] -= 1
        whole = {**trace, "A3": trace["error"] + np.eye(4)[labels].T}
        return BASE.backward(p, whole, x, labels)

    network = replace(BASE, forward=forward, backward=backward)
    assert same_gradients(BASE, network)
    assert probed(network).status == status
