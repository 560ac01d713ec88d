"""The corrected twin teaches by its difference from the post, and it learns."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from diagnose.data import carried, subset
from diagnose.training.loop import train
from fixed import NETWORK
from fixed import network as twin
from fixed.__main__ import main

ROOT = Path(__file__).parents[1]
TWIN = ROOT / "fixed" / "network.py"
POST = ROOT / "buggy_reference" / "post.py"
REPAIRED = {
    "class-order",
    "unnormalized-input",
    "initialization-offset",
    "initialization-scale",
    "wrong-gradient",
    "inplace-mutation",
    "learning-rate",
    "softmax-overflow",
}
MARKER = re.compile(r"\S.* # ((?:[a-z]+-[a-z]+)(?:, [a-z]+-[a-z]+)*)$")


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def accuracy(parameters, data):
    x = NETWORK.prepare(data.test_images).T
    return np.mean(np.argmax(NETWORK.forward(parameters, x)["prob"], axis=0) == data.test_labels)


def test_is_under_100_lines():
    assert len(lines(TWIN)) < 100


def test_has_the_functions_of_the_post_in_its_order():
    assert [node.name for node in functions(TWIN)] == [node.name for node in functions(POST)]


def test_every_repair_is_marked_by_the_name_of_a_defect_and_none_is_missing():
    marked = [found[1].split(", ") for line in lines(TWIN) if (found := MARKER.search(line))]
    assert {name for names in marked for name in names} == REPAIRED


def test_marked_lines_differ_from_the_post_and_unmarked_arithmetic_does_not():
    posted = {line.strip() for line in lines(POST)}
    for line in lines(TWIN):
        if MARKER.search(line):
            assert line.split(" # ")[0].strip() not in posted
    outside_learn = [
        line
        for node in functions(TWIN)
        if node.name != "learn"
        for line in lines(TWIN)[node.lineno - 1 : node.end_lineno]
    ]
    for line in outside_learn:
        assert MARKER.search(line) or line.strip() in posted


def test_shapes_are_those_of_the_post():
    shapes = {name: array.shape for name, array in NETWORK.init(0).items()}
    assert shapes == {
        "w1": (10, 784),
        "b1": (10, 1),
        "w2": (10, 10),
        "b2": (10, 1),
        "w3": (10, 10),
        "b3": (10, 1),
    }


def loss(parameters, x, label):
    return -np.log(NETWORK.forward(parameters, x)["prob"][label, 0])


@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_central_differences_in_every_parameter(seed):
    random = np.random.default_rng(seed)
    parameters = NETWORK.init(seed)
    digits = carried()
    x = NETWORK.lay_out(NETWORK.prepare(digits.images[seed : seed + 1]))
    label = digits.labels[seed : seed + 1]
    gradients = NETWORK.backward(parameters, NETWORK.forward(parameters, x), x, label)
    assert list(gradients) == list(parameters)
    checked = 0
    for name, array in parameters.items():
        inked = np.flatnonzero(x) if name == "w1" else np.arange(array.shape[1])
        for _ in range(20):
            place = (random.integers(10), random.choice(inked))
            moved = {sign: {**parameters, name: array.copy()} for sign in (1, -1)}
            for sign in (1, -1):
                moved[sign][name][place] += sign * 1e-5
            slope = (loss(moved[1], x, label[0]) - loss(moved[-1], x, label[0])) / 2e-5
            assert gradients[name][place] == pytest.approx(slope, rel=1e-5, abs=1e-9)
            checked += slope != 0
    assert checked > 40


def test_backward_leaves_the_trace_alone():
    parameters = NETWORK.init(0)
    x = NETWORK.lay_out(NETWORK.prepare(carried().images[:1]))
    trace = NETWORK.forward(parameters, x)
    for array in trace.values():
        array.flags.writeable = False
    NETWORK.backward(parameters, trace, x, np.array([5]))


def test_softmax_stays_finite_where_that_of_the_post_overflows():
    assert np.array_equal(twin.softmax(np.array([[1000.0], [0.0]])), [[1.0], [0.0]])


def test_learning_rate_falls_after_the_third_sixth_and_ninth_epoch():
    rates = [NETWORK.learning_rate(epoch) for epoch in range(10)]
    assert rates == pytest.approx([1e-2] * 3 + [1e-3] * 3 + [1e-4] * 3 + [1e-5])


def test_order_is_another_permutation_in_each_epoch_and_seed_and_the_same_when_asked_again():
    labels = np.arange(50) % 10
    orders = {(s, e): NETWORK.order(labels, e, s) for s in range(3) for e in range(3)}
    assert len({tuple(order) for order in orders.values()}) == 9
    for (seed, epoch), order in orders.items():
        assert sorted(order) == list(range(50))
        assert np.array_equal(order, NETWORK.order(labels, epoch, seed))


def test_drawing_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()
    NETWORK.init(3)
    NETWORK.order(np.arange(10), 1, 3)
    assert np.array_equal(before, np.random.get_state()[1])


def test_training_through_the_contract_is_bit_for_bit_what_learn_does(capsys):
    data = subset(carried(), 200)
    np.random.seed(4)
    own = twin.learn(data.images, data.labels)
    run = train(NETWORK, NETWORK.prepare(data.images), data.labels, seed=4)
    for ours, theirs in zip(run.parameters.values(), own, strict=True):
        assert np.array_equal(ours, theirs)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 10
    assert re.fullmatch(r"epoch 10: loss \d\.\d{3}, accuracy \d+\.\d%", printed[-1])


@pytest.mark.slow
def test_learns_to_read_from_the_carried_digits():
    data = carried()
    run = train(NETWORK, NETWORK.prepare(data.images), data.labels, seed=0)
    assert accuracy(run.parameters, data) >= 0.85


def test_command_prints_the_accuracy_on_unseen_digits(tmp_path, monkeypatch, capsys):
    data = subset(carried(), 500)
    np.savez(
        tmp_path / "some.npz",
        images=data.images,
        labels=data.labels,
        test_images=data.test_images,
        test_labels=data.test_labels,
    )
    monkeypatch.setattr("sys.argv", ["fixed", "--data", str(tmp_path / "some.npz")])
    assert main() == 0
    found = re.search(r"accuracy on 1,000 test images: ([\d.]+)%", capsys.readouterr().out)
    assert float(found[1]) > 40


def test_command_names_bad_input_and_exits_2(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["fixed", "--data", str(tmp_path / "none")])
    assert main() == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'none'}: does not exist")
