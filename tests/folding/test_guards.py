"""An exponential that its author keeps from overflowing is told by the lines around it."""

import json

import pytest

from diagnose.folding.folded_values import is_guarded
from diagnose.network.authors_code import source_of
from diagnose.recording.sites import Site
from diagnose.watching.cells import remember

SIGMOID = "def sigmoid(s):\n{}    return 1 / (1 + math.exp(-s))\n"
GUARDS = {
    "asked before": ("    if s < -500:\n        return 0.0\n", 4, True),
    "asked for something else": ("    if slope == 1:\n        return s * (1 - s)\n", 4, False),
    "not asked": ("    t = s\n", 3, False),
    "outside of it": ("", 9, False),
}


@pytest.mark.parametrize("kind", GUARDS)
def test_a_number_that_is_asked_about_is_guarded(kind, tmp_path):
    before, line, guarded = GUARDS[kind]
    file = tmp_path / "mine.py"
    file.write_text(SIGMOID.format(before), encoding="utf-8")
    assert is_guarded(Site(file=str(file), line=line, text="math.exp(-s)")) is guarded


def test_an_error_that_is_caught_is_guarded_and_a_file_that_is_none_is_not(tmp_path):
    file = tmp_path / "mine.py"
    text = SIGMOID.format("").replace("    return", "    try:\n        return")
    file.write_text(f"{text}    except OverflowError:\n        return 0.0\n", encoding="utf-8")
    assert is_guarded(Site(file=str(file), line=3, text="math.exp(-s)"))
    assert not is_guarded(Site(file="In[3]", line=3, text="math.exp(-s)"))


def test_the_cells_of_a_notebook_are_read(tmp_path):
    file = tmp_path / "mine.ipynb"
    before = GUARDS["asked before"][0]
    cell = {"cell_type": "code", "metadata": {}, "source": SIGMOID.format(before)}
    made = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    file.write_text(json.dumps(made), encoding="utf-8")
    remember(file)
    line = source_of(str(file)).count("\n")
    assert is_guarded(Site(file=str(file), line=line, text="math.exp(-s)"))
