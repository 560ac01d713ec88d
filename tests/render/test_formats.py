"""Which ending gives which format, JSON there and back, and its schema."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from sample import broken_report, healthy_report, post_report, probes_only_report

from diagnose.errors import BadInputError
from diagnose.render import RENDERERS, markdown, renderer_for, terminal
from diagnose.report import from_json

REPORTS = [post_report(), probes_only_report(), healthy_report(), broken_report("<b>&ü")]


@pytest.fixture(scope="module")
def schema() -> dict:
    return json.loads(files("diagnose").joinpath("report.schema.json").read_text("utf-8"))


def test_endings():
    report = healthy_report()
    assert set(RENDERERS) == {".html", ".json", ".md", ".txt"}
    assert renderer_for("a/b.JSON")(report) == report.to_json()
    assert renderer_for(Path("x.md"))(report) == markdown.render(report)
    assert renderer_for("x.txt")(report) == terminal.render(report)
    assert renderer_for("x.html")(report).startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("path", ["report.pdf", "report", ".html.bak"])
def test_other_endings_are_refused_with_the_list_of_endings(path: str):
    with pytest.raises(BadInputError) as raised:
        renderer_for(path)
    assert str(raised.value).startswith(path)
    assert ".html, .json, .md, .txt" in str(raised.value)


def test_choosing_a_renderer_loads_none():
    code = (
        "import diagnose.render, sys; diagnose.render.renderer_for('x.html');"
        "print(sorted({'matplotlib', 'jinja2', 'rich'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("report", REPORTS, ids=["post", "probes only", "healthy", "nan"])
def test_json_there_and_back(report, schema):
    text = report.to_json()
    assert from_json(text) == report
    assert from_json(text).to_json() == text
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_numbers_that_are_not_finite_are_null_and_valid(schema):
    report = post_report()
    skew = replace(report.causes["skew"], repaired=float("nan"))
    text = replace(report, causes={"skew": skew}).to_json()
    assert json.loads(text)["causes"]["skew"]["repaired"] is None
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_schema_is_itself_valid_and_closed(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    open_ = [
        name
        for name, one in schema["$defs"].items()
        if one.get("type") == "object" and one["additionalProperties"] is not False
    ]
    assert open_ == []


def _set(path: tuple, value):
    def change(raw):
        for key in path[:-1]:
            raw = raw[key]
        raw[path[-1]] = value

    return change


def _drop(path: tuple):
    def change(raw):
        for key in path[:-1]:
            raw = raw[key]
        del raw[path[-1]]

    return change


NET = "buggy_reference"


@pytest.mark.parametrize(
    "change",
    [
        _set(("schema_version",), 3),
        _set(("extra",), 1),
        _drop(("findings",)),
        _set(("network", "extra"), 1),
        _drop(("network", "parameters")),
        _set(("network", "parameters", "w1"), ["10"]),
        _set(("symptoms", NET, "skew"), "0.2"),
        _set(("symptoms", NET, "favoured_share"), 1.5),
        _drop(("symptoms", NET, "class_shares")),
        _set(("findings", NET, 0, "status"), "maybe"),
        _set(("findings", NET, 0, "where"), {"file": "x.py"}),
        _drop(("findings", NET, 0, "advice")),
        _set(("causes", "loss"), {}),
        _set(("causes", "skew", "minimal_repairs"), [[]]),
        _set(("causes", "skew", "minimal_repairs"), ["class-order"]),
        _set(("causes", "skew", "verdicts", "class-order", "verdict"), "guilty"),
        _drop(("causes", "skew", "verdicts", "class-order", "share", "low")),
        _set(("causes", "skew", "ladder", 0), {"repair": "x"}),
        _set(("causes", "skew", "lattice", 0, "repairs"), ["a", "a"]),
        _set(("code", 0, "found", 0), ["95", "text"]),
        _set(("code", 0, "found", 0), [95, "text", "more"]),
        _set(("runs", "trainings"), -1),
    ],
)
def test_schema_refuses_what_is_broken(change, schema):
    raw = json.loads(post_report().to_json())
    broken = copy.deepcopy(raw)
    change(broken)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(broken)
