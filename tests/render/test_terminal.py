"""The terminal report: what it says, that it fits, and that it asks the terminal nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample import broken_report, healthy_report, post_report, probes_only_report

from diagnose.render import terminal
from diagnose.report import Report

REPORTS = {
    "post": post_report(),
    "probes only": probes_only_report(),
    "healthy": healthy_report(),
    "nan": broken_report("nétwork"),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
def test_text(name: str, unicode: bool, snapshot):
    assert terminal.render(REPORTS[name], unicode=unicode) == snapshot


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_asked(report: Report, unicode: bool, width: int):
    lines = terminal.render(report, width=width, unicode=unicode).splitlines()
    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_ascii_is_ascii(report: Report):
    assert terminal.render(report, unicode=False).isascii()


def test_colour_changes_nothing_but_colour():
    import re

    plain = terminal.render(post_report())
    coloured = terminal.render(post_report(), color=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_default_report_fits_two_screens():
    assert len(terminal.render(post_report()).splitlines()) <= 96


def test_environment_is_not_asked(monkeypatch):
    before = terminal.render(post_report())
    for name, value in {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert terminal.render(post_report()) == before


def test_markup_in_a_text_is_text():
    report = broken_report("[bold]x[/bold]")
    assert "[bold]x[/bold] gives no answer" in terminal.render(report)


def test_long_names_and_many_classes_still_fit():
    report = probes_only_report()
    name = "a_network_with_a_very_long_name_indeed_so_long_that_it_must_be_cut"
    seen = report.symptoms["buggy_reference"]
    many = replace(seen, mean_probabilities=[0.01] * 100, class_shares=[0.01] * 100)
    report = replace(
        report,
        network=replace(report.network, name=name, posted=None),
        symptoms={name: many, "fixed": many},
        findings={name: report.findings["buggy_reference"]},
    )
    text = terminal.render(report)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "... 80 more classes" in text


def test_bars_are_as_long_as_their_numbers():
    text = terminal.render(post_report(), unicode=False)
    bars = [line.count("#") for line in text.splitlines() if "#" in line]
    # Class 9: 0.257 beside 0.101, on one scale whose longest is the posted 0.312.
    assert len(bars) == 10
    row = next(line for line in text.splitlines() if line.startswith("    9 "))
    found, fixed = row.split(".257")[0].count("#"), row.split(".312")[1].count("#")
    assert found / fixed == pytest.approx(0.257 / 0.101, rel=0.15)
