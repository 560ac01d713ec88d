"""What a case is: how its files are made, what is called, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Red, a new title of the window, a bell, a C1 control, a turned direction, half a pair, a new line.
PAYLOADS = {
    "esc": "\x1b[31mred\x1b[0m",
    "osc": "\x1b]0;title\x07",
    "c1": "\x9b31mred",
    "bidi": "\u202egnp.exe",
    "surrogate": "half \ud800",
    "line": "two\nlines\r\x0bmore",
    "nul": "nul\x00",
    "separator": "a\u2028b\u0085c",
}
# What others' text could do to a page.
MARKUP = {
    "html": "<script>alert(1)</script>",
    "link": "[x](javascript:alert(1))",
    "image": "![x](http://example.org/x.png)",
    "ticks": "`<b>`` |",
    "table": "a | b | c",
    "stars": "**x** _y_ * z",
    "dollar": "$\\frac{1}{",
    "rich": "[/red] [bold]",
    "jinja": "{{ 7 * 7 }}{% raw %}",
    "long": "x" * 2_000_000,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One bad input.

    make(folder) writes what it needs into an empty folder, which is the current one then, and
    returns the arguments of ``diagnose``. codes: the exit codes that are right. names: what the one
    line on stderr must name, where there is one.
    """

    id: str
    make: Callable[[Path], list[str]]
    codes: tuple[int, ...] = (2,)
    names: str = ""
