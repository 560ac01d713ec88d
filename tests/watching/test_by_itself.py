"""A script that is watched does what it does by itself: at its end, in forks, with its files."""

from __future__ import annotations

import os
import subprocess

import pytest

from diagnose.errors import BadInputError
from diagnose.network import script_process
from diagnose.watching.cells import IN_A_NOTEBOOK, as_notebook, compiled, joined
from diagnose.watching.script import watch
from tests.watching.test_limits import TRAINED


@pytest.fixture(autouse=True)
def started_anew(monkeypatch):
    """With no library loaded but by the watched process itself."""
    monkeypatch.setattr(script_process, "subprocess", subprocess)


def watched(folder, text):
    (folder / "mine.py").write_text(text, encoding="utf-8")
    return watch(folder / "mine.py", seconds=30, further=10.0)


def test_what_is_to_be_done_at_the_end_is_done(tmp_path):
    at_exit = "import atexit\natexit.register(lambda: print('done at exit'))\n"
    tested = "print(np.mean((X @ W).argmax(axis=1) == Y))\n"
    seen = watched(tmp_path, at_exit + TRAINED + tested)
    assert seen.network is not None
    assert seen.output.endswith("done at exit\n")
    assert seen.whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("ends", ["sys.exit(7)", "1 / 0", "pass"])
def test_a_fork_ends_as_it_would(tmp_path, ends):
    fork = f"""import os, sys
child = os.fork()
if child == 0:
    {ends}
else:
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    seen = watched(tmp_path, TRAINED + fork)
    assert seen.network is not None
    code = {"sys.exit(7)": 7, "1 / 0": 1, "pass": 0}[ends]
    assert f"ended with {code}" in seen.output


@pytest.mark.parametrize("name", ["numpy", "random"])
def test_a_file_that_hides_what_a_library_needs_is_told(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=rf"{name}.py beside it hides a library .*rename"):
        watched(tmp_path, TRAINED)


def test_a_file_with_the_name_of_a_library_is_the_scripts_own(tmp_path):
    (tmp_path / "wave.py").write_text("value = 'own'\n", encoding="utf-8")
    (tmp_path / "queue.py").write_text("value = 'own'\n", encoding="utf-8")
    seen = watched(tmp_path, f"import queue, wave\nprint(queue.value, wave.value)\n{TRAINED}")
    assert seen.network is not None
    assert "own own" in seen.output


def test_a_notebook_runs_as_in_jupyter(tmp_path):
    cells = ["files = !echo one; echo two\nwhere = %pwd\nprint(files, where)",
             "3 + 4", "print('before', _)", "import asyncio\nawait asyncio.sleep(0)",
             "get_ipython().run_line_magic('matplotlib', 'inline')\n" + TRAINED]  # fmt: skip
    (tmp_path / "mine.ipynb").write_text(as_notebook(cells), encoding="utf-8")
    seen = watch(tmp_path / "mine.ipynb", seconds=30, further=10.0)
    assert seen.network is not None, seen.parted
    assert "['one', 'two'] None" in seen.output
    assert "before 7" in seen.output


def test_what_the_last_cell_gave_is_kept_where_it_is_asked_for():
    cells = ["x = 1\nx + 1", "for _ in 'ab': pass\n(2,\n 3)"]
    assert "_ =" not in joined(cells)
    lines = joined([*cells, "y = _"]).splitlines()
    assert [lines[1001], lines[2001]] == ["_ = x + 1", "_ = (2,"]


def test_a_program_awaits_at_its_top_in_a_notebook_alone():
    compiled("await x", "mine.ipynb")
    with pytest.raises(SyntaxError):
        compiled("await x", "mine.py")


def test_what_a_notebook_calls_gives_nothing():
    names: dict[str, object] = {}
    exec(f"{IN_A_NOTEBOOK}\nfound = get_ipython().system('ls'), _", names)
    assert names["found"] == (None, "")
