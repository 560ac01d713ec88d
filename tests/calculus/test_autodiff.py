"""The exact gradient of unmodified NumPy code, and what it says of code that it cannot follow."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.calculus import gradients
from diagnose.calculus.autodiff import Traced, UntraceableError, traced_gradients
from diagnose.calculus.gradients import (
    central_difference,
    exact_gradients,
    own_gradients,
    true_gradients,
    why_not_followed,
)
from diagnose.data import carried
from diagnose.probes import softmax_overflow
from fixed import NETWORK as FIXED
from tests.builders.test_builders import STYLES
from tests.calculus import test_losses as losses
from tests.networks import correct_networks, dense, images
from tests.probes.updating import functions, thing

SAFE = softmax_overflow.DEFECT.repair(
    softmax_overflow.DEFECT.inject(dense()), {}
)  # a forward pass within another
OTHERS = [functions(), thing(), FIXED, SAFE, *losses.MULTI, *losses.BINARY]
NETWORKS = [*correct_networks(), *[style.handed_over() for style in STYLES], *OTHERS]


def point(network: Any) -> Any:
    random = np.random.default_rng(1)
    if network is FIXED:
        data = carried()
    else:
        data = network.data() if network.data else images(classes=network.classes)
    parameters = {
        name: one + 0.1 * random.normal(size=one.shape) for name, one in network.init(0).items()
    }
    size = network.batch_size
    return parameters, network.prepare(data.images[:size]), data.labels[:size]


@pytest.mark.parametrize("network", NETWORKS, ids=[f"{k}" for k in range(len(NETWORKS))])
def test_it_is_the_formula_of_the_declared_layers_in_every_style(network: Any) -> None:
    here = point(network)
    found = traced_gradients(network, *here)
    for name, one in exact_gradients(network, *here).items():
        assert found[name].shape == one.shape
        assert np.abs(found[name] - one).max() <= 1e-14 * np.abs(one).max()
    assert why_not_followed(network, *here) is None


def test_on_the_post_five_agree_and_one_is_a_tenth() -> None:
    network = replace(POST, init=FIXED.init, prepare=FIXED.prepare)
    images = carried().images[:1]
    rows, labels = FIXED.prepare(images), carried().labels[:1]
    parameters = FIXED.init(0)
    true = traced_gradients(network, parameters, rows, labels)
    own = own_gradients(network, parameters, rows, labels)
    for name in ("w1", "b1", "w2", "b2", "b3"):
        assert own[name] == pytest.approx(true[name], rel=1e-13, abs=1e-16)
    assert own["w3"] == pytest.approx(0.1 * true["w3"], rel=1e-13, abs=1e-16)


# What a forward pass may do with its arrays


def variant(change: Any) -> Any:
    """A network in rows whose hidden pre-activations pass through ``change``, with a linear sum."""
    network = dense(hidden=(5,), layout="rows", batch_size=4, activation="tanh")

    def forward(p: Any, x: Any) -> Any:
        z1 = x @ p["W1"] + p["b1"]
        a1 = change(z1)
        z2 = a1 @ p["W2"] + p["b2"]
        e2 = np.exp(z2 - np.max(z2, axis=1, keepdims=True))
        return {"Z1": z1, "A1": a1, "Z2": z2, "A2": e2 / np.sum(e2, axis=1, keepdims=True)}

    return replace(network, forward=forward)


def leaky_in_place(z: Any) -> Any:
    a = z.copy()
    a[a < 0] *= 0.1
    return a


def filled(z: Any) -> Any:
    a = np.zeros_like(z)
    a[z > 0] = z[z > 0]
    a[0, 1:3] = 0.5
    return a


def added_in_place(z: Any) -> Any:
    a = z * 2
    a += z
    a /= 3.0
    np.multiply(a, 2, out=a)
    return a


def by_rows(z: Any) -> Any:
    return np.stack([np.tanh(row) * np.dot(row, row) for row in z])


def by_parts(z: Any) -> Any:
    return np.concatenate([np.sin(z[:, :2]), np.log(1 + z[:, 2:].T.T ** 2)], axis=1)


FOLLOWED = {
    "maximum": lambda z: np.maximum(0, z),
    "mask": lambda z: z * (z > 0),
    "mask as type": lambda z: (z > 0).astype(float) * z,
    "where": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "clip": lambda z: np.clip(z, -0.5, 0.5),
    "method clip": lambda z: z.clip(-0.5, 0.5) + z.mean(axis=0, keepdims=True),
    "one bound": lambda z: z.clip(min=0),
    "abs": abs,
    "power": lambda z: 1 / (1 + np.e ** (-z)),
    "reshape": lambda z: np.tanh(z.reshape(-1)).reshape(z.shape),
    "einsum": lambda z: np.einsum("ij,kj->ik", z, np.ones((5, 5))),
    "norm": lambda z: z / np.linalg.norm(z, axis=1, keepdims=True),
    "mean and variance": lambda z: (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-3),
    "newaxis": lambda z: (z[:, :, np.newaxis] * np.ones(3)).sum(axis=2),
    "outer": lambda z: z + np.outer(z[:, 0], np.ones(5)),
    "iterated": by_rows,
    "parts": by_parts,
    "leaky in place": leaky_in_place,
    "filled": filled,
    "added in place": added_in_place,
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_it_follows_is_the_derivative(name: str) -> None:
    network = variant(FOLLOWED[name])
    parameters, rows, labels = point(network)
    found = traced_gradients(network, parameters, rows, labels)
    random = np.random.default_rng(0)
    for key, gradient in found.items():
        direction = random.normal(size=gradient.shape)
        measured = central_difference(network, parameters, rows, labels, key, direction)
        slope = float((gradient * direction).sum())
        assert measured.value == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_single_precision_is_followed_in_single_precision() -> None:
    narrow = variant(lambda z: np.tanh(z.astype(np.float32)).astype(float))
    here = point(narrow)
    wide = traced_gradients(variant(np.tanh), *here)
    for key, one in traced_gradients(narrow, *here).items():
        assert one == pytest.approx(wide[key], rel=1e-4, abs=1e-6)


def test_an_unused_parameter_has_a_gradient_of_zero() -> None:
    network = dense()
    parameters, rows, labels = point(network)
    found = traced_gradients(network, {**parameters, "b9": np.ones(3)}, rows, labels)
    assert found["b9"].tolist() == [0, 0, 0]


def looped(z: Any) -> Any:
    a = np.zeros((4, 5))
    for i in range(4):
        a[i] = z[i]
    return a


def through_a_view(z: Any) -> Any:
    a = z * 1
    first = a[0]
    first += 1
    return a


def under_a_view(z: Any) -> Any:
    a = z * 1
    b = a.T
    a *= 2
    return b.T


REFUSED = {
    "filled plain array": (looped, "copies numbers that depend on the parameters into a plain"),
    "np.array": (lambda z: np.tanh(np.array(z)), "copies numbers that depend"),
    "math": (lambda z: z * math.exp(z[0, 0]), "leaves NumPy"),
    "float": (lambda z: z * float(z[0, 0]), "leaves NumPy"),
    "item": (lambda z: z * z[0, 0].item(), "leaves NumPy"),
    "written through a view": (through_a_view, "of which there is a view"),
    "written under a view": (under_a_view, "of which there is a view"),
    "no derivative": (lambda z: np.heaviside(z, 0.5) * z, "heaviside"),
    "reduce": (lambda z: z - np.maximum.reduce(z), "reduce"),
    "independent": (lambda z: np.ones((4, 5)), None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_follow_it_says_and_the_declared_layers_stand_in(name: str) -> None:
    change, words = REFUSED[name]
    network = variant(change)
    here = point(network)
    if words is None:  # nothing is lost: the weights above are still reached
        assert not traced_gradients(network, *here)["W1"].any()
        return
    with pytest.raises(UntraceableError, match=words):
        traced_gradients(network, *here)
    reason = why_not_followed(network, *here)
    assert words in reason
    found = true_gradients(network, *here, reason)
    for key, one in exact_gradients(network, *here).items():
        np.testing.assert_array_equal(found[key], one)


def test_a_derivative_that_differences_do_not_confirm_is_not_believed(monkeypatch: Any) -> None:
    network = variant(np.tanh)
    here = point(network)

    def wrong(*arguments: Any) -> Any:
        return {k: 1.001 * one for k, one in traced_gradients(*arguments).items()}

    monkeypatch.setattr(gradients, "traced_gradients", wrong)
    assert "that differences do not confirm" in why_not_followed(network, *here)


def test_what_its_code_raises_is_told() -> None:
    here = point(variant(np.tanh))
    with pytest.raises(UntraceableError, match="it stops with ValueError"):
        traced_gradients(variant(lambda z: z @ np.ones(3)), *here)


def test_an_output_that_comes_from_elsewhere() -> None:
    network = dense()
    odd = replace(network, forward=lambda p, x: {"Z3": np.ones((4, 1)), "A3": np.ones((4, 1))})
    with pytest.raises(UntraceableError, match="does not come from its parameters"):
        traced_gradients(odd, *point(network))


def test_it_looks_like_the_array_that_it_is() -> None:
    one = Traced(np.arange(6.0).reshape(2, 3))
    assert (one.shape, one.ndim, one.size, len(one)) == ((2, 3), 2, 6, 2)
    assert one.dtype == float
    assert (one > 2).sum() == 3
    assert np.shape(one.T) == (3, 2)
    assert not hasattr(one, "__array_interface__")
