"""Networks that answer with numbers, through the whole tool."""

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from diagnose import diagnose, from_json
from diagnose.command import cli
from diagnose.data import subset
from diagnose.errors import BadInputError
from diagnose.examining.probing import probe
from diagnose.instruments.admission import admit as check
from diagnose.network.samples import Data
from diagnose.network.tasks import CLASSIFICATION, REGRESSION, SYMPTOMS, TASKS
from diagnose.probes import DEFECTS, class_order
from diagnose.render import html, markdown, notebook, terminal, words
from diagnose.render.verdict import healthy, is_healthy, verdict
from diagnose.report import Symptoms
from diagnose.symptoms import chance, is_right, score, symptoms
from diagnose.testing import (
    assert_gradients_match,
    assert_inputs_unchanged,
    assert_learns,
    assert_no_dead_units,
    check_network,
)
from diagnose.training.certificate import certify
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer

from .networks import bench, dense, images, some, spoil
from .regression import (
    HIDDEN,
    NETWORKS,
    Sine,
    back_squashed,
    columns,
    curves,
    pair,
    rows,
    run_squashed,
    sine,
)

BY_NAME = {defect.name: defect for defect in DEFECTS}
# What a network that answers with numbers through a linear output cannot have.
NO_SOFTMAX = {"softmax-axis", "double-softmax", "softmax-overflow"}
OUT_OF_PLACE = {"missing-classes", "misleading-metric", *NO_SOFTMAX}
NOT_PLANTED = {
    "columns": {"broadcast-shape"},  # one number for one sample has one shape only
    "rows": {"saturation"},  # neither sigmoid nor tanh
    "pair": set(),
}
# Planted, this one leaves so few steps that another rate does better in them, too.
ALSO = {"too-few-epochs": {"learning-rate"}}
SCHEMA = Path(__file__).parents[1] / "diagnose" / "report.schema.json"


def found(network, seeds=(0, 1, 2), data=None):
    data = data or network.data()
    check(network, data)
    findings = probe(network, Trainer(data=data, epochs=network.epochs), DEFECTS, seeds)
    assert {one.defect for one in findings if one.status == "error"} == set()
    return {one.defect: one for one in findings}


def gradient_finding(network):
    """What the one probe says that these tests ask, without the trainings of the others."""
    check(network, network.data())
    trainer = Trainer(data=network.data(), epochs=network.epochs)
    (finding,) = probe(network, trainer, [BY_NAME["wrong-gradient"]], (0, 1, 2))
    return finding


def present(network, **how):
    return {name for name, one in found(network, **how).items() if one.status == "present"}


def each(networks=NETWORKS):
    return pytest.mark.parametrize("network", networks, ids=lambda one: one.name)


# The probes


@each()
@pytest.mark.parametrize("seeds", some([(0, 1, 2), (3, 4, 5)], 1))
def test_nothing_is_found_in_a_correct_network(network, seeds):
    findings = found(network, seeds)
    assert {name for name, one in findings.items() if one.status == "present"} == set()
    judged = {name for name, one in findings.items() if one.status == "not applicable"}
    assert judged & OUT_OF_PLACE == OUT_OF_PLACE
    assert "answers with numbers" in findings["missing-classes"].observed


def planted():
    """Each network with each defect that it can have."""
    for network in NETWORKS:
        # a linear output reaches all targets
        without = OUT_OF_PLACE | {"output-range"} | NOT_PLANTED[network.name]
        for name in BY_NAME:
            marks = pytest.mark.slow if network.name == "rows" else pytest.mark.seeds
            id_ = f"{network.name}-{name}"
            yield pytest.param(network, name, name in without, id=id_, marks=marks)


@pytest.mark.parametrize(("network", "name", "without"), list(planted()))
def test_planted_alone_exactly_that_is_found(network, name, without):
    if without:
        with pytest.raises(ValueError, match=r"number|softmax|reaches|saturate"):
            BY_NAME[name].inject(network)
    else:
        assert present(BY_NAME[name].inject(network)) - ALSO.get(name, set()) == {name}


