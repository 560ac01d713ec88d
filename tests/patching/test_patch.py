"""From a script to its patch: tried before it is shown, and nothing else is called one."""

import re
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching import patch, search
from diagnose.patching.base import asks_otherwise, to_mend
from diagnose.patching.judging import goal_of
from diagnose.patching.mended_lines import mended_lines
from diagnose.patching.patch import NOTHING, OVER, find_patch, seconds_for
from diagnose.patching.printing import Likely
from diagnose.patching.said import part_of_the_way
from diagnose.patching.source import Edit, Source, Splice
from diagnose.render import terminal
from diagnose.render.patch_words import heading
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
    assert [one.rpartition(" ")[0] for one in tried["printed"]] == ["accuracy"] * 2
    assert float(tried["printed"][1].split()[1]) > 0.9
    after = {one.name: one.read_bytes() for one in script.parent.iterdir() if one.is_file()}
    assert after == before  # nothing is written beside the script


NOTHING_LIKELY = Likely(first=[], rest=[])


def test_what_does_not_work_is_no_patch(script, seen, monkeypatch):
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: NOTHING_LIKELY)
    monkeypatch.setattr(search, "RATES", (1.0,))
    # Nothing reaches this, or half of the way to it, so whatever is tried falls short.
    found = find_patch(script, seen, report(["order"], score=2.0))
    assert (found["diff"], found["hunks"], found["lines"]) == ("", [], 0)
    assert found["tried"]["runs"] > 1
    assert found["tried"]["patched"] is not None
    assert any("the best of the edits that were tried reaches" in one for one in found["left"])


def test_a_search_ends_in_its_time_and_says_what_was_left(script, seen, monkeypatch):
    assert [seconds_for(one) for one in (5.0, 100.0, 900.0)] == [120.0, 200.0, 300.0]
    found = find_patch(script, seen, report(["gradient", "pace"]), most_seconds=0.0)
    assert (found["diff"], len(found["left"])) == ("", 1)
    assert re.fullmatch(r"the search was ended after \d+ s and 0 copies", found["left"][0])
    scores, edits = np.array([0.95]), [SimpleNamespace()]

    def until_it_rings(self, parts):
        self.working, self.trials.most_seconds = (edits, scores), 0.0
        raise OutOfTime

    tried = {"patched": 0.95, "works_in": [3, 3]}
    kept = {"diff": "it works", "tried": tried, "left": [], "lines": 1, "hunks": []}
    monkeypatch.setattr(search.Search, "edits_for", until_it_rings)
    monkeypatch.setattr(patch, "_kept", lambda search, base, *found: dict(kept))
    found = find_patch(script, seen, report(["gradient"]))
    assert (found["diff"], len(found["left"])) == ("it works", 1)


def test_where_the_time_holds_for_all_nothing_goes_beyond_it(script, seen):
    began = time.monotonic()
    found = find_patch(script, seen, report(["gradient"]), most_seconds=1.0, bounded=True)
    assert time.monotonic() - began < 5.0
    assert found["diff"] == ""
    assert found["left"] == [OVER] or "the search was ended" in found["left"][-1]


def test_what_is_tried_by_print_is_shown_as_progress(script, seen):
    shown = []

    def note(*one):
        shown.append(one)
        if len(shown) > 1:
            raise KeyboardInterrupt

    unread = replace(seen, network=None)
    found = find_patch(script, unread, report(["pace"]), progress=note)
    assert "interrupted" in found["left"][0]
    assert {what for what, _, _ in shown} == {"trying edits of net.py"}


def test_what_brings_most_of_the_way_is_a_patch_and_says_so(script, seen, monkeypatch):
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: NOTHING_LIKELY)
    monkeypatch.setattr(search, "RATES", (1.0,))
    found = find_patch(script, seen, report(["order"], score=1.2))
    assert "+rate = " in found["diff"]
    assert found["tried"]["works_in"] == [0, 3]
    assert found["tried"]["patched"] > 0.9
    assert "most of the way" in found["left"][0]
    assert "order" in found["left"][1]


@pytest.mark.parametrize(("reached", "works", "said"), [
    (0.5, 0.86, "to 0.50, and not to 0.86,"), (0.857, 0.8632, "to 0.8570, and not to 0.8632,"),
])  # fmt: skip
def test_two_numbers_that_differ_are_written_so_that_they_do(reached, works, said):
    assert said in part_of_the_way(reached, works)


@pytest.mark.parametrize(("line", "score", "sound"), [
    ("accuracy: 0.73", 0.96, False), ("accuracy: 0.88", 0.96, True), ("accuracy: 0.73", 0.75, True),
    ("accuracy: 0.73", None, True), ("loss: 0.73", 0.96, True),
])  # fmt: skip
def test_what_is_printed_of_a_mended_script_is_about_what_a_sound_network_gives(line, score, sound):
    twin = None if score is None else SimpleNamespace(score=score, fails=False)
    assert goal_of(SimpleNamespace(twin=twin), 2).is_reached(line) is sound


