"""Sigmoid outputs and squared error: exact gradients, the compiled loop and the symptoms."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.gradients import (
    UndefinedLossError,
    central_difference,
    exact_gradients,
    loss,
)
from diagnose.examining.probing import probe
from diagnose.network.record import Layer, Network
from diagnose.probes import DEFECTS
from diagnose.symptoms import answers, class_probabilities, symptoms
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer
from tests.networks import CLASSES, SIDE, images

SQUASH = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "linear": lambda z: z,
    "softmax": lambda z: (e := np.exp(z - z.max(axis=1, keepdims=True))) / e.sum(1, keepdims=True),
}


def jacobian(kind, out):
    """d out / d pre of one sample, ``(outputs, outputs)``."""
    return {
        "sigmoid": lambda: np.diag(out * (1 - out)),
        "tanh": lambda: np.diag(1 - out**2),
        "linear": lambda: np.eye(len(out)),
        "softmax": lambda: np.diag(out) - np.outer(out, out),
    }[kind]()


def network(output, loss_name, encode=None, outputs=CLASSES, classes=CLASSES, batch_size=1):
    """One tanh layer, in rows; its backward is written sample by sample, from Jacobians."""

    def init(seed):
        rng = np.random.default_rng(seed)
        return {
            "V": rng.normal(0, 1 / SIDE, (SIDE * SIDE, 6)),
            "c": np.zeros(6),
            "W": rng.normal(0, 0.4, (6, outputs)),
            "b": np.zeros(outputs),
        }

    def forward(p, x):
        hidden = np.tanh(x @ p["V"] + p["c"])
        pre = hidden @ p["W"] + p["b"]
        return {"u": x @ p["V"] + p["c"], "h": hidden, "z": pre, "y": SQUASH[output](pre)}

    def backward(p, trace, x, labels):
        total = {name: np.zeros_like(array) for name, array in p.items()}
        targets = (encode or (lambda some: np.eye(classes)[some]))(labels)
        for row, h, out, target in zip(x, trace["h"], trace["y"], targets, strict=True):
            if loss_name == "squared-error":
                dz = jacobian(output, out) @ (out - target)
            elif output == "softmax":
                dz = jacobian(output, out) @ (-target / out)
            else:
                dz = jacobian(output, out) @ ((out - target) / (out * (1 - out)))
            du = (p["W"] @ dz) * (1 - h**2)
            total["W"] += np.outer(h, dz)
            total["b"] += dz
            total["V"] += np.outer(row, du)
            total["c"] += du
        return {name: array / len(x) for name, array in total.items()}

    return Network(
        name=f"{output} {loss_name} {outputs}",
        init=init,
        prepare=lambda pictures: pictures.reshape(len(pictures), -1) / 255,
        order=lambda labels, epoch, seed: np.random.default_rng([seed, epoch]).permutation(
            len(labels)
        ),
        learning_rate=lambda epoch: 0.05 if output == "linear" else 0.3,
        forward=forward,
        backward=backward,
        update=lambda p, g, rate: {name: p[name] - rate * g[name] for name in p},
        layers=(
            Layer(weight="V", bias="c", pre="u", out="h", activation="tanh"),
            Layer(weight="W", bias="b", pre="z", out="y", activation=output),
        ),
        epochs=3,
        classes=classes,
        loss=loss_name,
        encode=encode,
        batch_size=batch_size,
        layout="rows",
    )


def signs(labels):
    return 2.0 * labels[:, None] - 1


def bits(labels):
    return labels[:, None].astype(float)


MULTI = [
    network("softmax", "cross-entropy"),
    network("softmax", "squared-error", batch_size=3),
    network("sigmoid", "squared-error"),
    network("sigmoid", "cross-entropy", batch_size=4),
    network("tanh", "squared-error", encode=lambda labels: 2 * np.eye(CLASSES)[labels] - 1),
    network("linear", "squared-error"),
]
BINARY = [
    network("sigmoid", "cross-entropy", bits, outputs=1, classes=2),
    network("sigmoid", "squared-error", bits, outputs=1, classes=2, batch_size=5),
    network("tanh", "squared-error", signs, outputs=1, classes=2),
]


def data_for(one):
    return images(classes=one.classes)


@pytest.mark.parametrize("one", MULTI + BINARY, ids=lambda one: one.name)
def test_exact_gradients_are_the_derivatives_and_the_authors(one):
    data = data_for(one)
    rows, labels = one.prepare(data.images[:4]), data.labels[:4]
    parameters = one.init(0)
    exact = exact_gradients(one, parameters, rows, labels)
    written = one.backward(parameters, one.forward(parameters, rows), rows, labels)
    for name, gradient in exact.items():
        assert gradient == pytest.approx(written[name], rel=1e-9, abs=1e-12)
        index = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        direction = np.zeros_like(gradient)
        direction[index] = 1
        found = central_difference(one, parameters, rows, labels, name, direction)
        assert found.value == pytest.approx(gradient[index], rel=1e-6)


@pytest.mark.parametrize("one", MULTI + BINARY, ids=lambda one: one.name)
def test_the_compiled_loop_trains_them(one):
    data = data_for(one)
    trainer = Trainer(data=data, epochs=2)
    run = trainer.run(one, 0)
    theirs = train(one, one.prepare(data.images), data.labels, 0, 2)
    assert run.path == "compiled", trainer.own
    for name, array in theirs.parameters.items():
        assert np.abs(run.parameters[name] - array).max() <= 1e-9 * np.abs(array).max()


@pytest.mark.parametrize("one", MULTI + BINARY, ids=lambda one: one.name)
def test_a_correct_network_learns_and_raises_nothing(one):
    one = replace(one, epochs=15)
    trainer = Trainer(data=data_for(one), epochs=15)
    found = {f.defect: f for f in probe(one, trainer, DEFECTS, (0, 1, 2))}
    assert {name for name, f in found.items() if f.status in ("present", "error")} == set()
    assert trainer.symptoms(one, trainer.run(one, 0)).balanced_accuracy > 0.8


@pytest.mark.parametrize("factor", [0.1, -1.0])
@pytest.mark.parametrize("one", [MULTI[2], BINARY[2]], ids=lambda one: one.name)
def test_a_wrong_gradient_is_found_in_them(one, factor):
    def backward(p, trace, x, labels):
        right = one.backward(p, trace, x, labels)
        return {**right, "V": factor * right["V"]}

    wrong = replace(one, backward=backward)
    trainer = Trainer(data=data_for(one), epochs=2)
    found = {f.defect: f for f in probe(wrong, trainer, DEFECTS, (0, 1, 2))}
    assert found["wrong-gradient"].status == "present"
    assert found["wrong-gradient"].numbers["sane"]["parameters"]["V"]["factor"] == pytest.approx(
        factor
    )


def test_a_loss_that_the_output_layer_cannot_have():
    with pytest.raises(UndefinedLossError, match="the last layer is linear"):
        loss(replace(MULTI[-1], loss="cross-entropy"), MULTI[-1].init(0), np.ones((1, 36)), [0])


def test_answers_are_the_nearest_targets():
    assert list(answers(BINARY[2], np.array([[-0.2], [0.1], [7.0]]))) == [0, 1, 1]
    assert list(answers(BINARY[0], np.array([[0.4], [0.6]]))) == [0, 1]
    assert list(answers(MULTI[0], np.array([[0.1, 0.2, 0.6, 0.1]]))) == [2]
    assert list(answers(MULTI[4], np.array([[-0.9, 0.2, -0.6, -0.1]]))) == [1]


def test_what_counts_as_a_probability():
    assert class_probabilities(BINARY[0], np.array([[0.3]])).tolist() == [[0.7, 0.3]]
    assert class_probabilities(BINARY[2], np.array([[0.3]])).tolist() == [[0.0, 1.0]]
    assert class_probabilities(MULTI[2], np.array([[0.2, 0.2, 0.4, 0.0]])).tolist() == [
        pytest.approx([0.25, 0.25, 0.5, 0])
    ]
    assert np.isnan(class_probabilities(BINARY[2], np.array([[np.nan]]))).all()


def test_symptoms_of_a_constant_answer():
    seen = symptoms(BINARY[0], np.full((10, 1), 0.9), np.array([0, 1] * 5))
    assert seen.favoured_class == 1
    assert seen.favoured_share == 1.0
    assert seen.balanced_accuracy == 0.5
    assert seen.input_dependence == pytest.approx(0, abs=1e-12)
    assert seen.skew == pytest.approx(0.4)
