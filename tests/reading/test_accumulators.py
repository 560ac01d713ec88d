"""What gradients are added up in: read as what a step carries, and told if it is never set back."""

from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.calculus import updates
from diagnose.calculus.gradients import exact_gradients
from diagnose.calculus.updates import kind_of
from diagnose.causes.exchange import look_at
from diagnose.probes.update_direction import DEFECT
from diagnose.reading.loops import Loop
from diagnose.recording.recorder import Recorder
from diagnose.report import ABSENT, PRESENT
from diagnose.training.trainer import Trainer
from diagnose.watching.contract import Carrying
from diagnose.watching.script import watch
from tests.networks import bench, dense, images
from tests.watching.scripts import DATA, FLAT, READ

SUMS = FLAT.replace(
    "lr = 0.3\n",
    "lr = 0.01\ngW1, gb1 = np.zeros_like(W1), np.zeros(6)\n"
    "gW2, gb2 = np.zeros_like(W2), np.zeros(3)\n",
)
for name, gradient in {
    "W2": "a1.T @ d2",
    "b2": "d2.sum(axis=0)",
    "W1": "x.T @ d1",
    "b1": "d1.sum(axis=0)",
}.items():
    SUMS = SUMS.replace(
        f"        {name} -= lr * {gradient}\n",
        f"        g{name} += {gradient}\n        {name} -= lr * g{name}\n",
    )
BACK = "        gW1[:] = 0; gb1.fill(0); gW2[...] = 0; gb2[:] = 0\n"
RESET = SUMS.replace("        z1 =", f"{BACK}        z1 =")
# Three layers whose hidden two have one bias, a sum for each layer, and no sum is ever set back.
ONE_BIAS = f"""{DATA}
sizes, lr = [4, 5, 5, 3], 0.01
W = [np.random.randn(m, n) * 0.5 for m, n in zip(sizes, sizes[1:])]
b = [np.zeros(5)] * 2 + [np.zeros(3)]
gW, gb = [np.zeros_like(w) for w in W], [np.zeros_like(one) for one in b]
for epoch in range(30):
    for x, y in zip(np.array_split(X, 6), np.array_split(Y, 6)):
        a = [x]
        for i in range(3):
            z = a[-1] @ W[i] + b[i]
            a.append(np.tanh(z) if i < 2 else 1 / (1 + np.exp(-z)))
        d = (a[-1] - y) / len(x)
        for i in reversed(range(3)):
            gW[i] += a[i].T @ d
            gb[i] += d.sum(axis=0)
            d = d @ W[i].T * (1 - a[i] ** 2)
        for i in range(3):
            W[i] -= lr * gW[i]
            b[i] -= lr * gb[i]
"""


def read(tmp_path, text):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return watch(tmp_path / "mine.py", seconds=30)


def test_sums_that_are_never_set_back_are_carried_and_told_with_their_line(tmp_path):
    network = read(tmp_path, SUMS).network
    assert isinstance(network.update, Carrying)
    assert len(network.update.state) == 4
    data = network.data()
    finding = DEFECT.probe(bench(network, data=data))
    assert finding.status == PRESENT
    assert "is never set back" in finding.observed
    assert "300 steps after a gradient" in finding.observed
    assert "set back to 0" in finding.advice
    last = max(at for at, one in enumerate(SUMS.splitlines(), 1) if "-= " in one)
    assert f"belongs behind line {last}, the last step" in finding.observed
    line = SUMS.splitlines()[finding.where.line - 1].strip()
    assert line == "gW2 += a1.T @ d2"
    author = look_at(network, Trainer(data=data, epochs=1), 0)
    assert "step" in author.differing


def test_sums_that_are_set_back_in_each_step_are_no_state(tmp_path):
    network = read(tmp_path, RESET).network
    plain = read(tmp_path, FLAT.replace("lr = 0.3", "lr = 0.01")).network
    assert not isinstance(network.update, Carrying)
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:16], data.labels[:16]
    given, expected = (
        one.backward(parameters, one.forward(parameters, rows), rows, labels)
        for one in (network, plain)
    )
    for name in parameters:
        assert given[name] == pytest.approx(expected[name])


def test_the_sums_of_a_bias_that_layers_share_are_carried_as_one(tmp_path):
    network = read(tmp_path, ONE_BIAS).network
    parameters, data = network.init(0), network.data()
    assert len(network.update.state) == len(parameters) == 5
    assert network.learning_rate(0) == 0.01
    rows, labels = data.images[:15], data.labels[:15]
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    shared = network.layers[0].bias
    assert shared == network.layers[1].bias
    for name, one in exact.items():
        assert found[name] == pytest.approx(one)
    ones = {name: np.ones_like(one) for name, one in parameters.items()}
    first = network.update(parameters, ones, 1.0)
    second = network.update(first, ones, 1.0)
    assert parameters[shared] - first[shared] == pytest.approx(1)
    assert first[shared] - second[shared] == pytest.approx(2)


