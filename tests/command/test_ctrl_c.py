"""Ctrl-C: user code that never returns is left, and a report of what was done is still made."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from diagnose import study
from diagnose.command.ctrl_c import second_ends
from diagnose.examining import asked_for
from diagnose.instruments.admission import admit as check
from diagnose.probes import DEFECTS
from diagnose.render import html, markdown, terminal
from diagnose.report import NOT_REACHED, Interrupted, from_json
from diagnose.study import diagnose
from tests.networks import dense, images

NAMES = [defect.name for defect in DEFECTS]
NETWORK = dense(batch_size=8)


def interrupted(network=NETWORK, **options):
    with pytest.raises(KeyboardInterrupt) as caught:
        diagnose(network, data=images(), seeds=2, compiled_path=False, **options)
    assert isinstance(caught.value, Interrupted)
    report = caught.value.report
    assert report.interrupted
    assert report.interrupted in str(caught.value)
    schema = files("diagnose").joinpath("report.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(report.to_json()), json.loads(schema))
    again = from_json(report.to_json())
    assert again.interrupted == report.interrupted
    carried = pickle.loads(pickle.dumps(caught.value))  # from another process
    assert carried.report == report
    for one in (report, again):
        for render in (terminal.render, markdown.render, html.render):
            assert re.search("Interrupted (while|after)", render(one))
    return report


def statuses(report, name=NETWORK.name):
    return {one.defect: one.status for one in report.findings[name]}


def at_call(function, number):
    """The function, at whose call of that number somebody presses Ctrl-C."""
    calls = {"count": 0}

    def called(*given, **named):
        calls["count"] += 1
        if calls["count"] == number:
            raise KeyboardInterrupt
        return function(*given, **named)

    return called


def test_while_the_network_is_checked_nothing_is_known():
    report = interrupted(replace(NETWORK, forward=at_call(NETWORK.forward, 1)))
    assert report.interrupted == f"while checking {NETWORK.name} (0 of 1); finished: nothing"
    assert report.symptoms == {}
    assert report.network.parameters == {}
    assert set(statuses(report).values()) == {NOT_REACHED}
    said = " ".join(str(report).split())
    assert (
        f"Missing here: the symptoms, {len(NAMES)} of {len(NAMES)} probes and the causes." in said
    )
    assert f"What {NETWORK.name} answers was not measured." in said
    assert f"not reached: {', '.join(NAMES)}" in said


def test_while_an_init_that_never_ends_is_drawn():
    report = interrupted(replace(NETWORK, init=at_call(NETWORK.init, 1)))
    assert report.network.parameters == {}


def test_while_it_trains_as_found(monkeypatch):
    network = dense()  # a step for each sample
    report = interrupted(replace(network, forward=at_call(network.forward, 200)))
    assert report.symptoms == {}
    assert report.network.parameters["W1"] == [7, 36]
    assert set(statuses(report, network.name).values()) == {NOT_REACHED}


@pytest.mark.parametrize("ended", [0, 3, len(NAMES) - 1])
def test_while_it_is_probed_the_probes_that_ended_are_kept(monkeypatch, ended):
    def defects():
        for at, defect in enumerate(DEFECTS):
            if at == ended:
                yield replace(defect, measure=at_call(defect.measure, 1))
            else:
                yield defect

    monkeypatch.setattr(asked_for, "DEFECTS", tuple(defects()))
    report = interrupted()
    seen = statuses(report)
    assert list(seen) == NAMES
    assert [name for name, one in seen.items() if one == NOT_REACHED] == NAMES[ended:]
    assert report.symptoms[NETWORK.name].balanced_accuracy is not None
    assert f"probing {NETWORK.name}: {NAMES[ended]}" in report.interrupted
    said = " ".join(str(report).split())
    assert f"Missing here: {len(NAMES) - ended} of {len(NAMES)} probes and the causes." in said
    assert "whatever is wrong is not among them" not in said


def test_while_causes_are_traced_every_finding_is_kept(monkeypatch):
    monkeypatch.setattr(study, "find_causes", at_call(study.find_causes, 1))
    report = interrupted()
    assert NOT_REACHED not in statuses(report).values()
    assert report.causes == {}
    assert "Missing here: the causes." in " ".join(str(report).split())


def test_the_network_beside_it_may_be_missing():
    other = replace(dense(layout="rows"), forward=at_call(NETWORK.forward, 1))
    report = interrupted(against=other, select=["class-order", "inplace-mutation"])
    assert set(statuses(report, other.name).values()) == {NOT_REACHED}
    assert NOT_REACHED not in statuses(report).values()
    assert f"what {other.name} shows beside it" in " ".join(str(report).split())


def test_a_finished_report_says_nothing_of_it():
    report = diagnose(NETWORK, data=images(), select=["class-order"], compiled_path=False)
    assert report.interrupted is None
    assert "nterrupted" not in str(report)
    old = json.loads(report.to_json())
    del old["interrupted"]
    assert from_json(json.dumps(old)).interrupted is None


def test_it_goes_through_the_contract():
    network = replace(NETWORK, backward=at_call(NETWORK.backward, 1))
    with pytest.raises(KeyboardInterrupt):
        check(network, images())


# A real process

ENDLESS = """
import sys
import time
from dataclasses import replace
import numpy as np
from tests.networks import dense, images

