"""What of a patch changes no number is taken out of it again."""

import pytest

from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.trial import without_idle
from tests.patching.making import trials_of

STEPS = """import numpy as np

rng = np.random.default_rng()
W = rng.normal(size=3)
for turn in range(5):
    z = W * rng.normal(size=3)
    h = np.maximum(z, 0)
    W = W - 0.3 * (z > 0) * np.random.normal(size=3)
print("done")
"""
IN_MAIN = STEPS.replace("\nrng", "\ndef main():\n    rng").replace("\nW =", "\n    W =")
IN_MAIN = IN_MAIN.replace("\nfor", "\n    for").replace("\n    z", "\n        z")
IN_MAIN = IN_MAIN.replace("\n    h", "\n        h").replace("\n    W = W", "\n        W = W")
IN_MAIN = IN_MAIN.replace('\nprint("done")', "\n    print(turn)\n\nmain()")


def edit(text, *pairs):
    places = [(text.index(old), old, new) for old, new in pairs]
    return Edit(
        splices=tuple(Splice(start=at, end=at + len(old), text=new) for at, old, new in places),
        part="gradient", why="",
    )  # fmt: skip


def kept(text, edits, folder, **given):
    source = Source(text.encode(), "mine.py")
    trials = trials_of(source, folder, seconds=9.0, **given)
    return [[one.text for one in each.splices] for each in without_idle(trials, edits)]


SAME, OTHER = ("(z > 0)", "(h > 0)"), ("0.3", "0.1")


@pytest.mark.parametrize("text", [STEPS, IN_MAIN])
def test_what_says_the_same_in_other_words_is_taken_out(text, tmp_path):
    """Though other numbers are drawn in each run, and no number that changes is printed."""
    both = [edit(text, SAME), edit(text, OTHER)]
    assert kept(text, both, tmp_path) == [["0.1"]]
    assert kept(text, [edit(text, SAME, OTHER)], tmp_path) == [["0.1"]]
    works = [edit(text, OTHER), edit(text, ("size=3", "size=(3,)"), ("(5)", "(6)"))]
    assert kept(text, works, tmp_path) == [["0.1"], ["(6)"]]


def test_half_of_what_swaps_two_lines_is_not_taken_out(tmp_path):
    waits = STEPS.replace("print(", "if turn > 9:\n    waited = 0\nelse:\n    waited = 1\nprint(")
    swap = edit(waits, ("waited = 0", "waited = 1"), ("waited = 1", "waited = 0"))
    assert kept(waits, [swap], tmp_path) == [["waited = 1", "waited = 0"]]


def test_where_it_cannot_be_seen_everything_stays(tmp_path):
    both = [edit(STEPS, SAME), edit(STEPS, OTHER)]
    assert kept(STEPS, both, tmp_path, most_seconds=0.0) == [["(h > 0)"], ["0.1"]]
    stops = STEPS.replace("print(", "stop(")
    assert kept(stops, both, tmp_path) == [["(h > 0)"], ["0.1"]]


# Ways to keep weights, and to end, that hide from a look at a script's names what it changes.
KEPT = {
    "slots": """
class Net:
    __slots__ = ("W",)
net = Net()
net.W = np.ones(3)
""",
    "record": "\nfrom types import SimpleNamespace\nnet = SimpleNamespace(W=np.ones(3))\n",
    "class": "\nclass net:\n    W = np.ones(3)\n",
    "beside": "\nfrom besides import Net\nnet = Net()\nnet.W = np.ones(3)\n",
}
ASKED = """import numpy as np
{kept}
for turn in range(5):
    net.W -= 0.3 * net.W
print(net.W.any())
"""
ENDS = """import sys
import numpy as np
W = np.ones(3)
def main():
    global W
    for turn in range(5):
        W -= 0.3 * W
    print(W.any())
sys.exit(main())
"""


TEXTS = {**{name: ASKED.format(kept=one) for name, one in KEPT.items()}, "exit": ENDS}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_changes_a_number_stays_wherever_that_is_kept(text, tmp_path):
    """Though the script prints the same."""
    (tmp_path / "besides.py").write_text("class Net:\n    pass\n", encoding="utf-8")
    both = [edit(text, OTHER), edit(text, ("(5)", "(6)"))]
    assert kept(text, both, tmp_path) == [["0.1"], ["(6)"]]


def test_a_seed_may_be_given_by_its_name(tmp_path):
    text = STEPS.replace("default_rng()", "default_rng(seed=3)")
    assert kept(text, [edit(text, SAME), edit(text, OTHER)], tmp_path) == [["0.1"]]
