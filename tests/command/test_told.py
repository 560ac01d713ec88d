"""What a run told by itself stands beside what the probes say, and nothing stands twice."""

from dataclasses import replace

import pytest

from diagnose.command import cli
from diagnose.command.parameter_types import defect_names, explained
from diagnose.command.told import findings_told, joined
from diagnose.render import markdown, part_words, terminal, words
from diagnose.report import ABSENT, MASKED, PRESENT, Finding, Parts, Twin, Where
from diagnose.telling.record import Told
from tests.render.sample import healthy_report

TOLD = Told(kind="broadcast-shape", file="mine.py", line=40, observed="(4, 1) meets (4,)")


def probed(status, line, defect="broadcast-shape"):
    where = Where(file="mine.py", line=line)
    return Finding(
        defect=defect, status=status, observed="", expected="", where=where, advice="",
        severity="error" if status == PRESENT else "",
    )  # fmt: skip


def with_findings(*findings):
    report = healthy_report()
    return replace(report, findings={report.network.name: list(findings)})


def parts_of(minimal, found=0.1, twin=0.9, **changed):
    """What an exchange has shown: the smallest sets, and nothing else but what is asked for."""
    given = {
        "best": twin, "rates": [None for _ in minimal], "epochs": [None for _ in minimal],
        "alone": {}, "without": {}, "shares": {}, "places": {}, "given_up": 0, "gradients": {},
    }  # fmt: skip
    return Parts(found=found, twin=twin, minimal=[*minimal], **{**given, **changed})


def twin_of(score=0.9, **changed):
    """A twin of three seeds, which works but for what is asked for."""
    given = {
        "rate": 0.3, "epochs": 60, "works_in": [3, 3], "found_works_in": [0, 3], "shape": "2-5-2",
        "symptoms": healthy_report().symptoms["fixed"], "same_shape": score, "trained": score,
        "lacks": "", "fails": False,
    }  # fmt: skip
    return Twin(score=score, **{**given, **changed})


def of(report):
    return report.findings[report.network.name]


def test_what_a_probe_says_of_the_same_line_stands_once():
    report = with_findings(probed(PRESENT, 41))
    assert joined(report, findings_told([TOLD])) == report


def test_a_sum_is_set_back_before_the_line_that_the_run_tells():
    told = Told(
        kind="update-direction", file="mine.py", line=12, observed="never set back",
        numbers={"line_seen": 40},
    )  # fmt: skip
    for line, placed in ((40, 12), (70, 70)):
        report = with_findings(probed(PRESENT, line, "update-direction"))
        (one,) = of(joined(report, findings_told([told])))
        assert one.where.line == placed
    silent = with_findings(probed(ABSENT, 40, "update-direction"))
    assert joined(silent, findings_told([told])) == silent


def test_where_a_shape_was_given_is_the_place_of_what_a_probe_says():
    told = replace(TOLD, line=12, numbers={"line_seen": 40})
    (one,) = of(joined(with_findings(probed(PRESENT, 40)), findings_told([told])))
    assert one.where.line == 12
    assert one.observed.endswith("(4, 1) meets (4,).")


def test_what_a_probe_did_not_see_in_the_network_is_no_longer_absent():
    made = joined(with_findings(probed(ABSENT, 3)), findings_told([TOLD]))
    assert [(one.status, one.where.line) for one in of(made)] == [(PRESENT, 40)]


def on_tests_like(row, unlike):
    """A script's report where its test samples, of this row, are unlike those of the training."""
    return replace(
        with_findings(), data={"unlike_test": unlike}, parts=parts_of([["start"]]),
        watched={"script": "mine.py", "roles": {"test samples": row}},
    )  # fmt: skip


@pytest.mark.parametrize("sure", [True, False])
def test_a_test_that_asks_for_something_else_belongs_to_every_set_where_it_is_sure(sure):
    row = {"line": 7, "text": "400 samples"}
    unlike = {"score": 0.01, "trained": 0.96, "sure": sure}
    made = joined(on_tests_like(row, unlike), [])
    (one,) = of(made)
    assert (one.defect, one.where.line) == ("test-preparation", 7)
    assert one.severity == ("error" if sure else "risk")
    assert made.parts.minimal == ([["start", "answer"]] if sure else [["start"]])


