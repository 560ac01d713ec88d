"""Where a sound network of the author's shape fails too, its shape is said to be at fault."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose import diagnose
from diagnose.builders import from_functions
from diagnose.causes import twin
from diagnose.render.part_words import blame_sentences, twin_sentence
from diagnose.render.verdict import is_healthy
from tests.networks import images

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.uniform(-1, 1, (300, 2))
QUARTERS = (POINTS[:, 0] * POINTS[:, 1] > 0).astype(int)
# A plane beside the middle, so that no centring of the inputs brings it to the origin.
SIDES = (POINTS.sum(axis=1) > 0.9).astype(int)
# Within a circle, around which two planes do not close.
RING = (np.hypot(*POINTS.T) < 0.75).astype(int)


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def flat(data, **changes):
    """One layer, with or without a bias."""

    def init():
        return np.random.randn(2, 2) * 0.5, np.zeros(2)

    def forward(X, W, b):
        Z = X @ W + b
        return Z, softmax(Z)

    def backward(X, Y, P):
        d = (P - Y) / len(X)
        return X.T @ d, d.sum(axis=0)

    return from_functions(
        parameters="W b", init=init, forward=forward, trace="Z P", backward=backward,
        layers=("W b Z P softmax",), layout="rows", order="shuffled", learning_rate=0.5,
        epochs=60, batch_size=10, classes=2, data=data, **changes,
    )  # fmt: skip


def deep(activate, slope, kind, data=(POINTS, QUARTERS), bias=True, units=8, sign=1):
    """A hidden layer; without biases their gradients are left out too."""

    def init():
        W1, W2 = np.random.randn(2, units), np.random.randn(units, 2) / 3
        return (W1, np.zeros(units), W2, np.zeros(2)) if bias else (W1, W2)

    def forward(X, *parameters):
        W1, b1, W2, b2 = parameters if bias else (parameters[0], 0, parameters[1], 0)
        Z1 = X @ W1 + b1
        A1 = activate(Z1)
        Z2 = A1 @ W2 + b2
        return Z1, A1, Z2, softmax(Z2)

    def backward(X, Y, Z1, A1, P, W2):
        d2 = (P - Y) / len(X)
        d1 = sign * d2 @ W2.T * slope(Z1)
        if not bias:
            return X.T @ d1, A1.T @ d2
        return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

    return from_functions(
        parameters="W1 b1 W2 b2" if bias else "W1 W2", init=init, forward=forward,
        trace="Z1 A1 Z2 P", backward=backward, forward_takes=None if bias else "x W1 W2",
        layers=(
            f"W1 {'b1' if bias else '-'} Z1 A1 {kind}", f"W2 {'b2' if bias else '-'} Z2 P softmax"
        ),
        layout="rows", order="shuffled", learning_rate=0.5, epochs=60, batch_size=10, classes=2,
        data=data,
    )  # fmt: skip


def shown(network):
    return diagnose(network, seeds=3, select=["class-order"])


def test_no_hidden_layer_where_no_plane_parts_the_classes():
    report = shown(flat((POINTS, QUARTERS)))
    assert report.parts.minimal == [["size"]]
    assert report.twin.lacks == "a hidden layer of 16 units"
    assert report.twin.shape == "2-16-2, tanh, softmax"
    assert report.twin.same_shape < 0.7 < 0.9 < report.twin.score
    assert "same shape gets no further than" in twin_sentence(report)
    assert blame_sentences(report) == [
        "The shape is at fault: it lacks a hidden layer of 16 units."
    ]
    assert not is_healthy(report)


def test_linear_hidden_layers_are_one_layer():
    report = shown(deep(lambda z: z, np.ones_like, "linear"))
    assert report.parts.minimal == [["forward"]]
    assert report.twin.lacks == "a nonlinearity in the hidden layers"
    (said,) = blame_sentences(report)
    assert said.startswith("The forward pass (")
    assert f"test_widening.py:{report.parts.places['forward'].line}) is at fault" in said
    assert said.endswith("it lacks a nonlinearity in the hidden layers.")


def test_no_bias_where_the_plane_does_not_go_through_the_origin():
    report = shown(deep(lambda z: z, np.ones_like, "linear", (POINTS, SIDES), bias=False))
    assert report.parts.minimal == [["size"]]
    assert report.twin.lacks == "biases"


def ended(last, slope):
    """Ten classes by squared errors, the last layer of which may be a ReLU."""
    data = images(classes=9)
    rows = data.images.reshape(len(data.images), -1) / 255

    def init():
        W1, W2 = np.random.randn(36, 12) / 6, np.random.randn(12, 9) / 3 - 0.3
        return W1, np.zeros(12), W2, np.zeros(9)

    def forward(X, W1, b1, W2, b2):
        Z1 = X @ W1 + b1
        A1 = np.tanh(Z1)
        Z2 = A1 @ W2 + b2
        return Z1, A1, Z2, last(Z2)

    def backward(X, Y, A1, Z2, A2, W2):
        d2 = 2 * (A2 - Y) * slope(Z2) / len(X)
        d1 = d2 @ W2.T * (1 - A1**2)
        return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

    kind = "linear" if slope is np.ones_like else "relu"
    return from_functions(
        parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
        backward=backward, layers=("W1 b1 Z1 A1 tanh", f"W2 b2 Z2 A2 {kind}"), layout="rows",
        order="shuffled", learning_rate=0.05, epochs=60, batch_size=10, classes=9,
        loss="squared-error", data=(rows, data.labels),
    )  # fmt: skip


def test_a_relu_as_the_last_layer_is_exchanged_for_a_linear_one():
    report = shown(ended(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0))
    assert ["forward"] in report.parts.minimal
    assert report.twin.shape == "36-12-9, tanh, linear"
    assert report.twin.instead("forward") == "a linear last layer"
    assert report.parts.found < 0.8 < 0.9 < report.parts.alone["forward"]
    sound = shown(ended(lambda z: z, np.ones_like))
    assert sound.parts.minimal == []
    assert "forward" not in sound.parts.alone
    assert sound.twin.instead("forward") == ""


def test_what_is_wrong_beside_the_shape_is_named_with_it():
    report = shown(replace(flat((POINTS, QUARTERS)), learning_rate=lambda epoch: 1e-6))
    assert report.parts.minimal == [["pace", "size"]]


def squeezed(Z):
    return 1 - np.tanh(Z) ** 2


def test_units_that_may_be_too_few_are_not_blamed_where_that_was_not_shown():
    network = deep(np.tanh, squeezed, "tanh", data=(POINTS, RING), units=2, sign=-1)
    report = shown(replace(network, epochs=150))
    assert report.parts.minimal == [["gradient"]]
    assert report.twin.lacks == ""
    assert set(report.parts.gradients) == {"W1", "b1", "W2", "b2"}


def test_units_that_learn_what_they_are_trained_on_are_as_many_as_it_takes():
    network = deep(np.tanh, squeezed, "tanh", data=(POINTS, RING), units=4, sign=-1)
    report = shown(replace(network, epochs=150))
    assert report.twin.lacks == ""
    assert report.parts.minimal
    assert all("gradient" in one and "size" not in one for one in report.parts.minimal)


def test_labels_that_carry_nothing_are_said_to():
    noise = np.random.default_rng(1).integers(0, 2, 300)
    report = shown(flat((POINTS, noise)))
    assert report.parts.minimal == []
    assert "labels or inputs may carry nothing" in twin_sentence(report)
    assert not is_healthy(report)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_a_shape_that_does_is_not_blamed(kind):
    activate = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[kind]
    slope = {
        "tanh": lambda z: 1 - np.tanh(z) ** 2,
        "sigmoid": lambda z: activate(z) * (1 - activate(z)),
    }[kind]
    report = shown(replace(deep(activate, slope, kind), epochs=150))
    assert report.parts.minimal == []
    assert report.twin.lacks == ""


def test_a_start_that_keeps_another_shape_from_learning_is_named_with_it():
    linear = deep(lambda z: z, np.ones_like, "linear")
    zeros = {name: np.zeros_like(one) for name, one in linear.init(0).items()}
    report = shown(replace(linear, init=lambda seed: dict(zeros)))
    assert report.parts.minimal == [["start", "forward"]]
    assert report.twin.lacks == "a nonlinearity in the hidden layers"


def test_a_few_samples_more_tell_nothing_of_a_shape_whatever_the_seeds_say():
    def few(count, more, classes=3, all_of_them=False):
        data = SimpleNamespace(test_labels=np.zeros(count), tested_on_training=all_of_them)
        author = SimpleNamespace(network=SimpleNamespace(classes=classes))
        return twin._are_few(
            SimpleNamespace(trainer=SimpleNamespace(data=data), author=author), more
        )

    assert few(40, 1.0 - 0.929)
    assert not few(40, 1.0 - 0.8)
    assert not few(400, 1.0 - 0.929)
    assert not few(40, 1.0 - 0.929, classes=0)
    assert not few(8, 0.5, all_of_them=True)
