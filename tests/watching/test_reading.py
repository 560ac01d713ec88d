"""Scripts in many styles are read and certified, and train as the scripts do."""

import json

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients, own_gradients
from diagnose.command import cli
from diagnose.probes.frozen_parameter import DEFECT
from diagnose.report import PRESENT, from_json
from diagnose.study import diagnose
from diagnose.training.loop import step, train
from diagnose.training.trainer import Trainer
from diagnose.watching.certificate import certify, room
from diagnose.watching.contract import steps_seen
from diagnose.watching.fitting import fit
from diagnose.watching.script import watch
from tests.networks import bench
from tests.watching.scripts import (
    CHECKED,
    FLAT,
    ONE_ROW,
    ONES_OF_THIRTY,
    OVERFLOWS,
    PENALIZED,
    READ,
    SERIES,
    SORTED,
)


def anew(folder, text):
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    return watch(file, seconds=30)


@pytest.mark.parametrize("style", READ)
def test_a_script_is_read_and_certified(style, read):
    seen = read(READ[style])
    assert seen.parted is None
    assert seen.network is not None


def test_what_was_read_is_what_stands_there(read):
    seen = read(FLAT)
    network = seen.network
    lines = [None, *FLAT.splitlines()]
    assert [layer.activation for layer in network.layers] == ["relu", "softmax"]
    assert (network.classes, network.batch_size, network.epochs) == (3, 16, 12)
    assert (network.layout, network.loss, network.learning_rate(5)) == (
        "rows",
        "cross-entropy",
        0.3,
    )
    assert sorted(network.init(1)) == ["W1", "W2", "b1", "b2"]
    assert not np.array_equal(network.init(1)["W1"], network.init(2)["W1"])
    data = network.data()
    assert data.images.shape == (90, 4)
    order = [network.order(data.labels, epoch, 0) for epoch in (0, 1)]
    assert sorted(order[0]) == sorted(order[1]) == list(range(90))
    assert list(order[0]) != list(order[1])
    assert "start + 16" not in lines[seen.roles["layer 1"]["line"]]
    assert lines[seen.roles["layer 1"]["line"]].strip() == "z1 = x @ W1 + b1"
    assert lines[network.where("backward")[1]].strip() == "d2 = (p - y) / len(x)"
    assert lines[network.where("init")[1]].startswith("W1 = ")


@pytest.mark.parametrize(
    ("style", "size"), [("a step in every tenth turn", 10), ("samples gathered in a list", 16)]
)
def test_the_samples_between_two_steps_are_a_batch(style, size, read):
    network = read(READ[style]).network
    assert network.batch_size == size
    assert len(network.data().labels) == 90


def test_samples_that_are_all_alike_are_told_apart_by_where_they_stand(read):
    sort = "X, Y = np.zeros((90, 4)), Y[np.argsort(labels)]\nW1 = "
    text = FLAT.replace("W1 = ", sort, 1).replace(
        "X[pick], Y[pick]", "X[start:][:16], Y[start:][:16]"
    )
    network = read(text).network
    assert (network.batch_size, len(network.data().labels)) == (16, 90)
    whole = text.replace("range(0, len(X), 16)", "range(1)").replace("[start:][:16]", "")
    network = read(whole.replace("range(12)", "range(200)")).network
    assert (network.batch_size, len(network.data().labels)) == (90, 90)


def test_ones_beside_a_batch_of_a_written_size_are_as_many_as_its_samples(read):
    network = read(ONES_OF_THIRTY).network
    parameters, x = network.init(0), network.data().images[:7]
    assert network.forward(parameters, x)[network.layers[-1].out].shape == (7, 3)


@pytest.mark.parametrize("way", ["sorted by class", "sorted by class, labels in a list"])
def test_what_one_class_alone_is_held_against_is_its_label(way, read):
    data = read(READ[way]).network.data()
    assert np.array_equal(data.labels, (data.images[:, 0] > 0).astype(int))


def test_a_number_with_a_name_is_no_target_where_another_one_varies(read):
    mixed = SORTED.replace("X = X[np", "_ = X[np")
    seen = read(mixed)
    line = mixed.splitlines()[seen.roles["targets"]["line"] - 1]
    assert line.strip() == "d = o - t"


