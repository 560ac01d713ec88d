"""What is computed once before a loop, and not in its turns."""

import pytest

from diagnose.patching.placed import run_in_each_turn
from diagnose.patching.reading import asked_anew, told_edits
from diagnose.patching.source import Source, patched
from diagnose.patching.told_alone import mended_by_print
from tests.patching.making import trials_of

# Steps that never see what they have changed.
STALE = """\
import numpy as np
np.random.seed(0)
X = np.random.randn(80, 3)
Y = X @ np.array([[1.0], [-2.0], [0.5]])
def forward(x):
    return x @ W
W = np.zeros((3, 1))
out = forward(X)
for step in range(60):
    d = (out - Y) / 80
    W -= 0.3 * X.T @ d
print("mse", np.mean((forward(X) - Y) ** 2))
"""


def ways(text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in run_in_each_turn(source, frozenset())]


def test_a_pass_from_before_the_loop_runs_in_each_turn(tmp_path):
    source = Source(STALE.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    chosen = mended_by_print(told_edits(source, [("stale-forward", 6)]), trials)
    wanted = STALE.replace("60):\n", "60):\n    out = forward(X)\n")
    assert patched(source, chosen).decode() == wanted


def test_a_pass_that_is_written_out_takes_all_of_its_lines():
    text = STALE.replace("out = forward(X)", "z = X @ W\nout = np.tanh(z)")
    within = "60):\n    z = X @ W\n    out = np.tanh(z)\n"
    assert text.replace("60):\n", within) in ways(text)


@pytest.mark.parametrize("text", [
    STALE.replace("out = forward(X)", "out = None"),
    STALE.replace("    d = (out", "    out = forward(X)\n    d = (out"),
    STALE.replace("out = forward(X)\n", "out = forward(X)\nrate = 0.3\n"),
])  # fmt: skip
def test_what_each_turn_makes_and_what_is_no_pass_stays(text):
    assert ways(text) == []


BATCHES = """\
for batch in batches:
    answers = [net.forward(p) for p, _ in batch]
    for (q, label), a in zip(batch, answers):
        total += (a - label) ** 2
        net.backward(a - label)
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BATCHES, "net.backward(net.forward(q) - label)"),
        (BATCHES.replace("p, _", "p, t").replace("(p)", "(p, t)"), "forward(q, label) - label)"),
        (BATCHES.replace("p, _", "p").replace("(q, label)", "q"), "(net.forward(q) - label)"),
        (BATCHES.replace("zip(batch,", "zip(others,"), ""),
        (BATCHES.replace("net.backward(a - label)", "print(label)"), ""),
    ],
)
def test_an_answer_of_a_whole_batch_is_asked_for_anew(text, wanted):
    source = Source(text.encode(), "mine.py")
    copies = [patched(source, [one]).decode() for one in asked_anew(source)]
    assert len(copies) == bool(wanted)
    assert all(wanted in one and "(a - label) ** 2" in one for one in copies)
