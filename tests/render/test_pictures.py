"""Pictures: what is drawn is what the report says, and the SVG can stand in any page."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from sample import FOUND as REPAIRS
from sample import ORDER, POSTED, post_report

from diagnose.render import pictures
from diagnose.report import Trial


@pytest.fixture
def cause():
    return post_report().causes["balanced_accuracy"]


def _heights(axes) -> list[float]:
    return [bar.get_height() for bar in axes.patches]


def test_import_is_light():
    code = "import diagnose.render.pictures, sys; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_axes_come_row_by_row():
    figure, axes = pictures.new_figure(5, 4, rows=2, columns=3)
    assert tuple(figure.get_size_inches()) == (5, 4)
    assert len(axes) == 6
    figure.draw_without_rendering()
    tops = [one.get_position().y0 for one in axes]
    assert min(tops[:3]) > max(tops[3:])


def test_svg_is_well_formed_and_described():
    figure, (axes,) = pictures.new_figure()
    axes.plot([1, 2], label="a")
    axes.set_title("kept as text")
    svg = pictures.to_svg(figure, "A line: it <rises> & ends.")
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    title, desc = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None
    assert title.text == "A line"
    assert desc is not None
    assert desc.text == "A line: it <rises> & ends."
    assert "kept as text" in [one.text for one in root.iter(f"{space}text")]
    assert not re.search(r"<metadata|<style|xlink|DOCTYPE", svg)


def test_ids_of_two_pictures_differ_and_each_is_deterministic():
    def picture(top: float) -> str:
        figure, (axes,) = pictures.new_figure()
        axes.bar([0, 1], [1, top])
        return pictures.to_svg(figure, "Two bars.")

    def ids(svg: str) -> set[str]:
        return set(re.findall(r'\bid="([^"]+)"', svg))

    assert picture(2) == picture(2)
    assert not ids(picture(2)) & ids(picture(3))


def test_symptom_bars_are_the_mean_probabilities():
    report = post_report()
    figure, said = pictures.symptom_bars(report.symptoms, POSTED)
    (axes,) = figure.axes
    expected = [
        *report.symptoms["buggy_reference"].mean_probabilities,
        *report.symptoms["fixed"].mean_probabilities,
    ]
    assert _heights(axes) == expected
    assert list(axes.lines[0].get_ydata()) == POSTED
    assert "0.257" in said
    assert "posted" in said


def test_lattice_shows_the_sets_that_tell_the_story(cause):
    chosen = pictures.chosen_trials(cause)
    assert {group: len(trials) for group, trials in chosen.items()} == {
        "none": 1,
        "one alone": 8,
        "minimal": 1,
        "all but one": 8,
        "all": 1,
    }
    figure, said = pictures.lattice(cause, "balanced accuracy")
    bars, dots = figure.axes
    shown = [trial for trials in chosen.values() for trial in trials]
    assert _heights(bars) == [trial.value for trial in shown]
    made = [line for line in dots.lines if line.get_linestyle() == "-"]
    assert [len(line.get_ydata()) for line in made] == [len(one.repairs) for one in shown]
    assert [one.get_text() for one in dots.get_yticklabels()] == list(REPAIRS)
    assert "all but class-order 0.130" in said


def test_no_set_is_shown_twice(cause):
    """With two defects, every repair alone is also every repair but the other."""
    two = replace(
        cause,
        verdicts={name: cause.verdicts[name] for name in REPAIRS[:2]},
        minimal_repairs=[[REPAIRS[0]]],
        lattice=[
            Trial(repairs=list(some), value=0.1, low=0.1, high=0.1, cured=None)
            for some in ([], REPAIRS[:1], REPAIRS[1:2], REPAIRS[:2])
        ],
    )
    sets = [tuple(one.repairs) for some in pictures.chosen_trials(two).values() for one in some]
    assert sorted(sets) == sorted([(), REPAIRS[:1], REPAIRS[1:2], REPAIRS[:2]])


def test_only_cured_bars_are_filled(cause):
    figure, _ = pictures.lattice(cause, "balanced accuracy")
    white = (1.0, 1.0, 1.0, 1.0)
    shown = [one for some in pictures.chosen_trials(cause).values() for one in some]
    filled = [bar.get_facecolor() != white for bar in figure.axes[0].patches]
    assert filled == [one.cured >= 0.9 for one in shown]


def test_ladder_and_shares_draw_their_numbers(cause):
    rungs = [("as found", 0.1, False), ("one", None, True), ("two", 0.8, False)]
    figure, said = pictures.ladder(rungs, "accuracy")
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths[::2] == [0.1, 0.8]
    assert "one not finite" in said
    shares = {name: one.share for name, one in cause.verdicts.items()}
    figure, said = pictures.share_intervals(shares, "accuracy")
    bar = figure.axes[0].lines[2 * REPAIRS.index(ORDER)]
    share = shares[ORDER]
    assert list(bar.get_xdata()) == pytest.approx([100 * share.low, 100 * share.high])
    assert "class-order 22 %" in said


def test_numbers_that_are_not_finite_are_left_out(cause):
    lattice = [replace(cause.lattice[0], value=None, low=None, high=None), *cause.lattice[1:]]
    figure, said = pictures.lattice(replace(cause, lattice=lattice), "balanced accuracy")
    assert pictures.to_svg(figure, said).count("nan") == 0
    assert "none not finite" in said


def test_no_label_is_tiny(cause):
    for figure, said in (
        pictures.lattice(cause, "balanced accuracy"),
        pictures.symptom_bars(post_report().symptoms, POSTED),
    ):
        sizes = re.findall(r"font(?:-size)?: ([\d.]+)px", pictures.to_svg(figure, said))
        assert sizes
        assert min(map(float, sizes)) >= 8.5