# The bias is a single number, and looks ahead as the weights do, which are an array.
ONE_BIAS = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X[:, 0] - X[:, 1] > 0.3).astype(float)
w, b, vw, vb = rng.normal(size=3) * 0.5, 0.0, np.zeros(3), 0.0
for epoch in range(20):
    for i in range(60):
        wa, ba = w + 0.9 * vw, b + 0.9 * vb
        d = 1 / (1 + np.exp(-(X[i] @ wa + ba))) - y[i]
        vw = 0.9 * vw - 0.1 * d * X[i]
        vb = 0.9 * vb - 0.1 * d
        w, b = w + vw, b + vb
"""


def test_arrays_and_a_number_beside_them_look_ahead(read):
    seen = read(ONE_BIAS)
    assert seen.parted is None
    assert seen.network.ahead is not None


def test_what_does_with_one_sample_only_is_done_for_each(read):
    network = read(ONE_ROW).network
    parameters, data = network.init(0), network.data()
    rows = network.prepare(data.images)[:7]
    every = network.forward(parameters, rows)[network.layers[-1].out]
    each = [network.forward(parameters, one[None])[network.layers[-1].out] for one in rows]
    assert every.shape == (7, 3)
    assert np.array_equal(every, np.concatenate(each))
    given = own_gradients(network, parameters, rows, data.labels[:7])
    exact = exact_gradients(network, parameters, rows, data.labels[:7])
    assert given["W"] == pytest.approx(exact["W"] * network.batch_size, rel=1e-6)


def test_what_a_product_takes_is_called_by_its_name(read):
    seen = read(READ["products by tensordot"])
    assert seen.roles["samples"]["text"] == "x"
    assert seen.roles["layer 2"]["text"].startswith("W2 (6x3), b2")


def test_the_labels_by_which_an_array_is_changed_are_called_by_their_name(read):
    seen = read(READ["velocities attached to layers, and a rate that falls"])
    assert seen.roles["targets"]["text"] == "labels"


def test_samples_that_are_taken_in_turn_are_so_read_without_a_loop_over_epochs(read):
    network = read(READ["matrices"]).network
    labels = network.data().labels
    assert (len(labels), network.epochs) == (8, 37)
    assert list(network.order(labels, 0, 0)) == list(range(8))


def test_samples_of_which_each_is_taken_many_times_in_a_row_are_so_read(read):
    network = read(READ["matrices"].replace("i % 8", "i // 38")).network
    labels = network.data().labels
    order = network.order(labels, 0, 0)
    assert (len(labels), network.epochs) == (8, 1)
    assert list(order) == sorted(order)
    assert len(set(np.bincount(order))) == 1
    assert len(order) > 8 * 30


def test_numbers_that_are_moved_and_put_back_leave_the_draw_what_it_is(read):
    network = read(CHECKED).network
    one, other = network.init(1), network.init(2)
    assert not np.array_equal(one["W1"], other["W1"])
    # what is not put back is no draw any more, of which so many numbers could be written
    moved = read(CHECKED.replace("p[i] = old\n", "p[i] = 2 * old\n")).network
    assert np.array_equal(moved.init(1)["W1"], moved.init(2)["W1"])


def test_the_rate_of_each_epoch_is_read(read):
    network = read(READ["momentum"]).network
    rates = [network.learning_rate(epoch) for epoch in range(20)]
    assert rates == pytest.approx([0.1 * 0.9**epoch for epoch in range(20)])


def test_the_sign_of_a_step_is_not_part_of_the_rate(read):
    seen = [read(READ[style]) for style in ("flat", "a rate with its sign")]
    rates = [one.network.learning_rate(3) for one in seen]
    assert rates == [0.3, 0.3]
    data = seen[0].network.data()
    runs = [train(one.network, data.images, data.labels, 0, 2) for one in seen]
    for name, array in runs[0].parameters.items():
        assert runs[1].parameters[name] == pytest.approx(array)


@pytest.mark.parametrize("made", [True, False])
def test_a_weight_that_no_step_changes_is_one_all_the_same(made, read):
    text = READ["a weight that no step changes"]
    text = text if made else text.replace("        dW2 = a1.T @ d2\n", "")
    network = read(text).network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:16], data.labels[:16]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    after = network.update(parameters, found, 0.3)
    frozen = network.layers[1].weight
    assert np.array_equal(after[frozen], parameters[frozen])
    assert not np.array_equal(after[network.layers[0].weight], parameters["W1"])
    exact = exact_gradients(network, parameters, rows, labels)[frozen]
    assert found[frozen] == pytest.approx(exact if made else np.zeros_like(exact))


@pytest.mark.parametrize("made", ["d2.sum(axis=0)", "1 / 2 * (2 * d2).sum(axis=0)"])
def test_a_bias_that_no_step_changes_is_one_and_its_gradient_is_what_nobody_takes(made, read):
    text = READ["biases that no step changes"]
    network = read(text.replace("d2.sum(axis=0)", made)).network
    assert [one.bias for one in network.layers] == ["b1", "b2"]
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:16], data.labels[:16]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    assert found["b2"] == pytest.approx(exact["b2"])
    assert not found["b1"].any()
    after = network.update(parameters, found, 0.3)
    assert [np.array_equal(after[name], parameters[name]) for name in ("b1", "b2")] == [True] * 2


def test_of_two_biases_as_long_each_has_the_gradient_of_its_own_layer(read):
    text = READ["biases that no step changes"].replace("6", "3")
    text = text.replace("    print(", "    # print(").replace("13", "16")
    network = read(f"{text}        db1 = d1.sum(axis=0)\n").network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:16], data.labels[:16]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    for name in ("b1", "b2"):
        assert found[name] == pytest.approx(exact[name])


def test_a_copy_of_the_outputs_belongs_to_the_error_and_not_to_the_forward_pass(read):
    text = READ["flat"].replace("d2 = (p - y)", "d2 = p.copy()\n        d2 -= y\n        d2 = d2")
    network = read(text).network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:16], data.labels[:16]
    trace = network.forward(parameters, rows)
    wanted = {name for one in network.layers for name in (one.pre, one.out)}
    assert {*trace} == wanted
    found = network.backward(parameters, trace, rows, labels)
    for name, one in exact_gradients(network, parameters, rows, labels).items():
        assert found[name] == pytest.approx(one)


def test_samples_of_few_kinds_are_no_full_batch(read):
    few = "X = np.repeat((X[:, :1] > 0) * 1.0, 4, axis=1)\nlr = 0.3"
    text = READ["flat"].replace("lr = 0.3", few).replace("16", "5")
    network = read(text).network
    assert (len(network.data().labels), network.batch_size, network.epochs) == (90, 5, 12)


@pytest.mark.parametrize("style", ["nesterov", "nesterov in place, in a comprehension"])
def test_a_gradient_that_is_taken_ahead_is_one_of_the_parameters_it_is_handed(style, read):
    network = read(READ[style]).network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:15], data.labels[:15]
    there = network.ahead(parameters, 0.1)
    for name, one in parameters.items():
        assert np.array_equal(there[name], one)  # nothing is carried yet
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    for name, one in exact.items():
        assert found[name] == pytest.approx(one)
    first = network.update(parameters, found, 0.1)
    there = network.ahead(first, 0.1)
    for name, one in exact.items():
        assert there[name] == pytest.approx(parameters[name] - 0.19 * one)
    second, _ = step(network, first, rows, labels, 0.1)
    slopes = network.backward(there, network.forward(there, rows), rows, labels)
    for name, one in slopes.items():
        assert second[name] == pytest.approx(there[name] - 0.1 * one)


def test_a_weight_that_is_the_sum_of_two_is_not_one_that_looks_ahead(read):
    text = FLAT.replace("b1 = np", "V = np.zeros((4, 6))\nb1 = np", 1)
    text = text.replace("x @ W1", "x @ (W1 + 0.5 * V)")
    text = text.replace("        W1 -=", "        V -= lr * 0.5 * x.T @ d1\n        W1 -=")
    assert read(text).network is None


def test_samples_turned_before_the_training_are_no_weight(read):
    text = READ["an autoencoder"].replace("np.random.rand(60, 8)", "np.random.rand(20, 8)")
    text = text.replace("for i in", "XT = X.T\nfor i in").replace("x.T @", "XT @")
    network = read(text.replace("range(0, 60, 20)", "range(0, 20, 20)")).network
    assert len(network.layers) == 2


def test_adam_counts_its_steps(read):
    network = read(READ["adam"]).network
    parameters = network.init(0)
    ones = {name: np.ones_like(one) for name, one in parameters.items()}
    made = parameters
    for steps in (1, 2, 3):
        made = network.update(made, ones, 0.02)
        # of gradients that stay the same, both corrected averages are what they are averages of
        for name in parameters:
            assert parameters[name] - made[name] == pytest.approx(0.02 * steps)


def test_a_column_of_ones_is_a_bias_and_a_logistic_loss_a_sigmoid(read):
    network = read(READ["ones"]).network
    shapes = {name: one.shape for name, one in network.init(0).items()}
    assert shapes == {"V": (4, 5), "W": (5, 1), "W_bias": (1,)}
    assert (network.layers[1].activation, network.loss) == ("sigmoid", "cross-entropy")


def test_a_series_that_is_computed_number_by_number_is_not_what_trains(read):
    seen = read(SERIES)
    assert seen.parted is None
    assert sorted(seen.network.init(1)) == ["W1", "W2", "b1", "b2"]


def test_a_penalty_in_the_gradient_makes_no_other_loss(read):
    seen = read(PENALIZED)
    network = seen.network
    assert network.loss == "cross-entropy"
    assert fit(network, steps_seen(seen.read, network)) == pytest.approx(1, abs=1e-9)
    trained = Trainer(data=network.data(), epochs=network.epochs).run(network, 0)
    assert trained.path == "compiled"
    own = train(network, network.data().images, network.data().labels, 0)
    for name, one in own.parameters.items():
        assert trained.parameters[name] == pytest.approx(one, abs=1e-9)


PARTS = {
    "one vector": ({"W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}, 0.1),
    "adaline": ({"W1": (4, 1), "b1": (1,)}, 0.02),
    "last row": ({"W1": (4, 6), "b1": (6,), "W2": (6, 3), "b2": (3,)}, 0.5),
}


@pytest.mark.parametrize("style", PARTS)
def test_parts_of_an_array_are_parameters_with_gradients_of_their_own(style, read):
    """A slice of the samples is no part of a state."""
    seen = read(READ[style])
    network = seen.network
    if style != "one vector":  # which is taken apart before the layer, in a line of its own
        assert network.where("forward")[1] == seen.roles["layer 1"]["line"]
    parameters, data = network.init(0), network.data()
    assert ({name: one.shape for name, one in parameters.items()}, network.learning_rate(0)) == (
        PARTS[style]
    )
    rows, labels = network.lay_out(data.images[:1]), data.labels[:1]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, data.images[:1], labels)
    for name, gradient in exact.items():
        assert found[name] == pytest.approx(gradient)


def test_the_rate_is_found_within_parts_that_are_put_together(read):
    head, _ = READ["one vector"].split("    v = 0.9")
    text = (
        head.replace("part.ravel() for", "0.1 * part.ravel() for") + "    theta -= gradient(theta)"
    )
    assert read(text).network.learning_rate(0) == 0.1


def test_momentum_is_carried_on_beside_the_parameters(read):
    network = read(READ["momentum"]).network
    parameters = network.init(0)
    ones = {name: np.ones_like(one) for name, one in parameters.items()}
    first = network.update(parameters, ones, 0.1)
    second = network.update(first, ones, 0.1)
    assert first["W"] - parameters["W"] == pytest.approx(-0.1)
    assert second["W"] - first["W"] == pytest.approx(-0.19)


def test_what_is_carried_begins_as_it_does_in_the_script(read):
    text = READ["momentum"].replace("np.zeros_like(W)", "np.full(W.shape, 0.5)")
    network = read(text).network
    parameters = network.init(0)
    nothing = {name: np.zeros_like(one) for name, one in parameters.items()}
    made = network.update(parameters, nothing, 0.1)
    assert made["W"] - parameters["W"] == pytest.approx(0.45)


def test_what_is_carried_and_begins_with_what_was_drawn_is_refused(read):
    seen = read(READ["momentum"].replace("np.zeros_like(W)", "W * 1.0"))
    assert seen.network is None
    assert "begins with numbers of its own" in seen.parted.reason


def test_the_momentum_is_not_taken_for_the_rate(read):
    text = READ["momentum"].replace("0.9 * v", "0.5 * v").replace("rate * ", "0.25 * ")
    network = read(text).network
    assert network.learning_rate(0) == 0.25


def test_gradients_that_are_kept_in_arrays_are_those_that_momentum_takes(read):
    text = READ["momentum"].replace("- rate * x.T @ p", "- rate * gW")
    text = text.replace("        vW =", "        gW[:] = x.T @ p\n        vW =")
    text = text.replace("for epoch", "gW = np.zeros_like(W)\nfor epoch")
    network = read(text).network
    data, parameters = network.data(), network.init(0)
    rows, labels = data.images[:20], data.labels[:20]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    assert found["W"] == pytest.approx(exact["W"])


def test_steps_that_only_bind_a_name_anew_leave_a_network_that_stands_still(read):
    """What they would have been is written as it stands there, and lost as it is there."""
    head, tail = FLAT.split("        W2 -=")
    grads = "a1.T @ d2, d2.sum(axis=0), x.T @ d1, d1.sum(axis=0)"
    text = f"""{head}        for p, g in zip([W2, b2, W1, b1], [{grads}]):
            p = p - lr * (g + 0.01 * p)
