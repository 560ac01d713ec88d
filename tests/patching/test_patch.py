"""From a script to its patch: tried before it is shown, and nothing else is called one."""

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching import patch, search
from diagnose.patching.base import to_mend
from diagnose.patching.outcomes import in_one_unit
from diagnose.patching.patch import NOTHING, OVER, find_patch, seconds_for
from diagnose.patching.said import UNREAD, other_rate, other_set, part_of_the_way
from diagnose.patching.source import Source
from diagnose.report import PRESENT, SEVERE, Finding, Parts, Report, Subject, Symptoms, Twin, Where
from diagnose.training.budget import OutOfTime
from diagnose.watching.script import watch

# A bias that is stepped by one number for all units, and a rate that is far too small.
BROKEN = """import numpy as np

np.random.seed(1)
X = np.random.randn(120, 2)
y = (X[:, 0] > X[:, 1]).astype(int)
Y = np.eye(2)[y]
W1 = np.random.randn(2, 5) * np.sqrt(2 / 2)
b1 = np.zeros(5)
W2 = np.random.randn(5, 2) * np.sqrt(1 / 5)
b2 = np.zeros(2)
rate = 1e-06
for epoch in range(60):
    order = np.random.permutation(len(X))
    for k in range(0, len(X), 20):
        x, t = X[order[k:k + 20]], Y[order[k:k + 20]]
        z1 = x @ W1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W2 + b2
        e = np.exp(z2 - z2.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d2 = (p - t) / len(x)
        d1 = d2 @ W2.T * (z1 > 0)
        W2 -= rate * a1.T @ d2
        b2 -= rate * d2.sum(axis=0)
        W1 -= rate * x.T @ d1
        b1 -= rate * d1.sum()
out = np.maximum(X @ W1 + b1, 0) @ W2 + b2
print("accuracy", np.mean(out.argmax(axis=1) == y))
"""
SEEN = Symptoms(
    skew=0.0, favoured_class=0, favoured_share=0.5, input_dependence=0.5, balanced_accuracy=0.5,
    mean_probabilities=[0.5, 0.5], class_shares=[0.5, 0.5], images=120, overflowed=0,
)  # fmt: skip


