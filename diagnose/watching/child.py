"""The watched process: run a script rewritten, under a watcher.

``python child.py SCRIPT FOLDER SECONDS FURTHER LONGER MOST SINCE COPY FROM_FIRST LINE ARGUMENTS``
puts what was read into the folder. FROM_FIRST is 1 if everything is kept from the start, and the
training read from its first steps: of one that overflows, only these tell anything. Of a short one
it is the loop that trains and how many turns that takes, as ``SITE,TURNS``: it is read when the
last of them begins, and shown what is on the tape. LINE asks for the training that has to do with
it; 0 does for the first. The script runs for SECONDS until its training is read, and for MOST of
them altogether, since that time.
The script's own folder is first where modules are looked for, as Python does it. After the reading
it runs on for FURTHER seconds, to its end if that is sooner, and a witness sees what it does after
its training. For LONGER seconds at most it is seen what later epochs do once it can be read; if
half of the epochs are over soon, until then. COPY is 1 of a copy that is held against what was read
of the script: that has no longer, and where it is not read itself, it does not run on.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside a script, this folder would hide modules of its own from it.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import _thread
import asyncio
import atexit
import builtins
import importlib.machinery
import importlib.util
import inspect
import itertools
import os
import signal
import subprocess
import threading
import types
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from diagnose.network.arrays import keep_what_is_freed
from diagnose.network.authors_code import described
from diagnose.network.protected import protect
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Sites
from diagnose.style.places import NOTEBOOK
from diagnose.watching import cells
from diagnose.watching.asked import asked_for
from diagnose.watching.cells import IN_A_NOTEBOOK, remember, source_of
from diagnose.watching.handover import Handover, write_stopped, write_whole
from diagnose.watching.running_on import call_later
from diagnose.watching.watcher import Watcher

ASKED_FOR_INPUT = (
    "asks for input (input()), and nobody is there to answer; hand it over in another way"
)
# A program that takes no answer for one asks again. It is ended after so many.
MOST_ASKED = 100
# What interrupts the program when its time is up, and after how many seconds once more, where that
# came while it was looked at.
SIGNAL: signal.Signals = getattr(signal, "SIGALRM", getattr(signal, "SIGBREAK", signal.SIGINT))
AGAIN = 0.1
# What does the operations of a watched program.
RECORDER = Path(__file__).parents[1]
# A call is so many while it is watched: it goes through the tape. Deeper than this the process
# might run out of its stack, which no program can catch.
FRAMES, DEEPEST = 4, 20_000


class Recorded(Protocol):
    """Of what is recorded the places, the files, and their texts."""

    sites: Sites
    own: set[str]
    texts: dict[str, str]


class Neighbours(importlib.machinery.PathFinder):
    """Finds the script's own modules, and rewrites them too."""

    recorded: Recorded
    roots: Sequence[Path]

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module beside the script; None for any other."""
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            return None
        if not any(map(Path(spec.origin).resolve().is_relative_to, cls.roots)):
            return None
        if {"site-packages", "dist-packages"} & set(Path(spec.origin).parts):
            return None
        spec.loader = Rewriting(name, spec.origin)
        return spec


class Rewriting(importlib.machinery.SourceFileLoader):
    """Loads a module rewritten."""

    def get_code(self, fullname: str) -> types.CodeType:
        """The rewritten module's code."""
        path = self.get_filename(fullname)
        source = importlib.util.decode_source(self.get_data(path))
        return compiled(Neighbours.recorded, path, source)


def compiled(recorded: Recorded, path: str, text: str) -> types.CodeType:
    """Rewrite and compile a source."""
    recorded.own.add(path)
    recorded.texts[path] = text
    return cells.compiled(rewritten(text, path, recorded.sites), path)


def refuse_input(watcher: Watcher) -> Callable[..., str]:
    """What stands for ``input``: nothing is there to be read, as it is said in Python.

    Who asks on and on comes to an end.
    """
    asked = itertools.count(1)

    def refuse(*_: Any) -> str:
        if next(asked) > MOST_ASKED:
            ended_asking(watcher)
        raise AskedError(ASKED_FOR_INPUT)

    return refuse


class AskedError(EOFError):
    """The program asked for input."""


def ended_asking(watcher: Watcher) -> None:
    """Nothing comes after a question; what was read until then was read."""
    if watcher.has_begun:
        watcher.ended()
    stop(watcher, ASKED_FOR_INPUT)


