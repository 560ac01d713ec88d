"""broadcast-shape: finds what became a matrix, mends it, and lets a report be made of the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from benchmarks import planting
from diagnose.command.target import load_network
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit as check
from diagnose.network.record import Layer, Network
from diagnose.network.samples import Data
from diagnose.probes.broadcast_shape import DEFECT
from diagnose.report import ABSENT, CAUSE, ERROR, HARMLESS, PRESENT, from_json
from diagnose.study import diagnose
from tests.networks import CLASSES, bench, correct_networks, dense, images
from tests.probes.assertions import silent

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


def with_gradient(network: Any, name: str, change: Any) -> Any:
    """The network with one gradient a function of the trace, the labels and the right one."""
    drawn = network.init(0)[name]

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> Any:
        # Dense brings its gradients into the shapes of the parameters; this one it must not.
        given = network.backward({**parameters, name: drawn}, trace, x, labels)
        return {**given, name: change(trace, labels, given[name])}

    return replace(network, backward=backward)


def unsummed(network: Any, divided: bool = True) -> Any:
    """The last bias's gradient without the sum over the batch."""

    def change(trace: Any, labels: Any, right: Any) -> Any:
        targets = np.eye(CLASSES)[labels]
        wanted = targets if network.layout == "rows" else targets.T
        return (trace["A3"] - wanted) / (len(labels) if divided else 1)

    return with_gradient(network, "b3", change)


def without_keepdims(network: Any, name: str) -> Any:
    return with_gradient(network, name, lambda trace, labels, right: right.ravel())


def drawn_as(network: Any, shapes: dict[str, Any]) -> Any:
    def init(seed: int) -> Any:
        drawn = network.init(seed)
        return drawn | {name: drawn[name].reshape(shape) for name, shape in shapes.items()}

    return replace(network, init=init)


def ravelled(network: Any) -> Any:
    """The network whose bias gradients are flat, as ``dZ.sum(axis=1)`` gives them."""

    def backward(*given: Any) -> Any:
        found = network.backward(*given)
        return {name: one.ravel() if name[0] == "b" else one for name, one in found.items()}

    return replace(network, backward=backward)


def assert_mended(wrong: Any, right: Any, data: Any = None) -> Any:
    """It passes the contract, is found, and mended it trains exactly as the right one does."""
    data = data or images()
    check(wrong, data)
    finding = probed(wrong, data=data)
    assert finding.status == PRESENT, finding.observed
    json.dumps(finding.numbers, allow_nan=False)
    mended = DEFECT.repair(wrong, json.loads(json.dumps(finding.numbers)))
    assert probed(mended, data=data).status == ABSENT
    here, there = (bench(one, data=data).trainer.run(one, 0) for one in (right, mended))
    for name, one in here.parameters.items():
        got = there.parameters[name]
        np.testing.assert_allclose(got.ravel(), one.ravel(), rtol=1e-4, atol=1e-7)
    assert DEFECT.draw(finding.numbers).axes
    return finding


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    finding = silent(DEFECT, network)
    assert DEFECT.draw(finding.numbers).axes


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_planted_it_is_found_and_repaired_it_is_gone(network: Any) -> None:
    if network.layers[-1].bias is None:
        with pytest.raises(ValueError, match="cannot be planted: the last layer has no bias"):
            DEFECT.inject(network)
        return
    assert_mended(DEFECT.inject(network), network)
    assert DEFECT.inject(network).backward == DEFECT.inject(network).backward


@pytest.mark.parametrize("layout", ["rows", "columns"])
@pytest.mark.parametrize("divided", [True, False])
def test_a_bias_gradient_that_is_not_summed(layout: str, divided: bool) -> None:
    network = dense(layout=layout, batch_size=8)
    wrong = unsummed(network, divided)
    if not divided:
        # Code that divides the weight's gradient alone means the mean of the bias's too.
        finding = probed(wrong)
        assert finding.numbers["mending"]["gradients"] == [["b3", "mean"]]
    finding = assert_mended(wrong, network)
    shape = "(8, 4)" if layout == "rows" else "(4, 8)"
    assert f"its gradient is {shape}: after one step b3 is {shape}" in finding.observed
    assert "only whole batches get an answer: for one sample its output has" in finding.observed
    assert ("sum" if divided else "mean") in finding.advice


