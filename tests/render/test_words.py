"""What every format says: the verdict, the numbers behind it, and no claim beyond them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sample import (
    ORDER,
    RATE,
    broken_report,
    healthy_report,
    post_report,
    probes_only_report,
)

from diagnose.render import cause_words, html, markdown, notebook, repair_order, terminal, words
from diagnose.render.verdict import is_healthy, verdict
from diagnose.report import ABSENT, UNCOVERED, Cause, Finding, Parts, Report
from diagnose.style import text


def test_verdict_names_symptom_causes_and_what_is_harmless():
    lead, *rest = verdict(post_report())
    assert lead == (
        "buggy_reference answers 9 for 100 % of the images, with the same probabilities whatever "
        "the image; its balanced accuracy is 0.100 (chance 0.100)."
    )
    assert rest == [
        "The skew is caused by class-order alone; the one favoured answer and the low accuracy "
        "are caused by class-order, unnormalized-input, initialization-offset and "
        "initialization-scale, and go only when all four are repaired together.",
        "learning-rate moves the numbers, but no cure needs it.",
        "wrong-gradient, inplace-mutation and softmax-overflow are real but cause nothing here.",
    ]


def test_healthy_report_is_three_lines():
    assert verdict(healthy_report()) == [
        "fixed: none of the 9 known defects that were looked for is present.",
        "Balanced accuracy 0.913 (chance 0.100), skew 0.005, favourite answer 1 for 12 %.",
        "Tried: 9 probes, 1,000 test images, 3 trainings; nothing is left to repair.",
    ]
    assert len(terminal.render(healthy_report()).splitlines()) == 3


def test_no_defect_found_is_not_healthy_while_the_network_is_at_chance():
    post, healthy = post_report(), healthy_report()
    ill = replace(healthy, symptoms={"fixed": post.symptoms["buggy_reference"]})
    assert not is_healthy(ill)
    assert "None of the 9 defects that were looked for is present" in " ".join(verdict(ill))


@pytest.mark.parametrize("status", ["present", "masked", "error"])
def test_one_finding_that_is_not_absent_is_not_healthy(status: str):
    report = healthy_report()
    first, *others = report.findings["fixed"]
    findings = {"fixed": [replace(first, status=status), *others]}
    assert not is_healthy(replace(report, findings=findings))


def test_network_that_gives_no_numbers():
    assert verdict(broken_report()) == [
        "mine gives no answer: its probabilities are not finite for 1,000 of 1,000 images.",
        "That is consistent with what the probes found: softmax-overflow. Whether it matters was "
        "not tried: no cause is named without training with repairs on and off.",
        "Masked, so not judged: initialization-offset.",
        "1 probe stopped with an error: wrong-gradient.",
    ]


def test_what_was_found_in_a_part_that_is_to_blame_is_no_guess():
    blamed = Parts(
        found=0.1, twin=0.9, best=0.9, minimal=[["order", "start"], ["order", "input"]],
        rates=[None, None], epochs=[None, None], alone={"input": 0.2, "order": 0.5, "start": 0.2},
        without={}, shares={}, places={}, given_up=0, gradients={},
    )  # fmt: skip
    probed = probes_only_report()
    (name, found), *others = probed.findings.items()
    placed = [replace(one, part="order" if one.defect == ORDER else "step") for one in found]
    said = verdict(replace(probed, parts=blamed, findings={name: placed, **dict(others)}))
    assert "Found there: class-order." in said
    (beside,) = [one for one in said if one.startswith("Found elsewhere")]
    assert "wrong-gradient" in beside
    assert "class-order" not in beside
    assert not any("consistent" in one for one in said)


@pytest.mark.parametrize("render", [terminal.render, markdown.render, html.render, notebook.render])
@pytest.mark.parametrize("report", [probes_only_report(), broken_report()], ids=["post", "nan"])
def test_without_trainings_no_format_names_a_cause(render, report: Report):
    said = re.sub(r"<style>.*?</style>", "", render(report), flags=re.DOTALL)
    said = " ".join(said.split())
    assert "consistent with" in said
    assert not re.search(r"\bcaus(e|es|ed|ing)\b", said.replace("no cause is named", ""), re.I)


def _only(report: Report, symptom: str, **changes) -> Report:
    cause: Cause = replace(report.causes[symptom], **changes)
    return replace(report, causes={symptom: cause})


@pytest.mark.parametrize(
    ("cures", "sentence"),
    [
        ([["a"]], "the skew is caused by a alone"),
        (
            [["a", "b"]],
            "the skew is caused by a and b, and goes only when both are repaired together",
        ),
        (
            [["a"], ["b", "c"]],
            "the skew is cured by either of 2 sets of repairs: a alone; b and c together",
        ),
        (
            [["a", "b", "c"], ["a", "b", "d", "e"]],
            "the skew is caused by a and b, and repairing these cures it only together with c or "
            "with d and e",
        ),
    ],
)
def test_every_smallest_cure_is_named(cures: list[list[str]], sentence: str):
    assert cause_words.cure_sentence("the skew", cures) == sentence
    report = _only(post_report(), "skew", minimal_repairs=cures)
    assert f"T{sentence[1:]}." in verdict(report)


def test_nothing_to_cure_is_said():
    report = _only(post_report(), "skew", minimal_repairs=[])
    assert "No set of repairs" in " ".join(verdict(report))
    assert repair_order.steps(report) == []
    assert cause_words.share(report.causes["skew"], ORDER) == ""


def test_uncovered_defect_is_said_and_marked_as_needed():
    report = post_report()
    cause = report.causes["balanced_accuracy"]
    verdicts = {**cause.verdicts, RATE: replace(cause.verdicts[RATE], verdict=UNCOVERED)}
    report = _only(report, "balanced_accuracy", verdicts=verdicts)
    assert "learning-rate shows only once the others are repaired." in verdict(report)
    assert {step.repair: step.needed for step in repair_order.steps(report)}[RATE]


def test_only_the_first_of_several_cures_is_marked_as_needed():
    report = _only(post_report(), "skew", minimal_repairs=[[ORDER], [RATE]])
    needed = {step.repair for step in repair_order.steps(report) if step.needed}
    assert needed == {ORDER}


def test_defect_left_out_of_the_trainings_is_said():
    report = post_report()
    causes = {
        name: replace(one, verdicts={k: v for k, v in one.verdicts.items() if k != RATE})
        for name, one in report.causes.items()
    }
    said = verdict(replace(report, causes=causes))
    assert "Found, but not tried by training: learning-rate." in said


def test_steps_follow_the_symptom_that_takes_most_repairs_and_give_every_value():
    steps = repair_order.steps(post_report())
    assert [step.repair for step in steps[:4]] == [
        "initialization-offset",
        "initialization-scale",
        "unnormalized-input",
        "class-order",
    ]
    assert [step.needed for step in steps] == [True] * 4 + [False] * 4
    assert steps[3].values == {"skew": 0.014, "favoured_share": 0.12, "balanced_accuracy": 0.846}
    assert steps[2].advice == "divide the pixels by 255"


def test_shares_are_written_in_percent_of_the_cure():
    cause = post_report().causes["balanced_accuracy"]
    assert cause_words.share(cause, ORDER) == "22 %"
    assert cause_words.share(cause, ORDER, interval=True) == "22 % (20 % to 24 %)"


def test_harmless_defects_are_backed_by_numbers():
    report = post_report()
    assert cause_words.harmless(report) == [
        "wrong-gradient",
        "inplace-mutation",
        "softmax-overflow",
    ]
    assert cause_words.why_harmless(report, "inplace-mutation") == (
        "left in the repaired network: skew 0.038, favoured share 12 %, balanced accuracy 0.883 "
        "(repaired: 0.038, 12 %, 0.883)"
    )


def test_expectations_follow_from_the_class_shares():
    seen = post_report().symptoms["buggy_reference"]
    two = replace(seen, class_shares=[0.75, 0.25])
    expected = words.expectations(two)
    assert "0.500: 1/2" in expected["balanced_accuracy"].chance
    assert "75 %" in expected["favoured_share"].healthy
    # sqrt(.75 * .25) = 0.433 for either class
    assert "0.43" in expected["input_dependence"].healthy
    assert "0.75" in expected["skew"].chance


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "not finite"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.999, "99.9 %"),
        (0.004, "0.4 %"),
        (0.115, "12 %"),
        (-0.34, "-34 %"),
        (-1e-9, "0.0 %"),
    ],
)
def test_percent_rounds_neither_to_nothing_nor_to_all(value: float | None, written: str):
    assert text.percent(value) == written


def test_trainings_on_its_own_functions_are_one_sentence_with_the_reason_of_most():
    reasons = {"W1 differs by 7.1e-03 after step 1": 2, "W2 differs by 1.0e-03 after step 3": 12}
    report = replace(healthy_report(), runs={"own_functions": {"fixed": reasons, "other": {}}})
    assert words.notes(report) == [
        "fixed: 14 trainings ran on the network's own functions instead of the compiled loop: "
        "W2 differs by 1.0e-03 after step 3 (12 of them)."
    ]


def test_brief_keeps_whole_sentences():
    said = "One thing; another. A third one that is long."
    assert text.brief(said, 5) == "One thing"
    assert text.brief(said, 20) == "One thing; another."
    assert text.brief(said, 200) == said
    assert text.brief("One (a; b. C) thing; another.", 5) == "One (a; b. C) thing"


def test_code_keeps_its_inner_indentation_and_its_line_numbers():
    lines = [(7, "    for x in y:"), (9, ""), (10, "        z")]
    assert text.dedented(lines) == [(7, "for x in y:"), (9, ""), (10, "    z")]
    assert text.dedented([(1, "\ta"), (2, "    b")]) == [(1, "\ta"), (2, "    b")]
    assert text.dedented([]) == []


def test_text_is_made_from_the_report_and_knows_no_network():
    report = post_report()
    other = Report(
        network=replace(report.network, name="mine", source="mine.py", remarks=[]),
        against=None,
        data={},
        settings={},
        symptoms={"mine": replace(report.symptoms["buggy_reference"], favoured_class=3)},
        findings={"mine": [_blank()]},
        causes={},
        code=[],
        runs={},
    )
    for render in (terminal.render, markdown.render, html.render, notebook.render):
        said = render(other)
        assert "buggy" not in said
        assert "mine answers 3 for 100 % of the images" in " ".join(said.split())


def _blank() -> Finding:
    return Finding(
        defect="some-defect", status=ABSENT, observed="o", expected="e", where=None, advice=""
    )
