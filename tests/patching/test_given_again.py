"""What is given in any case, what a print brings forward again, and what works and is wrong."""

from contextlib import nullcontext
from types import SimpleNamespace

import libcst as cst
import numpy as np
import pytest

from diagnose.patching import patch
from diagnose.patching.printing import Likely
from diagnose.patching.said import NOTHING, OTHERWISE
from diagnose.patching.source import Source
from diagnose.training.budget import OutOfTime


def test_an_edit_that_is_given_is_not_made_once_more(monkeypatch):
    source = Source(b"a = 1\nb = 2\n", "mine.py")
    given, other = (source.edit(node, "3", "order", "so") for node in source.of_type(cst.Integer))
    monkeypatch.setattr(patch, "mended_by_print", lambda *some, **more: [given, other])
    seen = []
    trials = SimpleNamespace(
        left=9.0, shared=lambda others: nullcontext(), printed=lambda edits: (True, "accuracy 0.5"),
        run=lambda edits: None, found=None,
    )  # fmt: skip
    script = SimpleNamespace(
        network=SimpleNamespace(classes=3), report=SimpleNamespace(twin=None),
        told=lambda edits: [],
    )  # fmt: skip
    search = SimpleNamespace(
        trials=trials, script=script, of_told=lambda told: None,
        with_right_gradients=lambda edits: seen.append(edits), wanted=lambda edits: None,
    )  # fmt: skip
    base = SimpleNamespace(given=[given])
    patch._quickly(search, base, Likely(first=[given, other], rest=[]), {"order"})
    assert seen == [[given, other]]


class Sets:
    """A search whose edits for a set of parts are named so, and leave some parts wrong."""

    best, left, twin = 0.95, (), None

    def __init__(self, wrong, says="accuracy 0.9"):
        severe = [
            SimpleNamespace(part=part, severity="error", status="present", defect="d", where=None)
            for part in ("step", "gradient", "pace")
        ]  # fmt: skip
        self.script = SimpleNamespace(report=SimpleNamespace(
            findings={"s": severe}, network=SimpleNamespace(name="s"), twin=None,
            parts=SimpleNamespace(found=0.95),
        ))  # fmt: skip
        self.tried = []
        self.trials = SimpleNamespace(
            left=9.0, shared=lambda others: nullcontext(), found=SimpleNamespace(classes=3),
            run=lambda edits: SimpleNamespace(off=frozenset(wrong["".join(edits)])),
            printed=lambda edits, seconds=0: (True, says), is_late=False, runs=0, most_runs=9,
        )  # fmt: skip

    def edits_for(self, parts):
        self.tried.append(parts)
        return ["".join(parts)], np.full(3, 0.95)


def kept(search, base, edits, scores):
    return {"diff": "".join(edits), "left": [], "tried": {"patched": 0.95, "works_in": [3, 3]}}


@pytest.mark.parametrize(
    ("first", "second", "diff", "tried"),
    [
        ((), (), "step", 1),
        (("step",), (), "pace", 2),  # what is not wrong any more goes before what works only
        (("step",), ("step",), "step", 2),
    ],
)
def test_of_what_works_that_goes_first_after_which_nothing_is_wrong(
    first, second, diff, tried, monkeypatch
):
    monkeypatch.setattr(patch, "_kept", kept)
    search = Sets({"step": first, "pace": second})
    sets = [["step"], ["pace"]] if second == () else [["step"], ["step"]]
    best, *_ = patch._searched(search, None, sets, [])
    assert (best["diff"], len(search.tried)) == (diff, tried)
    assert [one for one in best["left"] if "found in step is left" in one] == best["left"]
    assert bool(best["left"]) is (second != ())


@pytest.mark.parametrize(
    ("says", "left"), [("accuracy 0.94", NOTHING), ("accuracy 0.5", OTHERWISE)]
)
def test_a_sound_training_is_no_all_clear_where_far_less_is_printed(says, left, monkeypatch):
    monkeypatch.setattr(patch, "_kept", lambda *some: None)
    assert patch._searched(Sets({"": ()}, says), None, [[]], [0]) == (None, [left], [])


def test_a_search_that_is_ended_within_a_trial_says_so(monkeypatch):
    monkeypatch.setattr(patch, "_kept", kept)
    search = Sets({"": ()})
    search.trials.spent, search.trials.untried = 9.0, 0

    def rings(parts):
        raise OutOfTime

    search.edits_for = rings  # a slow copy has made the time longer that there is
    assert not search.trials.is_late
    best, left, ended = patch._searched(search, None, [["step"]], [])
    assert (best, left) == (None, [])
    assert ended == ["the search was ended after 9 s and 0 copies, the best of which reaches 0.95"]


def test_a_pace_that_does_is_not_wrong_still(monkeypatch):
    monkeypatch.setattr(patch, "_kept", kept)
    search = Sets({"pace": ("pace",)})
    best, *_ = patch._searched(search, None, [["pace"], ["step"]], [])
    assert (search.tried, best["left"]) == ([["pace"]], [])