def test_the_last_batch_that_is_not_full_stops_its_training() -> None:
    network = dense(batch_size=32)
    finding = assert_mended(unsummed(network), network)
    assert "its training stops with tests/" in finding.observed
    assert "ValueError: operands could not be broadcast" in finding.observed


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("name", ["b1", "b2", "b3"])
def test_a_sum_without_keepdims(name: str, batch_size: int) -> None:
    network = dense(batch_size=batch_size)
    finding = assert_mended(without_keepdims(network, name), network)
    units = network.init(0)[name].size
    said = f"{name} is ({units}, 1), and its gradient is ({units},): after one step {name} is "
    assert f"{said}({units}, {units})" in finding.observed
    assert "its training stops with" in finding.observed
    assert "keepdims=True" in finding.advice


def test_several_are_mended_together() -> None:
    network = dense(batch_size=8)
    wrong = without_keepdims(unsummed(network), "b1")
    finding = assert_mended(wrong, network)
    assert finding.numbers["mending"]["gradients"] == [["b1", "reshape"], ["b3", "sum"]]


@pytest.mark.parametrize("hidden", [(4, 4)])
def test_a_flat_bias_for_columns_where_there_are_as_many_samples_as_units(hidden: Any) -> None:
    """Nothing is refused and no shape is wrong: each bias belongs to a sample of the batch."""
    network = dense(hidden=hidden, batch_size=4)
    wrong = ravelled(drawn_as(network, dict.fromkeys(("b1", "b2", "b3"), (4,))))
    finding = assert_mended(wrong, network)
    assert "adds its numbers to the samples of the batch instead of to the units" in (
        finding.observed
    )
    assert "only whole batches get an answer: for one sample" in finding.observed
    assert "draw b1 as (4, 1)" in finding.advice


def test_a_column_bias_for_rows_where_there_are_as_many_samples_as_units() -> None:
    network = dense(hidden=(6, 8), layout="rows", batch_size=8)
    wrong = drawn_as(network, {"b2": (8, 1)})

    def backward(*given: Any) -> Any:
        found = network.backward(*given)
        return found | {"b2": found["b2"].reshape(8, 1)}

    finding = assert_mended(replace(wrong, backward=backward), network)
    assert [name for name, _ in finding.numbers["mending"]["biases"]] == ["b2"]


@pytest.mark.parametrize("batch_size", [1, 8])
def test_a_flat_bias_for_columns_that_stops_its_own_code(batch_size: int) -> None:
    network = dense(batch_size=batch_size)
    wrong = ravelled(drawn_as(network, {"b1": (7,)}))
    finding = assert_mended(wrong, network)
    made = "makes (7, 7) of it" if batch_size == 1 else "NumPy refuses"
    assert f"b1 is drawn as (7,) and added to (7, {batch_size}), which {made}" in finding.observed
    assert "its training stops with" in finding.observed


def test_a_gradient_summed_over_units_too() -> None:
    network = dense(batch_size=4)
    wrong = with_gradient(network, "b2", lambda trace, labels, right: np.sum(right))
    finding = assert_mended(wrong, network)
    assert "b2 is (5, 1), and its gradient is (): all its numbers take the same step" in (
        finding.observed
    )


