"""What a step keeps beside the parameters, such as a velocity or a count of steps.

An adapter keeps nothing between two calls. So what a step keeps goes along among the parameters
that an update hands on, under names of its own. A network is drawn without it: what is not there
yet is what it was before the first step.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.builders.array_paths import Path, find, put
from diagnose.errors import BadInputError
from diagnose.network.arrays import Arrays, as_array, is_array
from diagnose.network.authors_code import named

# No parameter of anybody's is called so.
KEPT = "kept "


def name_of(path: Path) -> str:
    """The name under which what is at a path goes along."""
    return f"{KEPT}{path!r}"


def path_of_kept(name: str) -> Path:
    """The path that a name stands for."""
    return tuple(ast.literal_eval(name.removeprefix(KEPT)))


def paths_in(parameters: Mapping[str, Any]) -> dict[str, Path]:
    """The paths of what goes along, by their names."""
    return {name: path_of_kept(name) for name in parameters if name.startswith(KEPT)}


def alone(parameters: Arrays) -> Arrays:
    """The parameters without what goes along."""
    return {name: one for name, one in parameters.items() if not name.startswith(KEPT)}


def leaves(thing: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every array and number in a dict, a list or one of these in another, with its path."""
    if isinstance(thing, Mapping):
        inner: Iterator[tuple[Any, Any]] = iter(thing.items())
    elif isinstance(thing, list | tuple):
        inner = enumerate(thing)
    else:
        yield path, thing
        return
    for key, one in inner:
        yield from leaves(one, (*path, key))


def written(now: Any, before: Any) -> Any:
    """A value that went along as an array, as a number where it was one."""
    return now.item() if isinstance(before, int | float) and np.ndim(now) == 0 else now


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """What a function that steps is handed and returns beside the parameters.

    began: by the names under which it takes them, what they are before the first step: arrays,
    numbers, and dicts or lists of them.
    """

    began: Mapping[str, Any]

    def given(self, parameters: Arrays) -> dict[str, Any]:
        """Copies of what goes along, as the author's step takes them."""
        state = copy.deepcopy(dict(self.began))
        for name, path in paths_in(parameters).items():
            put(state, path, written(np.array(parameters[name]), find(self.began, path)))
        return state

    def kept(self, state: Mapping[str, Any], step: Callable[..., Any]) -> Arrays:
        """What goes along after a step; BadInputError for what is no array and no number."""
        found = {}
        for path, one in leaves({name: state[name] for name in self.began}):
            if not is_array(one):
                raise BadInputError(
                    f"{named(step)} leaves {type(one).__name__} in its state {path[0]}, expected "
                    "an array or a number"
                )
            found[name_of(path)] = as_array(one)
        return found
