"""Pictures that another process draws are those drawn here, and are drawn here where it cannot."""

from __future__ import annotations

import pytest
from sample import one_symptom_report, probes_only_report

from buggy_reference import NETWORK as BUGGY
from diagnose.command.cli import main
from diagnose.network import other_process
from diagnose.probes import DEFECTS
from diagnose.render import aside, html, pictures
from diagnose.report import PRESENT
from diagnose.study import diagnose
from diagnose.training.progress import Stages

REPORT = one_symptom_report()


@pytest.fixture(autouse=True)
def nothing_asked(monkeypatch):
    """Nothing drawn by others, and whatever is begun is ended."""
    for name in ("_working", "_asked", "_made"):
        monkeypatch.setattr(aside, name, type(getattr(aside, name))())
    yield
    aside._stop()


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(other_process, "processors", lambda: 2)


def test_a_page_is_the_same_whoever_draws(two_cores, monkeypatch):
    here = html.render(REPORT)
    aside.begin()
    finding = next(one for one in REPORT.findings[REPORT.network.name] if one.status == PRESENT)
    aside.ask(aside.of_finding(finding))
    aside.ask(aside.of_finding(finding))
    assert len(aside._asked) == 1
    monkeypatch.setattr(pictures, "to_svg", None)  # nothing can be drawn here
    assert html.render(REPORT) == here
    assert html.render(REPORT) == here  # and what was drawn is kept


@pytest.mark.parametrize("program", ["", "raise SystemExit(1)", "import time; time.sleep(600)"])
def test_what_another_process_does_not_draw_is_drawn_here(
    program, two_cores, tmp_path, monkeypatch
):
    report = probes_only_report()
    here = html.render(report)
    script = tmp_path / "child.py"
    script.write_text(program, encoding="utf-8")
    monkeypatch.setattr(aside, "__file__", str(script))
    monkeypatch.setattr(aside, "PATIENCE", 0.5)
    aside.begin()
    assert html.render(report) == here
    assert not aside._working


def test_of_a_report_that_ends_without_a_page_nothing_is_left(two_cores, tmp_path, capsys):
    page = tmp_path / "page.html"
    given = ["buggy_reference", "--data", str(tmp_path / "none"), "-o", str(page), "--jobs", "2"]
    assert main(["report", *given]) == 2
    assert "none" in capsys.readouterr().err
    assert not aside._working
    assert not page.exists()


def test_what_cannot_be_handed_over_is_drawn_here(two_cores):
    aside.begin()
    assert aside.drawn([(lambda: "drawn", ())]) == ["drawn"]


def test_what_cannot_be_drawn_is_told_here(two_cores):
    aside.begin()
    with pytest.raises(TypeError):
        aside.drawn([(pictures.as_svg, (pictures.symptom_bars,))])
    assert aside.drawn([(pictures.of_probe, ("unknown", {}, ""))]) == [None]


def test_the_last_pictures_are_asked_for_before_the_template_is_read(monkeypatch):
    asked, template = [], html.environment
    monkeypatch.setattr(aside, "ask", lambda *every: asked.extend(every))
    monkeypatch.setattr(html, "environment", lambda: asked.append("template") or template())
    html.render(REPORT)
    before, after = asked[: asked.index("template")], asked[asked.index("template") + 1 :]
    assert before == after != []


def test_nothing_is_begun_on_one_core(monkeypatch):
    monkeypatch.setattr(other_process, "processors", lambda: 1)
    aside.begin()
    assert not aside._working


def test_what_is_drawn_is_told_as_soon_as_it_is_known():
    told, answered = [], []
    stages = Stages(found=told.append, seen=lambda *seen: answered.append(seen))
    given = {"images": 20, "epochs": 1, "jobs": 1, "select": ["unnormalized-input"]}
    report = diagnose(BUGGY, probes_only=True, progress=stages, **given)
    (finding,) = told
    assert finding.defect in {one.name for one in DEFECTS}
    (shown,) = (one for one in report.findings[BUGGY.name] if one.status == PRESENT)
    assert aside.of_finding(shown) == aside.of_finding(finding)
    assert aside.of_symptoms(*answered[0]) == html._symptoms(report)
