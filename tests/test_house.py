"""The order of the rooms of ``diagnose/``: imports run one way, and what is private stays so."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests import house

DOCS = Path(__file__).parents[1] / "docs" / "architecture.md"
# As the package is read from its ground up; a new room takes its place here.
ORDER = (
    *("errors", "style", "report", "network", "data", "builders", "calculus", "symptoms"),
    *(
        "recording",
        "reading",
        "folding",
        "telling",
        "program",
        "watching",
        "training",
        "instruments",
        "causes",
    ),
    *("probes", "examining", "patching", "render", "study"),
    *("the package", "testing", "teaching", "command", "__main__"),
)


def test_every_room_has_its_place():
    assert sorted(ORDER) == sorted(house.uses())


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_from_rooms_below_it_only(room):
    above = ORDER[ORDER.index(room) :]
    wrong = [f"{one.by} imports {one.of}" for one in house.arrows()
             if house.room(one.by) == room != house.room(one.of)
             and house.room(one.of) in above]  # fmt: skip
    assert wrong == []


def test_no_files_import_each_other_in_a_circle():
    graph = {name: set() for name in house.modules()}
    for one in house.arrows():
        if one.by != one.of:
            graph[one.by].add(one.of)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("room", house.folders())
def test_a_room_uses_what_it_says(room):
    said = house.said(room, "Uses")
    assert said == (sorted(house.uses()[room], key=ORDER.index) or ["nothing"])


@pytest.mark.parametrize("room", house.folders())
def test_others_use_of_a_room_what_it_says(room):
    said = set(house.said(room, "For others"))
    open_files = said - {"what stands below"}
    assert open_files <= {house.file_in_room(name) for name in house.modules()}
    used = house.used_from_outside(room)
    assert used - {""} <= open_files
    if "" in used:
        assert "what stands below" in said


def test_nobody_takes_a_private_name_from_another_file():
    private = [(one.by, one.of, name) for one in house.arrows() for name in one.names
               if name.startswith("_") and name != "__version__"]  # fmt: skip
    assert private == []


def test_few_files_stand_beside_the_rooms():
    files = [path.name for path in house.PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= 8, files
    strays = [path for path in house.PACKAGE.iterdir()
              if path.is_dir() and path.name not in {*house.folders(), "__pycache__"}]  # fmt: skip
    assert strays == []


def test_the_picture_of_the_house_is_true():
    text = DOCS.read_text(encoding="utf-8")
    assert f"```text\n{house.drawn()}\n```" in text


def test_every_room_is_told_of():
    text = DOCS.read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]
    assert {f"`{name}/`" for name in house.folders()} <= {*rows}


def test_least_squares_say_what_is_no_rank():
    # NumPy 1 warns on the terminal where they do not, and takes another number than NumPy 2.
    calls = [
        (path, call)
        for path in (DOCS.parents[1] / "diagnose").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "lstsq"
    ]
    assert calls
    for path, call in calls:
        assert "rcond" in {one.arg for one in call.keywords}, (path.name, call.lineno)