class TestTraps:
    def test_a_gradient_of_another_shape_of_which_nothing_comes(self) -> None:
        network = dense(layout="rows", batch_size=8)  # biases (1, n)
        assert probed(ravelled(network)).status == ABSENT

    def test_a_flat_bias_that_becomes_a_row(self) -> None:
        network = dense(layout="rows", batch_size=8, bias="flat")
        wrong = with_gradient(network, "b1", lambda trace, labels, right: right.reshape(1, -1))
        assert probed(wrong).status == ABSENT

    @pytest.mark.parametrize("batch_size", [1, 8])
    def test_code_that_reshapes_before_it_adds(self, batch_size: int) -> None:
        network = dense(batch_size=batch_size)
        flat = {"b1": (7,), "b2": (5,), "b3": (CLASSES,)}

        def forward(parameters: Any, x: Any) -> Any:
            columns = {name: parameters[name].reshape(-1, 1) for name in flat}
            return network.forward({**parameters, **columns}, x)

        assert probed(replace(ravelled(drawn_as(network, flat)), forward=forward)).status == ABSENT

    def test_an_update_that_sums_by_itself(self) -> None:
        network = dense(batch_size=8)

        def update(parameters: Any, gradients: Any, rate: float) -> Any:
            summed = {**gradients, "b3": gradients["b3"].sum(axis=1, keepdims=True)}
            return network.update(parameters, summed, rate)

        assert probed(replace(unsummed(network), update=update)).status == ABSENT

    @pytest.mark.parametrize("units", [1, 8])
    def test_as_many_samples_as_units(self, units: int) -> None:
        for layout in ("rows", "columns"):
            network = dense(hidden=(units, units), batch_size=8, layout=layout)
            assert probed(network).status == ABSENT

    def test_a_wrong_gradient_of_the_right_shape(self) -> None:
        network = dense(batch_size=8)
        wrong = with_gradient(network, "b3", lambda trace, labels, right: -3 * right[::-1])
        assert probed(wrong).status == ABSENT

    def test_a_logit_that_is_no_sum_of_its_layer(self) -> None:
        network = dense(batch_size=8)

        def forward(parameters: Any, x: Any) -> Any:
            return network.forward(parameters, x / 3)

        assert probed(replace(network, forward=forward)).status == ABSENT


# One output: (B,) against (B, 1)


def two_moons() -> Data:
    random = np.random.default_rng(5)
    labels = random.integers(2, size=260)
    angle = random.uniform(0, np.pi, 260)
    moon = np.stack([np.cos(angle), np.sin(angle)], 1)
    points = np.where(labels[:, None] == 0, moon, [1, 0.5] - moon) + random.normal(0, 0.1, (260, 2))
    return Data(
        name="moons",
        images=points[:200, None, :],
        labels=labels[:200],
        test_images=points[200:, None, :],
        test_labels=labels[200:],
        numbers=np.arange(200),
    )


def single(
    *, layout: str = "rows", hidden: int = 6, table: Any = None, loss: Any = "cross-entropy"
) -> Network:
    """One sigmoid output, hidden tanh units or none; ``table(error, B)`` makes the error."""
    rows = layout == "rows"
    table = table or (lambda error, labels: error(labels.reshape((-1, 1) if rows else (1, -1))))

    def init(seed: int) -> Any:
        random = np.random.default_rng(seed)
        sizes = (2, hidden, 1) if hidden else (2, 1)
        drawn = {}
        for k, (n, m) in enumerate(pairwise(sizes), 1):
            drawn[f"W{k}"] = random.normal(0, n**-0.5, (n, m) if rows else (m, n))
            drawn[f"b{k}"] = np.zeros((1, m) if rows else (m, 1))
        return drawn

    def forward(p: Any, x: Any) -> Any:
        trace, now = {}, x
        for k in range(1, (2 if hidden else 1) + 1):
            z = now @ p[f"W{k}"] + p[f"b{k}"] if rows else p[f"W{k}"] @ now + p[f"b{k}"]
            now = np.tanh(z) if hidden and k == 1 else 1 / (1 + np.exp(-z))
            trace |= {f"Z{k}": z, f"A{k}": now}
        return trace

    def backward(p: Any, trace: Any, x: Any, labels: Any) -> Any:
        last = 2 if hidden else 1
        out = trace[f"A{last}"]
        d = table(lambda y: out - y, labels) / len(labels)
        if loss == "squared-error":
            d = d * out * (1 - out)
        axis = 0 if rows else 1
        given = {}
        for k in range(last, 0, -1):
            a = trace[f"A{k - 1}"] if k > 1 else x
            given[f"W{k}"] = a.T @ d if rows else d @ a.T
            given[f"b{k}"] = d.sum(axis=axis, keepdims=True)
            if k > 1:
                d = (d @ p[f"W{k}"].T if rows else p[f"W{k}"].T @ d) * (1 - a**2)
        return given

    kinds = ["tanh", "sigmoid"] if hidden else ["sigmoid"]
    return Network(
        name=f"moons {layout} {hidden}",
        init=init,
        prepare=lambda pictures: pictures.reshape(len(pictures), -1),
        order=lambda labels, epoch, seed: np.random.default_rng([seed, epoch]).permutation(
            len(labels)
        ),
        learning_rate=lambda epoch: 0.5,
        forward=forward,
        backward=backward,
        update=lambda p, g, rate: {name: one - rate * g[name] for name, one in p.items()},
        layers=tuple(
            Layer(weight=f"W{k}", bias=f"b{k}", pre=f"Z{k}", out=f"A{k}", activation=kind)  # type: ignore[arg-type]
            for k, kind in enumerate(kinds, 1)
        ),
        epochs=10,
        classes=2,
        loss=loss,
        encode=lambda labels: np.asarray(labels, float).reshape(-1, 1),
        batch_size=8,
        layout=layout,  # type: ignore[arg-type]
        code={"backward": backward},
    )


