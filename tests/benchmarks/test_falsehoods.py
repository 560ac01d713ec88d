"""What a report says that the truth contradicts, of reports made up."""

import pytest

from benchmarks import falsehoods
from benchmarks.falsehoods import Truth, false_statements, touched

CASE = {
    "correct": False,
    "faults": [
        {"id": "f1", "line": 20, "parts": ["gradient"]},
        {"id": "f2", "line": 40, "parts": ["start", "input"]},
        {"id": "f3", "line": 60, "parts": ["pace"]},
    ],
    "cures": [["f1"], ["f2"]],
}
# f3 changes nothing, whatever else is mended
LEVELS = {"": 0.1, "f1": 0.9, "f2": 0.9, "f3": 0.12, "f1+f3": 0.91, "f2+f3": 0.88}
MENDED = """--- a/p.py
+++ b/p.py
@@ -{0},3 +{0},3 @@
 a = 1
-b = 2
+b = 3
 c = 4
"""
CORRECT = Truth(correct=True)


@pytest.fixture
def truth():
    levels = {frozenset(name.split("+")) - {""}: value for name, value in LEVELS.items()}
    return falsehoods.truth_of(CASE, [], levels)


def finding(line, severity="error", status="present", defect="wrong-gradient"):
    where = {"file": "p.py", "line": line, "text": ""}
    return {"defect": defect, "status": status, "severity": severity, "where": where}


def should_be(line, defect="wrong-gradient"):
    return {"defect": defect, "found": [[line, "x"]], "repaired": [[line, "  y"]]}


def report(findings=(), code=(), minimal=()):
    return {"findings": {"p.py": list(findings)}, "code": list(code),
            "parts": {"minimal": [list(one) for one in minimal]}}  # fmt: skip


@pytest.mark.parametrize("line", [18, 20, 22, 41])
def test_a_line_near_a_fault_is_none(truth, line):
    assert false_statements(report([finding(line)], [should_be(line)]), "", truth) == []


def test_a_line_of_no_fault_with_what_it_should_be(truth):
    said = report([finding(30)], [should_be(30)])
    assert false_statements(said, "", truth) == [
        "wrong-gradient in line 30 should be `y`: no fault is there"
    ]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (finding(30), []),
        (finding(30), [should_be(30, defect="another")]),
        (finding(30, severity="risk"), [should_be(30)]),
        (finding(30, status="absent"), [should_be(30)]),
    ],
)
def test_what_says_no_line_is_wrong_is_none(truth, one, code):
    assert false_statements(report([one], code), "", truth) == []


def test_any_error_of_a_correct_program():
    said = false_statements(report([finding(3)], minimal=[["start"]]), "", CORRECT)
    assert said == [
        "wrong-gradient in line 3: the program is correct",
        "start is blamed: the program is correct",
    ]


@pytest.mark.parametrize(
    ("minimal", "what"),
    [
        ([["gradient"]], []),
        ([["input", "gradient"]], []),
        ([["order"]], ["order is blamed: no fault belongs to it"]),
        ([["gradient", "pace"]], ["pace is blamed: mending f3 changes nothing"]),
        ([["gradient"], ["order"]], []),
        ([["size"]], ["size is blamed: it is cured without"]),
        ([], []),
    ],
)
def test_parts(truth, minimal, what):
    assert false_statements(report(minimal=minimal), "", truth) == what


def test_a_size_that_is_needed():
    truth = Truth(False, parts={"f1": frozenset({"size"})}, cures=[["f1"]])
    assert false_statements(report(minimal=[["size"]]), "", truth) == []


@pytest.mark.parametrize(("at", "what"), [(19, 0), (22, 0), (36, 0), (28, 1), (50, 1)])
def test_edits(truth, at, what):
    assert len(false_statements({}, MENDED.format(at), truth)) == what


def test_the_true_patches_are_where_faults_are():
    levels = {}
    truth = falsehoods.truth_of(CASE, [MENDED.format(79)], levels)
    assert false_statements({}, MENDED.format(79), truth) == []


def test_a_patch_that_makes_it_worse(truth):
    assert false_statements({}, "", truth, worse=True) == ["the program does worse with the patch"]


def test_no_report_says_nothing(truth):
    assert false_statements({"parts": None}, "", truth) == []


def test_lines_that_a_patch_touches():
    diff = """--- a/p.py
+++ b/p.py
@@ -3,7 +3,8 @@
 three
-four
-five
+FOUR
 six
+between
 seven
 eight
-nine
\\ No newline at end of file
@@ -20 +21,2 @@
-twenty
+TWENTY
+more
"""
    assert touched(diff) == [[4, 5], [6, 7], [9], [20]]