def test_test_samples_unlike_those_of_the_training_are_in_the_data_of_every_set():
    row = {"line": 7, "text": "400 samples", "made": 5}
    unlike = {"score": 0.52, "trained": 0.99, "sure": False, "held_out": 0.97, "apart": True}
    made = joined(on_tests_like(row, unlike), [])
    (one,) = of(made)
    assert (one.defect, one.part, one.where.line) == ("dataset-shift", "data", 5)
    assert "0.970 of training samples that were left out" in one.observed
    assert made.parts.minimal == [["data", "start"]]


def test_targets_beyond_those_of_the_training_are_of_a_split():
    row = {"line": 7, "text": "90 samples", "made": 5, "split": 4}
    unlike = {
        "score": 0.0, "trained": 0.99, "sure": False, "held_out": 0.97, "apart": True,
        "outside": 0.9, "lost": False,
    }  # fmt: skip
    made = joined(on_tests_like(row, unlike), [])
    (one,) = of(made)
    assert (one.defect, one.part, one.where.line) == ("sorted-split", "data", 4)
    assert "explains 0.990 of the variance" in one.observed
    assert "90% of these have targets beyond" in one.observed.replace(" %", "%")
    assert made.parts.minimal == [["data", "start"]]


@pytest.mark.parametrize(("seen", "line"), [({}, 7), ({"answered": 6}, 6)])
def test_answers_in_another_unit_than_what_they_are_held_against_are_told(seen, line):
    unlike = {
        "score": 0.0, "trained": 0.97, "sure": False, "held_out": 0.96, "apart": True,
        "outside": 0.8, "lost": False, "slope": 7.1, "shift": 11.0,
    }  # fmt: skip
    made = joined(on_tests_like({"line": 7, "text": "365 samples", **seen}, unlike), [])
    (one,) = of(made)
    assert (one.defect, one.part, one.where.line) == ("answer-unit", "answer", line)
    assert "about 7.1 times its answers plus 11:" in one.observed
    assert made.parts.minimal == [["start", "answer"]]


ROWS = {
    "targets": {"line": 9, "text": "T", "made": 4},
    "test samples": {"line": 20, "text": "400 samples"},
}
OTHERWISE = Told(
    kind="misleading-metric", file="mine.py", line=18, observed="counted from 1",
    numbers={"answered_as": [1, 2, 3]},
)  # fmt: skip


def renumbered(numbers, minimal=()):
    parts = parts_of([*minimal], found=0.9)
    return replace(
        with_findings(), data={"renumbered": numbers} if numbers else {}, parts=parts,
        watched={"script": "mine.py", "roles": ROWS},
    )  # fmt: skip


def test_classes_with_other_numbers_are_mended_in_the_targets_or_in_the_answer():
    made = joined(renumbered([2, 0, 1]), [])
    assert [(one.part, one.where.line, one.severity) for one in of(made)] == [
        ("targets", 4, "error"), ("answer", 20, "error"),
    ]  # fmt: skip
    assert "class 0 as 2, 1 as 0 and 2 as 1: the targets" in of(made)[0].observed
    assert made.parts.minimal == [["targets"], ["answer"]]
    assert {part: one.line for part, one in made.parts.places.items()} == {
        "targets": 4, "answer": 20,
    }  # fmt: skip
    (said,) = part_words.blame_sentences(made)
    assert said.endswith(
        "in your targets (mine.py:4) or in your accuracy (mine.py:20): either may be mended."
    )
    made = joined(renumbered([2, 0, 1], [["pace"]]), [])
    assert made.parts.minimal == [["targets", "pace"], ["pace", "answer"]]


def test_answers_with_other_numbers_are_mended_in_either_too():
    made = joined(renumbered([]), findings_told([OTHERWISE]))
    assert made.parts.minimal == [["targets"], ["answer"]]
    assert made.parts.places["answer"].line == 18


