"""Copies of a script change nothing that lies beside the script itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from diagnose.network import protected
from diagnose.patching.source import Source
from diagnose.patching.trial import NoTrialError, Trials, copied_folder

WAYS = {
    "open": "open(path, 'a').write('again')",
    "pathlib": "import pathlib; pathlib.Path(path).write_text('again')",
    "NumPy": "import numpy; numpy.savetxt(path, [1.0])",
    "os": "import os; os.remove(path)",
    "a file in its place": "import os; open('new', 'w').close(); os.replace('new', path)",
    "a folder": "import os, shutil; shutil.rmtree(os.path.dirname(path) + '/kept')",
    "from elsewhere": "import os; os.chdir(os.path.dirname(path)); open('log.txt', 'w')",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_that_writes_by_a_whole_path_is_ended_before_it_does(tmp_path, way):
    log = tmp_path / "log.txt"
    log.write_text("once", encoding="utf-8")
    (tmp_path / "kept").mkdir()
    text = f"path = {str(log)!r}\nprint(open(path).read())\n{WAYS[way]}\n"
    (tmp_path / "net.py").write_text(text, encoding="utf-8")
    with copied_folder(tmp_path / "net.py") as folder:
        trials = Trials(
            source=Source(text.encode(), "net.py"), folder=folder, arguments=(), seconds=30,
            found=None, seed=0, show=lambda *_: None,
        )  # fmt: skip
        assert trials.printed(())[0] is False
        assert log.read_text(encoding="utf-8") == "once"
        with pytest.raises(NoTrialError, match=r"changes .*(log\.txt|kept) by its whole path"):
            trials.ran("net.py", b"another", 30)
    assert protected.FOLDER not in os.environ


def test_what_lies_in_the_copy_it_may_write(tmp_path):
    text = """import os, sys, tempfile
here = os.path.dirname(os.path.abspath(__file__))
open(os.path.join(here, "log.txt"), "w").write("x")
open("log.txt", "a").write("y")
tempfile.TemporaryFile()
print(open("log.txt").read(), __name__, len(sys.argv), sys.path[0] == here)
"""
    (tmp_path / "net.py").write_text(text, encoding="utf-8")
    with copied_folder(tmp_path / "net.py") as folder:
        command = [sys.executable, protected.__file__, str(folder / "net.py"), "given"]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (made.stdout, made.stderr) == ("xy __main__ 2 True\n", "")
    assert not (tmp_path / "log.txt").exists()