def report(*minimal, fails=False, score=0.97):
    """What a diagnosis would say: which parts must be mended at once."""
    twin = Twin(
        score=score, rate=0.3, epochs=60, works_in=[3, 3], found_works_in=[0, 3], shape="2-5-2",
        symptoms=SEEN, same_shape=score, lacks="", trained=score, fails=fails,
    )  # fmt: skip
    parts = Parts(
        found=0.5, twin=score, best=score, minimal=[list(one) for one in minimal],
        rates=[None] * len(minimal), epochs=[None] * len(minimal), alone={}, without={},
        shares={}, places={}, given_up=0, gradients={},
    )  # fmt: skip
    return Report(
        network=Subject(name="net", source="net.py", parameters={}), against=None, data={},
        settings={"seed": 0, "seeds": 3}, symptoms={}, findings={}, causes={}, code=[],
        runs={}, twin=twin, parts=parts,
    )  # fmt: skip


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("script") / "net.py"
    path.write_text(BROKEN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def seen(script):
    return watch(script)


def test_what_is_blamed_is_mended_and_measured(script, seen):
    before = {one.name: one.read_bytes() for one in script.parent.iterdir() if one.is_file()}
    found = find_patch(script, seen, report(["gradient", "pace"]))
    new = [line for line in found["diff"].splitlines() if line.startswith("+")][1:]
    assert len(new) == found["lines"] <= 2
    assert any(line.startswith("+rate = ") for line in new)
    tried = found["tried"]
    assert tried["found"] < 0.75 < 0.9 <= tried["patched"]
    assert tried["works_in"] == [3, 3]
    assert tried["rate"] > 1e-3
    assert [one.rpartition(" ")[0] for one in tried["printed"]] == ["accuracy"] * 2
    assert float(tried["printed"][1].split()[1]) > 0.9
    after = {one.name: one.read_bytes() for one in script.parent.iterdir() if one.is_file()}
    assert after == before  # nothing is written beside the script


def test_a_search_ends_in_its_time_and_says_what_was_left(script, seen, monkeypatch):
    assert [seconds_for(one) for one in (5.0, 100.0, 900.0)] == [120.0, 200.0, 300.0]
    found = find_patch(script, seen, report(["gradient", "pace"]), most_seconds=0.0)
    assert (found["diff"], found["left"]) == ("", [OVER])
    scores, edits = np.array([0.95]), [SimpleNamespace()]

    def until_it_rings(self, parts):
        self.working, self.trials.most_seconds = (edits, scores), 0.0
        raise OutOfTime

    tried = {"patched": 0.95, "works_in": [3, 3]}
    kept = {"diff": "it works", "tried": tried, "left": [], "lines": 1, "hunks": []}
    monkeypatch.setattr(search.Search, "edits_for", until_it_rings)
    monkeypatch.setattr(patch, "_kept", lambda search, base, *found: dict(kept))
    found = find_patch(script, replace(seen, seen=()), report(["gradient"]))
    assert (found["diff"], len(found["left"])) == ("it works", 1)


def test_nothing_goes_beyond_the_time(script, seen):
    began = time.monotonic()
    found = find_patch(script, seen, report(["gradient"]), most_seconds=1.0)
    assert time.monotonic() - began < 5.0
    assert found["diff"] == ""
    first = found["left"][0]
    assert first == OVER or "the search was ended" in first


@pytest.mark.parametrize(("reached", "works", "said"), [
    (0.5, 0.86, "to 0.50, and not to 0.86,"), (0.857, 0.8632, "to 0.8570, and not to 0.8632,"),
])  # fmt: skip
def test_two_numbers_that_differ_are_written_so_that_they_do(reached, works, said):
    assert said in part_of_the_way(reached, works)


def test_a_sound_script_has_nothing_to_mend(script, seen):
    found = find_patch(script, seen, report())
    assert (found["diff"], found["left"], found["tried"]) == ("", [NOTHING], None)


def test_what_works_where_its_twin_does_not_has_nothing_to_mend(script, seen):
    works = report(fails=True, score=0.55)
    works = replace(works, parts=replace(works.parts, found=1.0))
    assert find_patch(script, seen, works)["left"] == [NOTHING]


def test_of_a_script_of_which_no_network_was_read_nothing_is_tried(script, seen):
    found = find_patch(script, replace(seen, network=None, seen=()), report(["pace"]))
    assert (found["diff"], found["left"], found["tried"]) == ("", [UNREAD], None)


def test_where_there_can_be_no_sound_network_nothing_is_tried(script, seen):
    alone = replace(report(["pace"]), twin=None, runs={"no_twin": "a hidden layer is a softmax"})
    found = find_patch(script, replace(seen, seen=()), alone)
    assert (found["diff"], found["tried"]) == ("", None)
    assert found["left"] == [
        "no patch: there is no sound network to measure an edit by: a hidden layer is a softmax"
    ]


def test_what_the_report_had_no_time_to_compare_is_compared_by_the_search(script, seen):
    found = find_patch(script, seen, replace(report(["pace"]), twin=None, parts=None))
    assert any(line.startswith("+rate = ") for line in found["diff"].splitlines())
    assert found["tried"]["works_in"] == [3, 3]


def test_ctrl_c_while_edits_are_tried_leaves_the_report(script, seen):
    def stop(what, done, total):
        raise KeyboardInterrupt

    found = find_patch(script, seen, report(["pace"]), progress=stop)
    assert found["left"] == ["no patch: interrupted while edits were tried"]


def test_an_error_while_edits_are_tried_leaves_the_report(script, seen):
    def fails(what, done, total):
        raise KeyError("a node")

    found = find_patch(script, seen, report(["pace"]), progress=fails)
    assert found["left"] == ["no patch: the search was stopped by KeyError('a node') in diagnose"]


def test_a_source_that_cannot_be_kept_is_left_alone(tmp_path, seen):
    path = tmp_path / "net.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n" + BROKEN.encode())
    found = find_patch(path, seen, report(["pace"]))
    assert found["diff"] == ""
    assert "UTF-8" in found["left"][0]
    assert Source(BROKEN.encode(), "net.py").newline == "\n"


