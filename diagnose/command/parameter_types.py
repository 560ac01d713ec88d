"""What the command line understands: its default command, and its own kinds of values."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.style.places import NOTEBOOK

if TYPE_CHECKING:
    from diagnose.instruments.bench import Defect
    from diagnose.telling.record import Kind

# Seconds in each unit of time.
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
DEFAULT = ("report", "buggy_reference", "--against", "fixed")


class Commands(click.Group):
    """Commands, of which ``report`` on the carried networks is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before options that are not the group's own."""
        own = {name for one in self.get_params(ctx) for name in one.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = [*DEFAULT, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A script stands for the report on it; who gives another network is told the command."""
        if args[0].endswith((".py", NOTEBOOK)):
            args = ["report", *args]
        if args[0] not in self.commands:
            near = difflib.get_close_matches(args[0], self.commands, 1)
            hint = near[0] if near else f"report {args[0]}"
            ctx.fail(f"no such command: {args[0]!r}; did you mean {ctx.info_name} {hint}?")
        return super().resolve_command(ctx, args)


class DefectName(click.ParamType):
    """The name of a defect; ``told``: or of what the run of a script tells without any probe."""

    name = "defect"

    def __init__(self, *, told: bool = False) -> None:
        self.told = told

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is none, with the nearest that is one."""
        known = self._known()
        if value not in known:
            near = difflib.get_close_matches(value, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            self.fail(f"there is no defect {value!r}; {hint}There are {', '.join(known)}")
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Complete names in shells that ask."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._known() if name.startswith(incomplete)]

    def _known(self) -> list[str]:
        return [*explained()] if self.told else defect_names()


class FilePath(click.Path):
    """A path, as a ``Path``; what no file can be named is refused.

    written: whether it is a file that is to be made.
    """

    def __init__(self, file_okay: bool = True, written: bool = False) -> None:
        super().__init__(file_okay=file_okay, path_type=Path)
        self.written = written

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse a zero character, and halves of pairs; and nothing, which Path takes for here."""
        if not str(value):
            self.fail("'' names nothing; give a path", param, ctx)
        if self.written and str(value).endswith((os.sep, "/")):
            self.fail(f"{value!r} names a folder; give the name of a file in it", param, ctx)
        try:
            return super().convert(value, param, ctx)
        except ValueError as error:
            self.fail(f"{value!r} can be the name of no file ({error})", param, ctx)


class Size(click.ParamType):
    """Height and width, such as 28x28."""

    name = "HxW"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """``28x28`` -> (28, 28)."""
        match = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", value, re.IGNORECASE)
        if match is None:
            self.fail(f"{value!r} is no size; give height and width, such as 28x28")
        return int(match[1]), int(match[2])


class Seconds(click.FloatRange):
    """A number of seconds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is no number: it is neither more nor less than any."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is no number of seconds; give such as 120", param, ctx)
        return seconds


class Time(click.ParamType):
    """A time such as 90s, 2m or 1h; none for no limit, which is infinite."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """``2m`` -> 120.0 seconds; a number alone is seconds."""
        if isinstance(value, float) or str(value).lower() == "none":
            return float("inf") if isinstance(value, str) else value
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(s|m|min|h)?", value, re.IGNORECASE)
        seconds = float(match[1]) * UNITS[(match[2] or "s").lower()] if match else 0.0
        if not seconds:
            self.fail(f"{value!r} is no time; give such as 90s, 2m or 1h, or none for no limit")
        return seconds


def defect_names() -> list[str]:
    """The names of all defects, in the order in which they are probed."""
    from diagnose.probes import DEFECTS

    return [defect.name for defect in DEFECTS]


def explained() -> dict[str, Defect | Kind]:
    """All that has a page, by its name: the defects, then what only the run of a script tells."""
    from diagnose.probes import DEFECTS
    from diagnose.telling.record import KINDS

    probed = {defect.name: defect for defect in DEFECTS}
    return probed | {name: kind for name, kind in KINDS.items() if name not in probed}


def out_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option -o of two commands."""
    return click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        type=FilePath(written=True),
        metavar="FILE",
        help=f"{what} The ending says the format: .html, .md, .json or .txt. Repeatable.",
    )
