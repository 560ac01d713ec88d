"""The pictures of a report, and the style that every picture shares.

Figures are made without pyplot, so that no window system is asked for, and matplotlib is imported
inside the functions, so that importing this module costs nothing. Colours say the same thing in
every picture and are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with
any kind of colour blindness tell apart; no picture relies on colour alone.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from diagnose.report import Cause, Numbers, Share, Symptoms, Trial
from diagnose.style.figures import FOUND, INK, NEUTRAL, PALE, REPAIRED, legend, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


def to_svg(figure: Figure, alt_text: str) -> str:
    """Write a figure as an ``<svg>`` element to stand inside a page.

    The first sentence of ``alt_text`` becomes its title, the whole its description. Text stays
    text; nothing outside the page is referred to; the same figure always gives the same element;
    ids begin with a prefix of the picture's own, so that several can stand in one page.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with style():
        buffer = io.StringIO()
        # savefig would draw everything twice, once without a pen.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    raw = buffer.getvalue()
    raw = raw[raw.index("<svg") :]
    raw = re.sub(r"\s*<metadata>.*?</metadata>", "", raw, flags=re.DOTALL)
    raw = re.sub(r"(?:'DejaVu Sans'|DejaVu Sans)[^;\"]*", _FONTS, raw)
    # Without its style sheet, which would reach out of the picture into the page around it.
    raw = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", raw, flags=re.DOTALL)
    raw = re.sub(r' (?:d|x|y|transform)="[^"]*"', _rounded, raw)
    raw = raw.replace("xlink:href", "href")
    prefix = "p" + hashlib.sha256((raw + alt_text).encode()).hexdigest()[:8] + "-"
    raw = re.sub(r'\bid="', f'id="{prefix}', raw)
    raw = raw.replace("url(#", f"url(#{prefix}").replace('href="#', f'href="#{prefix}')
    head, body = raw.split(">", 1)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', head)
    if size is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    width, height = size.groups()
    title = re.split(r"(?<=[.:;]) ", alt_text, maxsplit=1)[0].rstrip(".:;")
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" style="stroke-linejoin: round" '
        f'aria-labelledby="{prefix}title {prefix}desc">'
        f'<title id="{prefix}title">{escape(title)}</title>'
        f'<desc id="{prefix}desc">{escape(alt_text)}</desc>'
    )
    return opening + body.strip()


def of_probe(defect: str, numbers: Numbers, observed: str) -> str | None:
    """The picture of what a probe has measured; None if it is unknown here or cannot be drawn.

    A report may come from another version, whose numbers this one cannot draw; the page then
    shows the numbers without the picture.
    """
    try:
        from diagnose.probes import DEFECTS

        draw: Callable[[Numbers], Figure] = {one.name: one.draw for one in DEFECTS}[defect]
        with style():
            return to_svg(draw(numbers), f"{defect}. {observed}")
    except Exception:
        return None


def as_svg(draw: Callable[..., Picture], *given: Any) -> str:
    """What one of the functions below draws."""
    with style():
        return to_svg(*draw(*given))


def _rounded(attribute: re.Match[str]) -> str:
    """Cut the numbers of an attribute to hundredths of a point, which nobody can see."""
    return re.sub(r"(\.\d\d)\d+", r"\1", attribute.group())


# A picture of a report: the figure, and what it shows in words.
Picture = tuple["Figure", str]
MOST_MINIMAL = 6
CURED = 0.9


def symptom_bars(seen: dict[str, Symptoms], posted: list[float] | None) -> Picture:
    """Draw mean probability per class, beside the true shares and what somebody posted.

    seen: symptoms by network's name; the network under test comes first.
    """
    names = list(seen)
    shares = seen[names[0]].class_shares
    figure, (axes,) = new_figure(5.8, 3.3)
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        at = [one + (index - (len(names) - 1) / 2) * width for one in range(len(shares))]
        values = _numbers(seen[name].mean_probabilities)
        axes.bar(at, values, width, color=(FOUND, REPAIRED)[index % 2], label=name)
    axes.hlines(
        shares,
        [one - 0.45 for one in range(len(shares))],
        [one + 0.45 for one in range(len(shares))],
        color=INK,
        linewidth=1.6,
        label="true share",
    )
    if posted:
        axes.plot(
            range(len(posted)),
            posted,
            "D",
            color="white",
            markeredgecolor=INK,
            markersize=6,
            label="posted",
        )
    axes.set_xticks(range(len(shares)) if len(shares) <= 20 else range(0, len(shares), 10))
    axes.set_xlabel("class")
    axes.set_ylabel("mean probability")
    legend(figure, axes, columns=2 if len(names) > 1 or posted else 1)
    said = [f"{name}: {_said(seen[name].mean_probabilities)}" for name in names]
    if posted:
        said.append(f"posted: {_said(posted)}")
    return figure, (
        "Mean predicted probability of each class, as bars. "
        + "; ".join(said)
        + f". True shares: {_said(shares)}."
    )


