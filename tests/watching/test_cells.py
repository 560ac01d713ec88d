"""Notebooks: their cells run in order, and lines are called by cell."""

import json

import pytest

from diagnose.command import cli, magic
from diagnose.errors import BadInputError
from diagnose.render import screen, terminal
from diagnose.watching.cells import as_notebook, code_cells, joined
from tests.watching.scripts import FLAT

TRAINED = FLAT.strip().split("for epoch")
CELLS = (
    "%matplotlib inline\nimport numpy as np",
    f"{TRAINED[0]}display(X.shape)",
    f"%%time\nfor epoch{TRAINED[1]}",
)


def test_what_ipython_reads_is_left_out_and_lines_stay():
    text = joined(["if 1:\n  %matplotlib inline\n  !ls\nx?\ny = 2", "%%bash\nls", "%time z = 3"])
    lines = text.splitlines()
    assert [lines[1000 + at] for at in range(5)] == ["if 1:", "  pass", "  pass", "pass", "y = 2"]
    assert lines[3000] == "z = 3"
    assert not any(lines[2000:3000])


def test_python_that_looks_like_it_stays():
    cell = "x = ('%d'\n     % 3)\ns = '''\n%matplotlib inline\n'''"
    assert joined([cell]).splitlines()[1000:] == cell.splitlines()


def test_a_mistake_of_the_authors_own_stays_too():
    assert joined(["x = = 1"]).splitlines()[1000] == "x = = 1"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [1]}', "\x00"])
def test_what_is_no_notebook_is_refused(text, tmp_path, capsys):
    file = tmp_path / "mine.ipynb"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match="is no Jupyter notebook"):
        code_cells(file)
    assert cli.main(["report", str(file), "--quiet"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_notebook_is_read_and_its_lines_are_those_of_its_cells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.ipynb").write_text(as_notebook(CELLS), encoding="utf-8")
    assert cli.main(["report", "mine.ipynb", "--probes-only", "--quiet", "-o", "made.json"]) == 0
    report = cli.read_report(tmp_path / "made.json")
    assert report.watched["certified"]
    line = report.watched["roles"]["layer 1"]["line"]
    assert CELLS[2].splitlines()[line % 1000 - 1].strip() == "z1 = x @ W1 + b1"
    assert f"In[3]:{line % 1000}" in terminal.render(report)
    json.loads((tmp_path / "made.json").read_text(encoding="utf-8"))


def test_the_cells_run_so_far_are_run_once_more(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.py").write_text("def three(): return 3", encoding="utf-8")
    cells = [*CELLS, "from beside import three", "%load_ext diagnose", "%diagnose"]
    made = magic.diagnose_cells(cells, "--probes-only")
    assert made.report.watched["certified"]
    assert made.report.watched["script"] == "notebook.ipynb"
    assert made.text == screen.render(made.report)
    assert [one.name for one in tmp_path.iterdir()] == ["beside.py"]


def test_a_cell_may_ask_for_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [*CELLS[:2], CELLS[2].replace("%%time", "%%diagnose --probes-only --full")]
    report = magic.diagnose_cells(cells, "--probes-only --full")
    assert report.watched["certified"]


def test_wrong_options_are_told(capsys):
    assert magic.diagnose_cells(["x = 1"], "--nosuch") is None
    assert "no such option" in capsys.readouterr().err.lower()


@pytest.mark.notebooks
def test_the_magic_is_there_after_load_ext(tmp_path, monkeypatch):
    shells = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.chdir(tmp_path)
    shell = shells.InteractiveShell()
    for cell in CELLS[1:2]:
        assert shell.run_cell(cell.replace("display", "print"), store_history=True).success
    shell.run_cell("%load_ext diagnose", store_history=True)
    assert all("diagnose" in shell.magics_manager.magics[one] for one in ("line", "cell"))
