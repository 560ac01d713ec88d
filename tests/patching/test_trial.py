"""Copies that are tried: one that stops with an error which the script had not is none."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.patching.outcomes import outcome_of
from diagnose.patching.source import Edit, Source
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
    (tmp_path / "mine.py").write_text(TESTED, encoding="utf-8")
    tried.found, tried.further = watch(tmp_path / "mine.py", seconds=30).network, 30.0
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
