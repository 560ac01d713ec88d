"""Finished runs on disk: found again, never trusted blindly, whole or not there."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.data import subset
from diagnose.study import diagnose
from diagnose.training.compiled import Result
from diagnose.training.pool import Pool
from diagnose.training.store import Store
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED

KEY = b"the key of a run"
RUN = Result(theta=np.arange(5.0), largest_logit=3.5, unsafe=True)


def same(one, other):
    return (
        one.theta.tobytes() == other.theta.tobytes()
        and one.largest_logit == other.largest_logit
        and one.unsafe == other.unsafe
    )


def test_what_was_kept_is_found(tmp_path):
    store = Store(tmp_path / "not" / "there" / "yet")
    assert store.get(KEY) is None
    store.put(KEY, RUN)
    assert same(store.get(KEY), RUN)
    assert store.get(b"another key") is None


@pytest.mark.parametrize("line", range(1, 11))
def test_ctrl_c_before_any_line_leaves_no_part_behind(tmp_path, line):
    store = Store(tmp_path)
    left = line

    def interrupt(frame, event, _):
        nonlocal left
        if frame.f_code is not Store.put.__code__:
            return None
        left -= event == "line"
        if left == 0:
            left = -1
            raise KeyboardInterrupt
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            store.put(KEY, RUN)
    finally:
        sys.settrace(before)
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.parametrize("at", [0, 20, 60, -1])
def test_one_wrong_byte_anywhere_is_noticed(tmp_path, at):
    store = Store(tmp_path)
    store.put(KEY, RUN)
    content = bytearray(store.path(KEY).read_bytes())
    content[at] ^= 1
    store.path(KEY).write_bytes(content)
    assert store.get(KEY) is None
    store.put(KEY, RUN)
    assert same(store.get(KEY), RUN)


@pytest.mark.parametrize("content", [b"", b"something else", b"netdiagnose run 1\n"])
def test_a_foreign_or_cut_file_is_noticed(tmp_path, content):
    store = Store(tmp_path)
    store.path(KEY).parent.mkdir(parents=True)
    store.path(KEY).write_bytes(content)
    assert store.get(KEY) is None


def test_a_run_of_another_key_in_its_place_is_noticed(tmp_path):
    store = Store(tmp_path)
    store.put(KEY, RUN)
    other = b"the key of another"
    store.path(other).parent.mkdir(parents=True, exist_ok=True)
    store.path(other).write_bytes(store.path(KEY).read_bytes())
    assert store.get(other) is None


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    store = Store(tmp_path / "file")
    store.put(KEY, RUN)
    assert store.get(KEY) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path):
    store = Store(tmp_path)
    store.path(KEY).parent.mkdir(parents=True)
    os.mkfifo(store.path(KEY))
    assert store.get(KEY) is None
    store.put(KEY, RUN)
    assert same(store.get(KEY), RUN)


def test_parts_that_a_kill_has_left_are_cleared_away(tmp_path):
    (tmp_path / "ab").mkdir()
    old, new = tmp_path / "ab" / "old.part", tmp_path / "ab" / "new.part"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    Store(tmp_path).put(KEY, RUN)
    assert not old.exists()
    assert new.exists(), "somebody may be writing it"


def test_the_oldest_runs_make_room(tmp_path):
    full = Store(tmp_path)
    for n in range(10):
        full.put(bytes([n]), RUN)
    size = full.path(b"\0").stat().st_size
    later = Store(tmp_path, limit=4 * size)
    later.put(KEY, RUN)
    assert same(later.get(KEY), RUN)
    assert len(list(tmp_path.rglob("*.run"))) == 5
    assert list(tmp_path.rglob("*.part")) == []


def test_a_study_taken_up_again_makes_nothing_twice(tmp_path, digits):
    options = {"data": subset(digits, 200), "epochs": 2, "seeds": 2, "cache": tmp_path}
    options["select"] = ["class-order", "unnormalized-input", "initialization-scale"]
    first = diagnose(POST, **options)
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.run")}
    assert kept
    again = diagnose(POST, **options)
    plain = diagnose(POST, **{**options, "cache": None})
    timeless = [
        replace(one, runs={**one.runs, "seconds": 0}).to_json() for one in (first, again, plain)
    ]
    assert timeless[0] == timeless[1] == timeless[2]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.run")} == kept


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": lambda epoch: 0.0101},
        {"order": lambda labels, epoch, seed: np.arange(len(labels))},
        {"prepare": lambda images: images.reshape(len(images), -1) / 256},
        {"init": lambda seed: FIXED.init(seed + 1)},
        {"loss": "squared-error", "backward": None},
    ],
)
def test_whatever_determines_a_run_is_in_its_key(tmp_path, digits, change):
    if "backward" in change:
        from diagnose.calculus.gradients import reverse_mode

        other = replace(FIXED, loss="squared-error")
        change = {
            "loss": "squared-error",
            "backward": lambda p, trace, x, labels: reverse_mode(other, p, trace, x, labels),
        }
    data = subset(digits, 200)
    pools = [Pool(store=Store(tmp_path)) for _ in range(3)]
    for pool, network in zip(pools, (FIXED, FIXED, replace(FIXED, **change)), strict=True):
        trainer = Trainer(data=data, epochs=1, pool=pool)
        assert trainer.run(network, 0).path == "compiled", trainer.own
    assert [(pool.made, pool.found) for pool in pools] == [(1, 0), (0, 1), (1, 0)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process there")
def test_an_interrupted_study_keeps_what_was_finished(tmp_path):
    # A shell's background jobs ignore Ctrl-C, and so would a child of tests run as one.
    start = (
        "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('diagnose', run_name='__main__', alter_sys=True)"
    )
    command = [
        *(sys.executable, "-c", start, "--epochs", "30", "--images", "1000"),
        *("--cache", str(tmp_path), "--jobs", "1"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.run"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in complaint
    store = Store(Path(tmp_path))
    kept = list(store.folder.rglob("*.run"))
    assert len(kept) >= 5
    assert list(store.folder.rglob("*.part")) == []
