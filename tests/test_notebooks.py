"""The teaching notebooks: both versions of each run, and what they say is true of the code."""

import ast
import re
from functools import cache

import pytest

nbformat = pytest.importorskip("nbformat", reason="pip install .[notebooks]")
pytest.importorskip("nbclient", reason="pip install .[notebooks]")
pytest.importorskip("ipykernel", reason="pip install .[notebooks]")

from notebooks import make  # noqa: E402

pytestmark = pytest.mark.notebooks

PATHS = make.names()
every = pytest.mark.parametrize("path", PATHS, ids=[one.stem for one in PATHS])
# A number that a text claims: with a decimal point, thousands, or per cent. Links are left out.
CLAIM = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+\.\d+|\d+(?= ?%))")
LINK = re.compile(r"\]\([^)]*\)")


@cache
def committed(path):
    return make.read(path)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def supports(claim, shown):
    """Whether a number shown rounds to the one claimed, as it is or as per cent."""
    wanted = float(claim.replace(",", ""))
    room = 0.5 * 10.0 ** -len(claim.partition(".")[2]) + 1e-9
    return any(abs(one - wanted) <= room or abs(100 * one - wanted) <= room for one in shown)


def test_there_are_notebooks():
    assert PATHS


@every
def test_a_notebook_is_kept_in_one_form(path):
    notebook = committed(path)
    nbformat.validate(notebook)
    assert make.plain(make.read(path)) == notebook
    assert [cell.id for cell in notebook.cells] == [
        f"n{path.name[0]}-{at:02}" for at in range(len(notebook.cells))
    ]
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))


@every
def test_what_is_committed_shows_its_pictures_and_no_error(path):
    notebook = committed(path)
    outputs = [one for cell in code(notebook) for one in cell.outputs]
    assert any("image/png" in one.get("data", {}) for one in outputs)
    assert not make.failing(notebook)
    assert not [one for one in outputs if one.get("name") == "stderr"]


@every
def test_marks_are_balanced_and_every_task_is_verified(path):
    notebook = committed(path)
    for cell in code(notebook):
        marks = re.findall(r"### (BEGIN|END) SOLUTION", cell.source)
        assert marks == ["BEGIN", "END"] * (len(marks) // 2)
        assert "SOLUTION" not in make.SOLUTION.sub("", cell.source)
    verifying = {cell.id for cell in code(notebook) if re.search(r"^verify", cell.source, re.M)}
    assert verifying == make.tagged(notebook)


@every
def test_a_version_to_hand_out_holds_no_solution(path):
    bare = make.student(committed(path))
    nbformat.validate(bare)
    for cell in code(bare):
        ast.parse(cell.source)
        assert "SOLUTION" not in cell.source
        assert not cell.outputs
    asked = [cell for cell in code(committed(path)) if "### BEGIN SOLUTION" in cell.source]
    assert asked
    left = [cell for cell in code(bare) if "# your code here" in cell.source]
    assert [cell.id for cell in left] == [cell.id for cell in asked]
    assert all("= ...\n" in cell.source for cell in left)


@every
def test_a_number_in_the_text_is_in_a_cell(path):
    notebook = committed(path)
    shown = [
        number
        for cell in code(notebook)
        for text in (cell.source, make.said(cell))
        for number in make.numbers(text)
    ]
    texts = [LINK.sub("]", cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    claims = {claim for text in texts for claim in CLAIM.findall(text)}
    assert [claim for claim in sorted(claims) if not supports(claim, shown)] == []


@every
def test_links_lead_somewhere(path):
    for cell in committed(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)\)", cell.source):
                assert "://" in target or (path.parent / target).exists(), target


def test_only_numbers_may_differ_and_only_a_little():
    assert make.same("skew 0.142, 5,000 digits", "skew 0.150, 5,010 digits")
    assert not make.same("skew 0.142", "skew 0.342")
    assert not make.same("skew 0.142", "share 0.142")
    assert not make.same("skew 0.142", "skew 0.142 0.142")


@every
def test_the_solution_says_what_is_committed_and_the_other_fails_where_a_learner_is_asked(path):
    solution, bare = make.execute_both(committed(path))
    assert not make.failing(solution)
    assert make.differences(committed(path), solution) == []
    assert make.failing(bare) == make.tagged(committed(path))
    for cell in code(bare):
        for one in cell.outputs:
            if one.output_type == "error":
                assert one.ename == "NotYetError"
                assert one.evalue.startswith("RED: ")


def test_the_last_notebook_runs_with_another_number():
    path = next(one for one in PATHS if one.name.startswith("8"))
    other = make.student(committed(path))
    (cell,) = (cell for cell in code(other) if cell.source.startswith("number = 8\n"))
    cell.source = cell.source.replace("number = 8\n", "number = 5\n")
    executed = make.execute(other, go_on=True)
    assert make.failing(executed) == make.tagged(committed(path))
    said = "\n".join(map(make.said, code(executed)))
    assert "mystery 5: 5 epochs" in said
    assert "it is inplace-mutation" in said