def whole_table(error: Any, labels: Any) -> Any:
    """``out - y`` for rows of shape (B, 1) and labels of shape (B,)."""
    return error(labels)


def mean_over_labels(error: Any, labels: Any) -> Any:
    return error(labels).mean(axis=1, keepdims=True)


def mean_over_outputs(error: Any, labels: Any) -> Any:
    return error(labels).mean(axis=0)[:, None]


class TestOneOutput:
    @pytest.mark.parametrize("layout", ["rows", "columns"])
    @pytest.mark.parametrize("hidden", [0, 6])
    @pytest.mark.parametrize("loss", ["cross-entropy", "squared-error"])
    def test_silent_on_the_right_one(self, layout: str, hidden: int, loss: str) -> None:
        network = single(layout=layout, hidden=hidden, loss=loss)
        check(network, two_moons())
        assert probed(network, data=two_moons()).status == ABSENT

    @pytest.mark.parametrize("hidden", [0, 6])
    @pytest.mark.parametrize("loss", ["cross-entropy", "squared-error"])
    def test_a_table_of_errors(self, hidden: int, loss: Any) -> None:
        right = single(hidden=hidden, loss=loss)
        wrong = single(hidden=hidden, loss=loss, table=whole_table)
        finding = assert_mended(wrong, right, two_moons())
        assert "of which one is a list and the other a column or row of 8" in finding.observed
        assert "a table of 8 x 8 errors" in finding.observed
        wanted = "give labels and outputs one shape in backward, as by .reshape(-1, 1)"
        assert finding.advice == wanted

    def test_a_table_of_errors_in_columns(self) -> None:
        right = single(layout="columns")
        wrong = single(
            layout="columns", table=lambda error, labels: error(np.reshape(labels, (-1, 1)))
        )
        with pytest.raises(BadInputError, match="stopped at tests/probes/test_broadcast_shape"):
            # The column is made within the code, out of reach: it says so in its own words.
            check(wrong, two_moons())
        check(right, two_moons())

    @pytest.mark.parametrize("table", [mean_over_labels, mean_over_outputs])
    @pytest.mark.parametrize("hidden", [0, 6])
    def test_a_table_that_was_averaged_away(self, table: Any, hidden: int) -> None:
        """No array has a wrong shape, and yet no output is held against its own label."""
        right = single(hidden=hidden)
        wrong = single(hidden=hidden, table=table)
        data = two_moons()
        finding = assert_mended(wrong, right, data)
        assert "every output with every target of the batch" in finding.observed or (
            "a table of 8 x 8 errors" in finding.observed
        )


# What stays refused, and the whole report