def answers_over_targets(seen: dict[str, Symptoms]) -> Picture:
    """Draw answers over targets, with the line on which right answers lie.

    seen: symptoms by network's name, as in ``symptom_bars``.
    """
    figure, (axes,) = new_figure(5.8, 3.3)
    for index, (name, one) in enumerate(seen.items()):
        targets, answers = (_numbers([pair[side] for pair in one.pairs]) for side in (0, 1))
        colour, mark = ((FOUND, "o"), (REPAIRED, "x"))[index % 2]
        axes.plot(targets, answers, mark, color=colour, markersize=3.5, label=name)
    ends = [pair[0] for one in seen.values() for pair in one.pairs if pair[0] is not None]
    line = [min(ends), max(ends)]
    axes.plot(line, line, color=INK, linewidth=1.2, label="right", zorder=0)
    axes.set_xlabel("target")
    axes.set_ylabel("answer")
    legend(figure, axes, columns=len(seen) + 1)
    said = [f"{name}: {_quarters(one.pairs)}" for name, one in seen.items()]
    return figure, (
        "Answers over targets, as dots; right answers lie on the line. Mean answers from the "
        f"lowest quarter of the targets to the highest, {'; '.join(said)}."
    )


def _quarters(pairs: list[list[float | None]]) -> str:
    ordered = sorted(pairs, key=lambda pair: pair[0] or 0.0)
    edges = [len(ordered) * at // 4 for at in range(5)]
    parts = [_numbers([answer for _, answer in ordered[a:b]]) for a, b in pairwise(edges)]
    return _said([sum(part) / len(part) if part else None for part in parts])


def chosen_trials(cause: Cause) -> dict[str, list[Trial]]:
    """Choose the sets of repairs that tell the story, in groups; no set comes twice.

    None, each repair alone, the smallest cures, the best, the best but one, all.
    """
    repairs = list(cause.verdicts)
    best = frozenset(cause.best_repairs)
    but_one = "all but one" if len(best) == len(repairs) else "best but one"
    by_set = {frozenset(trial.repairs): trial for trial in cause.lattice}
    groups = {
        "none": [frozenset[str]()],
        "minimal": [frozenset(one) for one in cause.minimal_repairs[:MOST_MINIMAL]],
        "one alone": [frozenset([one]) for one in repairs],
        "best": [best],
        but_one: [best - {one} for one in repairs if one in best],
        "all": [frozenset(repairs)],
    }
    told: set[frozenset[str]] = set()
    chosen: dict[str, list[Trial]] = {}
    for group in ("none", "all", "minimal", "best", "one alone", but_one):
        chosen[group] = [by_set[one] for one in groups[group] if one in by_set and one not in told]
        told.update(groups[group])
    order = ("none", "one alone", "minimal", but_one, "best", "all")
    return {group: chosen[group] for group in order if chosen[group]}


def lattice(cause: Cause, label: str) -> Picture:
    """Draw a symptom for chosen sets of repairs: bars with ranges over a matrix of dots.

    After UpSet (Lex et al. 2014), with the symptom's value in place of the size of the set.
    """
    from matplotlib.transforms import blended_transform_factory

    groups = chosen_trials(cause)
    repairs = list(cause.verdicts)
    figure, (bars, dots) = new_figure(5.2, 2.5 + 0.2 * len(repairs), rows=2)
    grid = bars.get_gridspec()
    if grid is not None:
        grid.set_height_ratios([2.0, 0.2 * len(repairs) + 0.1])
    at, columns = 0.0, list[tuple[float, Trial]]()
    blended = blended_transform_factory(bars.transData, bars.transAxes)
    for group, trials in groups.items():
        first = at
        for trial in trials:
            columns.append((at, trial))
            at += 1
        bars.text(
            (first + at - 1) / 2, 1.03, group, transform=blended, ha="center", va="bottom", size=8.5
        )
        at += 0.6
    _lattice_columns(bars, dots, columns, repairs)
    for value in (cause.found, cause.best):
        bars.axhline(value, color=NEUTRAL, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    bars.set_ylim(bottom=0)
    bars.set_ylabel(label)
    for axes in (bars, dots):
        axes.set_xlim(-0.8, at - 0.8)
        axes.set_xticks([])
    dots.set_ylim(len(repairs) - 0.5, -0.5)
    dots.set_yticks(range(len(repairs)), repairs)
    dots.tick_params(length=0)
    dots.spines[["left", "bottom"]].set_visible(False)
    return figure, _lattice_said(cause, groups, label)


def _lattice_columns(
    bars: Axes, dots: Axes, columns: list[tuple[float, Trial]], repairs: list[str]
) -> None:
    """Draw sets of repairs: a bar each, filled if it cures, its range over seeds, and its dots."""
    places = [at for at, _ in columns]
    value, low, high = (
        _numbers([getattr(one, name) for _, one in columns]) for name in ("value", "low", "high")
    )
    cures = [one.cured is not None and one.cured >= CURED for _, one in columns]
    colours = [REPAIRED if one else FOUND for one in cures]
    faces = [REPAIRED if one else "white" for one in cures]
    # What is drawn at once takes a fraction of the time.
    bars.bar(places, value, 0.72, color=faces, edgecolor=colours, linewidth=1.2)
    bars.vlines(places, low, high, color=INK, linewidth=1.2)
    rows = [*enumerate(repairs)]
    rest = [(at, row) for at, one in columns for row, name in rows if name not in one.repairs]
    dots.plot([at for at, _ in rest], [row for _, row in rest], "o", color=PALE, markersize=5)
    for (at, one), colour in zip(columns, colours, strict=True):
        made = [row for row, name in rows if name in one.repairs]
        dots.plot([at] * len(made), made, "-o", color=colour, markersize=5.5, linewidth=1.4)


def _lattice_said(cause: Cause, groups: dict[str, list[Trial]], label: str) -> str:
    said = []
    for group, trials in groups.items():
        for trial in trials:
            name = group if group in {"none", "all"} else " + ".join(trial.repairs)
            if group == "all but one":
                name = "all but " + " + ".join(
                    one for one in cause.verdicts if one not in trial.repairs
                )
            said.append(f"{name} {_said([trial.value])}")
    return (
        f"Sets of repairs and the {label} after training with them. Filled bars are cured; the "
        f"range is over seeds. {'; '.join(said)}."
    )


def share_intervals(shares: dict[str, Share], label: str) -> Picture:
    """Draw each repair's share of the cure, with its range over seeds."""
    figure, (axes,) = new_figure(4.6, 0.9 + 0.26 * len(shares))
    for row, share in enumerate(shares.values()):
        low, mean, high = (100 * one for one in _numbers([share.low, share.mean, share.high]))
        colour = NEUTRAL if low <= 0 <= high else REPAIRED if low > 0 else FOUND
        axes.plot([low, high], [row, row], color=colour, linewidth=5, alpha=0.45)
        axes.plot([mean], [row], "o" if mean >= 0 else "s", color=colour, markersize=6)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_yticks(range(len(shares)), list(shares))
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, linewidth=0.8)
    axes.set_xlabel(f"share of the cure of the {label}, %", loc="right")
    axes.margins(x=0.08)
    said = "; ".join(
        f"{name} {100 * one.mean:.0f} % ({100 * one.low:.0f} to {100 * one.high:.0f})"
        for name, one in shares.items()
        if None not in (one.low, one.mean, one.high)
    )
    return figure, f"Shares of the cure of the {label}, with their range over seeds. {said}."


def ladder(rungs: list[tuple[str, float | None, bool]], label: str) -> Picture:
    """Draw a symptom as found and after each repair: (repair, value, needed), first as found."""
    figure, (axes,) = new_figure(4.6, 0.9 + 0.26 * len(rungs))
    values = _numbers([value for _, value, _ in rungs])
    for row, ((_, known, needed), value) in enumerate(zip(rungs, values, strict=True)):
        colour = FOUND if row == 0 else REPAIRED
        filled = needed or row == 0
        axes.barh(
            row, value, 0.62, color=colour if filled else "white", edgecolor=colour, linewidth=1.2
        )
        text = "not finite" if known is None else f"{value:.3f}"
        axes.annotate(
            text,
            (0 if known is None else value, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            size=9,
        )
    axes.set_yticks(range(len(rungs)), [name for name, _, _ in rungs])
    axes.set_ylim(len(rungs) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=PALE, linewidth=0.8)
    finite = [value for value in values if value == value]
    axes.set_xlim(0, 1.25 * max([*finite, 1e-9]))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(label)
    said = "; ".join(f"{name} {_said([value])}" for name, value, _ in rungs)
    return figure, f"The ladder: {label} after each repair, added one at a time. {said}."


def _numbers(values: Sequence[float | None]) -> list[float]:
    """Replace None, which stands for a number that is not finite, by nan: not drawn."""
    return [float("nan") if value is None else value for value in values]


def _said(values: Sequence[float | None]) -> str:
    return ", ".join("not finite" if value is None else f"{value:.3f}" for value in values)
