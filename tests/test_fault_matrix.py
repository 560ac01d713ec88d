"""The networks of benchmarks/diagnosis.py: correct ones learn, faults apply, scores are right."""

import ast
import warnings
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import diagnosis, planting, scoring, tables, truth
from benchmarks.planting import Case, Fault
from diagnose.command.target import load_network
from diagnose.study import diagnose
from diagnose.training.loop import train

NAMES = planting.names()
DEFECTS = {
    "missing-classes", "class-order", "aliased-arrays", "integer-dtype", "output-range",
    "unnormalized-input", "symmetric-initialization", "initialization-offset",
    "initialization-scale", "broadcast-shape", "inplace-mutation", "softmax-axis",
    "double-softmax", "softmax-overflow", "update-direction", "frozen-parameter", "wrong-gradient",
    "saturation", "learning-rate", "too-few-epochs", "too-few-units", "misleading-metric",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_network_learns_by_its_own_loop(name):
    values = truth.measure(Case(name), seeds=1)
    diagnosis.must_learn(name, {"values": values, "error": None})


@pytest.mark.parametrize("name", NAMES)
def test_the_network_handed_over_is_the_program(tmp_path, name):
    """Trained by the contract, it is what its own loop makes of it, bit for bit or nearly."""
    path = planting.write(Case(name), tmp_path)
    module = planting.load(path)
    x, labels, held_out, _ = module.load()
    own = module.predict(module.learn(1, epochs=1), held_out)
    network = load_network(str(path))
    run = train(network, network.prepare(x), labels, seed=1, epochs=1)
    rows = network.prepare(held_out)
    last = network.layers[-1].out
    size = network.batch_size
    there = [
        network.as_rows(
            network.forward(run.parameters, network.lay_out(rows[at : at + size]))[last]
        )
        for at in range(0, len(rows), size)
    ]
    np.testing.assert_allclose(np.concatenate(there), own, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_each_fault_applies(name):
    faults = planting.read_faults(name)
    texts = {one: planting.plant(planting.source(name), [fault]) for one, fault in faults.items()}
    assert len({*texts.values(), planting.source(name)}) == len(faults) + 1
    for text in texts.values():
        ast.parse(text)
    assert {fault.defect for fault in faults.values()} <= DEFECTS | {planting.NONE}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_fault_runs_without_an_error(tmp_path, name):
    """Whoever has it does not see it from an error: that is what makes it a fault to look for."""
    for case in planting.alone(name):
        module = planting.load(planting.write(case, tmp_path))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            outputs = module.predict(module.learn(0, epochs=1), module.load()[2])
        assert len(outputs) == len(module.load()[3]), case.name


@pytest.mark.slow
def test_there_are_as_many_cases_as_aimed_at():
    every = [case for name in NAMES for case in planting.cases(name)]
    kinds = [case.kind for case in every]
    assert kinds.count("correct") >= 10
    assert kinds.count("pair") >= 60
    assert kinds.count("triple") >= 20
    assert kinds.count("trap") >= 10
    assert len({case.name for case in every}) == len(every)
    single = {case.defects[0] for case in every if case.kind == "single"}
    assert single == DEFECTS


def test_the_sets_of_faults_are_the_same_each_time():
    first = planting.together(NAMES[0], 2, 4)
    assert first == planting.together(NAMES[0], 2, 4)
    assert first != planting.together(NAMES[1], 2, 4)
    assert first != planting.together(NAMES[0], 2, 4, draw=1)


def test_lines_that_are_not_there_once_are_refused():
    fault = Fault("f", "class-order", (("a = 1\n", "a = 2\n"),))
    assert planting.plant("a = 1\nb = 1\n", [fault]) == "a = 2\nb = 1\n"
    for text in ("a = 1\na = 1\n", "b = 1\n", "  a = 1\n"):
        with pytest.raises(ValueError, match="times in the program"):
            planting.plant(text, [fault])


def test_faults_in_the_same_line_do_not_fit_together():
    name = NAMES[0]
    line = planting.source(name).splitlines(keepends=True)[0]
    one, other = (
        Fault(word, word, ((line, f'"""{word}"""\n'),)) for word in ("class-order", "saturation")
    )
    assert planting.fit_together(name, [one])
    assert not planting.fit_together(name, [one, other])
    assert not planting.fit_together(name, [one, replace(one, name="again")])


@pytest.fixture
def case(monkeypatch):
    faults = {
        "a": Fault("a", "class-order", ()),
        "b": Fault("b", "update-direction", ()),
        "t": Fault("t", "none", ()),
    }
    monkeypatch.setattr(planting, "read_faults", lambda network: faults)
    return Case("net", ("a", "b"))


def measured(accuracies):
    """What trainings say, from the accuracy of each set of faults that is left."""

    def look(case):
        found = accuracies["".join(case.faults)]
        return {"balanced_accuracy": [found] * 3, "favoured_share": [0.5] * 3, "skew": [0.0] * 3}

    return look


@pytest.mark.parametrize(
    ("accuracies", "minimal"),
    [
        ({"ab": 0.5, "a": 0.9, "b": 0.5, "": 0.9}, (("b",),)),  # what is left is a: b was mended
        ({"ab": 0.5, "a": 0.5, "b": 0.5, "": 0.9}, (("a", "b"),)),
        ({"ab": 0.5, "a": 0.9, "b": 0.9, "": 0.9}, (("a",), ("b",))),
        ({"ab": 0.9, "a": 0.9, "b": 0.9, "": 0.9}, ()),
    ],
)
def test_the_truth_is_the_smallest_sets_whose_mending_cures(case, accuracies, minimal):
    found = truth.judge(case, measured(accuracies))
    assert found.minimal == minimal
    assert found.is_certain
    assert found.worst == ("balanced_accuracy" if minimal else None)


def test_where_the_trainings_do_not_tell_it_is_said(case):
    slight = truth.judge(case, measured({"ab": 0.86, "a": 0.9, "b": 0.9, "": 0.9}))
    assert (slight.worst, slight.is_certain) == (None, False)
    partly = truth.judge(case, measured({"ab": 0.5, "a": 0.86, "b": 0.5, "": 0.9}))
    assert not partly.is_certain


def said(found, causes=(), **more):
    return {
        "findings": dict.fromkeys(found, "present"),
        "causes": {"balanced_accuracy": {"causes": list(causes)}},
        "refused": None,
        "seconds": 1.0,
        **more,
    }


def test_findings_are_held_against_what_was_planted(case):
    judged = scoring.judge(case, 0, said(["class-order", "wrong-gradient"]), None)
    assert judged.exact  # a step up and a wrong sign of the gradient are one and the same
    judged = scoring.judge(case, 0, said(["learning-rate", "class-order"]), None)
    assert (judged.missed, judged.extra) == (("update-direction",), ("learning-rate",))
    assert not judged.exact
    assert scoring.precision_and_recall([judged]) == ((1, 2), (1, 2))
    assert not scoring.judge(Case("net"), 0, said([], refused="no"), None).exact


def test_causes_are_held_against_the_trainings(case):
    found = ["class-order", "update-direction"]
    true = truth.judge(case, measured({"ab": 0.5, "a": 0.9, "b": 0.5, "": 0.9}))

    def judged(causes, against=true):
        one = scoring.judge(case, 0, said(found, causes), against)
        return one.causes, one.top

    assert judged(["update-direction"]) == (True, True)
    assert judged(["wrong-gradient"]) == (True, True)
    assert judged(["update-direction", "class-order"]) == (False, True)
    assert judged(["class-order"]) == (False, False)
    assert judged([]) == (False, False)
    harmless = truth.judge(case, measured(dict.fromkeys(["ab", "a", "b", ""], 0.9)))
    assert judged([], harmless) == (True, None)
    assert judged(["class-order"], harmless) == (False, None)
    unclear = truth.judge(case, measured({"ab": 0.86, "a": 0.9, "b": 0.9, "": 0.9}))
    assert judged(["class-order"], unclear) == (None, None)


@pytest.mark.parametrize("style", [tables.plain, tables.markdown])
def test_the_tables_name_what_was_missed_and_fit_80_columns(case, style):
    true = truth.judge(case, measured({"ab": 0.5, "a": 0.9, "b": 0.5, "": 0.9}))
    verdicts = [
        scoring.judge(case, seed, said(found, found), true)
        for seed, found in enumerate((["class-order"], ["update-direction", "learning-rate"]))
    ]
    trap = Case("net", ("t",))
    verdicts.append(scoring.judge(trap, 0, said(["class-order"]), None))
    text = tables.everything([(one, true) for one in verdicts], {case: ["saturation"]}, style)
    assert "net: a + b: missed update-direction" in text
    assert "net: a + b: missed class-order; found learning-rate too" in text
    assert "False alarms on traps: 1 of 1" in text
    assert "0/2 0 %" in text
    assert "not tried: 1 cases with saturation" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_worsening_within_the_noise_is_no_harm():
    assert truth._harm("balanced_accuracy", [0.8, 0.81, 0.8], [0.9, 0.8, 0.95])[1] is False
    assert truth._harm("skew", [0.3], [0.1]) == (pytest.approx(0.2), True)


# Each of them was once missed, or found too much in.
@pytest.mark.parametrize(
    ("network", "faults", "found"),
    [
        pytest.param(
            "xor_script", "far-too-wide", {"initialization-scale"}, marks=pytest.mark.slow
        ),
        pytest.param("xor_script", "one-hidden-unit", {"too-few-units"}, marks=pytest.mark.slow),
        ("digits_layers", "images-shuffled-without-labels", {"aliased-arrays"}),
        ("circle_logistic", "minus-one-for-outside", {"output-range"}),
        ("moons_class", "minus-forgotten", {"initialization-offset"}),
        ("digits_layers", "relu-in-place", {"inplace-mutation"}),
        ("rings_vectors", "leaky-in-place", {"inplace-mutation"}),
        pytest.param("spirals_float32", "a-thousandth", {"learning-rate"}, marks=pytest.mark.slow),
        pytest.param("flowers_softmax", "a-ten-thousandth", {"learning-rate"}),
        ("blobs_dicts", "thirty-times-the-rate", {"learning-rate"}),
        ("moons_class", "a-thousandth-of-the-rate", {"learning-rate"}),
        ("rings_vectors", "few-epochs", {"too-few-epochs"}),
    ],
)
def test_exactly_this_is_found(tmp_path, network, faults, found):
    case = Case(network, tuple(faults.split(" + ")))
    loaded = load_network(str(planting.write(case, tmp_path)))
    findings = diagnose(loaded, seeds=3, probes_only=True).findings[loaded.name]
    assert {one.defect for one in findings if one.status == "present"} == found