class TestContract:
    def test_what_no_shape_mends_is_refused_in_the_old_words(self) -> None:
        network = dense(layout="rows", batch_size=8)
        wrong = with_gradient(network, "W1", lambda trace, labels, right: right.T)
        with pytest.raises(BadInputError, match=r"does not fit: W1 is .* but its gradient is"):
            check(wrong, images())
        wrong = drawn_as(network, {"b1": (7, 1)})
        two = drawn_as(wrong, {"W2": (5, 7)})
        with pytest.raises(BadInputError, match="forward"):
            check(two, images())

    def test_another_fault_beside_it_is_told(self) -> None:
        network = without_keepdims(dense(batch_size=8), "b1")
        with pytest.raises(BadInputError, match="expected a finite number"):
            check(replace(network, learning_rate=lambda epoch: float("nan")), images())


@pytest.mark.parametrize(
    "wrong",
    [
        unsummed(dense(batch_size=32, epochs=4)),
        without_keepdims(dense(epochs=4), "b2"),
        ravelled(drawn_as(dense(batch_size=8, epochs=4), {"b1": (7,)})),
    ],
    ids=["a bias per sample", "without keepdims", "flat"],
)
def test_a_report_is_made_and_names_it_as_the_cause(wrong: Any) -> None:
    pace = ["learning-rate", "too-few-epochs"]  # so few steps are too few in truth
    report = diagnose(wrong, data=images(), seeds=2, ignore=pace)
    statuses = {one.defect: one.status for one in report.findings[wrong.name]}
    assert statuses[DEFECT.name] == PRESENT
    assert [name for name, one in statuses.items() if one in (PRESENT, ERROR)] == [DEFECT.name]
    stopped = report.runs["stopped"][wrong.name]
    assert stopped.startswith(("its training stops with ", "trained, it answers nothing: "))
    assert f"gives no answer: {stopped}" in " ".join(str(report).split())
    assert report.symptoms[wrong.name].mean_probabilities == [None] * CLASSES
    cause = report.causes["balanced_accuracy"]
    assert cause.minimal_repairs == [[DEFECT.name]]
    assert cause.verdicts[DEFECT.name].verdict == CAUSE
    assert from_json(report.to_json()).causes.keys() == report.causes.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "fault"),
    [("blobs_dicts", "bias-without-an-axis"), ("digits_layers", "bias-gradient-not-summed")],
)
def test_what_is_asked_in_batches_only_is_seen_as_its_own_code_sees_it(network, fault, tmp_path):
    """Batches of as many samples as there are units: the program trains, and answers, in these."""
    case = planting.Case(network, (fault,))
    report = diagnose(load_network(str(planting.write(case, tmp_path))), seeds=2)
    (name,) = report.symptoms
    assert report.symptoms[name].balanced_accuracy > 0.8
    finding = next(one for one in report.findings[name] if one.defect == DEFECT.name)
    assert finding.status == PRESENT
    assert "only whole batches get an answer: for one sample its output has" in finding.observed
    assert {one.verdicts[DEFECT.name].verdict for one in report.causes.values()} == {HARMLESS}


def test_with_another_defect_beside_it_half_repaired_trainings_count_as_no_answer() -> None:
    from diagnose.probes import class_order

    wrong = class_order.inject(without_keepdims(dense(epochs=4), "b2"))
    report = diagnose(wrong, data=images(), seeds=2, select=["class-order", DEFECT.name])
    assert [one.status for one in report.findings[wrong.name]] == [PRESENT, PRESENT]
    lattice = {tuple(one.repairs): one for one in report.causes["balanced_accuracy"].lattice}
    assert lattice["class-order",].value == pytest.approx(1 / CLASSES)
    assert lattice["class-order", DEFECT.name].value > 0.8


def test_code_that_raises_later_in_a_training_is_told_and_reported() -> None:
    network = dense()
    calls = {"count": 0}

    def backward(*given: Any) -> Any:
        calls["count"] += 1
        if calls["count"] > 100:
            raise KeyError("the hundredth sample")
        return network.backward(*given)

    later = replace(network, backward=backward)
    report = diagnose(
        later, data=images(), seeds=1, select=[DEFECT.name, "class-order"], compiled_path=False
    )
    said = report.runs["stopped"][later.name]
    assert "its training stops with tests/probes/test_broadcast_shape.py:" in said
    assert "KeyError: 'the hundredth sample'" in said
