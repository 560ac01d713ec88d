"""What is imported when: help must come at once, and pictures and compilers only when used."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import diagnose
from tests.watching.scripts import FLAT

ROOT = Path(__file__).parents[1]

HEAVY = {"numpy", "matplotlib", "numba", "jinja2", "rich", "joblib", "PIL", "libcst"}


def imported(code: str) -> set[str]:
    """Names of the modules that a new interpreter holds after running the code."""
    program = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_import_diagnose_loads_nothing_heavy():
    loaded = imported("import diagnose")
    assert not loaded & HEAVY


def test_the_public_names_load_neither_pictures_nor_compilers():
    loaded = imported("from diagnose import *\ndiagnose, Network, Report")
    assert {"numpy", "diagnose.study"} <= loaded
    assert not loaded & {"matplotlib", "numba", "jinja2", "rich", "joblib", "asyncio"}


@pytest.mark.parametrize("args", [["--help"], ["report", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(args):
    loaded = imported(f"from diagnose.command.cli import main\nassert main({args!r}) == 0")
    assert "click" in loaded
    assert not loaded & HEAVY


def test_list_and_explain_load_neither_pictures_nor_compilers():
    loaded = imported(
        "from diagnose.command.cli import main\n"
        "assert main(['list']) == main(['explain', 'class-order'])"
    )
    assert "diagnose.probes.class_order" in loaded
    assert not loaded & {"matplotlib", "numba", "jinja2", "rich", "joblib", "asyncio"}


def test_the_example_loads_no_processes():
    """Nor what a diagnosis of it loads before its first training."""
    loaded = imported(
        "import diagnose.command.target, diagnose.command.told, diagnose.study\n"
        "import diagnose.training.ahead, buggy_reference, fixed"
    )
    assert not loaded & {"joblib", "asyncio", "unittest"}


def test_every_public_name_is_there_and_named():
    for name in diagnose.__all__:
        assert getattr(diagnose, name) is not None
        assert name in dir(diagnose)
    from diagnose.study import diagnose as function

    assert diagnose.diagnose is function


def test_a_name_that_is_none_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'netwrok'"):
        diagnose.netwrok  # noqa: B018
    assert not hasattr(diagnose, "no_such_name")


def test_the_version_is_said_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == diagnose.__version__
    assert project["scripts"] == {"diagnose": "diagnose.__main__:start"}


def test_a_file_of_the_readers_hides_no_library(tmp_path):
    """Python puts the current folder first: theirs may hold an ``autograd.py`` of their own."""
    for name in ("autograd", "click", "rich"):
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    (tmp_path / "mine.py").write_text(FLAT, encoding="utf-8")
    command = [sys.executable, "-m", "diagnose", "report", "mine.py", "--probes-only", "--full"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=surroundings, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "it does what the script did" in run.stdout