def test_a_sound_script_has_nothing_to_mend(script, seen):
    found = find_patch(script, seen, report())
    assert (found["diff"], found["left"], found["tried"]) == ("", [NOTHING], None)


def test_a_sound_script_that_takes_longer_than_edits_could_be_tried_is_not_waited_for(
    script, seen, tmp_path
):
    path = tmp_path / "net.py"
    text = script.read_text(encoding="utf-8")
    path.write_text(f"{text}import time\ntime.sleep(30)\n", encoding="utf-8")
    began = time.monotonic()
    assert find_patch(path, seen, report(), most_seconds=8.0)["left"] == [NOTHING]
    assert time.monotonic() - began < 20.0


# Each output is a column, of which the largest of each row is always the first.
ALWAYS_0 = (
    BROKEN.replace("rate = 1e-06", "rate = 0.5")
    .replace("rate * d1.sum()", "rate * d1.sum(axis=0)")
    .replace("out.argmax(axis=1)", "[np.argmax(o[:, None], axis=1)[0] for o in out]")
)


def test_a_sound_network_is_asked_as_it_should_be_where_the_script_prints_far_less(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(ALWAYS_0, encoding="utf-8")
    sound = report()
    sound = replace(sound, parts=replace(sound.parts, found=0.97))
    found = find_patch(path, watch(path), sound)
    assert "axis=0)[0]" in found["diff"]
    before, after = (float(one.split()[1]) for one in found["tried"]["printed"])
    assert before < 0.6 < 0.9 < after


def test_where_no_sound_network_learns_it_that_is_said(script, seen, monkeypatch):
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: NOTHING_LIKELY)
    found = find_patch(script, seen, report(fails=True))
    assert found["diff"] == ""
    assert "does not learn these samples either" in found["left"][0]


def test_what_the_own_run_of_a_script_brings_forward_is_trained_first(script, seen, monkeypatch):
    at = BROKEN.index("1e-06")
    rate = Edit(splices=(Splice(start=at, end=at + 5, text="0.7"),), part="pace", why="why")
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: Likely(first=[rate], rest=[]))
    found = find_patch(script, seen, report(["pace"]))
    assert "+rate = 0.7" in found["diff"]
    assert (found["tried"]["runs"], found["tried"]["works_in"]) == (1, [3, 3])


def test_of_a_sound_network_no_line_of_the_training_is_edited(tmp_path, monkeypatch):
    # it answers as it should, and prints how many of its samples are of one class
    text = ALWAYS_0.replace("[np.argmax(o[:, None], axis=1)[0] for o in out]", "order * 0")
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    at = text.index("order * 0")
    right = Edit(splices=(Splice(start=at, end=at + 9, text="y"),), part="order", why="why")
    monkeypatch.setattr(
        patch, "likeliest", lambda script, now=None: Likely(first=[right], rest=[right])
    )
    sound = report()
    sound = replace(sound, parts=replace(sound.parts, found=0.97))
    assert find_patch(path, watch(path), sound)["diff"] == ""


def test_where_no_edits_are_known_the_likeliest_are_tried_by_what_is_printed(script, seen):
    found = find_patch(script, seen, report(["size"]))
    before, after = (float(one.split()[1]) for one in found["tried"]["printed"])
    assert after > 0.9 > before + 0.25
    assert found["tried"]["patched"] is None
    assert "what the script prints last" in found["left"][0]


def test_what_no_edit_is_known_for_is_said(script, seen, monkeypatch):
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: NOTHING_LIKELY)
    found = find_patch(script, seen, report(["size"]))
    assert (found["diff"], found["tried"]["runs"]) == ("", 0)
    assert found["left"][0].endswith("no edit that was tried mends size")


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


def test_what_was_not_certified_is_patched_by_what_it_prints_alone(script, seen, monkeypatch):
    unread = replace(seen, network=None)
    found = find_patch(script, unread, report(["pace"]))
    before, after = (float(one.split()[1]) for one in found["tried"]["printed"])
    assert after > 0.9 > 0.75 > before
    assert "not certified" in found["left"][0]
    for name in ("of_slips", "told_edits"):
        monkeypatch.setattr(patch, name, lambda *given: [])
    monkeypatch.setattr(patch, "as_if_read", lambda *given: [])
    found = find_patch(script, unread, report(["pace"]))
    assert found["diff"] == ""
    assert "not certified" in found["left"][0]


def test_a_source_that_cannot_be_kept_is_left_alone(tmp_path, seen):
    path = tmp_path / "net.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n" + BROKEN.encode())
    found = find_patch(path, seen, report(["pace"]))
    assert found["diff"] == ""
    assert "UTF-8" in found["left"][0]
    assert Source(BROKEN.encode(), "net.py").newline == "\n"


# Probabilities are divided by their sum over the samples, and answers are compared as a table.
UNREAD = (
    BROKEN.replace("p = e / e.sum(axis=1, keepdims=True)", "p = e / e.sum(axis=0)")
    .replace("rate = 1e-06", "rate = 0.5")
    .replace("rate * d1.sum()", "rate * d1.sum(axis=0)")
    .replace("out.argmax(axis=1) == y", "out.argmax(axis=1)[:, None] == y")
)


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
    assert [(one["part"], one["defect"]) for one in found["hunks"]] == [
        ("gradient", "broadcast-shape")
    ]
    assert found["tried"]["patched"] > found["tried"]["found"] - NOTICEABLE


