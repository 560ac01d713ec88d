"""The style that every picture shares.

Figures are made without pyplot, so that no window system is asked for, and matplotlib is imported
inside the functions, so that importing this module costs nothing. Colours say the same thing in
every picture and are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with
any kind of colour blindness tell apart; no picture relies on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOUND = "#D55E00"  # the network as found
REPAIRED = "#0072B2"  # the repaired network, or the one it is held against
NEUTRAL = "#7A828E"  # a reference: the truth, what somebody posted, chance
ALERT = "#CC79A7"  # what stands out: a limit crossed, a last sample
INK = "#1F2430"  # text and axes
PALE = "#DDE1E8"  # grids and whatever should stay in the background


_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same layout everywhere
    "font.size": 10,
    "text.color": INK,
    "axes.titlesize": 10.5,
    "axes.labelcolor": INK,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "diagnose",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house style, whatever the person's own matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def new_figure(
    width: float = 6.4,
    height: float = 3.2,
    rows: int = 1,
    columns: int = 1,
    *,
    shared: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Make a figure of ``width`` x ``height`` inches and its axes, row by row, in house style.

    shared: whether all panels have the same scales; then only those at the edges bear numbers.
    """
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        axes = list(
            figure.subplots(rows, columns, squeeze=False, sharex=shared, sharey=shared).flat
        )
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.spines[["left", "bottom"]].set_color(NEUTRAL)
        one.tick_params(color=NEUTRAL, labelcolor=INK, labelsize=9)
        one.grid(axis="y", color=PALE, linewidth=0.8)
        one.set_axisbelow(True)
        # Numbers of six digits must fit beside each other in a narrow panel.
        one.locator_params(axis="x", nbins=max(3, round(1.4 * width / columns)))
    return figure, axes


def logarithmic(axes: Axes, *which: Literal["x", "y"]) -> None:
    """Make axes logarithmic, with numbers as people write them and no small ticks.

    Small ticks say little, and with the typeset powers that are usual they take most of the time
    that a picture takes.
    """
    for one in which:
        axes.set(**{f"{one}scale": "log"})
        axis = {"x": axes.xaxis, "y": axes.yaxis}[one]
        axis.set_major_formatter("{x:g}")
    axes.minorticks_off()


def legend(figure: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of some axes above the figure, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=columns, frameon=False, fontsize=9
    )