class Stretched(Sine):
    """Takes labels as they come, ``(B,)``, from outputs of ``(B, 1)``: a table of B x B errors."""

    def backward(self, labels):
        d3 = 2 * (self.y - labels).mean(axis=1, keepdims=True) / len(labels)
        d2 = d3 @ self.W[2].T * (self.Z2 > 0)
        d1 = d2 @ self.W[1].T * (self.Z1 > 0)
        self.dW = [self.x.T @ d1, self.A1.T @ d2, self.A2.T @ d3]
        self.db = [one.sum(axis=0) for one in (d1, d2, d3)]


@pytest.mark.slow
def test_numbers_taken_from_a_column_of_outputs():
    network = rows(make=Stretched)
    finding = found(network)["broadcast-shape"]
    assert finding.status == "present"
    assert "makes a table of 6 x 6 errors, each output with each label" in finding.observed
    mended = BY_NAME["broadcast-shape"].repair(network, finding.numbers)
    assert present(mended) == set()


def test_targets_beyond_what_the_output_can_give():
    """A tanh output, and a sine that is twice as high: found, and its repair lets it learn."""
    x, _ = sine()
    squashed = pair(
        data=(x, 2 * curves()[1]),
        layers=("W1 b1 Z1 A1 sigmoid", "W2 b2 Z2 out tanh"),
        trace="Z1 A1 Z2 out",
        forward=run_squashed,
        backward=back_squashed,
    )
    finding = found(squashed)["output-range"]
    assert finding.status == "present"
    assert "targets from -2 to 2; the last layer, tanh, can give -1 to 1" in finding.observed
    mended = BY_NAME["output-range"].repair(squashed, finding.numbers)
    trainer = Trainer(data=squashed.data(), epochs=squashed.epochs)
    before, after = (score(trainer.symptoms(n, trainer.run(n, 0))) for n in (squashed, mended))
    assert before < 0.8 < after


@each()
def test_the_compiled_loop_trains_as_the_own_functions_do(network):
    data = network.data()
    trainer = Trainer(data=data, epochs=3)
    run = trainer.run(network, 1)
    assert run.path == "compiled", trainer.own
    theirs = train(network, data.images, data.labels, 1, 3)
    for name, array in theirs.parameters.items():
        assert np.abs(run.parameters[name] - array).max() <= 1e-9 * np.abs(array).max()


def test_a_diverging_training_is_compiled_too_and_counts_as_worst():
    network = replace(rows(), learning_rate=lambda epoch: 3.0)
    trainer = Trainer(data=network.data(), epochs=3)
    run = trainer.run(network, 0)
    assert run.path == "compiled", trainer.own
    seen = trainer.symptoms(network, run)
    assert seen.unexplained_variance is None or seen.unexplained_variance > 1
    assert score(seen) == 0


def test_code_that_clips_far_out_is_no_training_of_the_loop():
    """Beyond where the own functions stop a step from growing, the loop would not stop it."""
    network = columns(learning_rate=0.5)
    clipped = spoil(network, **{name: lambda g: np.clip(g, -1, 1) for name in network.init(0)})
    data = network.data()
    trainer = Trainer(data=data, epochs=2)
    plain = trainer._plan(network, 0)
    asked = (plain, data.images.__getitem__, data.labels, 0, network.init(0))
    assert certify(network, *asked) is None
    assert "differs" in certify(clipped, *asked)


# The gradient: usual ways to write the loss are no mistake


def scaled(network, factor):
    return spoil(network, **{name: lambda g: factor * g for name in network.init(0)})


@pytest.mark.parametrize(
    ("network", "factor", "why"),
    [
        (columns(), 2, "the squared error without the half"),
        (scaled(rows(), 1 / 2), 1, ""),
        (scaled(rows(), 6), 12, "the sum over the batch and the squared error without the half"),
        (scaled(pair(), 1 / 2), 1 / 2, "the mean over the outputs"),
        (pair(), 1, ""),
    ],
)
def test_another_way_to_write_the_loss_is_no_wrong_gradient(network, factor, why):
    network = scaled(network, 2) if network.name == "columns" else network
    finding = gradient_finding(network)
    assert finding.status == "absent"
    assert finding.numbers["scale"] == pytest.approx(factor)
    assert finding.numbers["scale_is"] == why


