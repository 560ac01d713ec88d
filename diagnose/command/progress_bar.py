"""Progress on stderr while the work is done: a bar in a terminal, else a line per stage.

What is found is told in a line as soon as it is there. What is known of the answer stands above the
bar, until the report takes its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO

from diagnose.command.console import is_terminal
from diagnose.render.outsiders import visible
from diagnose.training.progress import Show, Stages

# Without a terminal: at most one line in so many seconds within a stage.
SECONDS = 10.0


@contextmanager
def showing(stream: TextIO | None, quiet: bool, known: str = "") -> Iterator[Stages]:
    """Give the ``progress`` to hand to whatever works, and show it while the block runs.

    known: what was said of the answer before, which stays in a terminal.
    """
    if quiet or stream is None:
        yield Stages()
    elif is_terminal(stream):
        with _bar(stream, known) as stages:
            yield stages
    else:

        def say(text: str) -> None:
            _print(text.rstrip(), stream)

        yield Stages(_lines(stream), say, answer=say)


def _print(line: str, stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # a full or closed stream ends no diagnosis
        print(visible(line), file=stream, flush=True)


def _lines(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Show:
    """A line when a stage starts, and now and then while it lasts."""
    seen: set[str] = set()
    last = clock()

    def show(what: str, done: int, total: int) -> None:
        nonlocal last
        stage = what.partition(":")[0]
        if stage not in seen:
            seen.add(stage)
            line = stage
        elif done < total and clock() - last >= SECONDS:
            line = f"{what}: {done} of {total}"
        else:
            return
        _print(line, stream)
        last = clock()

    return show


@dataclass
class Left:
    """How long a stage will still take, by what it took until then."""

    clock: Callable[[], float] = time.monotonic
    stage: str = ""
    began: float = 0.0

    def __call__(self, what: str, done: int, total: int) -> str:
        """Words for it; nothing as long as less than ten seconds are left or nothing is known."""
        stage = what.partition(":")[0]
        if stage != self.stage or not done:
            self.stage, self.began = stage, self.clock()
        seconds = (self.clock() - self.began) * (total - done) / done if done else 0.0
        return f", about {seconds:.0f} s left" if seconds >= SECONDS else ""


@contextmanager
def _bar(stream: TextIO, known: str) -> Iterator[Stages]:
    """A bar for the stage, above it the answer as far as it is known, and what was found."""
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Screen(Progress):
        known = ""  # lines that were said before

        def get_renderables(self) -> Iterator[RenderableType]:
            if self.known:
                yield Text(self.known, no_wrap=True, overflow="ignore")
            yield from super().get_renderables()

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Screen(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("starting", total=None)
        left = Left()

        def show(what: str, done: int, total: int) -> None:
            said = f"{visible(what)}{left(what, done, total)}"
            progress.update(task, description=said, completed=done, total=total)

        def tell(line: str) -> None:
            progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

        def answer(text: str) -> None:
            progress.known = "\n".join(map(visible, text.splitlines()))
            progress.refresh()

        answer(known)
        yield Stages(show, tell, answer=answer)
