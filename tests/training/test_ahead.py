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


# All that is compiled is loaded, by functions that make arrays too, or compiled where it is not
# kept; nothing of what numba compiles with, where it is.
LOADED = """
import sys
import numpy as np
import tests.training.test_ahead as own
from tests.networks import dense, images
if sys.argv[1] == "later":
    from diagnose.training import compiled
    compiled.KNOWN = (0, 0)
from diagnose.training import kernel_by_batches, kernel_in_lanes, kernel_one_by_one
made = [own.train(1), own.train(4), own.train(1, dense(batch_size=20), images())]
print([str(sum(map(np.sum, one.parameters.values()))) for some in made for one in some])
modules = kernel_one_by_one, kernel_in_lanes, kernel_by_batches
print([len(one._steps.signatures) for one in modules], "numba.np.npyimpl" in sys.modules)
"""


def train(runs, network=NETWORK, data=None):
    """Train a network at so many rates."""
    data = data or subset(carried(), 20)
    trainer = Trainer(data=data, epochs=1, pool=pool.Pool(jobs=1))
    rates = [0.1 / (1 + at) for at in range(runs)]
    several = [replace(network, learning_rate=lambda _, rate=rate: rate) for rate in rates]
    return trainer.runs([(one, 0) for one in several], "training")


def test_it_is_what_runs_side_by_side_ask_for():
    given = [sys.executable, "-c", COMPILED]
    done = subprocess.run(given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0", "1"]


def test_what_is_kept_is_loaded_without_what_compiles():
    first, again, later = (
        subprocess.run(
            [sys.executable, "-c", LOADED, numba], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for numba in ("known", "known", "later")
    )
    assert first[0] == again[0] == later[0]
    assert (again[1], later[1]) == ("[1, 1, 1] False", "[1, 1, 1] True")


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
    monkeypatch.setattr(other_process, "processors", lambda: cores)
    ahead.begin()
    ahead.begin()
    ahead.wait()
    assert (done.read_text(encoding="utf-8") if done.exists() else "") == "done " * begun


def test_where_no_process_may_be_started_nothing_is_waited_for(monkeypatch):
    def refused(*_, **__):
        raise OSError

    monkeypatch.setattr(ahead, "_working", [])
    monkeypatch.setattr(ahead, "is_kept", lambda: False)
    monkeypatch.setattr(other_process, "processors", lambda: 2)
    monkeypatch.setattr(other_process.subprocess, "Popen", refused)
    ahead.begin()
    ahead.wait()
    assert not ahead._working