def test_what_is_carried_may_be_written_into_where_it_is(tmp_path):
    text = READ["momentum"].replace("vW = 0.9", "vW[:] = 0.9").replace("vb = 0.9", "vb[...] = 0.9")
    network, same = (read(tmp_path, one).network for one in (text, READ["momentum"]))
    parameters = network.init(0)
    gradients = {name: np.ones_like(one) for name, one in parameters.items()}
    for _ in range(3):
        parameters = network.update(parameters, gradients, 0.1)
    expected = same.init(0)
    for _ in range(3):
        expected = same.update(expected, gradients, 0.1)
    assert parameters["W"] == pytest.approx(expected["W"])


def test_the_weight_of_an_average_is_no_part_of_the_gradient(tmp_path):
    text = READ["momentum"].replace("- rate * x.T @ p", "+ (1 - 0.9) * (x.T @ p)")
    text = text.replace("- rate * p.sum(axis=0)", "+ (1 - 0.9) * p.sum(axis=0)")
    text = text.replace("W += vW", "W -= rate * vW").replace("b += vb", "b -= rate * vb")
    network, plain = (read(tmp_path, one).network for one in (text, READ["momentum"]))
    data, parameters = network.data(), network.init(0)
    rows, labels = data.images[:20], data.labels[:20]
    given, expected = (
        one.backward(parameters, one.forward(parameters, rows), rows, labels)
        for one in (network, plain)
    )
    assert given["W"] == pytest.approx(expected["W"])


def test_sums_that_are_set_back_once_in_an_epoch_are_refused(tmp_path):
    text = SUMS.replace("    order =", f"{BACK[4:]}    order =")
    seen = read(tmp_path, text)
    assert seen.network is None


def test_momentum_forgets(tmp_path):
    network = read(tmp_path, READ["momentum"]).network
    finding = DEFECT.probe(bench(network, data=network.data()))
    assert finding.status == ABSENT


def carried(share, kept):
    """An update that steps by what is kept of all gradients, each with a share."""

    def step(w, state, gradient, rate):
        state = kept * state + share * gradient
        return w - rate * state, state

    return Carrying(step=step, parameters=("w",), state=("s",), began={"s": np.zeros(3)})


@pytest.mark.parametrize(
    ("share", "kept", "kind"),
    [(1.0, 1.0, "again"), (0.1, 1.0, "again"), (1.0, 0.999, "plain"), (0.1, 0.9, "scaled")],
)
def test_only_what_is_never_forgotten_is_made_again(share, kept, kind):
    found = updates.responses(
        SimpleNamespace(update=carried(share, kept)), {"w": np.array([1.0, -2.0, 0.5])},
        {"w": np.zeros(3)}, 0.1, np.random.default_rng(0),
    )  # fmt: skip
    found["w"]["sign"] = 1
    assert kind_of(found["w"]) == kind
    assert found["w"]["again"] == pytest.approx(kept**updates.LATER)


def test_an_update_that_hands_on_nothing_else_is_not_asked_what_it_remembers():
    network = dense()
    data = images()
    rows = network.prepare(data.images)
    found = updates.measure(network, rows, data.labels, 0)["parameters"]
    assert all("again" not in one for one in found.values())


def test_only_a_whole_array_can_be_overwritten():
    tape = Recorder(lambda site: None, set())
    array = np.ones(4)
    view = tape.get(1, array, slice(0, 2))
    for owner, index in ((array, 0), (view, slice(None)), (array, slice(0, 2))):
        tape.store(2, 0.0, owner, index)
    written = Loop(tape, 1, [0]).written(tape.ref(array))
    assert len(written) == 3
    for whole in (slice(None), ...):
        tape.store(3, 0.0, array, whole)
        assert len(Loop(tape, 1, [0]).written(tape.ref(array))) == 1
    next(tape.method(4, array.fill, 1.0))
    tape.in_place(5, "Add", array, 1.0)
    assert len(Loop(tape, 1, [0]).written(tape.ref(array))) == 2


# What is kept for the next step is this step's own gradient, computed once more.
LAST = FLAT.replace("lr = 0.3\n", "lr = 0.1\ndW1, db1, dW2, db2 = 0, 0, 0, 0\n")
for name, gradient in {
    "W2": "a1.T @ d2",
    "b2": "d2.sum(axis=0)",
    "W1": "x.T @ d1",
    "b1": "d1.sum(axis=0)",
}.items():
    LAST = LAST.replace(
        f"        {name} -= lr * {gradient}\n",
        f"        {name} -= lr * ({gradient} + 0.5 * d{name})\n        d{name} = {gradient}\n",
    )


def test_the_gradient_of_the_step_before_is_carried(tmp_path):
    seen = read(tmp_path, LAST)
    assert seen.parted is None
    network = seen.network
    assert len(network.update.state) == 4
    names = list(network.init(0))
    point = {name: np.zeros_like(one) for name, one in network.init(0).items()}
    ones = {name: np.ones_like(one) for name, one in point.items()}
    first = network.update(point, ones, 0.1)
    second = network.update(first, ones, 0.1)
    third = network.update(second, ones, 0.1)
    for name in names:
        steps = [first[name], second[name] - first[name], third[name] - second[name]]
        assert np.allclose(steps[0], -0.1)
        assert np.allclose(steps[1:], -0.15)
