"""What the README tells people to type works, and what it says of the project is true."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose import cli, from_json
from diagnose.options import DEFAULT
from diagnose.probes import DEFECTS
from diagnose.report import CAUSE, PRESENT

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """The one fenced block that follows an HTML comment."""
    found = re.findall(rf"^<!-- {re.escape(marker)} -->\n```\w*\n(.*?)^```$", README, re.M | re.S)
    assert len(found) == 1, f"one block after <!-- {marker} -->"
    return found[0]


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The README's own network, as a file, and beside it its tests."""
    file = tmp_path_factory.mktemp("readme") / "my_network.py"
    for one in (file, file.with_name("test_my_network.py")):
        one.write_text(block(f"example: {one.name}"), encoding="utf-8")
    return file


def test_the_example_is_short_and_gives_what_is_shown(example, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    file = tmp_path / "mine.json"
    assert cli.main(["report", str(example), "--quiet", "-o", str(file)]) == 0
    assert cli.main(["render", str(file)]) == 0
    printed = capsys.readouterr().out.splitlines()
    shown = block("example-output").splitlines()
    assert [line for line in printed if line in shown] == shown

    text = example.read_text(encoding="utf-8")
    handing_over = text[text.index("NETWORK =") :].splitlines()
    assert len(handing_over) <= 15
    report = from_json(file.read_text(encoding="utf-8"))
    present = {one.defect: one for one in report.findings["my_network"] if one.status == PRESENT}
    assert set(present) == {"unnormalized-input"}
    assert present["unnormalized-input"].where.file == "my_network.py"
    assert f"points at line {present['unnormalized-input'].where.line}," in README
    verdicts = {name: one.verdicts["unnormalized-input"] for name, one in report.causes.items()}
    assert verdicts["favoured_share"].verdict == verdicts["balanced_accuracy"].verdict == CAUSE


def test_the_example_mended_is_healthy(example, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    text = example.read_text(encoding="utf-8")
    mended = text.replace(
        "images.reshape(len(images), 784)", "images.reshape(len(images), 784) / 255"
    )
    assert mended != text
    (tmp_path / "mended.py").write_text(mended, encoding="utf-8")
    args = ["report", str(tmp_path / "mended.py"), "--quiet", "--fail-on", "defect"]
    assert cli.main(args) == 0
    assert capsys.readouterr().out.startswith(f"mended: none of the {len(DEFECTS)} known")


def test_the_tests_shown_run_as_is_said(example):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-W", "error", "."],
        cwd=example.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "XFAIL test_my_network.py::test_my_network[unnormalized-input] - to be" in done.stdout
    assert "PASSED test_my_network.py::test_my_network[wrong-gradient]" in done.stdout
    assert "PASSED test_my_network.py::test_gradients" in done.stdout


def test_the_python_example_runs(example, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [str(example.parent), *sys.path])
    exec(compile(block("example: python"), "README.md", "exec"), {})
    monkeypatch.delitem(sys.modules, "my_network")
    assert capsys.readouterr().out.endswith("[['unnormalized-input']]\n")


def test_the_sine_gives_what_is_shown(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    file = tmp_path / "my_sine.py"
    file.write_text(block("example: my_sine.py"), encoding="utf-8")
    assert cli.main(["report", str(file), "--quiet"]) == 0
    printed = capsys.readouterr().out.splitlines()
    shown = block("sine-output").splitlines()
    assert [line for line in printed if line in shown] == shown


@pytest.mark.parametrize(
    "line",
    sorted({line for part in re.findall(r"```sh\n(.*?)```", README, re.S)
            for line in part.splitlines() if line.startswith("diagnose ")}
           | set(re.findall(r"`(diagnose (?:report|render|list|new|-)[^`]*)`", README))),
)  # fmt: skip
def test_every_command_shown_has_only_options_that_there_are(line):
    args = shlex.split(line)[1:]
    name, *rest = args if args and args[0] in cli.cli.commands else [*DEFAULT, *args]
    assert cli.cli.commands[name].make_context(name, rest).params


def test_every_option_and_command_is_named_right():
    options = {
        name for command in cli.cli.commands.values() for p in command.params for name in p.opts
    }
    others = {"-m", "-e", "-3", "-n", "--dist", "--nthreads", "--nworkers"}  # python, pytest, dask
    for name in re.findall(r"(?<![\w<!-])(--?[a-z][a-z-]*)\b", README):
        assert name in options | others, name


def test_the_table_of_defects_is_whole():
    section = README.partition("## The defects")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \|", section, re.M)
    assert rows == [defect.name for defect in DEFECTS]


def test_links_into_the_project_lead_somewhere():
    targets = [one for one in re.findall(r"\]\(([^)]+)\)", README) if "://" not in one]
    assert "notebooks/pictures/report.png" in targets
    missing = [one for one in targets if not (ROOT / one).exists()]
    assert missing == []


def test_nobody_is_sent_to_another_project_of_the_name():
    """The name ``diagnose`` on the package index belongs to somebody else."""
    name = "pip install " + "diagnose"
    texts = [*ROOT.glob("*.md"), *(ROOT / "diagnose").rglob("*.py"), *ROOT.glob("*/*.md")]
    assert len(texts) > 20
    assert [str(one) for one in texts if name in one.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    ("marker", "last"),
    [("report-command", "-m diagnose"), ("test-command", "-m pytest -n auto --dist loadfile")],
)
def test_the_two_commands_are_one_line_each(marker, last):
    (line,) = block(marker).splitlines()
    assert line.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
    assert line.endswith(f".venv/bin/python {last}")
    windows = line.replace("python3 -m", "py -3 -m").replace(".venv/bin/", ".venv\\Scripts\\")
    assert windows in README.splitlines()
