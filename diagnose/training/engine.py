"""What work is spread over: threads of our own, or the engine that somebody configured.

The compiled loop holds no interpreter lock, so that threads do, and nothing has to be copied. To
load joblib takes as long as to load NumPy: only where processes are needed, or where somebody has
done so to configure an engine by ``joblib.parallel_config``.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any, TypeVar

from diagnose.network.other_process import processors

Made = TypeVar("Made")
# A cluster that loses a worker this often within one set of trainings has another problem.
TRIES = 3
# Those that hand trainings to processes.
ENGINES = ("distributed.", "joblib.externals.loky.")
# In one piece it is waited for on some systems, and no Ctrl-C is heard; seconds.
PATIENCE = 0.1

# Whose functions processes cannot import by their names.
_sent_whole: list[ModuleType] = []


class LostError(KeyboardInterrupt):
    """The processes that train end again and again.

    It interrupts a study as Ctrl-C does, so that what was done by then is reported.
    """


def is_own() -> bool:
    """Whether nobody has configured an engine, which takes joblib."""
    there: Any = sys.modules.get("joblib.parallel")
    if there is None:
        return True
    return isinstance(there.get_active_backend(prefer="threads")[0], there.ThreadingBackend)


def workers(jobs: int) -> int:
    """How many jobs that is at once: -1 for as many as there are processors or workers."""
    if not is_own():
        return int(_joblib().effective_n_jobs(jobs))
    return jobs if jobs > 0 else max(processors() + 1 + jobs, 1)


def each(
    work: Callable[..., Made], given: Iterable[tuple[Any, ...]], jobs: int, *, waits: bool = False
) -> Iterator[tuple[int, Made]]:
    """The number of each of these and what is made of it, in the order in which that is done.

    waits: whether an engine is handed nothing on which it cannot work yet, as threads never are.
    """
    if is_own():
        return _in_threads(work, enumerate(given), workers(jobs))
    numbered = _joblib().delayed(_numbered)
    spread = _joblib().Parallel(
        n_jobs=jobs,
        prefer="threads",
        return_as="generator_unordered",
        pre_dispatch="n_jobs" if waits else "2 * n_jobs",
    )
    made: Iterator[tuple[int, Made]] = spread(
        numbered(at, work, *one) for at, one in enumerate(given)
    )
    return made


def in_processes(
    work: Callable[..., Made], given: Iterable[tuple[Any, ...]], jobs: int
) -> Generator[Made, None, None]:
    """What is made of each of these, in the order given; by one job, here."""
    if jobs == 1 and is_own():
        return (work(*one) for one in given)
    delayed = _joblib().delayed(work)
    spread = _joblib().Parallel(n_jobs=jobs, return_as="generator")
    made: Generator[Made, None, None] = spread(delayed(*one) for one in given)
    return made


def send_whole(module: ModuleType) -> None:
    """Send a module's functions to processes whole: those cannot import it by its name."""
    _sent_whole.append(module)
    if "joblib" in sys.modules:
        _joblib()


def again(work: Callable[[], Made]) -> Made:
    """Do work, and do what is left of it again if a worker took its data with it when it died.

    What was finished by then is remembered and not made again. An engine's own errors are told by
    the package that they come from; anything else is not tried twice. LostError when it happens
    too often.
    """
    for count in range(1, TRIES + 1):
        try:
            return work()
        except Exception as error:
            # A cluster without workers is a TimeoutError, whoever raises it.
            if not isinstance(error, TimeoutError) and not _is_of_an_engine(error):
                raise
            if count == TRIES:
                raise LostError(
                    f"processes that train ended {TRIES} times ({type(error).__name__}): by the "
                    "network's own code, for lack of memory, or with their machines"
                ) from error
    raise AssertionError("the last try returns or raises")


def _is_of_an_engine(error: Exception) -> bool:
    return type(error).__module__.startswith(ENGINES)


def _joblib() -> Any:
    """The library, which knows whose functions are sent whole."""
    there = import_module("joblib")
    while _sent_whole:
        try:  # it carried its own cloudpickle before version 1.6
            pickler = import_module("joblib.externals.cloudpickle")
        except ModuleNotFoundError:
            pickler = import_module("cloudpickle")
        pickler.register_pickle_by_value(_sent_whole.pop())
    return there


def _numbered(at: int, work: Callable[..., Made], *given: Any) -> tuple[int, Made]:
    return at, work(*given)


def _in_threads(
    work: Callable[..., Made], numbered: Iterator[tuple[int, tuple[Any, ...]]], threads: int
) -> Iterator[tuple[int, Made]]:
    """Work by so many threads at once, which end with the process; by one alone, here."""
    if threads == 1:
        for at, given in numbered:
            yield at, work(*given)
        return
    done: queue.SimpleQueue[tuple[int, Made] | BaseException] = queue.SimpleQueue()

    def work_on(at: int, given: tuple[Any, ...]) -> None:
        try:
            done.put(_numbered(at, work, *given))
        except BaseException as error:  # whoever waits for it hears of it
            done.put(error)

    def begin(count: int) -> int:
        begun = 0
        for one in islice(numbered, count):
            threading.Thread(target=work_on, args=one, daemon=True).start()
            begun += 1
        return begun

    working = begin(threads)
    while working:
        try:
            one = done.get(timeout=PATIENCE)
        except queue.Empty:
            continue
        if isinstance(one, BaseException):
            raise one
        working += begin(1) - 1
        yield one