def test_a_factor_of_no_usual_loss_is_wrong():
    assert gradient_finding(scaled(columns(), 0.1)).status == "present"


def test_what_is_off_is_what_differs_from_most_and_its_repair_fits_them():
    network = spoil(rows(), **{"W[1]": lambda g: -g})
    finding = gradient_finding(network)
    assert finding.status == "present"
    assert "the gradient of W[1] has the wrong sign: -1.000000 times" in finding.observed
    assert "W[0]" in finding.observed.partition("are right")[0]
    data = network.data()
    mended = BY_NAME["wrong-gradient"].repair(network, finding.numbers)
    parameters, x, y = network.init(0), data.images[:6], data.labels[:6]
    given, right = (
        one.backward(parameters, one.forward(parameters, x), x, y) for one in (mended, rows())
    )
    for name in parameters:
        assert given[name] == pytest.approx(right[name], rel=1e-9)


# The order of numbers


def judged(network, data=None):
    return class_order.DEFECT.probe(bench(network, data=data or network.data()))


def test_points_in_the_order_of_x_are_in_no_random_order():
    x, y = sine()
    order = np.argsort(x[:, 0])
    finding = judged(columns(order="as given", data=(x[order], y[order])))
    assert finding.status == "present"
    assert "follows the one before with a correlation of 1.00 (p =" in finding.observed
    assert "trained on the same samples backwards, it saw about" in finding.observed


