"""The patch in every format: the diff, what each edit mends, and what is left."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
from sample import healthy_report, one_symptom_report, post_report

from diagnose.render import RENDERERS, notebook
from diagnose.render.patch_words import diff_lines, heading, numbered, reasons
from diagnose.report import from_json

PATCH = {
    "file": "net.py",
    "diff": "--- a/net.py\n+++ b/net.py\n@@ -1 +1 @@\n-rate = 5 # <b>```\n+rate = 0.1 # <b>```\n",
    "lines": 1,
    "hunks": [
        {
            "part": "pace",
            "defect": "learning-rate",
            "why": "at a rate of 0.1 the training gets there",
            "changes": [{"line": 1, "old": ["rate = 5 # <b>```"], "new": ["rate = 0.1 # <b>```"]}],
        }
    ],
    "tried": {
        "found": 0.1, "patched": 0.93, "twin": 0.94, "works_in": [3, 3],
        "printed": ["acc 0.09", "acc 0.92"], "runs": 7,
    },
    "left": ["for input: nothing"],
}  # fmt: skip
CELLS = {
    **PATCH,
    "file": "net.ipynb",
    "diff": '--- a/net.ipynb\n+++ b/net.ipynb\n@@ -9 +9 @@\n-   "rate = 5"\n+   "rate = 0.1"\n',
    "hunks": [{**PATCH["hunks"][0], "changes": [
        {"line": 2001, "old": ["rate = 5"], "new": ["rate = 0.1"]}]}],
}  # fmt: skip
NONE = {**PATCH, "diff": "", "lines": 0, "hunks": [], "tried": None, "left": ["nothing to mend"]}


@pytest.mark.parametrize("patch", [PATCH, NONE], ids=["patch", "none"])
@pytest.mark.parametrize("report", [post_report(), healthy_report()], ids=["broken", "healthy"])
def test_json_has_it_by_its_schema(report, patch):
    with_patch = replace(report, patch=patch)
    schema = json.loads(files("diagnose").joinpath("report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(with_patch.to_json()))
    assert from_json(with_patch.to_json()) == with_patch
    assert "patch" not in json.loads(report.to_json())


@pytest.mark.parametrize("ending", [".txt", ".md", ".html"])
@pytest.mark.parametrize(
    "report", [one_symptom_report(), healthy_report()], ids=["broken", "healthy"]
)
def test_every_format_shows_it(report, ending):
    shown = " ".join(RENDERERS[ending](replace(report, patch=PATCH)).split())
    for said in ("rate = 0.1", "learning-rate", "gets there", "acc 0.92", "For input: nothing"):
        assert said in shown
    assert "3 of 3 seeds" in shown
    assert ".93" in shown
    nothing = " ".join(RENDERERS[ending](replace(report, patch=NONE)).split())
    assert "Nothing to mend" in nothing
    assert "3 of 3 seeds (a sound" not in nothing


def test_the_notebook_shows_it_and_escapes_the_code():
    shown = notebook.render(replace(one_symptom_report(), patch=PATCH))
    assert "rate = 0.1 # &lt;b&gt;" in shown
    assert "<h2>Patch</h2>" in shown


def test_what_could_not_be_read_as_found_has_no_number_before():
    assert "run with it: 0.100 -> 0.930, works in 3 of 3" in heading(PATCH)
    unread = {**PATCH, "tried": {**PATCH["tried"], "found": None}}
    assert "run with it: 0.930, works in 3 of 3" in heading(unread)


def test_of_a_notebook_the_lines_are_shown_as_they_stand_in_their_cells():
    assert [*diff_lines(CELLS)] == [
        ("place", "@@ In[2]:1 @@"),
        ("old", "-rate = 5"),
        ("new", "+rate = 0.1"),
    ]
    assert reasons(CELLS)[0].startswith("line In[2]:1: learning-rate")
    assert numbered(CELLS, CELLS["hunks"][0]["changes"][0], "new") == [("In[2]:1", "rate = 0.1")]
    shown = RENDERERS[".md"](replace(one_symptom_report(), patch=CELLS))
    assert "```diff\n@@ In[2]:1 @@\n-rate = 5\n+rate = 0.1\n```" in shown
    for renderer in RENDERERS.values():
        assert "rate = 0.1" in str(renderer(replace(one_symptom_report(), patch=CELLS)))