"""
    assert "b1 -=" in tail
    network = read(text).network
    parameters, data = network.init(0), network.data()
    assert [one.weight for one in network.layers] == ["W1", "W2"]
    assert network.learning_rate(0) == 0.3
    rows, labels = data.images[:16], data.labels[:16]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    after = network.update(parameters, found, 0.3)
    exact = exact_gradients(network, parameters, rows, labels)
    for name, one in exact.items():
        assert found[name] == pytest.approx(one + 0.01 * parameters[name])
        assert np.array_equal(after[name], parameters[name])
    finding = DEFECT.probe(bench(network, data=data))
    assert finding.status == PRESENT
    assert text.splitlines()[finding.where.line - 1].strip().startswith("p = p - lr")


def test_what_is_carried_leaves_a_network_that_can_be_trained(tmp_path, read):
    network = read(READ["momentum"]).network
    again = anew(tmp_path, READ["momentum"]).network
    assert hash(network.update) is not None
    assert network.update != again.update


def test_what_is_stepped_and_never_read_is_no_part_of_the_network(read):
    """A bias that the forward pass forgot, with a momentum of its own."""
    text = READ["sine"].replace("h = np.tanh(x.dot(w1) + b1)", "h = np.tanh(x.dot(w1))")
    text = text.replace("b1 = b1 - 0.05 * g.sum(axis=0)", "m = 0.9 * m + g.sum(axis=0); b1 -= m")
    network = read(text.replace("for turn", "m = 0\nfor turn")).network
    assert sorted(network.init(0)) == ["b2", "w1", "w2"]


WHOLE = """
import numpy as np
np.random.seed(0)
X = np.random.randn(COUNT, 784)
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W = np.random.randn(784, 2) * 0.01
b = np.zeros(2)
rate, m = 0.2, X.shape[0]
for epoch in range(20):
    e = np.exp(X @ W + b)
    d = e / e.sum(axis=1, keepdims=True) - Y
    W = W - rate / m * X.T.dot(d)
    b = b - rate / m * d.sum(axis=0)
