"""Spread the trainings over the workers of a dask cluster.

They are plain joblib tasks, so ``joblib.parallel_config(backend="dask")`` is all it takes; this
module only connects, and says in plain words what is missing.
"""

from __future__ import annotations

import _thread
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from diagnose.errors import BadInputError

# Seconds to wait for a scheduler that does not answer.
PATIENCE = 5
# Seconds without any worker after which none is waited for: one that died is started anew by then.
FORLORN = 30
Made = TypeVar("Made")


@contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Within the block, train on the workers of the scheduler at this address, if one is given.

    The workers need this package installed, in the same version. BadInputError if dask is not
    installed here, or the scheduler cannot be reached, or has no workers.
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
        from joblib import parallel_config
    except ImportError as error:
        raise BadInputError(
            'a cluster needs dask; install it with: python -m pip install ".[cluster]"'
        ) from error
    try:
        client = _answered(lambda: Client(address, timeout=PATIENCE))
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInputError(
            f"no dask scheduler answers at {address}; start one with `dask scheduler`, "
            f"and give the address that it prints ({type(error).__name__})"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise BadInputError(
                f"the scheduler at {address} has no workers; start some with "
                f"`dask worker {address}`"
            )
        watching = threading.Event()
        watcher = threading.Thread(target=_watch, args=(client, watching), daemon=True)
        watcher.start()
        try:
            with parallel_config(backend="dask"):
                yield
        finally:
            watching.set()


def _answered(connect: Callable[[], Made]) -> Made:
    """What ``connect`` gives; TimeoutError where an address accepts and then stays silent.

    The library would wait for ever for the first word.
    """
    answers: queue.SimpleQueue[Made | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(connect())
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=2 * PATIENCE)
    except queue.Empty as error:
        raise TimeoutError("it accepts, and stays silent") from error
    if isinstance(answer, Exception):
        raise answer
    return answer


def _watch(client: Any, ended: threading.Event) -> None:
    """Interrupt a study that waits for a scheduler that is gone, or has no workers any more.

    Their tasks would be waited for for ever. What was done by then is kept, as after Ctrl-C.
    """
    alone = 0.0
    while not ended.wait(PATIENCE):
        there = client.status == "running" and bool(client.scheduler_info()["workers"])
        alone = 0.0 if there else alone + PATIENCE
        if alone >= FORLORN and not ended.is_set():
            _thread.interrupt_main()
            return
