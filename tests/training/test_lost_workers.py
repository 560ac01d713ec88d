"""Worker processes that end while a network's own functions train in them."""

import os
import signal
import socket
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from diagnose.data import subset
from diagnose.errors import BadInputError
from diagnose.report import Interrupted
from diagnose.study import diagnose
from diagnose.training import cluster
from diagnose.training.engine import TRIES, LostError, again
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED


class TerminatedWorkerError(RuntimeError):
    """As the library's own: told by where it comes from."""


TerminatedWorkerError.__module__ = "joblib.externals.loky.process_executor"


def deadly(parameters, gradients, rate, *, mark, ours):
    """A step that the compiled loop does not make; the first one in a worker kills that worker."""
    if os.getpid() != ours:
        try:
            Path(mark).touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return {
        name: one - 1e-4 * np.sign(one) - rate * gradients[name] for name, one in parameters.items()
    }


def trained(digits, update):
    network = replace(FIXED, update=update)
    trainer = Trainer(data=subset(digits, 40), epochs=1, pool=Pool(jobs=2))
    runs = trainer.runs([(network, seed) for seed in range(4)], "training")
    return [run.parameters for run in runs], sum(trainer.own.values())


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
def test_what_a_killed_worker_had_is_trained_again(digits, tmp_path):
    step = partial(deadly, mark=tmp_path / "killed", ours=os.getpid())
    found, made = trained(digits, step)
    assert (tmp_path / "killed").exists()
    expected, _ = trained(digits, step)
    assert made == 4
    for one, other in zip(found, expected, strict=True):
        for name in other:
            assert np.array_equal(one[name], other[name])


@pytest.mark.parametrize("error", [TerminatedWorkerError, TimeoutError])
def test_workers_that_end_again_and_again_interrupt_the_study(error):
    calls = []

    def work():
        calls.append(1)
        raise error("killed")

    with pytest.raises(LostError, match=rf"ended {TRIES} times \({error.__name__}\)"):
        again(work)
    assert len(calls) == TRIES


def test_anything_else_is_not_tried_twice():
    calls = []

    def work():
        calls.append(1)
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        again(work)
    assert len(calls) == 1


def test_a_study_without_workers_reports_what_was_done(few_digits, monkeypatch):
    def lost(*_):
        raise LostError("processes that train ended 3 times")

    monkeypatch.setattr("diagnose.study.compare_in_time", lost)
    with pytest.raises(Interrupted) as stop:
        diagnose(FIXED, data=subset(few_digits, 200), epochs=1, seeds=1, select=["class-order"])
    assert stop.value.report.interrupted.endswith("; processes that train ended 3 times")
    assert len(stop.value.report.findings["fixed"]) == 1


def test_an_address_that_accepts_and_stays_silent(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        message = r"no dask scheduler answers at tcp://127.* \(TimeoutError\)"
        with pytest.raises(BadInputError, match=message), cluster.on_cluster(address):
            pass


def test_a_cluster_whose_workers_are_gone_interrupts(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.01)
    monkeypatch.setattr(cluster, "FORLORN", 0.05)
    interrupted = threading.Event()
    monkeypatch.setattr(cluster._thread, "interrupt_main", interrupted.set)

    class Client:
        status = "running"
        asked = 0

        def scheduler_info(self):
            self.asked += 1
            return {"workers": {"one": {}} if self.asked < 4 else {}}

    client = Client()
    cluster._watch(client, threading.Event())
    assert interrupted.is_set()
    assert client.asked > 4
    interrupted.clear()
    ended = threading.Event()
    ended.set()
    cluster._watch(client, ended)
    assert not interrupted.is_set(), "a study that has ended is left alone"
