"""What trains runs side by side is compiled by another process, and waited for where it is used."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from diagnose.data import carried, subset
from diagnose.network import other_process
from diagnose.training import ahead, pool
from diagnose.training.trainer import Trainer
from fixed import NETWORK

# What is compiled ahead, and what is then added to it by the runs of a network.
COMPILED = """
import tests.training.test_ahead as own
from diagnose.training import ahead, kernel
from diagnose.training.kernel_in_lanes import _steps as steps_in_lanes
ahead.compile_it()
print(len(steps_in_lanes.signatures), len(kernel._lives_from.signatures))
own.train(4)
print(len(steps_in_lanes.signatures))
"""


def train(runs):
    """Train a network at so many rates."""
    trainer = Trainer(data=subset(carried(), 20), epochs=1, pool=pool.Pool(jobs=1))
    rates = [0.1 / (1 + at) for at in range(runs)]
    several = [replace(NETWORK, learning_rate=lambda _, rate=rate: rate) for rate in rates]
    return trainer.runs([(one, 0) for one in several], "training")


def test_it_is_what_runs_side_by_side_ask_for():
    given = [sys.executable, "-c", COMPILED]
    done = subprocess.run(given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0", "1"]


@pytest.mark.parametrize(("runs", "waits"), [(4, True), (1, False)])
def test_it_is_waited_for_where_runs_lie_side_by_side(runs, waits, monkeypatch):
    waited = []
    monkeypatch.setattr(ahead, "wait", lambda: waited.append(True))
    train(runs)
    assert bool(waited) is waits


@pytest.mark.parametrize(
    ("kept", "cores", "begun"), [(False, 2, True), (True, 2, False), (False, 1, False)]
)
def test_it_is_begun_once_where_it_is_not_kept(kept, cores, begun, tmp_path, monkeypatch):
    script, done = tmp_path / "child.py", tmp_path / "done.txt"
    script.write_text(f"open({str(done)!r}, 'a').write('done ')", encoding="utf-8")
    monkeypatch.setattr(ahead, "__file__", str(script))
    monkeypatch.setattr(ahead, "_working", [])
    monkeypatch.setattr(ahead, "is_kept", lambda: kept)
    monkeypatch.setattr(other_process.os, "cpu_count", lambda: cores)
    ahead.begin()
    ahead.begin()
    ahead.wait()
    assert (done.read_text(encoding="utf-8") if done.exists() else "") == "done " * begun


def test_where_no_process_may_be_started_nothing_is_waited_for(monkeypatch):
    def refused(*_, **__):
        raise OSError

    monkeypatch.setattr(ahead, "_working", [])
    monkeypatch.setattr(ahead, "is_kept", lambda: False)
    monkeypatch.setattr(other_process.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(other_process.subprocess, "Popen", refused)
    ahead.begin()
    ahead.wait()
    assert not ahead._working
