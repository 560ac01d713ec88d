"""Call one of the author's functions, and tell in the author's terms what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, is_array, kind, shapes
from diagnose.network.authors_code import kind_and_said, named, stopped
from diagnose.network.record import Network


def call(
    network: Network,
    role: str,
    given: Mapping[str, Any],
    *arguments: Any,
    function: Callable[..., Any] | None = None,
) -> Any:
    """Call one of the network's functions; what it raises is told with the author's own line."""
    try:
        with np.errstate(all="ignore"):
            return (function or getattr(network, role))(*arguments)
    except BadInputError:
        raise
    except Exception as error:
        said = f"called with {shapes(given)}, stopped at {stopped(error)}"
        raise refused(network, role, said) from error


def arrays_of(network: Network, role: str, found: Any, expected: str) -> Arrays:
    """What a function returned, as arrays by name; BadInputError for anything else."""
    if not isinstance(found, Mapping):
        raise refused(network, role, f"returned {kind(found)}, expected {expected}")
    for name, one in found.items():
        if not isinstance(name, str):
            raise refused(network, role, f"returned an array under {name!r}, expected a name")
        # An intermediate number, such as the loss, does no harm; a parameter has a shape.
        fits = isinstance(one, np.ndarray | np.generic) or (role == "forward" and is_array(one))
        if not fits or np.asarray(one).dtype.kind not in "fiub":
            raise refused(
                network, role, f"returned {kind(one)} for {name}, expected an array of numbers"
            )
    return dict(found)


def numbers_of(network: Network, role: str, found: Any) -> Array:
    """What a function returned, as one array; BadInputError for what makes none."""
    try:
        return np.asarray(found)
    except Exception as error:  # lists of different lengths; an object's own __array__
        said = f"returned {kind(found)}, which makes no array: {kind_and_said(error)}"
        raise refused(network, role, said) from error


def refused(network: Network, role: str, said: str) -> BadInputError:
    """A refusal that names the network and the author's function for a role."""
    return BadInputError(f"{network.name}: {who(network, role)} {said}")


def who(network: Network, role: str) -> str:
    """The author's function for a role, with its place; the role alone if there is none."""
    # A function that was put in its place is nearer to the fault than the one it was made from.
    own = getattr(network, role) if _is_plain(network, role) else network.code.get(role)
    if own is None:
        return role
    place = named(own)
    return place if place.startswith(f"{role} (") else f"{role}, which is {place},"


def _is_plain(network: Network, role: str) -> bool:
    """Whether the function is the author's own, and no adapter of ours."""
    function = getattr(network, role, None)
    module = getattr(function, "__module__", None) or type(function).__module__
    return hasattr(function, "__code__") and not module.startswith("diagnose.")


def given_to_forward(parameters: Arrays, x: Array) -> dict[str, Any]:
    """What forward is handed, by name, for a message."""
    return {"x": x, **parameters}
