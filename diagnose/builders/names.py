"""Names for what somebody's functions take and return by position.

``"W1 b1 W2 b2"`` names four values in a row. In a tuple of names, one that holds spaces names a
list of values: ``("W1 W2", "b1 b2")`` is a list of weights and a list of biases.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from diagnose.errors import BadInputError
from diagnose.network.arrays import Arrays, as_array, is_array, kind
from diagnose.network.authors_code import named

Names = str | Sequence[str]


def split(names: Names) -> tuple[str, ...]:
    """The names in a row; one that holds spaces is a list of its own."""
    return _words(names) if isinstance(names, str) else tuple(names)


@cache  # asked in each step of a training
def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def flat(names: Names) -> tuple[str, ...]:
    """All names, those within lists too."""
    if isinstance(names, str):
        return _words(names)
    return tuple(one for name in names for one in _words(name))


def spread(names: Names, values: Any, who: Any) -> Arrays:
    """Name returned values: a tuple or list by position, a dict by its own keys.

    A dict within a tuple gives its own keys too; whatever holds no numbers is left out.
    ``who`` is the function that returned them. Raises BadInputError if they do not fit the names.
    """
    if isinstance(values, Mapping):
        return {str(name): as_array(one) for name, one in values.items() if is_array(one)}
    wanted = split(names)
    if len(wanted) == 1 and not isinstance(values, tuple | list):
        values = (values,)
    if not isinstance(values, tuple | list) or len(values) != len(wanted):
        raise BadInputError(
            f"{named(who)} returned {kind(values)}, expected {len(wanted)} values, "
            f"named {', '.join(wanted)}"
        )
    found: Arrays = {}
    for name, value in zip(wanted, values, strict=True):
        if " " not in name and is_array(value):
            found[name] = as_array(value)
        elif " " in name or isinstance(value, Mapping):
            found |= spread(name, value, who)
        else:
            raise BadInputError(
                f"{named(who)} returned {kind(value)} for {name}, expected an array"
            )
    return found


def gather(names: Names, pool: Mapping[str, Any], who: Any) -> list[Any]:
    """The values of names, in their order, from a pool; BadInputError for a name not in it."""
    wanted = split(names)
    if all(map(pool.__contains__, wanted)):
        return [*map(pool.__getitem__, wanted)]
    if missing := [name for name in flat(wanted) if name not in pool]:
        raise BadInputError(
            f"{named(who)} takes {' and '.join(missing)}, which is none of {', '.join(pool)}; "
            "say with the builder's ..._takes what it is handed, in its own order"
        )
    return [gather(_words(name), pool, who) if " " in name else pool[name] for name in wanted]


def signature_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names under which a function takes its positional arguments, defaults left out."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(
        one.name
        for one in parameters
        if one.kind in positional and one.default is inspect.Parameter.empty
    )
