"""Progress on stderr while the work is done: a bar in a terminal, else a line per stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from diagnose.render.outsiders import visible
from diagnose.training.progress import Show, Stages

# Without a terminal: at most one line in so many seconds within a stage.
SECONDS = 10.0


@contextmanager
def showing(stream: TextIO | None, quiet: bool) -> Iterator[Stages]:
    """Give the ``progress`` to hand to whatever works, and show it while the block runs."""
    if quiet or stream is None:
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
            line = stage
        elif done < total and clock() - last >= SECONDS:
            line = f"{what}: {done} of {total}"
        else:
            return
        with suppress(OSError, ValueError):  # a full or closed stream ends no diagnosis
            print(visible(line), file=stream, flush=True)
        last = clock()

    return show


@contextmanager
def _bar(stream: TextIO) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=visible(what), completed=done, total=total)

        yield show
