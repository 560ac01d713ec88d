"""Edits of a notebook: written into its cells, and nothing else in the file changes."""

import json
import shutil
import subprocess
import time

import libcst as cst
import pytest

from diagnose.errors import BadInputError
from diagnose.patching.notebooks import Notebook, read
from diagnose.patching.source import Edit, applied, hunks, is_python, patched, touched, unified
from diagnose.watching.cells import as_notebook, joined
from diagnose.watching.script import watch
from tests.patching.making import trials_of
from tests.watching.scripts import FLAT

CELLS = (
    ["%matplotlib inline\n", "import numpy as np\n", "größe = 'é\u2028'"],
    ["rate = 0.5\n", "%time w = np.zeros(3)\n", "w = np.zeros( 3 )"],
)


def notebook(*, indent=1, ascii_only=False, as_text=False, end="\n", newline="\n"):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["rate = 0.5\n", "é"]},
        *(
            {
                "cell_type": "code", "execution_count": at, "metadata": {"tags": ["ä"]},
                "outputs": [{"data": {"image/png": "iVBOR" * 9}, "output_type": "display_data"}],
                "source": "".join(cell) if as_text else cell,
            }
            for at, cell in enumerate(CELLS, 1)
        ),
    ]  # fmt: skip
    whole = {"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {"z": 1, "a": 0.10}}
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_only) + end
    return text.replace("\n", newline).replace("0.1}", "0.10}").encode()


FORMS = {
    "as Jupyter writes it": notebook(),
    "no last newline": notebook(end=""),
    "CRLF": notebook(newline="\r\n"),
    "tabs": notebook(indent="\t"),
    "one line": notebook(indent=None),
    "escapes": notebook(ascii_only=True),
    "one text": notebook(as_text=True),
}


@pytest.fixture(params=FORMS)
def data(request):
    return FORMS[request.param]


def edits_of(source):
    number = next(one for one in source.of_type(cst.Float))
    *_, call = source.of_type(cst.Call)
    last = source.module.body[-1]
    return [
        Edit(splices=(source.replaced(number, "0.1"),), part="pace", why="slower"),
        Edit(splices=(source.replaced(call, "np.ones( 3 )"),), part="start", why="ones"),
        Edit(splices=(source.inserted_after(last, "print('é')"),), part="input", why="more"),
    ]


def test_nothing_outside_of_the_lines_that_are_edited_changes(data):
    source = Notebook(data, "n.ipynb")
    rate, ones, more = edits_of(source)
    whole = b'"rate = 0.5\\n' if b'"rate = 0.5\\n%time' in data else b'"rate = 0.5\\n"'
    at = data.rindex(whole)
    new = data[:at] + whole.replace(b"0.5", b"0.1") + data[at + len(whole) :]
    assert patched(source, [rate]) == new
    assert patched(source, [ones, rate]) == new.replace(b"w = np.zeros( 3 )", b"w = np.ones( 3 )")
    assert patched(source, []) == data
    assert is_python(source, [rate, ones, more])


def test_lines_that_are_added_and_taken_away_belong_to_their_cell(data):
    source = Notebook(data, "n.ipynb")
    *_, more = edits_of(source)
    before, after = (json.loads(one)["cells"] for one in (data, patched(source, [more])))
    assert after[:2] == before[:2]
    assert "".join(after[2]["source"]) == "".join(CELLS[1]) + "\nprint('é')"
    rate = source.statement(next(one for one in source.of_type(cst.Float)))
    gone = Edit(splices=(source.removed(rate),), part="pace", why="gone")
    left = json.loads(patched(source, [gone]))["cells"]
    assert "".join(left[2]["source"]) == "".join(CELLS[1][1:])


@pytest.mark.parametrize(
    "command", [["patch", "-s", "--binary", "-i", "fix.diff"], ["git", "apply", "fix.diff"]]
)
def test_the_diff_makes_the_edits(data, command, tmp_path):
    source = Notebook(data, "n.ipynb")
    edits = edits_of(source)[::2]
    diff = unified(source, edits)
    assert applied(data, diff) == patched(source, edits)
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    (tmp_path / "n.ipynb").write_bytes(data)
    (tmp_path / "fix.diff").write_bytes(diff.encode())
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "n.ipynb").read_bytes() == patched(source, edits)


def test_lines_are_counted_and_told_as_they_stand_in_their_cell(data):
    source = Notebook(data, "n.ipynb")
    rate, ones, more = edits_of(source)
    assert touched(source, [rate, ones]) == 2
    assert hunks(source, [rate])[0]["changes"] == [
        {"line": 2001, "old": ["rate = 0.5"], "new": ["rate = 0.1"]}
    ]
    assert hunks(source, [more])[0]["changes"][0]["line"] == 2004


def test_the_empty_lines_between_many_cells_are_not_held_against_each_other():
    cells = [f"a{at} = {at}.5" for at in range(8)]
    source = Notebook(as_notebook(cells).encode(), "n.ipynb")
    first, *_, last = source.of_type(cst.Float)
    splices = (source.replaced(first, "9.0"), source.replaced(last, "9.0"))
    began = time.process_time()
    assert touched(source, [Edit(splices=splices, part="pace", why="nine")]) == 2
    assert time.process_time() - began < 1  # a hundredth of this; each against each takes six


def test_what_ipython_reads_is_not_edited():
    source = Notebook(FORMS["tabs"], "n.ipynb")
    timed = next(one for one in source.of_type(cst.Call))
    assert source.text(timed) == "np.zeros(3)"
    edit = Edit(splices=(source.replaced(timed, "np.ones(3)"),), part="start", why="ones")
    assert not source.can_write(edit)
    assert all(map(source.can_write, edits_of(source)))


def test_it_is_run_to_its_end_as_a_program():
    source = Notebook(FORMS["tabs"], "n.ipynb")
    name, program = source.runs_as(edits_of(source)[0].splices)
    assert name == "n.ipynb.py"
    space = {}
    exec(program, space)
    assert space["rate"] == 0.1


def test_only_what_ends_a_line_of_python_ends_one():
    assert joined(["a = 'é\u2028'\nb = 1"]).split("\n")[1000:1002] == ["a = 'é\u2028'", "b = 1"]


def test_what_is_no_notebook_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="no Jupyter notebook"):
        Notebook(b"{}", "n.ipynb")
    with pytest.raises(BadInputError, match="UTF-8"):
        Notebook(b"\xff", "n.ipynb")
    path = tmp_path / "s.py"
    path.write_text("x = 1\n")
    assert read(path).code == b"x = 1\n"


def test_a_patched_copy_is_watched_and_run_to_its_end(tmp_path):
    head, tail = FLAT.strip().split("for epoch")
    cells = ["%matplotlib inline\n" + head, f"for epoch{tail}\ndisplay(W1.shape[0])"]
    source = Notebook(as_notebook(cells).encode(), "n.ipynb")
    rate = next(one for one in source.of_type(cst.Float) if source.text(one) == "0.3")
    edit = Edit(splices=(source.replaced(rate, "0.25"),), part="pace", why="slower")
    (tmp_path / "net.py").write_text(FLAT)
    found = watch(tmp_path / "net.py", seconds=60).network
    trials = trials_of(source, tmp_path, seconds=60.0, found=found)
    assert trials.run([edit]).network.learning_rate(0) == 0.25
    assert trials.printed([edit])[0]
