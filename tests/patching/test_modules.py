"""Modules that a script brings along are mended with it: one diff over several files."""

import shutil
import subprocess
import sys

import pytest

from diagnose.command.cli import main
from diagnose.patching.source import by_file

LAYERS = """import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slope(x):
    return sigmoid(x) * (1 - sigmoid(x))


def error_of(wanted, given):
    return wanted - given
"""
MAIN = """import numpy as np
from nn.layers import error_of, sigmoid, slope

np.random.seed(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
W1 = 2 * np.random.random((3, 4)) - 1
W2 = 2 * np.random.random((4, 1)) - 1
for i in range(5000):
    hidden = sigmoid(X.dot(W1))
    output = sigmoid(hidden.dot(W2))
    d2 = error_of(y, output) * slope(output)
    d1 = d2.dot(W2.T) * slope(hidden)
    W2 += hidden.T.dot(d2)
    W1 += X.T.dot(d1)
print(np.abs(y - output).mean())
"""
WRITTEN = "return x * (1 - x)"


@pytest.fixture(params=["W1 +=", "W1 -="])
def folder(request, tmp_path, monkeypatch):
    """A script and its module, in which the slope is at the wrong place; one also climbs."""
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "layers.py").write_text(LAYERS, encoding="utf-8")
    text = MAIN.replace("W1 +=", request.param)
    (tmp_path / "main.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_patch_goes_over_the_modules_of_a_script(folder, capsys):
    both = "W1 -=" in (folder / "main.py").read_text(encoding="utf-8")
    main(["main.py", "--patch", "fix.diff", "--apply", "--yes", "--full", "--jobs", "1"])
    diff = (folder / "fix.diff").read_text(encoding="utf-8")
    assert [*by_file(diff)] == (["main.py"] if both else []) + ["nn/layers.py"]
    assert f"+    {WRITTEN}" in diff
    assert "nn/layers.py" in capsys.readouterr().out
    # what was written is the script that learns, and what stood there is kept beside it
    assert WRITTEN in (folder / "nn" / "layers.py").read_text(encoding="utf-8")
    assert (folder / "nn" / "layers.py.orig").read_text(encoding="utf-8") == LAYERS
    assert (folder / "main.py.orig").exists() is both
    printed = subprocess.run(
        [sys.executable, "main.py"], capture_output=True, text=True, check=True
    ).stdout
    assert float(printed) < 0.1
    # the diff is one that others take
    if shutil.which("git"):
        for name in ("main.py", "nn/layers.py"):
            if (kept := folder / f"{name}.orig").exists():
                kept.replace(folder / name)
        subprocess.run(["git", "apply", "fix.diff"], cwd=folder, check=True)
        assert WRITTEN in (folder / "nn" / "layers.py").read_text(encoding="utf-8")


def test_a_diff_of_one_file_is_that_files():
    assert by_file("") == {}
    diff = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n---- a/y.py\n+b\n"
    assert by_file(diff) == {"x.py": diff}
    assert [*by_file(diff + diff.replace("x.py", "z/x.py"))] == ["x.py", "z/x.py"]