def test_answers_that_make_up_for_the_numbers_of_the_targets_are_right():
    made = joined(renumbered([2, 0, 1]), findings_told([OTHERWISE]))
    assert not of(made)
    assert not made.parts.minimal


@pytest.mark.parametrize(
    ("lacks", "minimal"),
    [("biases", [["forward", "pace"]]), ("biases and 16 hidden units", [["pace", "size"]])],
)
def test_biases_that_are_trained_and_left_out_are_lacking_in_the_forward_pass(lacks, minimal):
    report = renumbered([], [["pace", "size"]])
    twin = twin_of(lacks=lacks)
    report = replace(report, twin=twin, parts=replace(report.parts, alone={"size": 0.9}))
    told = Told(kind="unused-bias", file="mine.py", line=14, observed="left out")
    made = joined(report, findings_told([told]))
    assert made.parts.minimal == minimal
    if lacks == "biases":
        assert made.parts.alone == {"forward": 0.9}
        assert made.parts.places["forward"].line == 14


@pytest.mark.parametrize(
    ("of_step", "minimal"), [(False, [["order", "start"]]), (True, [["order", "gradient"]])]
)
def test_rows_that_are_one_object_are_a_fault_of_the_start_and_of_no_gradient(of_step, minimal):
    """Where the step itself, run again, shows a gradient to be wrong, there are two faults."""
    numbers = {"of_step": True} if of_step else {}
    probe = replace(probed(PRESENT, 60, "wrong-gradient"), part="gradient", numbers=numbers)
    parts = parts_of([["order", "gradient"]])
    told = Told(kind="aliased-arrays", file="mine.py", line=14, observed="one object 8 times")
    made = joined(replace(with_findings(probe), parts=parts), findings_told([told]))
    assert made.parts.minimal == minimal
    assert ("start" in made.parts.places) == (not of_step)


def test_labels_that_tell_nothing_are_told_where_they_were_met():
    rows = {
        "test samples": {"line": 7, "text": "400 samples"},
        "targets": {"line": 5, "text": "y"},
    }
    unlike = {"score": 0.1, "trained": 0.8, "sure": False, "held_out": 0.11, "lost": True}
    watched = {"script": "mine.py", "roles": rows}
    report = replace(with_findings(), data={"unlike_test": unlike}, watched=watched)
    (one,) = of(joined(report, []))
    assert (one.defect, one.part, one.where.line) == ("unrelated-labels", "data", 5)
    assert "but 0.110 of those that were left out" in one.observed


def test_what_a_probe_judges_better_is_left_to_it():
    told = Told(kind="output-range", file="mine.py", line=40, observed="")
    report = with_findings(probed(ABSENT, 3, "output-range"))
    assert joined(report, findings_told([told])) == report


@pytest.mark.parametrize(
    ("asked", "count"),
    [({}, 1), ({"select": ["class-order"]}, 0), ({"ignore": ["broadcast-shape"]}, 0)],
)
def test_only_what_was_asked_for_is_told(asked, count):
    assert len(findings_told([TOLD], **asked)) == count


@pytest.mark.parametrize(
    ("kind", "part", "minimal", "severity"),
    [
        ("test-preparation", "answer", [["answer"]], "error"),
        ("test-preparation", "answer", [["pace"]], "risk"),
        ("sorted-split", "data", [["data", "pace"]], "error"),
        ("scaled-by-sample", "input", [["input", "pace"]], "error"),
    ],
)
def test_what_trainings_say_of_a_test_set_is_said_of_what_was_told(kind, part, minimal, severity):
    sets = [[one for one in minimal[0] if one not in ("data", "input")]]
    alone = {"pace": 0.5, "input": 0.4} | ({"answer": 0.5} if part == "answer" else {})
    parts = parts_of(sets, found=0.4, alone=alone)
    report = replace(with_findings(), parts=parts)
    made = joined(report, findings_told([Told(kind=kind, file="mine.py", line=4, observed="")]))
    assert made.parts.minimal == minimal
    assert [one.severity for one in of(made)] == [severity]


