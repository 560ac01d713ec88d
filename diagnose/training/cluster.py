"""Spread the trainings over the workers of a dask cluster.

They are plain joblib tasks, so ``joblib.parallel_config(backend="dask")`` is all it takes; this
module only connects, and says in plain words what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from joblib import parallel_config

from diagnose.errors import BadInputError

# Seconds to wait for a scheduler that does not answer.
PATIENCE = 5


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
    except ImportError as error:
        raise BadInputError(
            'a cluster needs dask; install it with: python -m pip install ".[cluster]"'
        ) from error
    try:
        client = Client(address, timeout=PATIENCE)
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
        with parallel_config(backend="dask"):
            yield
