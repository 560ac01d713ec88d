"""``diagnose new`` writes a file that runs as it is, and in which there is nothing to find."""

import json
import sys

import pytest

from diagnose.command import cli
from diagnose.command.target import load_network
from diagnose.command.template_files import STYLES, starting_text
from tests.networks import some


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch, tmp_path):
    """Each test gets the import system as it was; modules that it wrote are forgotten."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.chdir(tmp_path)
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("style", some(STYLES, 1))
def test_what_is_written_is_healthy(style, tmp_path, capsys):
    file = tmp_path / "my_network.py"
    assert cli.main(["new", "--style", style, "my_network.py"]) == 0
    written, said = capsys.readouterr()
    assert written == ""
    assert said == "wrote my_network.py\ntry it: diagnose report my_network.py\n"
    assert "diagnose report my_network.py" in file.read_text(encoding="utf-8").splitlines()[2]

    options = ["--probes-only", "--quiet", "--fail-on", "defect", "-o", "report.json"]
    if style != "functions":  # the same network: all of the digits once are enough
        options += ["--images", "1500"]
    assert cli.main(["report", "my_network.py", *options]) == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["network"]["source"] == "my_network.py"
    findings = {one["defect"]: one["status"] for one in report["findings"]["my_network"]}
    assert set(findings.values()) <= {"absent", "not applicable"}
    assert report["symptoms"]["my_network"]["balanced_accuracy"] > 0.8


def test_the_three_styles_are_one_network():
    import numpy as np

    from diagnose.training.loop import train

    rows = np.random.default_rng(0).random((40, 784))
    labels = np.arange(40) % 10
    runs = []
    for style in STYLES:
        assert cli.main(["new", "--style", style, f"{style}_net.py"]) == 0
        runs.append(train(load_network(f"{style}_net.py"), rows, labels, 0).parameters)
    for name in ("W1", "b1", "W2", "b2"):
        assert all(np.array_equal(one[name], runs[0][name]) for one in runs), name


def test_functions_are_the_default(tmp_path):
    assert cli.main(["new", "first.py"]) == 0
    text = (tmp_path / "first.py").read_text(encoding="utf-8")
    assert text == starting_text("functions", "first.py")


def test_a_file_that_is_there_is_left_alone_unless_forced(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text("my work", encoding="utf-8")
    assert cli.main(["new", "mine.py"]) == 2
    assert capsys.readouterr().err == (
        "error: mine.py: exists, and is left as it is; give another name, or --force to replace "
        "it\n"
    )
    assert file.read_text(encoding="utf-8") == "my work"
    assert cli.main(["new", "mine.py", "--force", "--style", "layers"]) == 0
    assert "from_layers(" in file.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.py"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["net.txt"], "net.txt: is no name of a Python file; give one ending in .py"),
        (["nowhere/net.py"], "its folder does not exist"),
        (
            ["net.py", "--style", "scripts"],
            "'scripts' is not one of 'functions', 'class', 'layers'",
        ),
        ([], "Missing argument 'FILE.py'"),
    ],
)
def test_what_cannot_be_written_is_said(args, message, tmp_path, capsys):
    assert cli.main(["new", *args]) == 2
    assert message in capsys.readouterr().err.replace("\\", "/")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_where_writing_fails(tmp_path, monkeypatch, capsys):
    from pathlib import Path

    def full(self, *args, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert cli.main(["new", "mine.py"]) == 2
    assert "No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_could_end_the_text_is_not_written_into_it():
    assert 'a"""b' not in starting_text("functions", 'a"""b.py')
    compile(starting_text("functions", 'a"""b.py'), "a.py", "exec")
