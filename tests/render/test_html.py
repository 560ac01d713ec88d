"""The page and the notebook's fragment: whole, self-contained, escaped, the same every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sample import (
    broken_report,
    healthy_report,
    one_symptom_report,
    post_report,
    probes_only_report,
    watched_report,
)

import diagnose.render.html
from diagnose.render import html, notebook
from diagnose.report import from_json

REPORTS = {
    "post": post_report(),
    "one symptom": one_symptom_report(),
    "probes only": probes_only_report(),
    "healthy": healthy_report(),
    "nan": broken_report("<b>&\"'"),
    "watched": watched_report(),
}
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Collects elements, attributes and text; fails on tags that do not pair."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.svg_children: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag == "svg":
            self.svg_children.append([])
        elif self.open and self.open[-1] == "svg":
            self.svg_children[-1].append(tag)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: html.render(report) for name, report in REPORTS.items()}


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    return {name: notebook.render(report) for name, report in REPORTS.items()}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("kind", ["page", "cell"])
def test_tags_pair_and_ids_are_unique(name: str, kind: str, pages, cells):
    text = {"page": pages, "cell": cells}[kind][name]
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("name", REPORTS)
def test_page_refers_to_nothing_outside_itself(name: str, pages):
    page = Page(pages[name])
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base"}
        assert "src" not in attributes
        assert not [key for key in attributes if key.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "@import" not in pages[name]
    assert all(one.startswith("#") for one in re.findall(r"url\(([^)]*)\)", pages[name]))
    # The only address is the name of SVG's vocabulary, which nothing fetches.
    assert set(re.findall(r"https?://[^\s\"'<]+", pages[name])) <= {"http://www.w3.org/2000/svg"}


def test_every_picture_says_in_words_what_it_shows(pages):
    page = Page(pages["post"])
    assert len(page.svg_children) >= 1 + 3 + 3 + 3
    for children in page.svg_children:
        assert children[:2] == ["title", "desc"]
    svgs = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(one["role"] == "img" and one["aria-labelledby"] for one in svgs)


def test_page_holds_verdict_numbers_and_code_of_both(pages):
    text = Page(pages["post"]).text
    for part in (
        "The skew is caused by class-order alone",
        "all four are repaired together",
        "0.252",
        "dw3 = m*dz3@a2.T",
        "for i in rng.permutation(len(labels)):",
        "the accuracy is measured on one training image",
        "Shapley value",
        "buggy_reference/post.py:77",
    ):
        assert part in text


@pytest.mark.parametrize("kind", ["page", "cell"])
def test_what_was_read_from_a_script_is_shown_with_its_lines(kind: str, pages, cells):
    text = Page({"page": pages, "cell": cells}[kind]["watched"]).text
    assert "Read from post.py" in text
    assert "1,200 steps; it does what the script did" in text
    for words in ("training loop 71", "w1 (10x784), b1, relu", "one_hot(Y) if a < b else '<b>'"):
        assert words in text
    assert "Read from" not in Page(pages["post"]).text


def test_names_are_escaped(pages):
    assert "<b>" not in pages["nan"]
    assert "<b>&\"' gives no answer" in Page(pages["nan"]).text
    assert "shapes (3,) and <4,> differ" in Page(pages["nan"]).text


def test_same_report_gives_the_same_text(pages, cells):
    report = one_symptom_report()
    for render, made in ((html.render, pages), (notebook.render, cells)):
        assert made["one symptom"] == render(from_json(report.to_json()))


def test_fragment_cannot_restyle_the_notebook(cells):
    text = cells["post"]
    assert "<html" not in text
    assert "<body" not in text
    style = text.split("<style>")[1].split("</style>")[0]
    style = re.sub(r"@media [^{]+\{", "", style)
    for rule in re.findall(r"([^{}]+)\{", style):
        assert all(one.strip().startswith(".nd") for one in rule.split(","))


def _probes(monkeypatch, draw) -> None:
    """Make the wrong-gradient probe draw with this function, and no other probe known."""
    import sys
    import types

    module = types.ModuleType("diagnose.probes")
    module.DEFECTS = (types.SimpleNamespace(name="wrong-gradient", draw=draw),)
    monkeypatch.setitem(sys.modules, "diagnose.probes", module)


def test_finding_is_shown_with_its_own_picture(monkeypatch):
    from diagnose.style.figures import new_figure

    def draw(numbers):
        figure, (axes,) = new_figure()
        axes.set_title(f"step {numbers['step']}")
        return figure

    _probes(monkeypatch, draw)
    page = html.render(probes_only_report())
    assert ">step 1e-05</text>" in page
    assert page.count("<svg") == 2


def test_numbers_stand_in_for_a_picture_that_cannot_be_drawn(monkeypatch):
    _probes(monkeypatch, lambda numbers: numbers["from another version"])
    page = html.render(probes_only_report())
    assert page.count("<svg") == 1
    assert "all units dead" in Page(page).text


def test_persons_own_plot_style_does_not_show(pages):
    import matplotlib

    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "text.color": "red"}):
        assert html.render(REPORTS["one symptom"]) == pages["one symptom"]


def test_templates_are_found_wherever_the_program_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    diagnose.render.html.environment.cache_clear()
    assert "<!DOCTYPE html>" in html.render(healthy_report())
