"""The whole diagnosis: the same for the same seed, and never stopped by a probe."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from buggy_reference import NETWORK as POST
from diagnose import study
from diagnose.causes import carried_over
from diagnose.data import subset
from diagnose.errors import BadInputError
from diagnose.examining.probing import probe
from diagnose.network.samples import Data
from diagnose.probes import DEFECTS, wrong_gradient
from diagnose.report import from_json
from diagnose.study import diagnose
from diagnose.training.budget import OutOfTime
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED
from tests.networks import dense, images
from tests.regression import columns, sine


def without_times(report):
    return replace(report, runs={**report.runs, "seconds": 0}).to_json()


FOUR = ["class-order", "unnormalized-input", "initialization-offset", "softmax-overflow"]


def small(network, digits, images=300, **options):
    asked = {"select": FOUR, "seeds": 2, **options}
    return diagnose(network, data=subset(digits, images), epochs=2, **asked)


def test_the_same_report_with_one_worker_and_with_two(digits):
    first = small(POST, digits, against=FIXED, jobs=1)
    again = small(POST, digits, against=FIXED, jobs=2)
    assert without_times(first) == without_times(again)


@pytest.mark.parametrize(("change", "sure"), [("renumbered", True), ("random", False)])
def test_a_test_that_asks_for_something_else_is_told_and_left(change, sure):
    data = images()
    asked = {
        "renumbered": (data.test_labels + 1) % 4,
        "random": np.random.default_rng(0).integers(4, size=len(data.test_labels)),
    }
    network = dense(layout="rows", batch_size=8, rate=0.15)
    report = diagnose(
        network, data=replace(data, test_labels=asked[change]), select=["class-order"], seeds=2
    )
    told = report.data["unlike_test"]
    assert told["sure"] is sure
    assert told["held_out"] > 0.9
    assert told["apart"]
    assert not told["lost"]
    assert told["trained"] > 0.9 > 0.4 > told["score"]
    assert report.data["tested_on_training_images"]
    assert report.twin.score > 0.9
    assert report.symptoms[network.name].images == len(data.labels)


@pytest.mark.parametrize("order", [(1, 2, 3, 0), (0, 2, 1, 3)])
def test_classes_that_a_script_tests_by_other_numbers_are_renumbered(order):
    data = images()
    asked = replace(data, test_labels=np.array(order)[data.test_labels])
    network = dense(layout="rows", batch_size=8, rate=0.15)
    watched = {"script": "mine.py", "steps": 9, "certified": True, "parted": None, "roles": {}}
    report = diagnose(network, data=asked, select=["class-order"], seeds=2, watched=watched)
    assert report.data["renumbered"] == np.argsort(order).tolist()
    assert "unlike_test" not in report.data
    assert not report.data["tested_on_training_images"]
    assert min(report.twin.score, report.parts.found) > 0.9
    assert report.symptoms[network.name].balanced_accuracy > 0.9


def test_classes_are_not_renumbered_under_a_network_that_answers_them_rightly(monkeypatch):
    monkeypatch.setattr(study, "renumbering", lambda *_: [1, 2, 3, 0])
    network = dense(layout="rows", batch_size=8, rate=0.15)
    watched = {"script": "mine.py", "steps": 9, "certified": True, "parted": None, "roles": {}}
    report = diagnose(network, data=images(), select=["class-order"], seeds=2, watched=watched)
    assert "renumbered" not in report.data
    assert report.runs["no_twin"] == study.MISREAD
    assert report.symptoms[network.name].balanced_accuracy > 0.9


@pytest.mark.parametrize(("probes_only", "severity"), [(False, "risk"), (True, "error")])
def test_a_rate_for_each_layer_is_an_error_only_where_no_training_says_otherwise(
    probes_only, severity
):
    network = dense(layout="rows", batch_size=8, rate=0.15)
    halved = wrong_gradient.Shrunk(network.backward, network.layers[-1].weight, 0.5)
    network = replace(network, backward=halved)
    report = diagnose(
        network, data=images(), select=["wrong-gradient"], seeds=2, probes_only=probes_only
    )
    (found,) = report.findings[network.name]
    assert (found.status, found.severity) == ("present", severity)


def test_labels_that_tell_nothing_of_their_samples_are_in_the_data_and_nothing_else_is_judged():
    data = images()
    labels = np.random.default_rng(0).permutation(data.labels)
    network = dense(layout="rows", batch_size=8, rate=0.15)
    report = diagnose(
        network, data=replace(data, labels=labels), epochs=60, seeds=2, select=["class-order"]
    )
    told = report.data["unlike_test"]
    assert told["lost"]
    assert told["trained"] > 0.6 > 0.35 > told["held_out"]
    assert report.parts.minimal == [["data"]]
    assert not report.causes
    assert not report.data["tested_on_training_images"]
    assert "labels tell nothing of their samples" in " ".join(str(report).split())


def test_without_time_to_leave_samples_out_nothing_is_said_of_them(monkeypatch):
    data = images()
    asked = replace(data, test_labels=(data.test_labels + 1) % 4)

    class Late(carried_over.Trainer):
        def run(self, network, seed):
            raise OutOfTime(1.0)

    monkeypatch.setattr(carried_over, "Trainer", Late)
    network = dense(layout="rows", batch_size=8, rate=0.15)
    report = diagnose(network, data=asked, select=["class-order"], seeds=2)
    assert "held_out" not in report.data["unlike_test"]
    assert report.data["unlike_test"]["sure"]


def test_test_samples_whose_features_mean_other_things_are_told():
    data = images()
    pixels = data.test_images.reshape(len(data.test_labels), -1)
    mixed = pixels[:, np.random.default_rng(3).permutation(pixels.shape[1])]
    network = dense(layout="rows", batch_size=8, rate=0.15)
    asked = replace(data, test_images=mixed.reshape(data.test_images.shape))
    told = diagnose(network, data=asked, select=["class-order"], seeds=2).data["unlike_test"]
    assert told["apart"]
    assert told["held_out"] > 0.9


@pytest.mark.parametrize(
    ("curve", "outside"), [(lambda x: (x + 1) ** 2 / 4, 1.0), (lambda x: np.sin(2 * x), 0.0)]
)
def test_numbers_of_a_kind_that_is_not_trained_on_are_told(curve, outside):
    x = np.sort(sine()[0], axis=0)
    y = curve(x)[:, 0]
    data = Data(
        name="sorted", images=x[:280], labels=y[:280], test_images=x[280:], test_labels=y[280:],
        numbers=np.arange(280),
    )  # fmt: skip
    report = diagnose(columns(data=(x, y)), data=data, select=["class-order"], seeds=2)
    told = report.data["unlike_test"]
    assert told["held_out"] > 0.9 > 0.5 > told["score"]
    assert told["outside"] == outside
    assert report.data["tested_on_training_images"]


def test_how_test_samples_are_prepared_does_not_matter_where_others_are_tested_on():
    network = replace(dense(layout="rows", batch_size=8, rate=0.15), tests_on=np.negative)
    trainer = Trainer(data=images(), epochs=2)
    plain = replace(network, tests_on=None)
    assert not np.array_equal(*(trainer.rows(one, "test_images") for one in (network, plain)))
    beside = trainer.tested_on_training()
    assert np.array_equal(beside.rows(network, "test_images"), beside.rows(network))


@pytest.mark.parametrize(("trained", "tested"), [(120, 20), (40, 80)])
def test_few_samples_are_no_word_against_a_test(trained, tested):
    data = images()
    few = replace(
        data, images=data.images[:trained], labels=data.labels[:trained],
        numbers=data.numbers[:trained], test_images=data.test_images[:tested],
        test_labels=data.test_labels[:tested],
    )  # fmt: skip
    network = dense(layout="rows", batch_size=8, rate=0.15)
    told = diagnose(network, data=few, select=["class-order"], seeds=2).data.get("unlike_test", {})
    assert not told.get("apart")


def test_a_network_that_learns_nothing_is_no_word_against_its_test():
    data = images()
    network = dense(layout="rows", batch_size=8, rate=1e-9)
    report = diagnose(network, data=data, select=["class-order"], seeds=2)
    assert "unlike_test" not in report.data


def test_another_seed_gives_other_numbers():
    options = {"data": images(), "seeds": 1, "select": ["class-order"], "probes_only": True}
    network = dense(layout="rows", batch_size=8, rate=0.15)
    first, again, other = (diagnose(network, seed=one, **options).symptoms for one in (0, 0, 3))
    assert first == again != other


def _threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_matrices_are_multiplied_in_one_thread_and_afterwards_as_before():
    network, seen = dense(), set()

    def forward(parameters, x):
        seen.update(_threads())
        return network.forward(parameters, x)

    with threadpool_limits(limits=2, user_api="blas"):
        if _threads() != {2}:
            pytest.skip("NumPy multiplies with a library whose threads nobody can count")
        asked = {"seeds": 1, "select": ["class-order"], "jobs": 1, "probes_only": True}
        diagnose(replace(network, forward=forward), data=images(), epochs=1, **asked)
        assert (seen, _threads()) == ({1}, {2})


def test_own_functions_and_the_compiled_loop_give_the_same_report():
    names = ["class-order", "initialization-scale"]
    network = dense(layout="rows", batch_size=8, rate=0.15)
    for name in names:
        network = next(one for one in DEFECTS if one.name == name).inject(network)
    options = {"data": images(), "seeds": 1, "select": names, "jobs": 1}
    fast = diagnose(network, **options)
    slow = diagnose(network, compiled_path=False, **options)
    assert fast.runs["own_functions"] == {}
    assert slow.runs["own_functions"] == {
        network.name: {"the compiled path was switched off": slow.runs["distinct"]}
    }
    assert [one.status for one in fast.findings[network.name]] == ["present"] * 2
    assert [one.status for one in slow.findings[network.name]] == ["present"] * 2
    said = " ".join(str(slow).split())
    assert "own functions instead of the compiled loop: the compiled path was" in said
    for symptom, cause in fast.causes.items():
        other = slow.causes[symptom]
        assert cause.minimal_repairs == other.minimal_repairs
        for mine, theirs in zip(cause.lattice, other.lattice, strict=True):
            assert mine.value == pytest.approx(theirs.value, abs=1e-6)


def test_the_default_report_is_valid_and_whole(report):
    schema = json.loads(
        files("diagnose").joinpath("report.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(json.loads(report.to_json()), schema)
    assert from_json(report.to_json()).to_json() == report.to_json()
    assert set(report.symptoms) == {"buggy_reference", "fixed"}
    assert set(report.causes) == {"skew", "favoured_share", "balanced_accuracy"}
    assert {pair.defect for pair in report.code} >= {"class-order", "inplace-mutation"}


def test_the_symptoms_of_the_post_and_of_its_twin(report):
    post, twin = report.symptoms["buggy_reference"], report.symptoms["fixed"]
    assert (post.favoured_class, post.favoured_share) == (9, 1.0)
    assert post.input_dependence < 1e-10
    assert post.balanced_accuracy == pytest.approx(0.1)
    # as posted: the later a class was seen, the larger
    assert sorted(post.mean_probabilities[2:]) == post.mean_probabilities[2:]
    assert max(post.mean_probabilities[:2]) < 0.08
    assert twin.skew < 0.05
    assert twin.balanced_accuracy > 0.85


def test_a_probe_that_crashes_is_a_finding_and_the_report_goes_on(digits):
    def no_backward(parameters, trace, x, labels):
        raise RuntimeError("my own mistake")

    broken = replace(FIXED, name="broken", backward=no_backward)
    trained_elsewhere = [d for d in DEFECTS if d.name in ("wrong-gradient", "unnormalized-input")]
    trainer = study.Trainer(data=subset(digits, 100), epochs=1)
    seen = {one.defect: one for one in probe(broken, trainer, trained_elsewhere, (0,))}
    assert seen["unnormalized-input"].status == "absent"
    assert seen["wrong-gradient"].status == "error"
    assert "RuntimeError: my own mistake" in seen["wrong-gradient"].observed
    assert seen["wrong-gradient"].where.file == "tests/test_study.py"


def test_a_network_that_says_nan_is_reported_as_that(digits):
    def init(seed):
        return {name: array * 1e200 for name, array in FIXED.init(seed).items()}

    report = small(replace(FIXED, name="enormous", init=init), digits, probes_only=True)
    seen = report.symptoms["enormous"]
    assert seen.overflowed == seen.images
    assert seen.mean_probabilities == [None] * 10
    assert "NaN" not in report.to_json()
    json.loads(report.to_json(), parse_constant=pytest.fail)


def test_an_overflowing_softmax_is_predicted_without_overflow(digits):
    """Logits of some thousand: the own softmax says nan, the report says what they mean."""

    def naive(parameters, x):
        trace = FIXED.forward(parameters, x)
        logits = 3000 * trace["z3"]
        return {**trace, "z3": logits, "prob": np.exp(logits) / np.exp(logits).sum(axis=0)}

    from diagnose.symptoms import probabilities

    parameters = FIXED.init(0)
    rows = FIXED.prepare(digits.test_images[:50])
    sharp = {**parameters, "w3": 3000 * parameters["w3"], "b3": 3000 * parameters["b3"]}
    with np.errstate(all="ignore"):
        outputs, overflowed = probabilities(replace(FIXED, forward=naive), parameters, rows)
    assert overflowed > 25
    assert np.isfinite(outputs).all()
    expected, none = probabilities(FIXED, sharp, rows)
    assert none == 0
    assert outputs == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": ["clas-order"]}, "there is no defect named 'clas-order'"),
        ({"select": ["class-order"], "ignore": ["class-order"]}, "every defect was left out"),
        ({"epochs": 0}, "epochs is 0"),
        ({"seeds": 0}, "seeds is 0"),
        ({"images": 3}, "3"),
        ({"against": POST}, "both networks are named"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_trained(options, message, digits):
    with pytest.raises(BadInputError, match=message):
        diagnose(POST, data=digits, **options)


def test_a_network_of_another_size_is_told_so(digits):
    halved = replace(FIXED, prepare=lambda images: FIXED.prepare(images)[:, ::2])
    with pytest.raises(BadInputError, match="takes 784 numbers per image"):
        diagnose(halved, data=digits)


@pytest.mark.parametrize("rest", [1.0, 0.0])
def test_test_targets_in_another_unit_are_brought_into_that_of_the_training(rest):
    """rest: how much of the unit's change is there; without any nothing is unlike."""
    x, y = sine()
    asked = y[200:] * (1 + 9 * rest) + 20 * rest
    data = Data(
        name="waves", images=x[:200], labels=y[:200], test_images=x[200:], test_labels=asked,
        numbers=np.arange(200),
    )  # fmt: skip
    report = diagnose(columns(data=(x, y)), data=data, select=["class-order"], seeds=2)
    told = report.data.get("unlike_test")
    assert bool(told) == bool(rest)
    if told:
        assert told["slope"] == pytest.approx(10, rel=0.1)
        assert told["shift"] == pytest.approx(20, rel=0.1)
    assert not report.data["tested_on_training_images"]
    assert report.twin.score > 0.9
