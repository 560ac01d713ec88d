"""What the README and docs/ tell people to type works, and what they say of the project is true."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import click
import pytest

from diagnose import Network, builders, from_json, testing
from diagnose.command import cli
from diagnose.command.ctrl_c import INTERRUPTED
from diagnose.command.output import BAD_INPUT, FAILED, MADE, NOT_GIVEN, NOT_READ
from diagnose.command.parameter_types import DEFAULT
from diagnose.probes import DEFECTS
from diagnose.report import ABSENT, CAUSE, PRESENT, STATUSES, VERDICTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))
# The text of every page, by its path in the project.
PAGES = {"README.md": README} | {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCS
}
# What must stand in these pages after its marker, and is tried below.
EXAMPLES = ("my_network.py", "my_sine.py", "python", "test_my_network.py")
EXCERPTS = ("class", "layers")


def block(marker: str) -> str:
    """The one fenced block, on whichever page, that follows an HTML comment."""
    pattern = rf"^<!-- {re.escape(marker)} -->\n```\w*\n(.*?)^```$"
    found = [one for text in PAGES.values() for one in re.findall(pattern, text, re.M | re.S)]
    assert len(found) == 1, f"one block after <!-- {marker} -->"
    return found[0]


def beneath(page: str, heading: str) -> str:
    """What stands on a page beneath a heading of the second level."""
    text = PAGES[page].partition(f"\n## {heading}\n")[2]
    assert text, f"{page} has a heading {heading!r}"
    return text.partition("\n## ")[0]


def first_column(text: str) -> list[str]:
    """What stands in the first column of the tables in a text, without their headings."""
    rows = re.findall(r"^ *\|(?:-+\|)+\n((?: *\|.*\|\n?)+)", text, re.M)
    return [row.split("|")[1].strip() for part in rows for row in part.splitlines()]


def links(page: str) -> list[tuple[Path, str]]:
    """Where the links of a page into the project lead: the file and the anchor in it."""
    targets = re.findall(r"\]\(([^)]+)\)", PAGES[page])
    here = ROOT / page
    return [
        ((here.parent / file).resolve() if file else here, anchor)
        for file, _, anchor in (one.partition("#") for one in targets if "://" not in one)
    ]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    without_code = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", without_code, re.M)
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}


def options_of(command: click.Command) -> set[str]:
    """The options of a command, ``--help`` among them."""
    return {name for one in command.get_params(click.Context(command)) for name in one.opts}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The README's own network, as a file, and beside it its tests from docs/."""
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
    exec(compile(block("example: python"), "example", "exec"), {})
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


@pytest.mark.parametrize("style", EXCERPTS)
def test_the_ends_of_files_shown_are_those_that_are_written(style, tmp_path):
    file = tmp_path / "my_network.py"
    assert cli.main(["new", "--style", style, str(file)]) == 0
    assert file.read_text(encoding="utf-8").endswith(f"\n{block(f'excerpt: {style}')}")


def test_every_block_of_python_is_tried():
    """By the tests that name its marker: no page has an example that nobody runs."""
    text = "\n".join(PAGES.values())
    marked = re.findall(r"^<!-- (example|excerpt): (.+?) -->\n```python$", text, re.M)
    tried = [("example", one) for one in EXAMPLES] + [("excerpt", one) for one in EXCERPTS]
    assert sorted(marked) == sorted(tried)
    assert len(marked) == text.count("```python") == len(re.findall(r"<!-- ex\w+:", text))


@pytest.mark.parametrize(
    ("page", "line"),
    [
        (page, line)
        for page, text in PAGES.items()
        for line in sorted(
            {line for part in re.findall(r"```sh\n(.*?)```", text, re.S)
             for line in part.splitlines() if line.startswith("diagnose ")}
            | set(re.findall(r"`(diagnose (?:report|render|list|new|-)[^`]*)`", text))
        )
    ],
)  # fmt: skip
def test_every_command_shown_has_only_options_that_there_are(page, line):
    args = shlex.split(line)[1:]
    if args and args[0] in options_of(cli.cli):  # diagnose --help, which stands alone
        assert args[1:] == []
        return
    name, *rest = args if args and args[0] in cli.cli.commands else [*DEFAULT, *args]
    command = cli.cli.commands[name]
    assert set(command.make_context(name, rest).params) == {one.name for one in command.params}


@pytest.mark.parametrize("page", PAGES)
def test_every_option_and_command_is_named_right(page):
    options = set().union(*map(options_of, [cli.cli, *cli.cli.commands.values()]))
    others = {"-m", "-e", "-3", "-n", "--dist", "--nthreads", "--nworkers", "--spec"}
    # of python, pytest, dask, and pipx
    for name in re.findall(r"(?<![\w<!-])(--?[a-z][a-z-]*)\b(?!-*>)", PAGES[page]):
        assert name in options | others, name  # what ends in > is an arrow


def test_the_table_of_defects_is_whole():
    section = README.partition("## The defects")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \|", section, re.M)
    assert rows == [defect.name for defect in DEFECTS]


def test_the_tables_of_words_are_whole():
    words = first_column(beneath("docs/reading-the-report.md", "Findings"))
    assert words == list(STATUSES)
    text = beneath("docs/how-causes-are-shown.md", "What is said of each symptom")
    assert first_column(text) == [one for one in VERDICTS if one != ABSENT]
    codes = first_column(beneath("docs/files-and-exit-codes.md", "Exit codes"))
    assert codes == [
        str(one) for one in (MADE, FAILED, BAD_INPUT, NOT_READ, NOT_GIVEN, INTERRUPTED)
    ]


def test_the_tables_of_what_can_be_said_of_a_network_are_whole():
    page = "docs/your-own-network.md"
    (settings,) = get_type_hints(builders.from_functions)["settings"].__args__
    rows = [one.strip("`") for one in first_column(beneath(page, "What all builders take"))]
    assert sorted(rows) == sorted(settings.__annotations__)
    named = re.findall(r"`(from_\w+)` \|", beneath(page, "Three builders"))
    assert named == ["from_functions", "from_object", "from_layers"]
    assert all(callable(getattr(builders, one)) for one in named)
    rows = [one.strip("`") for one in first_column(beneath(page, "The record beneath"))]
    assert len(rows) == 7
    assert set(rows) <= {one.name for one in fields(Network)}


def test_the_table_of_checks_is_whole():
    rows = first_column(beneath("docs/testing-your-network.md", "One check at a time"))
    named = [one.strip("`").partition("(")[0] for one in rows]
    there = [one for one in vars(testing) if one.startswith("assert_")]
    assert sorted(named) == sorted(["check_network", *there])


@pytest.mark.parametrize("page", PAGES)
def test_links_into_the_project_lead_somewhere(page):
    targets = links(page)
    if page == "README.md":
        assert (ROOT / "notebooks/pictures/report.png", "") in targets
    missing = [file for file, _ in targets if not file.exists()]
    assert missing == []
    lost = [
        (file.name, anchor)
        for file, anchor in targets
        if anchor and anchor not in anchors(file.read_text(encoding="utf-8"))
    ]
    assert lost == []


def test_the_readme_is_for_somebody_who_has_two_minutes():
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_page_of_docs_can_be_found_and_left_again(path):
    page = path.relative_to(ROOT).as_posix()
    assert path in [file for other in PAGES if other != page for file, _ in links(other)]
    assert ROOT / "README.md" in [file for file, _ in links(page)]
    assert re.match(r"# \w.*\n\n\w", PAGES[page]), "a title and a paragraph"


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
