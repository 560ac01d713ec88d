"""What is tried for each set of parts, and what works and is wrong still."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.patching import patch
from diagnose.training.budget import OutOfTime


class Sets:
    """A search whose edits for a set of parts are named so, and leave some parts wrong."""

    best, left, twin = 0.95, (), None

    def __init__(self, wrong):
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
            is_late=False, runs=0, most_runs=9,
        )  # fmt: skip

    def edits_for(self, parts):
        self.tried.append(parts)
        return ["".join(parts)], np.full(3, 0.95)


def kept(search, base, edits, left):
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
    best, _ = patch._searched(search, None, sets, [])
    assert (best["diff"], len(search.tried)) == (diff, tried)
    assert [one for one in best["left"] if "found in step is left" in one] == best["left"]
    assert bool(best["left"]) is (second != ())


def test_a_search_that_is_ended_within_a_trial_says_so(monkeypatch):
    monkeypatch.setattr(patch, "_kept", kept)
    search = Sets({"": ()})
    search.trials.spent, search.trials.untried = 9.0, 0

    def rings(parts):
        raise OutOfTime

    search.edits_for = rings  # a slow copy has made the time longer that there is
    assert not search.trials.is_late
    best, left = patch._searched(search, None, [["step"]], [])
    assert best is None
    assert left == ["the search was ended after 9 s and 0 copies, the best of which reaches 0.95"]


def test_a_pace_that_does_is_not_wrong_still(monkeypatch):
    monkeypatch.setattr(patch, "_kept", kept)
    search = Sets({"pace": ("pace",)})
    best, _ = patch._searched(search, None, [["pace"], ["step"]], [])
    assert (search.tried, best["left"]) == ([["pace"]], [])