def finding(defect, line, part):
    return Finding(
        defect=defect, status=PRESENT, observed="", expected="", advice="", numbers={},
        where=Where(file="net.py", line=line, text=""), part=part,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_harmless_is_mended_too_where_that_is_asked_for(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(BROKEN.replace("rate = 1e-06", "rate = 0.5"), encoding="utf-8")
    watched = watch(path)
    assert find_patch(path, watched, report())["left"] == [NOTHING]
    found = find_patch(path, watched, report(score=0.95), whole=True)
    (hunk,) = found["hunks"]
    assert hunk["part"] == "gradient"
    assert hunk["changes"][0]["new"] == ["        b1 -= rate * d1.sum(axis=0)"]
    assert found["tried"]["patched"] > found["tried"]["found"] - NOTICEABLE


def test_where_no_smallest_set_was_found_all_parts_with_defects_are_mended():
    undecided = report()
    undecided = replace(
        undecided, parts=replace(undecided.parts, undecided=True),
        findings={"net": [finding("initialization-scale", 8, "start"),
                          finding("misleading-metric", 31, "answer")]},
    )  # fmt: skip
    assert to_mend(undecided) == [["start", "pace", "answer"]]
    assert to_mend(report(["input", "pace"], ["start"])) == [["start"], ["input", "pace"]]
    assert to_mend(report()) == []
    less_sure = replace(report(), findings={"net": [finding("initialization-scale", 8, "start")]})
    assert to_mend(less_sure) == []  # a risk
    ends_early = {"net": [finding("too-few-epochs", 8, "pace")]}
    assert to_mend(replace(less_sure, findings=ends_early)) == [["pace"]]
    error = replace(less_sure.findings["net"][0], severity=SEVERE)
    less_sure = replace(less_sure, findings={"net": [error]})
    assert to_mend(less_sure) == [["start", "pace"]]
    as_good = replace(less_sure, parts=replace(less_sure.parts, found=0.96))
    assert to_mend(as_good) == [["start", "pace"]]  # it works with fewer seeds than its twin
    as_good = replace(as_good, twin=replace(as_good.twin, found_works_in=[3, 3]))
    assert to_mend(as_good) == []
    few = replace(finding("too-few-units", 8, "size"), numbers={"units": [1], "times": 4})
    assert to_mend(replace(as_good, findings={"net": [few]})) == [["size"]]
    few = replace(few, numbers={"units": [1], "times": None})  # or more units do not help
    assert to_mend(replace(as_good, findings={"net": [few]})) == []


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ((0.50, 0.52, 0.51), (0.96, 0.95, 0.97), True),
        ((0.30, 0.95, 0.30), (0.96, 0.97, 0.96), True),
        ((0.95, 0.30, 0.30), (0.80, 0.97, 0.97), False),  # worse with one seed
        ((0.94, 0.95, 0.96), (0.96, 0.97, 0.98), False),  # nobody would notice
        ((0.50, 0.75, 1.00), (1.00, 1.00, 1.00), False),  # as other seeds have it
    ],
)
def test_a_patch_is_better_with_every_seed_and_by_more_than_seeds_do(before, after, better):
    assert patch._is_better(np.array(before), np.array(after)) is better


def test_where_few_seeds_do_not_tell_more_are_trained():
    def outcome(*scores):
        return SimpleNamespace(scores=lambda seeds: np.resize(scores, len(seeds)))

    searching = SimpleNamespace(
        seeds=range(3), whole=False, script=SimpleNamespace(report=report(["gradient"]))
    )
    for found, patched, count in (((0.5, 0.75, 1.0), 1.0, 10), ((0.9,), 0.91, 3), ((0.5,), 0.9, 3)):
        base = SimpleNamespace(as_found=outcome(*found))
        before, after = patch._measured(searching, base, outcome(patched))
        assert len(before) == len(after) == count


def test_where_report_and_patch_differ_it_is_said_why():
    said = report(["gradient", "pace"])
    said = replace(said, parts=replace(said.parts, rates=[0.3]))
    assert other_set(said, {"gradient", "pace"}, True) == []
    assert other_rate(said, {"gradient"}, 0.1) == []
    (lacking,) = other_set(said, {"gradient"}, True)
    assert lacking.endswith("the patch does not mend pace: with the edits it works without that")
    (lacking,) = other_set(said, {"gradient"}, False)
    assert lacking.endswith("no edit that was tried does")
    (beside,) = other_set(said, {"gradient", "pace", "start"}, True)
    assert "the patch mends start:" in beside
    (answers,) = other_set(report(["gradient", "answer"]), {"gradient"}, True)
    assert answers.startswith("how answers are prepared, read off or counted is left as it is")
    (of_rate,) = other_rate(said, {"gradient", "pace"}, 0.1)
    assert of_rate.startswith("the patch trains at a rate of 0.1, and the set of parts at 0.3")
    assert other_rate(said, {"gradient", "pace"}, 0.3) == []


@pytest.mark.parametrize(
    ("labels", "alike"),
    [([2.0, 4.0, 7.0], True), ([0.02, 0.04, 0.06], False), ([102.0, 104.0, 106.0], False)],
)
def test_targets_of_one_unit_are_about_as_large(labels, alike):
    def outcome(labels):
        data = SimpleNamespace(labels=np.array(labels))
        return SimpleNamespace(trainer=SimpleNamespace(data=data))

    assert in_one_unit(outcome([2.0, 4.0, 6.0]), outcome(labels)) is alike
