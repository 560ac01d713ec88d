"""What another process finds out of the network beside is what would have been found out here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose import study
from diagnose.command import beside
from diagnose.command.cli import main
from diagnose.network import other_process
from diagnose.report import from_json
from diagnose.training import ahead

FEW = (
    "--images", "200", "--epochs", "1", "--seeds", "1", "--probes-only", "--no-cache",
    "--select", "class-order", "--select", "unnormalized-input", "--select", "inplace-mutation",
)  # fmt: skip
# What a learner's file may do while it is loaded and asked.
TALKING = """
from dataclasses import replace
from buggy_reference import NETWORK as POST
print("loading")
def init(seed):
    print("drawing", flush=True)
    return POST.init(seed)
NETWORK = replace(POST, name="talking", init=init)
"""
# Trains by its own functions: no loop has an update by signs.
OWN = """
from dataclasses import replace
import numpy as np
from buggy_reference import NETWORK as POST
def update(p, gradients, rate):
    return {k: p[k] - rate * np.sign(p[k]) ** 3 - rate * gradients[k] for k in p}
NETWORK = replace(POST, name="own", update=update)
"""


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    if not ahead.is_kept():
        ahead.compile_it()
    monkeypatch.setattr(other_process, "processors", lambda: 2)


@pytest.fixture
def report(tmp_path, capsys):
    """The report on the post against a network, without its times, and what was told of it."""

    def made(against, *options):
        out = tmp_path / "r.json"
        given = ["report", "buggy_reference", "--against", str(against), *FEW, *options]
        assert main([*given, "-o", str(out)]) == 0
        told = [line for line in capsys.readouterr().err.splitlines() if not line.endswith("s")]
        one = from_json(out.read_text(encoding="utf-8"))
        return replace(one, runs={**one.runs, "seconds": 0}), told

    return made


@pytest.fixture
def looks_here(monkeypatch):
    """How often this process looks at a network beside."""
    looked, examine = [], study.examine_beside

    def counted(*given, **options):
        looked.append(True)
        return examine(*given, **options)

    monkeypatch.setattr(study, "examine_beside", counted)
    return looked


@pytest.fixture
def talking(tmp_path):
    file = tmp_path / "talking.py"
    file.write_text(TALKING, encoding="utf-8")
    return file


def test_the_report_is_the_same_whoever_looks(report, looks_here, talking):
    here, _ = report(talking, "--jobs", "1")
    assert len(looks_here) == 1
    there, _ = report(talking)
    assert len(looks_here) == 1
    assert there == here
    assert there.findings["talking"][0].status == "present"


def test_what_is_found_there_is_told_as_if_it_were_found_here(report):
    def of_fixed(told):
        return [line for line in told if "fixed:" in line]

    here, there = report("fixed", "--jobs", "1")[1], report("fixed")[1]
    assert of_fixed(there) == of_fixed(here) != []


@pytest.mark.parametrize("program", ["", "raise SystemExit(1)", "print('no answer')"])
def test_where_another_process_finds_out_nothing_this_one_looks(
    program, report, looks_here, tmp_path, monkeypatch
):
    script = tmp_path / "child.py"
    script.write_text(program, encoding="utf-8")
    monkeypatch.setattr(beside, "__file__", str(script))
    assert report("fixed")[0].findings["fixed"]
    assert looks_here


def test_what_its_own_functions_train_is_looked_at_where_workers_are(report, looks_here, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(OWN, encoding="utf-8")
    assert report(file)[0].runs["own_functions"]["own"]
    assert looks_here


def test_before_the_loop_is_compiled_nothing_is_looked_at_there(monkeypatch):
    monkeypatch.setattr(ahead, "is_kept", lambda: False)
    asked = dict.fromkeys(("path", "size", "cache"))
    assert beside.look(target="fixed", against="fixed", no_cache=True, **asked) is None


def test_what_there_is_no_time_for_there_is_left_out_and_said(report, looks_here):
    # with all images no machine is through in the second that is given at the least
    one, _ = report("fixed", "--within", "0.01s", "--images", "4000", "--epochs", "30")
    cut = [noted for noted in one.within["cut"] if noted["what"] == study.CUT_BESIDE]
    assert (len(cut), looks_here) == (1, [])  # it was the other process that had none
    assert "fixed" not in one.findings


def test_a_mistake_in_it_is_told_by_this_process(tmp_path, capsys):
    file = tmp_path / "broken.py"
    file.write_text(TALKING.replace("POST.init(seed)", "POST.init(seed).clear()"), encoding="utf-8")
    assert main(["report", "buggy_reference", "--against", str(file), *FEW]) == 2
    assert "init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("processors", "probes_only", "path", "begun"),
    [(2, False, None, False), (2, True, None, True), (2, False, "digits", True),
     (4, False, None, True)],
)  # fmt: skip
def test_it_is_begun_where_that_saves_time(processors, probes_only, path, begun, monkeypatch):
    asked = []
    monkeypatch.setattr(other_process, "processors", lambda: processors)
    monkeypatch.setattr(other_process, "begin", lambda *given, **_: asked.append(given))
    beside.begin(None, probes_only=probes_only, path=path, target="a", against="b")
    assert len(asked) == begun