inner = dense(layout="rows")
calls = 0

def forward(parameters, x):
    global calls
    calls += 1
    while calls > {after}:
        {swallow}
    return inner.forward(parameters, x)

NETWORK = replace(inner, name="endless", forward=forward, data=images, epochs=1)
"""
WAITS = 'print("waiting", file=sys.stderr, flush=True); time.sleep(60)'
SWALLOWS = """try:
            print("waiting", file=sys.stderr, flush=True); time.sleep(60)
        except BaseException:
            print("swallowed", file=sys.stderr, flush=True)"""
# A shell's background jobs ignore Ctrl-C, and so would a child of tests run as one.
START = (
    "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('diagnose', run_name='__main__', alter_sys=True)"
)


def started(folder: Path, after: int, swallow: str, *options: str) -> subprocess.Popen:
    file = folder / "endless.py"
    file.write_text(ENDLESS.format(after=after, swallow=swallow), encoding="utf-8")
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", START, "report", str(file), "--no-cache", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"},
    )


posix = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process there")


@posix
@pytest.mark.parametrize(("after", "stage"), [(0, "checking endless"), (100, "(training|probing)")])
def test_a_forward_pass_that_never_returns(tmp_path, after, stage):
    outputs = [tmp_path / f"r.{kind}" for kind in ("html", "json", "md", "txt")]
    options = [word for path in outputs for word in ("-o", str(path))]
    process = started(tmp_path, after, WAITS, "--fail-on", "defect", *options)
    while process.stderr.readline() != "waiting\n":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert re.match(f"Interrupted (while|after) {stage}", out)
    assert re.match(f"error: interrupted (while|after) {stage}", err.splitlines()[-1])
    report = from_json(outputs[1].read_text(encoding="utf-8"))
    assert NOT_REACHED in statuses(report, "endless").values()
    for path in outputs:
        assert "nterrupted" in path.read_text(encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == sorted(
        ["endless.py", *(path.name for path in outputs)]
    )


@posix
def test_a_second_one_ends_code_that_swallows_the_first(tmp_path):
    process = started(tmp_path, 0, SWALLOWS, "--quiet", "-o", str(tmp_path / "r.html"))
    assert process.stderr.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "swallowed\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert not (tmp_path / "r.html").exists()


def wait(seconds):
    """Sleep in short pieces: what is raised from another thread does not end a long one."""
    for _ in range(20 * seconds):
        time.sleep(0.05)


@posix
def test_one_that_the_compiler_would_swallow_comes_again_until_it_is_heard():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with second_ends():
            # What a callback of the compiler raises is printed and lost.
            inside = compile("signal.raise_signal(signal.SIGINT)", "llvmlite/callback.py", "exec")
            exec(inside, {"signal": signal})
            with pytest.raises(KeyboardInterrupt):
                wait(20)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