def run(
    script: Path,
    folder: Path,
    times: Sequence[float],
    arguments: list[str],
    from_first: str,
    line: int,
    *,
    is_copy: bool,
) -> None:
    """Run the script under a watcher."""
    seconds, further, *longest = times
    watcher = Watcher(folder, seconds, further, from_first, *longest, is_copy=is_copy)
    if line and (asked := asked_for(source_of(script), str(script), line)):
        watcher.ask(asked)
    # A notebook looks for modules where it runs, a script beside itself.
    root = Path.cwd() if script.suffix == NOTEBOOK else script.parent
    Neighbours.recorded, Neighbours.roots = watcher, [root]
    setattr(builtins, HOOK, watcher.tape)
    keep_what_is_freed()
    builtins.input = refuse_input(watcher)
    make_room(sys.setrecursionlimit)
    ring_at_the_end(watcher)
    warnings.showwarning = partial(warn_where_it_stands, watcher.own, warnings.showwarning)
    protect()
    sys.argv = [str(script), *arguments]
    sys.path[0] = str(root)
    sys.meta_path.insert(0, Neighbours)
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins)
    if script.suffix == NOTEBOOK:
        exec(IN_A_NOTEBOOK, main.__dict__)
    else:
        main.__dict__.update(__file__=str(script))
    sys.modules["__main__"] = main
    if trouble := hidden_library(root):
        stop(watcher, trouble)
    own = os.getpid()
    try:
        remember(script)
        execute(compiled(watcher, str(script), source_of(script)), main.__dict__)
        write_whole(folder)
    except BaseException as error:
        if os.getpid() != own:
            raise  # a process that the program has forked ends as it would by itself
        has_stopped(watcher, error)
    if os.getpid() == own:
        atexit._run_exitfuncs()
        watcher.ended()


def warn_where_it_stands(
    own: set[str], show: Callable[..., None], message: Warning, category: type[Warning],
    filename: str, *others: Any,
) -> None:  # fmt: skip
    """Show a warning at the line of the program's own at which it comes up without a recorder."""
    frame = inspect.currentframe()
    is_ours = Path(filename).is_relative_to(RECORDER)
    while frame is not None and frame.f_code.co_filename not in own:
        if is_ours and frame.f_code.co_filename == filename:
            # It warns once for each line, and this one is where every line of the program is done.
            frame.f_globals.get("__warningregistry__", {}).clear()
        frame = frame.f_back
    if frame is None or not is_ours:
        show(message, category, filename, *others)
        return
    place, names = (frame.f_code.co_filename, frame.f_lineno), frame.f_globals
    known = names.setdefault("__warningregistry__", {})
    warnings.onceregistry.pop((str(message), category), None)  # type: ignore[attr-defined]
    warnings.warn_explicit(message, category, *place, names.get("__name__"), known)


def execute(code: types.CodeType, names: dict[str, Any]) -> None:
    """Run a program; one that awaits outside of any function, as notebooks may."""
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)


def has_stopped(watcher: Watcher, error: BaseException) -> None:
    """Note how a program came to its end, if not at its last line."""
    if isinstance(error, SystemExit):
        write_whole(watcher.folder)
    elif isinstance(error, AskedError):
        ended_asking(watcher)
    elif isinstance(error, KeyboardInterrupt):
        os._exit(130)
    else:
        if not watcher.has_begun:
            stop(watcher, described(error))
        write_stopped(watcher.folder, described(error))


def hidden_library(root: Path) -> str:
    """Why the script does not run by itself, for a file beside it that hides a library.

    Here the library is loaded already. Nothing where none does, or where that is no trouble; then
    the script finds its own file, as it would by itself.
    """
    beside = {one.stem for one in root.glob("*.py")} | {
        one.parent.name for one in root.glob("*/__init__.py")
    }
    files = {one: getattr(sys.modules[one], "__file__", None) for one in beside & {*sys.modules}}
    hidden = {
        one for one, file in files.items() if file and Path(file).parent not in (root, root / one)
    }
    if not hidden:
        return ""
    program = f"import sys\nprint(*sys.modules)\nsys.path[0] = {str(root)!r}\nimport numpy.random"
    tried = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    hidden -= {*tried.stdout.split()}  # what Python loads at its start nobody hides
    if tried.returncode and hidden:
        said = tried.stderr.strip().rpartition("\n")[2]
        return f"{min(hidden)}.py beside it hides a library of that name ({said}); rename the file"
    for name in hidden:
        del sys.modules[name]
    return ""


def ring_at_the_end(watcher: Watcher) -> None:
    """Have the watcher end when its time is up, also where no loop begins another turn by then."""

    def end(*_: object) -> None:
        watcher.time_is_up()

    def ring() -> None:
        call_later(ring, AGAIN)
        if signal.getsignal(SIGNAL) is not end:
            return  # the program has taken it for itself
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(own, SIGNAL)  # ends a sleep, too
        else:
            _thread.interrupt_main(SIGNAL)

    own = threading.get_ident()
    signal.signal(SIGNAL, end)
    call_later(ring, watcher.left)


def make_room(set_limit: Callable[[int], None]) -> None:
    """Let the program call itself as deep as it could unwatched, and set how deep that is."""

    def roomier(limit: int) -> None:
        set_limit(max(limit, min(FRAMES * limit, DEEPEST)))

    roomier(sys.getrecursionlimit())
    sys.setrecursionlimit = roomier


def stop(watcher: Watcher, trouble: str) -> None:
    """The program stopped before anything could be read."""
    Handover(trouble=trouble).write(watcher.folder)
    sys.stdout.flush()
    os._exit(0)


def main(given: Sequence[str]) -> None:
    """Run what the command line asks for."""
    script, folder, *numbers, copy, from_first, line = given[:10]
    arguments = [*given[10:]]
    asked = [*map(float, numbers)], arguments, from_first, int(line)
    run(Path(script), Path(folder), *asked, is_copy=copy == "1")


if __name__ == "__main__":
    main(sys.argv[1:])
