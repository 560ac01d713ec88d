"""Pictures drawn by another process, while this one still looks for defects.

To load matplotlib and to draw takes a third of a short report. ``python aside.py`` is that process:
it reads what to draw, one after the other, and at the end of it writes all that it has drawn. What
it has not, for whatever reason, is drawn here; the same picture is the same markup either way.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside this file, its folder would hide modules of others.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import gc
import pickle
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import get_context
from queue import SimpleQueue
from typing import IO, Any, BinaryIO

from diagnose.network import other_process
from diagnose.network.tasks import CLASSIFICATION, answers
from diagnose.render import pictures, words
from diagnose.report import Finding, Symptoms

# What draws a picture as markup, and what it takes.
Wanted = tuple[Callable[..., str | None], tuple[Any, ...]]
# Seconds that the last pictures are waited for; all of a report take four.
PATIENCE = 60.0

# The other process, and what it is to be given, None when that is all.
_working: list[tuple[subprocess.Popen[bytes], SimpleQueue[bytes | None]]] = []
# What was asked for, and what came of it.
_asked: set[str] = set()
_made: dict[str, str | None] = {}


def begin() -> None:
    """Have pictures drawn on another processor from here on, if there is one."""
    pipe = subprocess.PIPE
    if not _working and (child := other_process.begin(__file__, stdin=pipe, stdout=pipe)):
        into, child.stdin = child.stdin, None
        given: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=_hand_over, args=(given, into), daemon=True).start()
        _working.append((child, given))


def end() -> None:
    """Have nothing drawn there any more, and forget what was: the next report has its own."""
    _stop()
    _made.clear()


def _hand_over(given: SimpleQueue[bytes | None], into: IO[bytes]) -> None:
    """Write to the other process, which may be slow to read, or read no more."""
    with suppress(OSError), into:
        while (one := given.get()) is not None:
            into.write(one)
            into.flush()


def of_finding(finding: Finding) -> Wanted:
    """The picture of what a probe has measured."""
    return pictures.of_probe, (finding.defect, finding.numbers, finding.observed)


def of_picture(draw: Callable[..., pictures.Picture], *given: Any) -> Wanted:
    """What one of the functions of ``pictures`` draws."""
    return pictures.as_svg, (draw, *given)


def of_symptoms(symptoms: Mapping[str, Symptoms], posted: list[float] | None) -> list[Wanted]:
    """The picture of what networks answer, by their names, the one under test first; if any do."""
    seen = {name: one for name, one in symptoms.items() if answers(one)}
    if not seen:
        return []
    if words.task_of(next(iter(seen.values()))) is CLASSIFICATION:
        return [of_picture(pictures.symptom_bars, seen, posted)]
    return [of_picture(pictures.answers_over_targets, seen)]


def ask(*every: Wanted) -> None:
    """Have pictures drawn aside, where that was begun."""
    new: list[bytes] = []
    for wanted in every if _working else ():
        if (name := _name(wanted)) not in _asked:
            with suppress(Exception):  # what cannot be handed over is drawn here, for the page
                new.append(pickle.dumps((name, wanted)))
                _asked.add(name)
    if new:
        _working[0][1].put(pickle.dumps(new))


def drawn(wanted: Sequence[Wanted]) -> list[str | None]:
    """Pictures as markup; None for those that cannot be drawn."""
    ask(*wanted)
    if _working:
        _made.update(_collected())
    return [_made[name] if (name := _name(one)) in _made else one[0](*one[1]) for one in wanted]


def _name(wanted: Wanted) -> str:
    """The same for what is the same picture, in this process."""
    return repr(wanted)


def _collected() -> dict[str, str | None]:
    """What the other process has drawn, which ends with that."""
    child, given = _working[0]
    try:
        # this is all; the end of the pipe might be held open by a copy of this process
        given.put(pickle.dumps(None))
        given.put(None)
        written, _ = child.communicate(timeout=PATIENCE)
        made: dict[str, str | None] = pickle.loads(written)
    except Exception:  # it has ended, or does not end: all is drawn here
        made = {}
    _stop()
    return made


def _stop() -> None:
    for child, given in _working:
        other_process.end(child)
        given.put(None)
    _working.clear()
    _asked.clear()


def draw_all(given: BinaryIO, into: BinaryIO) -> None:
    """Draw what is read, until there is no more, and write it."""
    with suppress(Exception):  # loaded before anything is asked for; the first one starts meanwhile
        import_module("diagnose.probes")
        import_module("matplotlib.backends.backend_svg")
    made: dict[str, str | None] = {}
    while (asked := pickle.load(given)) is not None:
        made.update(one for some in _drawn_together(asked) for one in some.items())
    into.write(pickle.dumps(made))


def _drawn_together(asked: list[bytes]) -> list[dict[str, str | None]]:
    """Draw what is asked for at once on all processors: it is what the first process waits for.

    By copies of this process, which load nothing again; on Linux, where nothing forbids these.
    """
    if len(asked) == 1 or sys.platform != "linux":
        return [*map(_drawn_one, asked)]
    with get_context("fork").Pool(min(len(asked), other_process.processors())) as pool:
        return pool.map(_drawn_one, asked, chunksize=1)


def _drawn_one(asked: bytes) -> dict[str, str | None]:
    """The picture by its name; nothing where it raises: it is drawn again where that is told."""
    with suppress(Exception):
        name, (draw, arguments) = pickle.loads(asked)
        return {name: draw(*arguments)}
    return {}


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process reports after it, and asks
    gc.disable()  # an eighth of the time; pictures of one report take little memory
    draw_all(sys.stdin.buffer, sys.stdout.buffer)
    gc.freeze()  # at exit Python would look for cycles after all, and is waited for
