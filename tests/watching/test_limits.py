"""A script that sleeps, asks or never returns: what it had trained by then is read, in time."""

from __future__ import annotations

import subprocess
import time

import pytest

from diagnose.errors import BadInputError
from diagnose.network import script_process
from diagnose.watching.script import LEAST_LATER, watch

TRAINED = """import time
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)
W = rng.normal(size=(3, 2))
for epoch in range(8):
    for start in range(0, 40, 4):
        x, y = X[start:start + 4], Y[start:start + 4]
        e = np.exp(x @ W)
        p = e / e.sum(axis=1, keepdims=True)
        p[np.arange(4), y] -= 1
        W -= 0.1 * x.T @ p / 4
"""
ASKS = "again and again"
QUESTIONS = {
    "once": "input('enter')\n",
    "in a loop": "while input('next? ') != 'q':\n    pass\n",
    ASKS: "while True:\n    try:\n        input()\n    except Exception:\n        pass\n",
    "and takes no answer for one": "try:\n    input()\nexcept EOFError:\n    print('bye')\n",
}
# A little for the start of a process on a busy machine, and for reading what it hands over.
STARTING = 6.0


def watched(folder, text, **times):
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    began = time.monotonic()
    seen = watch(path, **times)
    return seen, time.monotonic() - began


@pytest.mark.parametrize("way", QUESTIONS)
def test_a_question_after_the_training_takes_nothing_away(tmp_path, way):
    seen, _ = watched(tmp_path, TRAINED + QUESTIONS[way], seconds=30, further=5.0)
    assert seen.network is not None, seen.parted
    assert seen.network.epochs == 8
    assert ("bye" in seen.output) is (way == "and takes no answer for one")


@pytest.mark.parametrize("way", ["once", ASKS])
def test_a_question_before_it_is_told(tmp_path, way):
    with pytest.raises(BadInputError, match=r"before it trained: asks for input \(input"):
        watched(tmp_path, QUESTIONS[way] + TRAINED, seconds=30)


def test_a_question_before_it_may_go_unanswered(tmp_path):
    text = QUESTIONS["and takes no answer for one"] + TRAINED
    assert watched(tmp_path, text, seconds=30)[0].network is not None


def test_a_script_that_sleeps_at_first_is_ended_in_time(tmp_path):
    seen, took = watched(tmp_path, f"import time\ntime.sleep(100)\n{TRAINED}", seconds=1.5)
    assert "not enough of a training was seen" in seen.parted.reason
    assert took < 1.5 + STARTING


def test_of_one_that_sleeps_within_its_training_what_was_seen_is_read(tmp_path):
    text = TRAINED.replace("    for start", "    time.sleep(100 * (epoch > 3))\n    for start")
    seen, took = watched(tmp_path, text, seconds=3.0, further=20.0, most=4.0)
    assert seen.network is not None, seen.parted
    assert took < 4.0 + STARTING


def test_it_sleeps_on_no_longer_than_it_may_run(tmp_path):
    seen, took = watched(tmp_path, f"{TRAINED}time.sleep(100)\n", further=60.0, most=3.0)
    assert seen.network is not None
    assert took < 3.0 + STARTING


def test_one_long_call_is_ended_from_outside(tmp_path, monkeypatch):
    monkeypatch.setattr(script_process, "subprocess", subprocess)
    began = time.monotonic()
    with pytest.raises(BadInputError, match=r"no training was seen within 1 s"):
        watched(tmp_path, f"sum(range(10**12))\n{TRAINED}", seconds=1.0)
    assert time.monotonic() - began < 1.0 + LEAST_LATER + STARTING


def test_what_was_read_before_it_is_kept(tmp_path):
    seen, took = watched(tmp_path, f"{TRAINED}sum(range(10**12))\n", further=1.0, most=3.0)
    assert seen.network is not None
    assert took < 3.0 + LEAST_LATER + STARTING


def test_a_full_folder_for_temporary_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("diagnose.watching.script.is_full", lambda _: True)
    with pytest.raises(BadInputError, match=r"no room for what is seen of .*make room, or"):
        watched(tmp_path, "print()\n", seconds=30)
