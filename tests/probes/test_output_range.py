"""Targets that the last layer cannot reach: where it fires, what it costs, and the traps."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.builders import from_functions
from diagnose.calculus.gradients import exact_gradients, own_gradients
from diagnose.instruments.admission import admit as check
from diagnose.probes import output_range
from diagnose.report import ERROR, RISK
from diagnose.study import diagnose
from diagnose.training.trainer import Trainer
from tests.calculus.test_losses import BINARY, MULTI, SQUASH, network
from tests.networks import CLASSES, bench, correct_networks, dense, images, spoil
from tests.probes.assertions import planted_and_repaired, silent
from tests.probes.built import functions

DEFECT = output_range.DEFECT


def probed(one, sane=None):
    return DEFECT.probe(bench(one, sane, data=images(classes=one.classes)))


def between(low, high):
    return lambda labels: low + (high - low) * np.eye(CLASSES)[labels]


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI, *BINARY], ids=lambda one: one.name)
def test_correct_networks_raise_nothing(one):
    found = silent(DEFECT, one, data=images(classes=one.classes))
    assert found.numbers["share"] <= 1e-12


@pytest.mark.parametrize(
    ("output", "encode", "distance", "share"),
    [
        ("sigmoid", between(-1, 1), 1, 0.5),
        ("sigmoid", between(0, 10), 9, 0.9),
        ("tanh", between(0, 4), 3, 0.75),
        ("tanh", between(-4, 4), 3, 3 / 8),
        ("softmax", between(0, 2), 1, 0.5),
        ("softmax", between(-1, 1), 3**0.5, 3**0.5 / 2),
    ],
)
def test_what_cannot_be_reached_and_by_how_much(output, encode, distance, share):
    found = probed(network(output, "squared-error", encode))
    assert found.status == "present"
    assert found.numbers["distance"] == pytest.approx(distance)
    assert found.numbers["share"] == pytest.approx(share)
    assert f"out of reach, the furthest by {distance:.3g}, {share:.0%}" in found.observed


@pytest.mark.parametrize(
    ("output", "encode"),
    [
        ("sigmoid", between(0, 1)),
        ("tanh", between(-1, 1)),
        ("sigmoid", between(0.1, 0.9)),
        ("tanh", between(0, 1)),
        ("softmax", between(0.1 / 3, 0.9)),
        ("linear", between(-70, 70)),
    ],
)
def test_edges_and_what_lies_within_are_traps(output, encode):
    assert probed(network(output, "squared-error", encode)).status == "absent"


def test_a_stretched_tanh_reaches_further_than_its_name_says(monkeypatch):
    monkeypatch.setitem(SQUASH, "tanh", lambda z: 5 * np.tanh(z))
    found = probed(network("tanh", "squared-error", between(-4, 4)))
    assert found.status == "absent"
    assert found.numbers["highest"] == pytest.approx(5)
    assert "can give -5 to 5" in found.observed


def test_a_relu_cannot_answer_less_than_zero(monkeypatch):
    monkeypatch.setitem(SQUASH, "linear", lambda z: np.maximum(z, 0))
    one = network("linear", "squared-error", between(-1, 1))
    last = replace(one.layers[-1], activation="relu")
    found = probed(replace(one, layers=(one.layers[0], last)))
    assert found.status == "present"
    assert found.numbers["distance"] == 1
    assert "relu, can give 0 and more" in found.observed
    assert "1 times the target +1" in found.advice


@pytest.mark.parametrize(("size", "text"), [(1.0, "Z2 = A1 @ W2"), (50.0, "return labels")])
def test_scaled_numbers_are_the_activations_fault_and_others_the_targets(size, text):
    labels = size * np.linspace(-1, 1, 60)[:, None]

    def init(rng):
        return rng.normal(size=(1, 8)), np.zeros(8), rng.normal(size=(8, 1)), np.zeros(1)

    def forward(X, W1, b1, W2, b2):
        Z1 = X @ W1 + b1
        A1 = np.tanh(Z1)
        Z2 = A1 @ W2 + b2
        A2 = np.maximum(Z2, 0)
        return Z1, A1, Z2, A2

    def backward(X, Y, A1, Z2, A2, W2):
        d2 = (A2 - Y) * (Z2 > 0) / len(X)
        d1 = d2 @ W2.T * (1 - A1**2)
        return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

    def encode(labels):
        return labels + 0.0

    one = from_functions(
        parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
        backward=backward, layers=("W1 b1 Z1 A1 tanh", "W2 b2 Z2 A2 relu"), layout="rows",
        loss="squared-error", order="shuffled", learning_rate=0.1, epochs=5, batch_size=10,
        classes=0, encode=encode, data=(np.linspace(-1, 1, 60)[:, None], labels),
    )  # fmt: skip
    found = DEFECT.probe(bench(one, data=one.data()))
    assert found.status == "present"
    assert found.where.text.strip().startswith(text)
    assert found.severity == ERROR
    few = DEFECT.judge({**found.numbers, "targets": 60, "unreachable": 9})
    assert few.severity == RISK  # as noise puts them


def test_class_numbers_where_one_hot_is_expected():
    one = replace(dense(batch_size=8), encode=lambda labels: labels)
    found = probed(one)
    assert found.status == "present"
    assert "one number is asked of all 4 outputs" in found.observed
    assert found.advice == "encode the labels as one-hot vectors of length 4"


def as_numbers(labels):
    return labels


def built(encode=as_numbers):
    return functions(name="built", encode=encode, epochs=10, batch_size=8)


def test_a_builder_handed_class_numbers_is_diagnosed_and_blind_until_repaired():
    one = built()
    check(one, images())
    report = diagnose(one, data=images(), seeds=2, select=["output-range"])
    cause = report.causes["balanced_accuracy"]
    assert cause.verdicts["output-range"].verdict == "cause"
    assert cause.found < 0.5
    assert cause.repaired > 0.9
    found = report.findings["built"][0]
    assert found.where.file == "tests/probes/test_output_range.py"


def test_the_repaired_builder_trains_as_the_right_one():
    one = built()
    found = probed(one)
    mended = DEFECT.repair(one, found.numbers)
    assert probed(mended).status == "absent"
    trainer = Trainer(data=images(), epochs=2, compiled_path=False)
    mine, right = trainer.run(mended, 0), trainer.run(built(None), 0)
    for name, array in right.parameters.items():
        assert mine.parameters[name] == pytest.approx(array, abs=1e-12)


WRONG = [
    network("sigmoid", "squared-error", between(-1, 1)),
    network("sigmoid", "cross-entropy", between(-1, 1), batch_size=4),
    network("tanh", "squared-error", between(-4, 4)),
    # its backward is the whole derivative of the cross-entropy, not outputs less targets
    network("softmax", "cross-entropy", between(0, 2)),
    network("softmax", "squared-error", between(0, 2)),
    network("sigmoid", "squared-error", lambda labels: 2.0 * labels[:, None] - 1, 1, 2),
]


@pytest.mark.parametrize("one", WRONG, ids=lambda one: one.name)
def test_the_repair_changes_the_authors_gradients_to_those_of_the_new_targets(one):
    data = images(classes=one.classes)
    mended = DEFECT.repair(one, probed(one).numbers)
    assert probed(mended).status == "absent"
    rows, labels = one.prepare(data.images[:4]), data.labels[:4]
    parameters = one.init(3)
    own = own_gradients(mended, parameters, rows, labels)
    for name, gradient in exact_gradients(mended, parameters, rows, labels).items():
        assert own[name] == pytest.approx(gradient, rel=1e-9, abs=1e-12)


def test_the_repair_leaves_a_wrong_factor_wrong():
    one = spoil(WRONG[2], V=lambda gradient: 0.25 * gradient)
    mended = DEFECT.repair(one, probed(one).numbers)
    rows, labels = one.prepare(images().images[:4]), images().labels[:4]
    own = own_gradients(mended, one.init(3), rows, labels)
    exact = exact_gradients(mended, one.init(3), rows, labels)
    assert own["V"] == pytest.approx(0.25 * exact["V"])
    assert own["W"] == pytest.approx(exact["W"])


@pytest.mark.parametrize("one", WRONG, ids=lambda one: one.name)
def test_repaired_it_learns(one):
    data = images(classes=one.classes)
    mended = DEFECT.repair(one, probed(one).numbers)
    trainer = Trainer(data=data, epochs=15)
    seen = trainer.symptoms(mended, trainer.run(mended, 0))
    assert seen.balanced_accuracy > 0.8


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI[:5], *BINARY], ids=lambda o: o.name)
def test_planted_it_is_found_and_repaired_it_is_gone(one):
    _, _, mended = planted_and_repaired(DEFECT, one)
    data = images(classes=one.classes)
    rows, labels = one.prepare(data.images[:4]), data.labels[:4]
    was = own_gradients(one, one.init(0), rows, labels)
    room = 1e-3 if "float32" in one.name else 1e-9
    stretched = one.layers[-1].activation == "tanh"
    for name, gradient in own_gradients(mended, one.init(0), rows, labels).items():
        if not stretched or one.encode is not None:
            assert gradient == pytest.approx(was[name], rel=room, abs=room)


def test_where_it_cannot_be_planted_the_reason_is_said():
    with pytest.raises(ValueError, match="a linear output reaches every target"):
        DEFECT.inject(MULTI[-1])
    with pytest.raises(ValueError, match="of two classes"):
        DEFECT.inject(dense(classes=2))


def test_the_nearest_shares():
    rows = np.array([[2.0, 0, 0], [0.2, 0.3, 0.5], [1, 1, 1], [-1, -1, 1]])
    assert output_range.on_simplex(rows) == pytest.approx(
        np.array([[1, 0, 0], [0.2, 0.3, 0.5], [1 / 3, 1 / 3, 1 / 3], [0, 0, 1]])
    )


def test_it_draws():
    assert DEFECT.draw(probed(WRONG[0]).numbers).axes