def test_answers_that_are_read_off_wrongly_are_not_mended_by_a_sound_preparation():
    parts = parts_of([["input"]], found=0.4, alone={"input": 0.9, "answer": 0.5})
    told = Told(kind="misleading-metric", file="mine.py", line=4, observed="")
    made = joined(replace(with_findings(), parts=parts), findings_told([told]))
    assert made.parts.minimal == [["input", "answer"]]


@pytest.mark.parametrize(("fails", "minimal"), [(True, [["data"]]), (False, [])])
def test_what_was_done_to_samples_is_to_blame_where_a_sound_network_fails_too(fails, minimal):
    parts = parts_of([], twin=0.21)
    twin = twin_of(score=0.52, fails=fails)
    report = replace(healthy_report(), parts=parts, twin=twin)
    told = Told(kind="integer-dtype", file="mine.py", line=16, observed="0.88 into whole numbers")
    made = joined(report, findings_told([told]))
    assert made.parts.minimal == minimal
    assert ("fails too: 0.520, and this one 0.100" in part_words.twin_sentence(made)) is fails


def test_what_was_seen_is_counted_by_itself():
    made = joined(with_findings(probed(ABSENT, 3, "class-order")), findings_told([TOLD]))
    assert words.how_many_found(made) == "0 of 1 defects looked for, 1 seen while the script ran"
    for shown in (terminal.render(made, width=80), markdown.render(made)):
        assert "(4, 1) meets (4,)." in shown
        assert "mine.py:40" in shown


def test_each_that_no_probe_looks_for_is_explained(capsys):
    for name in explained().keys() - set(defect_names()):
        assert cli.main(["explain", name]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"{name}\n")
        assert "Use instead" in text
        assert max(map(len, text.splitlines())) <= 100


def test_an_answer_that_is_read_off_wrongly_belongs_to_every_set_that_closes_the_gap():
    parts = parts_of(
        [["step"], ["order", "pace"]],
        found=0.2,
        rates=[None, 0.1],
        epochs=[None, 5],
        alone={"step": 0.9},
    )
    told = Told(kind="dropout-when-predicting", file="mine.py", line=70, observed="masks")
    report = replace(healthy_report(), parts=parts)
    made = joined(report, findings_told([told])).parts
    assert made.minimal == [["step", "answer"], ["order", "pace", "answer"]]
    assert made.places["answer"].line == 70
    risk = replace(told, severity="risk")
    assert joined(report, findings_told([risk])).parts == parts
    exchanged = replace(parts, alone={"step": 0.9, "answer": 0.3})
    measured = replace(report, parts=exchanged)
    assert joined(measured, findings_told([told])).parts == exchanged
    unknown = replace(report, parts=replace(parts, minimal=[]))
    assert joined(unknown, findings_told([told])).parts.minimal == []


def test_a_network_that_is_as_good_as_a_sound_one_is_shown_mixed_samples_all_the_same():
    parts = parts_of([], found=0.88)
    report = replace(healthy_report(), parts=parts)
    kinds = ("mixed-samples", "dropout-when-predicting")
    told = [Told(kind=kind, file="mine.py", line=4, observed="") for kind in kinds]
    assert joined(report, findings_told(told)).parts.minimal == [["data", "answer"]]
    risks = [replace(one, severity="risk") for one in told]
    assert joined(report, findings_told(risks)).parts.minimal == []


def by_exchange(minimal, *findings, without=None, rates=None):
    place = Where(file="mine.py", line=30, text="lr = 0.5")
    parts = parts_of(
        minimal,
        found=0.2,
        rates=rates or [None] * len(minimal),
        epochs=[20] * len(minimal),
        alone={"start": 0.3, "pace": 0.88},
        without=without or {},
        places={"start": place, "pace": place},
    )
    return joined(replace(with_findings(*findings), parts=parts), [])


def test_what_a_probe_counts_as_shown_is_not_shown_by_the_exchange():
    seen = Finding(
        defect="missing-classes", status="present", observed="1 of 2", expected="", where=None,
        advice="", numbers={"shown": [40, 0]}, part="start",
    )  # fmt: skip
    made = by_exchange([["start"]], seen)
    assert words.shown(made) == []
    assert words.how_many_found(made) == "1 of 1 defects looked for"
    assert "No known mistake" not in " ".join(part_words.blame_sentences(made))


