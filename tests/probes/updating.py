"""Updates as people write them, sound and faulty, for the probes that look at the update."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.instruments.bench import Defect
from diagnose.network.record import Network
from diagnose.report import CAUSE, PRESENT
from diagnose.study import diagnose
from tests.networks import bench, dense, images
from tests.probes.assertions import silent
from tests.probes.built import Net, functions, thing


def updated(network: Network, update: Any) -> Network:
    """The network with an update ``update(name, parameter, gradient, rate)`` of each parameter."""

    def every(parameters: Any, gradients: Any, rate: float) -> dict[str, np.ndarray]:
        return {
            name: update(name, one, gradients.get(name, 0 * one), rate)
            for name, one in parameters.items()
        }

    return replace(network, update=every)


def negative(network: Network, *names: str) -> Network:
    """The network with the negative gradients of some parameters, or of all."""

    def backward(*arguments: Any) -> dict[str, np.ndarray]:
        found = network.backward(*arguments)
        return {name: -one if name in names or not names else one for name, one in found.items()}

    return replace(network, backward=backward)


def in_place(parameters: Any, gradients: Any, rate: float) -> Any:
    for name, one in parameters.items():
        one -= rate * gradients[name]
    return parameters


def both_in_place(parameters: Any, gradients: Any, rate: float) -> Any:
    """Writes into the gradients as well."""
    for name, gradient in gradients.items():
        gradient *= rate
        parameters[name] -= gradient
    return parameters


def clipped(parameters: Any, gradients: Any, rate: float) -> Any:
    total = np.sqrt(sum(np.square(one).sum() for one in gradients.values()))
    return {
        name: one - rate * gradients[name] / max(1.0, total) for name, one in parameters.items()
    }


def _sound() -> dict[str, Network]:
    """Networks whose updates look odd and go down."""
    plain = dense(batch_size=4)
    narrow = dense(dtype="float32", layout="rows")
    return {
        "in place": replace(plain, update=both_in_place),
        "clipped by norm": replace(plain, update=clipped),
        "clipped by value": updated(plain, lambda n, p, g, r: p - r * np.clip(g, -1, 1)),
        "weights kept within bounds": updated(
            plain, lambda n, p, g, r: np.clip(p - r * g, -0.3, 0.3)
        ),
        "weight decay": updated(plain, lambda n, p, g, r: p - r * (g + 1e-2 * p)),
        "sign of the gradient": updated(plain, lambda n, p, g, r: p - r * np.sign(g)),
        "negative gradients added": updated(negative(plain), lambda n, p, g, r: p + r * g),
        "one negative gradient added": updated(
            negative(plain, "W2"), lambda n, p, g, r: p + r * g if n == "W2" else p - r * g
        ),
        "a negative rate added": replace(
            updated(plain, lambda n, p, g, r: p + r * g), learning_rate=lambda epoch: -0.05
        ),
        "a smaller rate for biases": updated(
            plain, lambda n, p, g, r: p - (0.1 if n[0] == "b" else 1) * r * g
        ),
        "float32 and a tiny rate": replace(narrow, learning_rate=lambda epoch: 1e-6),
        "float32 in place": replace(narrow, update=both_in_place),
        "rate divided by the batch": updated(plain, lambda n, p, g, r: p - r / 4 * g),
    }


SOUND = _sound()


def with_spare(network: Network, *, given: bool) -> Network:
    """The network with a bias that nothing uses, and that the update leaves where it is."""

    def backward(*arguments: Any) -> Any:
        found = network.backward(*arguments)
        return {**found, "b9": np.ones(3)} if given else found

    return replace(
        network,
        init=lambda seed: {**network.init(seed), "b9": np.ones(3)},
        backward=backward,
        update=lambda p, g, rate: {**network.update(p, {**g, "b9": 0}, rate), "b9": p["b9"]},
    )


# Through the builders


class StepsAtOnce(Net):
    """A class whose backward pass makes the step."""

    def backward(self, Y: Any, lr: float) -> None:  # type: ignore[override]
        super().backward(Y)
        self.step(lr)


class Forgetful(Net):
    """A class whose step gives a local name another value for the biases."""

    def step(self, lr: float) -> None:
        self.W1 -= lr * self.dW1
        self.W2 -= lr * self.dW2
        for bias, gradient in ((self.b1, self.db1), (self.b2, self.db2)):
            bias = bias - lr * gradient


class Climbing(Net):
    """A class whose step adds."""

    def step(self, lr: float) -> None:
        self.W1 += lr * self.dW1
        self.b1 += lr * self.db1
        self.W2 += lr * self.dW2
        self.b2 += lr * self.db2


HANDED_OVER = {"functions": functions(), "object": thing()}
AT_ONCE = thing(StepsAtOnce, step=None, steps_in_backward=True)


# What both probes of the update are asked


def assert_each_parameter_is_named(defect: Defect, network: Network) -> None:
    """Silent on a sound network, of whose parameters none was left out."""
    finding = silent(defect, network)
    assert all(name in finding.observed for name in network.init(0))


def assert_trains_alike(repaired: Network, network: Network) -> None:
    """Both arrive at the same parameters."""
    ours, right = (bench(one) for one in (repaired, network))
    trained = ours.train(ours.network).parameters
    for name, one in right.train(right.network).parameters.items():
        assert trained[name].dtype == one.dtype
        np.testing.assert_allclose(trained[name], one, rtol=1e-5, atol=1e-6)


def assert_cause_of_blindness(defect: Defect, network: Network) -> None:
    """It is all that is found, and the trainings show that it is a cause."""
    report = diagnose(network, data=images(), seeds=3, jobs=1)
    found = {one.defect for one in report.findings[network.name] if one.status == PRESENT}
    assert found == {defect.name}
    assert report.causes["balanced_accuracy"].verdicts[defect.name].verdict == CAUSE