"""


def test_samples_too_large_to_be_kept_from_the_start_are_read_all_the_same(read):
    """A thousand pictures of 784 numbers at once are more than is kept of anything before."""
    network = read(WHOLE.replace("COUNT", "1000")).network
    assert network.batch_size == len(network.data().labels) == 1000


def test_a_rate_over_the_samples_is_the_rate_of_a_sum(read):
    network = read(WHOLE.replace("COUNT", "50")).network
    assert network.learning_rate(0) == pytest.approx(0.2 / 50)


def test_samples_that_are_drawn_one_by_one_are_no_epochs(read):
    text = READ["one by one"].replace(
        "for epoch in range(3):\n    for x, t in zip(X, Y):\n        net.train(x, t)",
        "for turn in range(400):\n    i = np.random.randint(90)\n    net.train(X[i], Y[i])",
    )
    network = read(text).network
    data = network.data()
    order = network.order(data.labels, 0, 0)
    assert network.epochs == 1
    assert len(data.labels) <= 90
    assert 300 < len(order) <= 400
    assert len(set(order)) < len(order)


RAGGED = FLAT.replace("lr = 0.3", "lr, size = 0.3, 16").replace("/ len(x)", "/ size")


@pytest.mark.parametrize("divided", ["size", "len(x)"])
def test_what_a_smaller_batch_is_divided_by_is_told_by_a_smaller_batch(divided, read):
    """All batches that the step is read from have 16 samples, and the last of an epoch 10."""
    text = RAGGED.replace("/ size", f"/ {divided}")
    text = text.replace("np.random.randn(90", "np.random.randn(330")
    seen = read(text)
    network, data = seen.network, seen.network.data()
    rows, labels = data.images[:10], data.labels[:10]
    parameters = network.init(0)
    trace = network.forward(parameters, rows)
    found = network.backward(parameters, trace, rows, labels)["b2"]
    true = (trace["p"] - np.eye(3)[labels]).sum(axis=0)
    assert found == pytest.approx(true / (16 if divided == "size" else 10))
    assert ("smaller batches" in seen.roles) == (divided == "size")
    if divided == "size":
        line = seen.roles["smaller batches"]["line"]
        assert text.splitlines()[line - 1].strip() == "d2 = (p - y) / size"


def test_batches_as_alike_as_can_be_are_read(read):
    """Of 90 samples in eight parts two have twelve, and six have eleven."""
    text = FLAT.replace("for start in range(0, len(X), 16)", "for pick in np.array_split(order, 8)")
    seen = read(text.replace("        pick = order[start:start + 16]\n", ""))
    assert (seen.network.batch_size, len(seen.network.order(np.zeros(90), 0, 0))) == (12, 90)
    assert seen.roles["batches"]["text"] == "12 or one less of 90 samples, shuffled"


def test_samples_that_no_step_takes_are_counted(read):
    seen = read(FLAT.replace("range(0, len(X), 16)", "range(0, 48, 16)"))
    text = seen.roles["batches"]["text"]
    assert text == "16 of 72 samples, shuffled"  # others in each epoch, so that all may come
    given = FLAT.replace("range(0, len(X), 16)", "range(0, 48, 16)")
    seen = read(given.replace("np.random.permutation(len(X))", "np.arange(len(X))"))
    text = seen.roles["batches"]["text"]
    assert text == "16 of 48 samples, as given; no step takes 42 more that lie in the same array"


def test_batches_of_several_sizes_that_are_a_list_are_read(read):
    text = FLAT.replace(
        "    for start in range(0, len(X), 16)",
        "    X, Y = X[order], Y[order]\n    xs, ys = np.array_split(X, 8), np.array_split(Y, 8)\n"
        "    for x, y in zip(xs, ys)",
    )
    text = text.replace(
        "        pick = order[start:start + 16]\n        x, y = X[pick], Y[pick]\n", ""
    )
    text = text.replace(" == labels", " == Y.argmax(axis=1)")
    assert read(text).network.batch_size == 12


def test_a_loop_over_as_many_units_as_a_batch_has_samples_is_one_over_units(read):
    text = FLAT.replace("(4, 6)", "(4, 16)").replace("(6)", "(16)").replace("(6, 3)", "(16, 3)")
    text = text.replace("randn(90", "randn(96").replace(
        "b1 -= lr * d1.sum(axis=0)",
        "s = d1.sum(axis=0)\n        b1 -= lr * np.array([s[j] for j in range(16)])",
    )
    network = read(text).network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:5], data.labels[:5]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    assert found["b1"] == pytest.approx(exact_gradients(network, parameters, rows, labels)["b1"])


def test_a_read_network_is_diagnosed(read):
    seen = read(FLAT)
    report = diagnose(seen.network, probes_only=True, seeds=1, jobs=1, watched=seen.told())
    again = from_json(report.to_json())
    assert again.watched["certified"]
    assert again.watched["script"] == "mine.py"
    assert "READ FROM MINE.PY" in str(again)


def test_the_command_reads_a_script(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FLAT, encoding="utf-8")
    options = ["--probes-only", "--seeds", "1", "--jobs", "1", "--no-cache", "--quiet"]
    assert cli.main(["mine.py", *options, "-o", "made.json"]) == 0
    assert json.loads((tmp_path / "made.json").read_text("utf-8"))["watched"]["parted"] is None
    assert capsys.readouterr().out == ""


def test_what_a_script_takes_and_prints(tmp_path):
    text = f"import sys\nprint('given', sys.argv[1:], __name__)\n{FLAT}"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", ["--hidden", "6"], seconds=30)
    assert seen.output.startswith("given ['--hidden', '6'] __main__\n0 0.")


def test_modules_beside_a_script_are_watched_too(tmp_path):
    (tmp_path / "functions.py").write_text(
        "import numpy as np\n\ndef hidden(x, W, b):\n    return np.maximum(x @ W + b, 0)\n",
        encoding="utf-8",
    )
    text = FLAT.replace(
        "z1 = x @ W1 + b1\n        a1 = np.maximum(z1, 0)", "a1 = hidden(x, W1, b1)"
    )
    text = "from functions import hidden\n" + text.replace("(z1 > 0)", "(a1 > 0)")
    assert anew(tmp_path, text).network is not None


@pytest.mark.parametrize("style", OVERFLOWS)
def test_a_training_that_overflows_at_once_is_read_from_its_first_steps(style, tmp_path, read):
    seen = read(OVERFLOWS[style])
    steps = range(len(seen.read.said["steps"]))
    finite = [at for at in steps if np.isfinite(seen.read.arrays[f"step:{at}:after:W2"]).all()]
    assert finite
    # one of them made another is seen
    seen.read.arrays[f"step:{finite[0]}:after:W2"] *= 1 + 1e-6
    assert certify(seen.network, seen.read, tmp_path / "mine.py") is not None


@pytest.mark.parametrize(
    "loss", ["-np.mean(np.sum(y * np.log(p + 1e-12), 1))", "((p - y) ** 2).mean()"]
)
def test_a_wrong_gradient_is_held_against_the_loss_that_the_script_prints(loss, read):
    text = FLAT.replace(
        "d2 = (p - y) / len(x)", f"print({loss})\n        d2 = (p - y) * p * (1 - p) / len(x)"
    )
    network = read(text).network
    assert network.loss == ("cross-entropy" if "log" in loss else "squared-error")


def test_batches_that_reach_into_the_next_epoch_are_taken_in_turn(read):
    """Of 90 samples 20 at a time: every other epoch, a step takes samples of two of them."""
    text = READ["a step in every tenth turn"].replace("/ 10", "/ 20").replace("+ 1) % 10", ") % 20")
    text = text.replace("for epoch in range(30):", "n = 0\nfor epoch in range(40):").replace(
        "for n, i in enumerate(np.random.permutation(90)):", "for i in range(90):\n        n += 1"
    )
    network = read(text).network
    labels = network.data().labels
    assert (network.batch_size, len(labels)) == (20, 90)
    assert list(network.order(labels, 0, 0)) == list(range(90))


def test_what_is_kept_of_squared_rounding_may_differ():
    """Sums of errors behind sigmoids that are flat, say, in another order."""
    tiny, usual = np.array([1e-40]), np.array([2.0])
    assert room(tiny, 1e-40, 2.2e-16) > 2.9e-41
    assert room(usual, 1e-3, 2.2e-16) == pytest.approx(2e-10)
    assert room(usual, 0.0, 2.2e-16) < 1e-14