def test_what_was_taken_out_of_the_test_set_to_try_it_is_said():
    seen = Finding(
        defect="missing-classes", status="present", observed="1 of 2", expected="", where=None,
        advice="let the loop run over every class", numbers={"shown": [40, 0]}, part="order",
    )  # fmt: skip
    roles = {"test samples": {"line": 4, "text": "40 samples", "put_aside": 20}}
    report = replace(with_findings(seen), watched={"script": "mine.py", "roles": roles})
    (one,) = of(joined(report, []))
    assert "20 samples of these were taken out of the test set" in one.observed
    assert "before the split" in one.advice
    assert one.where is None
    roles["test samples"]["split"] = 3
    (one,) = of(joined(report, []))
    assert one.where is not None
    assert (one.where.file, one.where.line) == ("mine.py", 3)  # not the loop over what was left
    roles["test samples"].pop("put_aside")
    assert of(joined(report, [])) == [seen]


def test_a_part_to_blame_in_which_nothing_was_found_is_a_finding_with_its_line():
    made = by_exchange([["pace"]], rates=[0.05])
    (one,) = of(made)
    assert (one.defect, one.part, one.severity) == ("unlike-its-twin", "pace", "error")
    assert (one.where.line, one.where.text) == (30, "lr = 0.5")
    assert "reaches 0.880 instead of 0.200" in one.observed
    assert one.advice == "train at a rate of 0.05, for 20 epochs"
    assert words.how_many_found(made) == "1 shown by the exchange of parts"
    assert "No known mistake was found in your learning rate." in " ".join(
        part_words.blame_sentences(made)
    )
    text = terminal.render(made, width=80)
    assert "mine.py:30" in text
    assert "not tried" not in text


def test_of_several_parts_each_is_held_against_all_others():
    made = by_exchange([["start", "pace"]], without={"start": 0.41, "pace": 0.2})
    first, second = of(made)
    assert "sound but this one the network reaches 0.410, and with this one sound too 0.900" in (
        first.observed
    )
    assert "variance of 2 over" in first.advice
    assert second.part == "pace"


def test_a_part_with_a_finding_or_beside_the_smallest_set_gets_none():
    probe = replace(probed(PRESENT, 30, "learning-rate"), part="pace")
    assert of(by_exchange([["pace"]], probe)) == [probe]
    # one array in two places is of the part where it stands, whichever that is
    assert of(by_exchange([["pace"]], probed(PRESENT, 30, "aliased-arrays")))[1:] == []
    assert len(of(by_exchange([["pace"]], probed(PRESENT, 29, "aliased-arrays")))) == 2
    assert [one.part for one in of(by_exchange([["pace"], ["start"]]))] == ["pace"]
    assert of(by_exchange([["size"]])) == []


@pytest.mark.parametrize(
    ("part", "minimal"), [("data", [["data", "start"]]), ("order", [["start"]])]
)
def test_a_class_without_training_samples_belongs_to_every_set(part, minimal):
    probe = replace(probed(PRESENT, 20, "missing-classes"), part=part)
    made = by_exchange([["start"]], probe)
    assert made.parts.minimal == minimal
    assert (made.parts.places.get("data") == probe.where) is (part == "data")


def test_where_some_defects_were_not_looked_for_no_part_is_said_to_have_none():
    made = by_exchange([["pace"]])
    report = replace(made, findings={made.network.name: []})
    assert of(joined(report, [], every_probe=False)) == []


def lacking(made, what):
    """The report with a twin that needed more than the author's shape has, findings left."""
    return replace(made, twin=twin_of(same_shape=0.4, lacks=what))


def test_what_a_forward_pass_lacks_is_said_of_a_sound_network_that_has_it():
    made = lacking(by_exchange([["start"]]), "a nonlinearity in the hidden layers")
    (one,) = of(joined(replace(made, findings={made.network.name: []}), []))
    assert "with a nonlinearity in the hidden layers reaches 0.900 instead of 0.200" in one.observed
    assert "nothing else changed" not in one.observed


