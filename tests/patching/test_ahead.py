"""Copies that come next run beside the one that is waited for, and change nothing of it."""

import subprocess
import time
from functools import partial

import pytest

from diagnose.network import script_process
from diagnose.patching import ahead
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.trial import PRINTED
from diagnose.watching.script import watch
from tests.patching.making import trials_of

# Waits for a copy with another number, which runs beside it or never.
MEETING = """
import time
from pathlib import Path
NUMBER = 0
MEETS = {meets}
(Path(r"{hall}") / str(NUMBER)).touch()
while NUMBER in MEETS and not (Path(r"{hall}") / str(MEETS[NUMBER])).exists():
    time.sleep(0.01)
with open("written.txt", "a") as here:
    here.write(str(NUMBER))
print("score:", open("written.txt").read())
"""
LASTING = """
import time
NUMBER = 0
time.sleep(60 * NUMBER)
print("score:", NUMBER)
"""
LEARNING = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = (X.sum(axis=1) > 0).astype(int)
W = rng.normal(size=(3, 2))
rate = 0.1
for epoch in range(40):
    for i in range(60):
        p = np.exp(X[i] @ W)
        p /= p.sum()
        p[Y[i]] -= 1
        W -= rate * np.outer(X[i], p)
print("accuracy", np.mean((X @ W).argmax(axis=1) == Y))
"""


@pytest.fixture(autouse=True)
def started_anew(monkeypatch):
    """As any reader's copies are: several at once."""
    monkeypatch.setattr(script_process, "subprocess", subprocess)


@pytest.fixture
def trying(tmp_path):
    """Trials of a script in which a line has another number, and the edits for each of some."""

    def made(text, old, numbers, **given):
        source, folder = Source(text.encode(), "net.py"), tmp_path / "copies" / "folder"
        folder.mkdir(parents=True)
        at = text.index(old)
        edits = [
            Edit(
                part="pace", defect="", why="",
                splices=(Splice(start=at, end=at + len(old), text=old.replace("0", one, 1)),),
            )
            for one in map(str, numbers)
        ]  # fmt: skip
        return trials_of(source, folder, **{"at_once": 2, **given}), edits

    return made


def foresee_printed(trials, edits):
    """Copies with each of the edits are run to their end next."""
    copies = [(edit, *trials.source.runs_as(edit.splices)) for edit in edits]
    trials.ahead.foresee(
        ((PRINTED, data), partial(trials._begin, name, data, ())) for _, name, data in copies
    )


def test_what_comes_next_runs_beside_what_is_waited_for(trying, tmp_path):
    text = MEETING.format(hall=tmp_path, meets={1: 2, 2: 3})
    trials, edits = trying(text, "NUMBER = 0", [1, 2, 3])
    foresee_printed(trials, edits)
    assert [trials.printed([one])[1] for one in edits] == ["score: 1", "score: 2", "score: 3"]
    trials.close()


def test_one_by_one_none_is_begun_before_its_turn(trying, tmp_path):
    trials, edits = trying(MEETING.format(hall=tmp_path, meets={}), "NUMBER = 0", [1, 2], at_once=1)
    foresee_printed(trials, edits)
    assert trials.printed([edits[0]]) == (True, "score: 1")
    assert not (tmp_path / "2").exists()


def test_what_is_passed_over_and_what_is_left_is_ended(trying):
    trials, edits = trying(LASTING, "NUMBER = 0", [0.01, 1, 0.02, 2])
    foresee_printed(trials, edits)
    assert trials.printed([edits[0]])[1] == "score: 0.01"
    (passed,) = (one.process for _, one in trials.ahead._begun.values())
    assert passed.poll() is None
    foresee_printed(trials, edits[2:])
    assert passed.poll() is not None
    assert trials.printed([edits[2]])[1] == "score: 0.02"
    (last,) = (one.process for _, one in trials.ahead._begun.values())
    began = time.monotonic()
    trials.close()
    assert last.poll() is not None
    assert time.monotonic() - began < 30


def test_what_stands_before_another_is_ended_when_that_is_asked_for(trying):
    trials, edits = trying(LASTING, "NUMBER = 0", [1, 0.01], at_once=3)
    foresee_printed(trials, edits)
    assert trials.printed(())[1] == "score: 0"
    first, _ = (one.process for _, one in trials.ahead._begun.values())
    assert trials.printed([edits[1]])[1] == "score: 0.01"
    assert first.poll() is not None


def test_a_copy_that_was_watched_beside_another_is_read_as_any(trying, tmp_path):
    (tmp_path / "net.py").write_text(LEARNING)
    network = watch(tmp_path / "net.py", seconds=30).network
    trials, edits = trying(LEARNING, "rate = 0.1", [1, 2], found=network)
    trials.foresee([one] for one in edits)
    rates = [trials.run([one]).network.learning_rate(0) for one in edits]
    assert rates == [1.1, 2.1]
    trials.close()


def test_a_large_folder_is_not_copied_for_each(trying, monkeypatch):
    monkeypatch.setattr(ahead, "MOST_BYTES", 10)
    trials, _ = trying(LASTING, "NUMBER = 0", [1])
    (trials.folder / "data.bin").write_bytes(bytes(11))
    assert trials.ahead.at_once == 1