@pytest.mark.slow
def test_a_script_that_could_not_be_read_is_mended_where_it_was_seen(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(UNREAD, encoding="utf-8")
    line = 1 + UNREAD[: UNREAD.index("p = e /")].count("\n")
    unread = replace(
        report(), twin=None, parts=None, settings={},
        findings={"net": [finding("softmax-axis", line, "forward")]},
    )  # fmt: skip
    found = find_patch(path, replace(watch(path), network=None), unread)
    assert {one["defect"] for one in found["hunks"]} == {"softmax-axis", "misleading-metric"}
    assert found["tried"]["found"] is None
    assert found["tried"]["works_in"] == [3, 3]
    before, after = (float(one.split()[1]) for one in found["tried"]["printed"])
    assert before < 0.6 < 0.9 < after


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
    ("shown", "before", "after", "better"),
    [
        (True, (0.90, 0.95), (0.96, 0.96), True),
        (False, (0.90, 0.95), (0.96, 0.96), False),  # by .035
        (False, (0.85, 0.95), (0.96, 0.96), True),
        (False, (0.30, 0.99), (0.99, 0.45), False),  # as seeds have it
    ],
)
def test_what_hardly_falls_short_is_better_by_more_than_seeds_do(shown, before, after, better):
    def outcome(scores):
        return SimpleNamespace(scores=lambda seeds: np.resize(scores, len(seeds)))

    trials = SimpleNamespace(run=lambda edits: outcome(after))
    base = SimpleNamespace(shown=shown, found=0.9, outcome=outcome(before))
    searching = SimpleNamespace(seeds=range(3), trials=trials)
    assert patch._is_better(searching, base, [], np.array(after)) is better


def test_classes_are_numbered_alike_where_the_test_asks_for_others(tmp_path):
    path = tmp_path / "net.py"
    shifted = "Y = np.zeros((120, 2))\nfor i in range(120):\n    Y[i, y[i] - 1] = 1"
    text = BROKEN.replace("Y = np.eye(2)[y]", shifted).replace("1e-06", "0.3")
    path.write_text(text.replace("d1.sum()", "d1.sum(axis=0)"), encoding="utf-8")
    asked = report([])
    asked.data["unlike_test"] = {"score": 0.03, "trained": 0.97, "sure": True}
    assert asks_otherwise(asked)
    found = find_patch(path, watch(path), replace(asked, parts=replace(asked.parts, minimal=[])))
    assert "+    Y[i, y[i]] = 1\n" in found["diff"]
    assert found["lines"] == 1
    before, after = (float(one.split()[1]) for one in found["tried"]["printed"])
    assert before < 0.1 < 0.9 < after
    asked.data["unlike_test"]["lost"] = True
    assert not asks_otherwise(asked)


def test_without_a_twin_what_was_told_is_patched_by_what_the_script_prints(
    script, seen, monkeypatch
):
    without = replace(report(), twin=None, parts=None)
    monkeypatch.setattr(patch, "likeliest", lambda script, now=None: NOTHING_LIKELY)
    assert find_patch(script, seen, without)["left"][0].startswith("no patch: there is no sound")
    told = SimpleNamespace(kind="learning-rate", severity="")
    edit = Edit(splices=(Splice(start=0, end=0, text="# mended\n"),), part="pace", why="why")
    monkeypatch.setattr(patch, "by_print", lambda *given: [edit])
    found = find_patch(script, replace(seen, seen=(told,)), without)
    assert "+# mended\n" in found["diff"]
    assert found["tried"]["patched"] is found["tried"]["twin"] is None
    assert "what the script prints last" in found["left"][0]
    assert "1 line in net.py; run with it, the script prints last: accuracy" in heading(found)


def test_a_line_that_was_seen_to_mend_a_finding_stands_beside_it(script, seen):
    line = BROKEN.splitlines().index("        b1 -= rate * d1.sum()") + 1
    grave = Finding(
        defect="broadcast-shape", status=PRESENT, observed="b1 takes one number", expected="",
        where=Where(file=str(script), line=line), advice="", part="gradient", severity=SEVERE,
    )  # fmt: skip
    found = replace(report(["gradient"]), findings={"net": [grave]})
    (pair,) = mended_lines(script, seen, found, seconds=60)
    assert pair.defect == "broadcast-shape"
    assert pair.found == [(line, "        b1 -= rate * d1.sum()")]
    assert pair.repaired == [(line, "        b1 -= rate * d1.sum(axis=0)")]
    said = " ".join(terminal.render(replace(found, code=[pair])).split())
    assert "should be `b1 -= rate * d1.sum(axis=0)`" in said
    mild = replace(grave, severity="risk")
    assert mended_lines(script, seen, replace(found, findings={"net": [mild]}), seconds=60) == []