@pytest.mark.parametrize("status", [MASKED, ABSENT])
def test_a_size_that_a_probe_left_open_is_decided_by_the_exchange(status):
    probe = replace(probed(status, 7, "too-few-units"), part="size")
    made = lacking(by_exchange([["size"]], probe), "16 hidden units")
    (one,) = of(joined(made, []))
    assert (one.status, one.severity, one.where) == (PRESENT, "error", probe.where)
    assert "same shape reaches 0.400, one with 16 hidden units 0.900" in one.observed
    assert one.advice == "give it 16 hidden units"


@pytest.mark.parametrize(
    ("minimal", "status", "lacks"),
    [
        ([["start"]], MASKED, "16 hidden units"),
        ([["size"]], MASKED, "biases"),
    ],
)
def test_where_no_units_are_lacking_the_probe_has_the_word(minimal, status, lacks):
    probe = replace(probed(status, 7, "too-few-units"), part="size")
    made = lacking(by_exchange(minimal, probe), lacks)
    assert probe in of(joined(made, []))


def test_what_to_repair_holds_the_parts_in_which_no_repair_lies():
    place = Where(file="mine.py", line=41)
    parts = parts_of([["forward"]], alone={"forward": 0.9}, places={"forward": place})
    twin = twin_of(lacks="a nonlinearity in the hidden layers", same_shape=0.1)
    report = joined(replace(with_findings(probed(ABSENT, None)), parts=parts, twin=twin), [])
    said = "give it a nonlinearity in the hidden layers"
    text = " ".join(terminal.render(report).split())
    assert f"WHAT TO REPAIR forward pass (mine.py:41): {said}; with a sound one in its" in text
    text = markdown.render(report)
    assert f"**forward pass (mine.py:41)**: {said} (0.100 -&gt; 0.900 with" in text
    paced = replace(report, parts=parts_of([["start", "pace"]], rates=[0.5], epochs=[60]))
    text = " ".join(terminal.render(paced).split())
    assert "initialization: draw weights around 0" in text
    assert "learning rate: train at a rate of 0.5, for 60 epochs" in text


@pytest.mark.parametrize(
    ("alone", "minimal"),
    [
        # of .87, .85 does: what is printed may begin at chance
        ({"gradient": 0.85, "targets": 0.2}, [["gradient", "answer"]]),
        ({"gradient": 0.77, "targets": 0.2}, [["targets", "gradient", "answer"]]),
        # what is no part of a set that closes the gap is not blamed for being enough
        ({"gradient": 0.77, "targets": 0.2, "order": 0.86}, [["targets", "gradient", "answer"]]),
    ],
)
def test_where_answers_are_miscounted_a_part_that_makes_the_network_work_is_enough(alone, minimal):
    parts = parts_of([["targets", "gradient"]], found=0.72, twin=0.87, alone=alone)
    twin = twin_of(score=0.87, symptoms=replace(twin_of().symptoms, class_shares=[0.1] * 10))
    told = Told(kind="misleading-metric", file="mine.py", line=4, observed="")
    report = replace(with_findings(), parts=parts, twin=twin)
    assert joined(report, findings_told([told])).parts.minimal == minimal
    assert joined(report, []).parts.minimal == [["targets", "gradient"]]


def test_a_set_of_parts_that_is_explained_comes_first_and_leaves_nothing_to_explain():
    made = replace(
        with_findings(probed(PRESENT, 14, "wrong-gradient")),
        parts=parts_of([["input"], ["gradient"]], alone={"input": 0.9, "gradient": 0.9},
                       places={"input": Where(file="mine.py", line=3),
                               "gradient": Where(file="mine.py", line=14)}),
        twin=twin_of(),
    )  # fmt: skip
    made = replace(made, findings={made.network.name: [
        replace(one, part="gradient") for one in of(made)
    ]})  # fmt: skip
    made = joined(made, [])
    assert [one.defect for one in of(made)] == ["wrong-gradient"]
    assert made.parts.minimal == [["gradient"], ["input"]]