def stretches(labels, epoch, seed):
    """Random, then sorted within stretches of twelve."""
    order = np.random.default_rng([seed, epoch]).permutation(len(labels))
    parts = np.array_split(order, len(order) // 12)
    return np.concatenate([part[np.argsort(labels[part])] for part in parts])


def alternating(labels, epoch, seed):
    """A large one after each small one."""
    order = np.argsort(labels)
    return np.stack([order[: len(order) // 2], order[len(order) // 2 :]], axis=1).ravel()


@pytest.mark.parametrize("order", ["shuffled", stretches, alternating])
def test_loose_and_alternating_orders_are_let_pass(order):
    assert judged(columns(order=order)).status == "absent"


def test_an_order_within_one_batch_does_nothing():
    finding = judged(rows(order="by class", batch_size=300))
    assert finding.status == "not applicable"


def test_the_correlation_of_successive_numbers():
    steps = np.arange(1000.0)[:, None]
    assert class_order.correlation(steps) == pytest.approx(1, abs=0.01)
    assert class_order.correlation((-1) ** steps) == pytest.approx(-1, abs=0.01)
    both = np.hstack([np.random.default_rng(0).normal(size=(1000, 1)), steps])
    assert class_order.correlation(both) == pytest.approx(1, abs=0.01)
    assert class_order.correlation(np.ones((5, 1))) == 0


def test_at_the_limit_the_mean_is_crossed_half_as_often():
    rng, values = np.random.default_rng(1), [0.0]
    for noise in rng.normal(size=40_000):
        values.append(class_order.FOLLOWS * values[-1] + noise)
    above = np.array(values) > 0
    assert (above[1:] != above[:-1]).mean() == pytest.approx(0.25, abs=0.01)


# The symptoms


def outputs_for(network, change):
    labels = network.data().test_labels
    targets = network.targets(labels)
    return symptoms(network, change(targets), labels)


@each()
def test_symptoms_of_answers_that_are_known(network):
    right = outputs_for(network, lambda targets: targets)
    assert (right.unexplained_variance, right.input_dependence) == pytest.approx((0, 1))
    mean = outputs_for(network, lambda t: np.broadcast_to(t.mean(axis=0), t.shape))
    assert (mean.unexplained_variance, mean.input_dependence) == pytest.approx((1, 0))
    half = outputs_for(network, lambda t: t.mean(axis=0) + (t - t.mean(axis=0)) / 2)
    assert (half.unexplained_variance, half.input_dependence) == pytest.approx((0.25, 0.5))
    wild = outputs_for(network, lambda t: -3 * t)
    assert wild.unexplained_variance > 10
    assert [score(one) for one in (right, mean, half, wild)] == pytest.approx([1, 0, 0.75, 0])
    assert right.task == "regression"
    assert right.skew is right.favoured_class is right.balanced_accuracy is None
    assert len(right.pairs) == 60


def test_what_is_not_finite_is_none_and_counts_as_worst():
    seen = outputs_for(columns(), lambda targets: np.where(targets > 0, np.nan, targets))
    assert seen.unexplained_variance is seen.input_dependence is None
    assert [SYMPTOMS[name].counted(seen) for name in ("unexplained_variance", "input_dependence")]
    assert SYMPTOMS["unexplained_variance"].counted(seen) == 1
    assert SYMPTOMS["input_dependence"].counted(seen) == 0
    assert not words.answers(seen)


def test_score_and_chance_of_both_tasks():
    assert chance(columns()) == 0
    assert chance(dense()) == 1 / 4
    network = dense()
    data = images()
    seen = symptoms(network, np.eye(4)[data.test_labels], data.test_labels)
    assert score(seen) == seen.balanced_accuracy == 1


def test_which_numbers_are_right():
    network = pair()
    labels = curves()[1]
    assert is_right(network, labels + 0.05, labels).all()
    assert not is_right(network, labels + np.array([0, 0.4]), labels).any()


def test_targets_are_the_labels_or_what_encode_makes_of_them():
    assert columns().targets(np.array([0.5, 2.0])).tolist() == [[0.5], [2.0]]
    tens = replace(columns(), encode=lambda labels: labels / 10)
    assert tens.targets(np.array([0.5, 2.0])).tolist() == [[0.05], [0.2]]
    assert pair().targets(np.ones((3, 2))).shape == (3, 2)


# The one table


def test_the_table_is_what_the_record_and_the_schema_have():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    traced = {one.name for task in TASKS.values() for one in task.traced}
    assert set(schema["properties"]["causes"]["properties"]) == traced
    assert set(schema["$defs"]["cause"]["properties"]["symptom"]["enum"]) == traced
    assert set(schema["$defs"]["symptoms"]["properties"]) == {one.name for one in fields(Symptoms)}
    assert set(SYMPTOMS) <= {one.name for one in fields(Symptoms)}
    assert schema["$defs"]["symptoms"]["properties"]["task"]["enum"] == list(TASKS)


def test_what_two_tasks_share_is_called_the_same():
    for one in CLASSIFICATION.symptoms:
        for other in REGRESSION.symptoms:
            if one.name == other.name:
                same = ("label", "words", "complaint", "higher_is_better", "written", "noticeable")
                assert all(getattr(one, key) == getattr(other, key) for key in same)


# The contract, and data


def refused(network, data=None) -> str:
    with pytest.raises(BadInputError) as caught:
        check(network, data or network.data())
    return str(caught.value)


def test_what_does_not_fit_is_told():
    network = columns()
    data = network.data()
    assert 'has loss="squared-error"' in refused(replace(network, loss="cross-entropy"))
    assert "classes is -1; give how many" in refused(replace(network, classes=-1))
    whole = replace(data, labels=np.round(data.labels).astype(int))
    assert "answers with numbers (classes=0); give labels of a floating" in refused(network, whole)
    said = refused(dense(), replace(images(), labels=images().labels.astype(float)))
    assert "answers with classes; give labels from 0, or say classes=0" in said
    gone = replace(data, labels=np.where(data.labels > 0.9, np.nan, data.labels))
    assert "the labels of 360 samples of its own hold numbers that are not finite" in refused(
        network, gone
    )
    same = replace(data, test_labels=np.ones(60))
    assert "are all the same (60 samples)" in refused(network, same)
    both = replace(data, test_labels=np.ones((60, 2)))
    assert "as many numbers for each sample in both" in refused(network, both)
    wide = columns(data=curves())
    assert "expected (2, 1): 2 outputs, by the labels" in refused(wide)


def test_the_carried_digits_are_no_data_for_it(digits):
    assert "are no real numbers (int64)" in refused(columns(), digits)


def test_both_networks_of_a_report_have_one_task():
    with pytest.raises(BadInputError, match=r"made for regression and .* for classification"):
        diagnose(columns(), against=dense())


def test_builders_take_numbers_of_any_type_and_hold_every_sixth_out():
    x, y = sine(30)
    data = columns(data=(x, np.arange(30))).data()
    assert data.labels.dtype == data.test_labels.dtype == np.float64
    assert data.test_labels.tolist() == [5, 11, 17, 23, 29]
    assert data.notes == ("every 6th sample was held out to test on",)
    few = columns(data=(x[:11], y[:11])).data()
    assert few.labels is few.test_labels or few.labels.tolist() == few.test_labels.tolist()
    assert "too few to hold some out" in few.notes[0]
    given = columns(data=(x, y, x[:4], y[:4])).data()
    assert (len(given.labels), len(given.test_labels)) == (30, 4)


@pytest.mark.parametrize(
    ("labels", "classes", "says"),
    [
        (np.linspace(0, 1, 30), 3, "where they are what the network shall answer, say classes=0"),
        (np.linspace(0, 1, 29), 0, "labels are the numbers that the network shall answer"),
        (np.array(["a"] * 30), 0, "labels are the numbers that the network shall answer"),
        (np.zeros((30, 2, 2)), 0, "labels are the numbers that the network shall answer"),
    ],
)
def test_builders_refuse_other_labels(labels, classes, says):
    network = columns(data=(sine(30)[0], labels), classes=classes)
    with pytest.raises(BadInputError, match=says):
        network.data()


def test_a_subset_is_spread_over_all():
    data = columns().data()
    few = subset(data, 10)
    assert len(few.labels) == 10
    assert few.numbers[0] == data.numbers[0]
    assert few.numbers[-1] == data.numbers[-1]
    assert subset(data, 300).labels.tolist() == data.labels.tolist()
    for count in (0, 301):
        with pytest.raises(BadInputError, match=r"training (images|samples) asked for"):
            subset(data, count)


# The functions for one's own tests


@each()
def test_functions_for_tests(network):
    findings = check_network(network, images=None, epochs=10, ignore=["learning-rate"])
    assert findings["unnormalized-input"].status == "absent"
    assert_gradients_match(network)
    assert_inputs_unchanged(network)
    assert_learns(network)


def test_functions_for_tests_fail_where_they_must():
    assert_no_dead_units(columns())
    dead = BY_NAME["initialization-offset"].inject(rows())
    with pytest.raises(AssertionError, match="has dead units"):
        assert_no_dead_units(dead)
    with pytest.raises(AssertionError, match="answers are right after 20 epochs"):
        assert_learns(dead, epochs=20)
    with pytest.raises(AssertionError, match="wrong-gradient is present"):
        assert_gradients_match(spoil(columns(), w1=lambda g: -g))


# The report


@pytest.fixture(scope="module")
def combined():
    """Class order and raw inputs, both needed, and an in-place write that does nothing."""
    network = columns(name="sine")
    for name in ("class-order", "unnormalized-input", "inplace-mutation"):
        network = BY_NAME[name].inject(network)
    return diagnose(replace(network, name="broken"), against=columns(name="sine"), seeds=3)


def test_causes_of_a_combined_case(combined):
    assert list(combined.causes) == ["input_dependence", "unexplained_variance"]
    cause = combined.causes["unexplained_variance"]
    assert [set(one) for one in cause.minimal_repairs] == [{"class-order", "unnormalized-input"}]
    assert cause.verdicts["inplace-mutation"].verdict == "harmless here"
    assert cause.found == 1  # counted: it is above 1 as measured
    assert cause.repaired < 0.05
    assert combined.symptoms["broken"].unexplained_variance > 1
    assert combined.runs["own_functions"] == {}


def test_every_format_tells_it(combined):
    said = (
        "The high unexplained variance is caused by class-order and unnormalized-input, and goes "
        "only when both are repaired together."
    )
    plain = " ".join(terminal.render(combined, unicode=False).split())
    assert said in plain
    assert "unexplained variance" in plain
    assert "MEAN ANSWER BY TARGET" in plain
    assert "A symptom above 1 counts as 1 where causes are looked for." in plain
    for text in (markdown.render(combined), html.render(combined), notebook.render(combined)):
        assert said in text
        assert "unexplained variance" in text
    assert "Mean answer by target" in markdown.render(combined)
    assert "Answers over targets, as dots" in html.render(combined)
    for text in (terminal.render(combined), markdown.render(combined)):
        assert not any(word in text for word in ("skew", "balanced accuracy", "favoured", "class "))


def test_the_terminal_keeps_within_80_columns(combined):
    for text in (terminal.render(combined), terminal.render(combined, unicode=False)):
        assert max(len(line) for line in text.splitlines()) <= 80
    assert terminal.render(combined, unicode=False).isascii()


def test_a_saved_report_renders_the_same(combined):
    text = combined.to_json()
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text(encoding="utf-8")))
    again = from_json(text)
    for render in (terminal.render, markdown.render, html.render):
        assert render(again) == render(combined)


def test_a_report_from_before_there_were_tasks_is_one_of_classes(combined):
    raw = json.loads(combined.to_json())
    old = {
        "skew": 0.1,
        "favoured_class": 1,
        "favoured_share": 0.9,
        "input_dependence": 0.1,
        "balanced_accuracy": 0.5,
        "mean_probabilities": [0.4, 0.6],
        "class_shares": [0.5, 0.5],
        "images": 10,
        "overflowed": 0,
    }
    raw |= {"symptoms": {"broken": old}, "causes": {}, "against": None, "schema_version": 1}
    del raw["twin"], raw["parts"]
    text = terminal.render(from_json(json.dumps(raw)))
    assert "broken answers 1 for 90 % of the images" in text
    assert "MEAN PROBABILITY PER CLASS" in text


def test_a_healthy_one_takes_three_lines():
    report = diagnose(columns(), seeds=1)
    first, second, third = healthy(report)
    assert is_healthy(report)
    assert (
        first
        == f"columns: none of the {len(DEFECTS)} known defects that were looked for is present."
    )
    assert second.startswith("Unexplained variance 0.0")
    assert "(chance 1), input dependence 0.9" in second
    assert "60 test samples" in third


@pytest.mark.slow
def test_one_that_gives_the_same_answer_and_one_that_gives_none():
    dead = diagnose(replace(BY_NAME["initialization-offset"].inject(rows()), name="dead"), seeds=3)
    assert verdict(dead)[0].startswith("dead gives the same answer whatever it is shown; ")
    assert verdict(dead)[1].startswith("A sound network of the same shape reaches 0.98")
    assert (
        "The low input dependence and the high unexplained variance are caused by "
        "initialization-offset alone."
    ) in verdict(dead)
    wild = diagnose(replace(BY_NAME["learning-rate"].inject(rows()), name="wild"), seeds=3)
    assert verdict(wild)[0] == (
        "wild gives no answer: its outputs are not finite for 60 of 60 samples."
    )
    assert "not finite" in terminal.render(wild)
    assert html.render(wild)


def test_exit_code_of_a_cause(tmp_path, capsys, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text(
        "from tests.regression import rows\n"
        "from diagnose.probes import initialization_offset\n"
        "NETWORK = initialization_offset.DEFECT.inject(rows(epochs=10))\n",
        encoding="utf-8",
    )
    args = ["report", str(file), "--no-cache", "--quiet", "--seeds", "3", "--fail-on", "cause"]
    assert cli.main(args) == 1
    assert "are caused by initialization-offset alone" in " ".join(capsys.readouterr().out.split())


def test_the_networks_here_are_as_wide_as_the_injections_need():
    """A weight stretched to spread 1 must lie beyond three times He's gain."""
    assert math.sqrt(HIDDEN) > 3 * math.sqrt(2)
    assert isinstance(columns().data(), Data)
