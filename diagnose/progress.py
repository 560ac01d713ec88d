"""What is being done, on stderr while it is done: a bar in a terminal, else a line per stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

Show = Callable[[str, int, int], None]

# Without a terminal: at most one line in so many seconds within a stage.
SECONDS = 10.0


def hide(stage: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass
class Stages:
    """Passes progress on, and remembers which stages were finished.

    Called as ``stages(what, done, total)``. What stands after a colon is a detail of the stage.
    """

    show: Show = hide
    finished: list[str] = field(default_factory=list)
    current: tuple[str, int, int] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note where the work stands, and show it."""
        self.current = (what, done, total)
        stage = what.partition(":")[0]
        if done < total and stage in self.finished:
            self.finished.remove(stage)  # begun again, for another network or other repairs
        elif done >= total and stage not in self.finished:
            self.finished.append(stage)
        self.show(what, done, total)

    def story(self) -> str:
        """What was going on, and what had been finished, in one line."""
        parts = []
        if self.current and self.current[1] < self.current[2]:
            what, done, total = self.current
            parts.append(f"while {what} ({done} of {total})")
        elif self.current:
            parts.append(f"after {self.current[0].partition(':')[0]}")
        parts.append(f"finished: {', '.join(self.finished) or 'nothing'}")
        return "; ".join(parts)


@contextmanager
def showing(stream: TextIO, quiet: bool) -> Iterator[Stages]:
    """Give the ``progress`` to hand to whatever works, and show it while the block runs."""
    if quiet:
        yield Stages()
    elif stream.isatty():
        with _bar(stream) as show:
            yield Stages(show)
    else:
        yield Stages(_lines(stream))


def _lines(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Show:
    """A line when a stage starts, and now and then while it lasts."""
    seen: set[str] = set()
    last = clock()

    def show(what: str, done: int, total: int) -> None:
        nonlocal last
        stage = what.partition(":")[0]
        if stage not in seen:
            seen.add(stage)
            print(stage, file=stream, flush=True)
        elif done < total and clock() - last >= SECONDS:
            print(f"{what}: {done} of {total}", file=stream, flush=True)
        else:
            return
        last = clock()

    return show


@contextmanager
def _bar(stream: TextIO) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield show
