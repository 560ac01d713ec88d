"""How long a training goes on: its epochs, its steps, and what ends it early."""

from types import SimpleNamespace

import pytest

from diagnose.patching.notebooks import read
from diagnose.patching.pace import (
    ends_far_too_early,
    is_short,
    of_ends,
    of_epochs,
    of_longer,
    of_several_times,
)
from diagnose.patching.source import patched
from tests.patching.making import script, trials_of, ways

TWO_LOOPS = (
    "for epoch in range({})\n:".replace("\n:", ":\n")
    + "    for s in range(0, 600, 20):  #: training loop\n        w -= r * g  #: update\n"
)
ENDLESS = (
    "def rounds():\n    while True:\n        w -= r * g  #: update\n        yield w\n"
    "{}for at, loss in enumerate({}):  #: training loop\n"
    "    if at > 800:\n        break\n"
)


def test_epochs_that_were_read_as_one_are_counted_by_the_outermost_loop():
    made = script(TWO_LOOPS.format(2), epochs=1)
    assert ways(made, lambda one: of_epochs(one, 16)) == [["for epoch in range(32):"]]
    made = script(TWO_LOOPS.format("0, 2"), epochs=1)
    assert ways(made, lambda one: of_epochs(one, 16)) == [["for epoch in range(0, 32):"]]
    for other in ("n, 9", "n, 9, 2"):
        assert of_epochs(script(TWO_LOOPS.format(other), epochs=1), 16) == []


def test_the_epochs_that_are_read_go_first():
    made = script(TWO_LOOPS.format(3), epochs=3)
    assert ways(made, of_several_times) == [
        ["for epoch in range(12):"],
        ["for epoch in range(48):"],
    ]


def test_a_longer_training_is_so_many_times_that_of_the_script():
    numbers = {"epochs": 2, "longer": [{"times": 4, "score": 0.9}]}
    made = script(TWO_LOOPS.format(8), epochs=8, found={"too-few-epochs": numbers})
    assert ways(made, of_longer) == [["for epoch in range(32):"]]
    made.found["too-few-epochs"]["longer"] = []
    assert of_longer(made) == []


@pytest.mark.parametrize(("samples", "short"), [(600, True), (60_000, False)])
def test_a_training_of_few_steps_is_short(samples, short):
    made = SimpleNamespace(network=SimpleNamespace(epochs=2, batch_size=20))
    assert is_short(made, samples) is short


@pytest.mark.parametrize(
    ("before", "over"), [("", "rounds()"), ("every = rounds()\n", "every"), ("", "count()")]
)
def test_the_only_end_of_a_training_stays(before, over):
    assert of_ends(script(ENDLESS.format(before, over))) == []


def test_what_ends_a_training_early_is_taken_out():
    assert of_ends(script(ENDLESS.format("", "range(900)")))


@pytest.mark.parametrize(
    ("ends", "left"),
    [
        ("    if last - now < 0.01:\n        print('done', e)\n        break\n", ""),
        ("    if now > last: break\n", ""),
        ("    if now > last:\n        best = now\n        break\n",
         "    if now > last:\n        best = now\n"),
    ],
)  # fmt: skip
def test_with_a_break_goes_what_is_said_of_it(ends, left):
    loop = "for e in range(900):  #: training loop\n    w -= r * g  #: update\n"
    made = script(f"{loop}{ends}    last = now\n")
    (edit,) = of_ends(made)
    assert patched(made.source, [edit]).decode() == f"{loop}{left}    last = now\n"


def test_a_function_that_gives_back_what_it_has_goes_on():
    body = "    for e in range(900):  #: training loop\n        w -= r * g  #: update\n"
    text = f"def fit(w):\n{body}{{}}    return w\nfit(w)\n"
    ends = "        if abs(old - new) < tol:\n            return w\n"
    made = script(text.format(ends))
    (edit,) = of_ends(made)
    assert patched(made.source, [edit]).decode() == text.format("")


@pytest.mark.parametrize(
    "text",
    [
        "labels = np.repeat(kinds, 50)\nfor x, t in zip(X, labels):  #: training loop\n"
        "    w -= r * g  #: update\n    if x > 8:\n        break\n",
        "for k in range(9):  #: training loop\n    at = 0\n    while at < 900:\n"
        "        w -= r * g  #: update\n        at += 1\n        if at > 8:\n            break\n",
    ],
)
def test_a_loop_that_has_an_end_of_its_own_may_go_on_to_it(text):
    assert of_ends(script(text))


def test_a_copy_without_an_end_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr("diagnose.patching.trial.AT_LEAST", 1.0)
    monkeypatch.setattr("diagnose.patching.trial.AS_MANY_TIMES", 0.0)
    path = tmp_path / "s.py"
    path.write_text("print('error 0.5')\nwhile True:\n    pass\n")
    trials = trials_of(read(path), tmp_path, seconds=9.0)
    assert trials.printed(()) == (False, "")


STOPPED = TWO_LOOPS + "    if w.sum() < best:\n        break\n"


@pytest.mark.parametrize(("epochs", "early"), [(1, True), (20, False)])
def test_a_training_that_is_left_after_the_first_epochs_ends_far_too_early(epochs, early):
    assert ends_far_too_early(script(STOPPED.format(40), epochs=epochs)) is early
    assert not ends_far_too_early(script(TWO_LOOPS.format(40), epochs=epochs))
