"""What people write is expressible, or refused in one line that says what to write instead."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from diagnose.builders import from_functions, from_layers
from diagnose.calculus.gradients import exact_gradients
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit
from diagnose.network.record import Network
from diagnose.probes.broadcast_shape import DEFECT as BROADCAST
from diagnose.probes.wrong_gradient import DEFECT as GRADIENT
from diagnose.report import ABSENT
from diagnose.training.loop import train
from tests.networks import bench

X = np.random.default_rng(1).normal(size=(60, 4))
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
USUAL: dict[str, Any] = {
    "order": "shuffled",
    "learning_rate": 0.3,
    "epochs": 2,
    "batch_size": 8,
    "classes": 3,
    "data": (X, LABELS),
    "layout": "rows",
}


def softmax(z: Any, axis: int = 1) -> Any:
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def init() -> Any:
    return np.random.randn(4, 5) / 2, np.zeros(5), np.random.randn(5, 3) / 2, np.zeros(3)


def forward(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + b2
    return z1, a1, z2, softmax(z2)


def backward(x: Any, Y: Any, a1: Any, p: Any, W2: Any) -> Any:
    d2 = (p - Y) / len(x)
    d1 = d2 @ W2.T * (1 - a1**2)
    return x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


def network(**said: Any) -> Network:
    usual: dict[str, Any] = {
        "parameters": "W1 b1 W2 b2",
        "init": init,
        "forward": forward,
        "trace": "z1 a1 z2 p",
        "backward": backward,
        "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 p softmax"),
    }
    return from_functions(**{**usual, **USUAL, **said})


def assert_right(one: Network) -> None:
    """It is admitted, its gradients are exact, and a training steps with them."""
    assert one.data is not None
    admit(one, one.data())
    parameters = one.init(0)
    rows, labels = X[: one.batch_size], LABELS[: one.batch_size]
    x = one.lay_out(rows)
    given = one.backward(parameters, one.forward(parameters, x), x, labels)
    for name, right in exact_gradients(one, parameters, rows, labels).items():
        mine = given.get(name, np.zeros(right.shape))
        assert np.allclose(np.reshape(mine, right.shape), right)
    after = train(one, X, LABELS, 0).parameters
    assert all(np.shape(after[name]) == np.shape(value) for name, value in parameters.items())


# Weights


def with_ones(first: bool) -> Network:
    """Biases as a row of the weights, with ones appended to the input and to the hidden layer."""

    def joined(x: Any) -> Any:
        ones = np.ones((len(x), 1))
        return np.hstack([ones, x] if first else [x, ones])

    def run(x: Any, W1: Any, W2: Any) -> Any:
        xb = joined(x)
        z1 = xb @ W1
        a1 = np.tanh(z1)
        h = joined(a1)
        z2 = h @ W2
        return xb, z1, a1, h, z2, softmax(z2)

    def back(xb: Any, h: Any, a1: Any, p: Any, Y: Any, W2: Any) -> Any:
        d2 = (p - Y) / len(Y)
        d1 = d2 @ (W2[1:] if first else W2[:-1]).T * (1 - a1**2)
        return xb.T @ d1, h.T @ d2

    row = "[0]" if first else "[-1]"
    return network(
        parameters="W1 W2", init=lambda: (np.random.randn(5, 5), np.random.randn(6, 3)),
        forward=run, trace="xb z1 a1 h z2 p", backward=back,
        layers=(f"W1 W1{row} z1 a1 tanh", f"W2 W2{row} z2 p softmax"),
    )  # fmt: skip


@pytest.mark.parametrize("first", [True, False])
def test_a_bias_as_a_row_of_the_weight(first: bool) -> None:
    one = with_ones(first)
    assert_right(one)
    row = 0 if first else 4
    np.random.seed(3)
    drawn = np.random.randn(5, 5)
    assert np.array_equal(one.init(3)[one.layers[0].bias or ""], drawn[row])


def test_a_bias_as_a_row_that_is_not_named_is_refused() -> None:
    one = with_ones(False)
    unnamed = network(
        parameters="W1 W2", init=lambda: (np.ones((5, 5)), np.ones((6, 3))),
        forward=lambda x, W1, W2: one.forward({"W1": W1}, x), trace="z1 a1 z2 p",
        backward=lambda x: x, layers=("W1 - z1 a1 tanh", "W2 - z2 p softmax"),
    )  # fmt: skip
    with pytest.raises(BadInputError, match=r"name that row or column .* as the bias .* W1\[-1\]"):
        admit(unnamed, unnamed.data())  # type: ignore[misc]


@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_weights_that_are_multiplied_transposed(layout: str) -> None:
    def turned() -> Any:
        W1, b1, W2, b2 = init()
        return W1.T.copy(), b1, W2.T.copy(), b2

    def run(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return forward(x, W1.T, b1, W2.T, b2)

    def back(x: Any, Y: Any, a1: Any, p: Any, W2: Any) -> Any:
        dW1, db1, dW2, db2 = backward(x, Y, a1, p, W2.T)
        return dW1.T, db1, dW2.T, db2

    def columns() -> Any:
        W1, b1, W2, b2 = init()
        return W1, b1[:, None], W2, b2[:, None]

    def run_columns(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return [one.T for one in forward(x.T, W1, b1.T, W2, b2.T)]

    def back_columns(x: Any, Y: Any, a1: Any, p: Any, W2: Any) -> Any:
        dW1, db1, dW2, db2 = backward(x.T, Y.T, a1.T, p.T, W2)
        return dW1, db1[:, None], dW2, db2[:, None]

    said = {"layers": ("W1.T b1 z1 a1 tanh", "W2.T b2 z2 p softmax"), "layout": layout}
    rows = layout == "rows"
    assert_right(
        network(
            init=turned if rows else columns, forward=run if rows else run_columns,
            backward=back if rows else back_columns, **said,
        )
    )  # fmt: skip


def test_weights_that_are_turned_and_not_said_to_be_are_refused() -> None:
    one = network(init=lambda: (np.ones((5, 4)), np.zeros(5), np.ones((3, 5)), np.zeros(3)))
    with pytest.raises(BadInputError, match=r"multiplies by W1.T, name that as the weight in"):
        admit(one, one.data())  # type: ignore[misc]


@pytest.mark.parametrize("start", [0, 0.0])
def test_a_bias_that_starts_as_a_number_is_refused(start: float) -> None:
    one = network(init=lambda: (np.ones((4, 5)), start, np.ones((5, 3)), np.zeros(3)))
    with pytest.raises(BadInputError, match=r"the bias of 5 units; draw one for each, np.zeros\(5"):
        admit(one, one.data())  # type: ignore[misc]


# Samples


def column_forward(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    assert x.shape == (4, 1)
    z1 = np.dot(W1, x) + b1
    a1 = np.tanh(z1)
    z2 = np.dot(W2, a1) + b2
    return z1, a1, z2, softmax(z2, 0)


def column_backward(x: Any, Y: Any, a1: Any, p: Any, W2: Any) -> Any:
    d2 = p - Y
    d1 = np.dot(W2.T, d2) * (1 - a1**2)
    return np.dot(d1, x.T), d1, np.dot(d2, a1.T), d2


def columns(**said: Any) -> Network:
    def draw() -> Any:
        W1, b1, W2, b2 = init()
        return W1.T, b1[:, None], W2.T, b2[:, None]

    return network(init=draw, forward=column_forward, backward=column_backward,
                   layout="columns", **said)  # fmt: skip


def test_one_sample_at_a_time_as_a_column() -> None:
    one = columns(vectors="matrices")
    assert_right(one)
    for probe in (BROADCAST, GRADIENT):
        assert probe.probe(bench(one, data=one.data())).status == ABSENT


def of_batch(one: Network, parameters: Any, x: Any) -> Any:
    """What code for one sample computes of a batch, where broadcasting lets it."""
    traces = [one.forward(parameters, x[:, k : k + 1]) for k in range(x.shape[1])]
    return {name: np.hstack([trace[name] for trace in traces]) for name in traces[0]}


def test_code_for_one_sample_that_is_handed_a_batch_is_told_what_to_say() -> None:
    one = replace(columns(), forward=partial(of_batch, columns()))
    finding = BROADCAST.probe(bench(one, data=one.data()))
    assert 'if it is made for one sample at a time, say vectors="matrices"' in finding.advice


# The rate, the loss, what else is returned


def test_a_rate_by_the_step() -> None:
    one = network(learning_rate=lambda epoch, step: 0.3 / (1 + epoch + 0.1 * step))
    assert one.changes_within_epochs
    assert (one.rate(0, 0), one.rate(1, 5)) == (0.3, 0.3 / 2.5)
    assert_right(one)


def test_more_gradients_than_parameters_are_no_finding() -> None:
    def more(x: Any, Y: Any, a1: Any, p: Any, W2: Any) -> Any:
        found = backward(x, Y, a1, p, W2)
        return {"dZ2": p - Y, **dict(zip(("dW1", "db1", "dW2", "db2"), found, strict=True))}

    finding = GRADIENT.probe(bench(network(backward=more), data=network().data()))
    assert finding.status == ABSENT
    assert "dZ2 are gradients of no parameter, and not judged" in finding.observed


def test_a_parameter_that_no_layer_names_needs_no_gradient() -> None:
    one = network(
        parameters="W1 b1 W2 b2 spare", init=lambda: (*init(), np.ones(3)),
        forward=lambda x, W1, b1, W2, b2, spare: forward(x, W1, b1, W2, b2),
        gradients="W1 b1 W2 b2",
    )  # fmt: skip
    assert_right(one)


def test_pythons_own_random_numbers_are_seeded() -> None:
    def draw() -> Any:
        _, b1, W2, b2 = init()
        return np.array([[random.gauss(0, 0.5) for _ in range(5)] for _ in range(4)]), b1, W2, b2

    state = random.getstate()
    assert_right(network(init=draw))
    assert random.getstate() == state


def test_one_sigmoid_for_two_classes_is_told_what_to_say() -> None:
    def run(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, 1 / (1 + np.exp(-z2))

    def draw() -> Any:
        return np.random.randn(4, 5), np.zeros(5), np.random.randn(5, 1), np.zeros(1)

    said: dict[str, Any] = {
        "init": draw, "forward": run, "classes": 2, "data": (X, (X[:, 0] > 0).astype(int)),
        "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 p sigmoid"),
    }  # fmt: skip
    one = network(**said)
    with pytest.raises(BadInputError, match=r"say encode=lambda labels: labels.reshape\(-1, 1\)"):
        admit(one, one.data())  # type: ignore[misc]
    encoded = network(**said, encode=lambda labels: labels.reshape(-1, 1))
    admit(encoded, encoded.data())  # type: ignore[misc]


class Dense:
    def __init__(self, entering: int, leaving: int) -> None:
        self.W, self.b = np.random.randn(entering, leaving), np.zeros(leaving)

    def forward(self, x: Any) -> Any:
        return x @ self.W + self.b

    def backward(self, x: Any, grad: Any) -> Any:
        self.dW, self.db = x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T


class Tanh:
    def forward(self, x: Any) -> Any:
        return np.tanh(x)

    def backward(self, x: Any, grad: Any) -> Any:
        return grad * (1 - np.tanh(x) ** 2)


def test_a_backward_of_layers_that_takes_what_entered_and_the_gradient() -> None:
    assert_right(
        from_layers(
            lambda: [Dense(4, 5), Tanh(), Dense(5, 3)], output=softmax,
            loss_gradient=lambda p, t: (p - t) / len(t), activations="tanh softmax", **USUAL,
        )
    )  # fmt: skip


# Activations


@pytest.mark.parametrize(
    ("applied", "declared", "said"),
    [
        (lambda z: 1.7 * np.tanh(z), "tanh", "by 1.7 times tanh, and layer 1 is declared tanh"),
        (lambda z: (z > 0) * 1.0, "sigmoid", "by a step, and layer 1 is declared sigmoid"),
        (lambda z: z, "tanh", "by linear, and layer 1 is declared tanh"),
        (np.tanh, "relu", "by tanh, and layer 1 is declared relu"),
    ],
)
def test_an_activation_that_is_not_applied_is_refused(
    applied: Any, declared: str, said: str
) -> None:
    def run(x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = applied(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, softmax(z2)

    one = network(forward=run, layers=(f"W1 b1 z1 a1 {declared}", "W2 b2 z2 p softmax"))
    with pytest.raises(BadInputError, match=said):
        admit(one, one.data())  # type: ignore[misc]
