"""Copies that are tried: one that stops with an error which the script had not is none."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.patching.outcomes import outcome_of
from diagnose.patching.source import Edit, Source
from diagnose.patching.trial import MOST_SECONDS
from diagnose.watching.script import watch
from tests.networks import dense, images
from tests.patching.making import trials_of
from tests.watching.scripts import FLAT


def trials(folder, text, stops):
    source = Source(text.encode(), "mine.py")
    return source, trials_of(source, folder, stops=stops)


def later(source, text):
    """An edit that does something after the training."""
    last = source.module.body[-1]
    return Edit(splices=(source.inserted_after(last, text),), part="data", why="more")


# What holds answers against labels: until this the script is watched, and so to where it stops.
TESTED = f"{FLAT}\nprint((p.argmax(1) == y.argmax(1)).mean())\n"


def test_the_error_with_which_a_script_stops_is_known(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(f"{TESTED}print(nothing)\n", encoding="utf-8")
    seen = watch(file, seconds=30, further=30.0)
    assert seen.network is not None
    assert "NameError" in seen.stopped


@pytest.mark.parametrize(("text", "stops", "runs"), [
    ("print(W1.shape)", False, True), ("print(1 / 0)", False, False), ("print(1 / 0)", True, True),
])  # fmt: skip
def test_a_copy_that_stops_where_the_script_did_not_is_none(text, stops, runs, tmp_path):
    source, tried = trials(tmp_path, TESTED, stops)
    tried.further = 30.0
    assert (tried.run([later(source, text)]) is not None) is runs


def test_a_copy_whose_code_raises_is_no_mend():
    """Of targets out of reach it is asked how the author's gradients follow from them."""

    def raising(*_):
        raise ValueError("operands could not be broadcast together")

    network = dense(layout="rows", batch_size=8)
    network = replace(network, data=images, encode=lambda labels: 2 * np.eye(4)[labels] - 1)
    assert outcome_of(network, 0) is not None
    assert outcome_of(replace(network, backward=raising), 0) is None
    assert outcome_of(replace(network, data=raising), 0) is None


def test_where_a_copy_takes_long_there_is_time_for_a_dozen(tmp_path):
    _, tried = trials(tmp_path, FLAT, False)
    tried.most_seconds, tried.at_least = 30.0, 12
    assert tried.left < 30.0  # nothing is known of copies yet
    assert tried.run([]) is not None
    quick, tried._took = tried._took, 20.0
    assert 30.0 < 12 * 20.0 - quick - 10.0 < tried.left < 12 * 20.0
    tried._took = 1000.0
    assert tried.left < MOST_SECONDS
    tried.at_least = 0  # where there is a limit
    assert tried.left < 30.0


def test_what_is_tried_first_leaves_time_and_runs_for_what_comes_after_it(tmp_path):
    _, tried = trials(tmp_path, FLAT, False)
    tried.most_runs, all_of_it = 10, tried.left
    with tried.shared(2):
        assert 0.7 * all_of_it < tried.left < 0.81 * all_of_it
        tried.runs = 8
        assert tried.run([]) is None  # two of ten runs are left for the others
        with tried.shared(9):
            assert tried.left < 0.41 * all_of_it
    assert tried.left > 0.9 * all_of_it


def test_shares_within_shares_are_those_of_what_is_left(tmp_path, monkeypatch):
    _, tried = trials(tmp_path, FLAT, False)
    monkeypatch.setattr(tried, "_watched", lambda edits: None)
    tried.runs = 20  # of 120
    with tried.shared(3), tried.shared(1), tried.shared(1), tried.shared(5):
        tried.run([])
    assert tried.runs == 21


@pytest.mark.parametrize(("text", "runs", "better"), [
    ("print('right', 0.5)", 2, True),  # as often as it takes to see that it draws nothing
    ("import time\nprint('right', time.monotonic_ns() * 1e-15)", 3, False),
    ("stop", 1, True),
])  # fmt: skip
def test_a_script_is_better_where_each_run_of_it_is(text, runs, better, tmp_path):
    """It is run no more often than that, whatever it is held against."""
    source, tried = trials(tmp_path, text, False)
    (tmp_path / "runs").write_text("")
    begun = Edit(
        splices=(source.inserted_before(source.module.body[0], "open('runs', 'a').write('1')"),),
        part="data", why="counted",
    )  # fmt: skip
    edit = replace(begun, splices=(source.inserted_after(source.module.body[-1], "print(1)"),))
    lines = []

    def better_than(old, new):
        lines.append(old)
        return len({*lines}) == 1

    for _ in range(2):
        assert tried.is_always_better(better_than, [begun], [edit]) is better
    assert (tmp_path / "runs").read_text() == "1" * runs
